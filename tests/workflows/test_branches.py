"""Experts side by side, through the real service: branches, their join, the decision behind it, and what interrupts."""

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from procedures.errors import Invalid, WrongState
from procedures.models import LedgerEntry, ProcedureVersion
from tests import scenarios
from tests.experts import with_experts
from tests.variants import publish
from tests.workflows.acts.stages import Quick, key, somebody
from workflows import outbox, selectors, service
from workflows.dossier.clock import forget_calendar
from workflows.models import Opinion

FOR = {"conclusion": "for", "text": "Đạt yêu cầu"}
DAY = date(2026, 2, 1)
AGAINST = {"conclusion": "against", "text": "Thiếu thử nghiệm độ ổn định"}
MINUTES = {
    "held_on": date(2026, 3, 2),
    "place": "Phòng họp tầng 5, 138A Giảng Võ",
    "members": "Phạm Quốc Dũng, chủ trì\nĐỗ Mai Linh, thư ký",
    "text": "Hội đồng thống nhất đủ điều kiện.",
}


def received(**answers: Any) -> Quick:
    """A dossier of that version, accepted; the system's own step has not been performed yet."""
    play = Quick(answers={**scenarios.ANSWERS, **answers}).declared()
    assert play.dossier.definition.version == DAY
    return play.to("received")


@pytest.fixture
def version(ministry: None, tmp_path: Path) -> ProcedureVersion:
    return publish(tmp_path, with_experts, day=DAY)


def entry(play: Quick) -> LedgerEntry:
    return LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id).latest("sequence")


@pytest.mark.promise("engine.goes-on-by-itself")
def test_the_system_begins_by_itself_and_every_branch_opens(version: ProcedureVersion) -> None:
    play = received()
    assert play.open_nodes() == {"begin_work"}
    outbox.drain()
    assert play.dossier.state == "in_process"
    assert play.open_nodes() == {"quality", "clinical"}
    assert (entry(play).act, entry(play).actor, entry(play).to_state) == ("begin", "system", "in_process")
    outbox.drain()
    assert service.go_on(dossier_id=play.dossier_id, node="begin_work") is None


def test_a_branch_opens_only_where_its_condition_holds(version: ProcedureVersion) -> None:
    play = Quick(
        answers={
            **scenarios.ANSWERS,
            "purpose": "aid",
            "aid_decision": "12/QĐ-UBND",
            "recipient": "Bệnh viện A",
        }
    )
    play.draft()
    play.upload(["aid_approval"])
    service.sign_declaration(actor=somebody(play.applicant), dossier_id=play.dossier_id)
    play.to("received")
    outbox.drain()
    assert play.open_nodes() == {"quality", "clinical", "legal"}
    play.step("chuyenvien", "legal", "again", reason="Chờ bản gốc")
    assert play.open_nodes() == {"quality", "clinical", "legal_copy"}
    play.step("chuyenvien", "legal_copy", "found")
    assert play.open_nodes() == {"quality", "clinical", "legal"}
    for node in ("legal", "quality"):
        play.step("chuyenvien", node, "given", opinion=FOR)
    assert play.open_nodes() == {"clinical"}


@pytest.mark.parametrize("order", [("quality", "clinical"), ("clinical", "quality")])
@pytest.mark.promise("engine.branches-meet")
def test_the_join_goes_on_when_the_last_branch_is_done_in_any_order(
    version: ProcedureVersion, order: tuple[str, str]
) -> None:
    play = received()
    outbox.drain()
    play.step("chuyenvien", order[0], "given", opinion=FOR)
    assert play.open_nodes() == {order[1]}
    play.step("chuyenvien2", order[1], "given", opinion=FOR)
    assert play.open_nodes() == {"appraise"}
    before = play.task("appraise").prev
    assert before is not None
    assert before.node == order[1]
    steps = [(line.step, line.done_at is None) for line in selectors.handovers(play.dossier, lang="vi")]
    assert steps[-3:] == [("Ý kiến quality", False), ("Ý kiến clinical", False), ("Thẩm định", True)]


def test_a_decision_asks_what_the_act_itself_has_just_said(version: ProcedureVersion) -> None:
    play = received()
    outbox.drain()
    play.step("chuyenvien", "quality", "given", opinion=FOR)
    with pytest.raises(Invalid):
        play.step("chuyenvien", "clinical", "given")
    play.step("chuyenvien", "clinical", "given", opinion=AGAINST)
    assert play.open_nodes() == {"council"}
    with pytest.raises(Invalid) as refusal:
        play.step("truongphong", "council", "held", minutes={**MINUTES, "held_on": date(2026, 3, 3)})
    assert refusal.value.reasons[0].params["field"] == "minutes.held_on"
    play.step("truongphong", "council", "held", minutes=MINUTES)
    assert play.open_nodes() == {"appraise"}
    assert list(Opinion.objects.order_by("id").values_list("node", "against")) == [
        ("quality", False),
        ("clinical", True),
        ("council", None),
    ]
    assert "Thiếu" not in entry(play).data


@pytest.mark.promise("engine.branches-meet")
def test_a_withdrawal_rests_every_branch_and_declining_it_lets_all_go_on(version: ProcedureVersion) -> None:
    play = received()
    outbox.drain()
    play.step("chuyenvien", "quality", "given", opinion=FOR)
    play.withdraw()
    with pytest.raises(WrongState):
        play.step("chuyenvien", "clinical", "given", opinion=FOR)
    play.step("truongphong", "decide_withdrawal", "decline", reason="Đã thẩm định xong")
    assert play.open_nodes() == {"clinical"}
    play.step("chuyenvien", "clinical", "given", opinion=FOR)
    assert play.open_nodes() == {"appraise"}


@pytest.mark.promise("engine.goes-on-by-itself")
def test_a_withdrawal_before_the_system_has_begun_is_decided_first(version: ProcedureVersion) -> None:
    play = received()
    play.withdraw()
    outbox.drain()
    assert play.open_nodes() == {"begin_work", "decide_withdrawal"}
    with pytest.raises(WrongState):
        service.go_on(dossier_id=play.dossier_id, node="begin_work")
    play.step("truongphong", "decide_withdrawal", "agree")
    assert service.go_on(dossier_id=play.dossier_id, node="begin_work") is None
    assert play.open_nodes() == set()


@pytest.mark.promise("engine.branches-meet")
def test_two_experts_at_once_open_what_follows_exactly_once(committed_monday: None, tmp_path: Path) -> None:
    publish(tmp_path, with_experts, day=DAY)
    for _round in range(5):
        play = received()
        outbox.drain()
        tasks = {node: play.task(node).pk for node in ("quality", "clinical")}
        barrier = threading.Barrier(2)

        def give(node: str, tasks: dict[str, int], play: Quick, barrier: threading.Barrier) -> None:
            try:
                barrier.wait()
                service.perform_step(
                    actor=somebody("chuyenvien"),
                    dossier_id=play.dossier_id,
                    task_id=tasks[node],
                    outcome="given",
                    given=service.Input(opinion=FOR),
                    idempotency_key=key(),
                )
            finally:
                connection.close()

        threads = [threading.Thread(target=give, args=(node, tasks, play, barrier)) for node in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert play.open_nodes() == {"appraise"}
        assert play.dossier.tasks.filter(node="appraise").count() == 1
    forget_calendar()


def test_the_route_plays_on_to_the_end(version: ProcedureVersion) -> None:
    play = received()
    outbox.drain()
    for node in ("quality", "clinical"):
        play.step("chuyenvien", node, "given", opinion=FOR)
    play.step("chuyenvien", "appraise", "propose_grant", checklist=play.checklist())
    play.step("truongphong", "review", "forward")
    play.step("vanthu", "prepare", "prepare")
    outbox.drain()
    play.step("cuctruong", "sign", "sign", **play.signature())
    outbox.drain()
    play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
    outbox.drain()
    assert play.dossier.state == "concluded"
