"""The main job at the service: from a draft to a granted licence, a refusal and a withdrawal."""

from datetime import timedelta
from uuid import uuid4

import pytest

from procedures import ledger
from procedures import now as clock
from procedures.law.life import State
from tests.scenarios import Play, actor
from workflows import files, outbox, selectors, service
from workflows.models import Licence, Notice, NumberReservation, Paper, Supplement

pytestmark = pytest.mark.usefixtures("monday_morning")


def test_a_licence_is_granted() -> None:
    play = Play().granted()
    dossier = play.dossier
    assert dossier.state == State.CONCLUDED
    assert dossier.code == "000.00.00.G18-260302-0001"
    assert not play.open_nodes()
    licence = Licence.objects.get(dossier=dossier)
    assert licence.state == "in_force"
    decision = Paper.objects.get(dossier=dossier, kind="decision")
    assert (decision.state, decision.number.state) == ("published", "used")
    assert files.read(decision.sealed_sha256).startswith(b"%PDF")
    assert {p.state for p in dossier.papers.all()} == {"published"}
    assert outbox.backlog().dead == 0
    assert not list(ledger.verify())
    told = set(Notice.objects.filter(dossier=dossier, mailed_at__isnull=False).values_list("kind", flat=True))
    assert {"submit", "demand_fee", "pay", "accept", "begin", "grant"} <= told


def test_a_refusal_has_its_reasons_and_gives_no_right() -> None:
    play = Play().granted(refuse=True)
    assert play.dossier.state == State.CONCLUDED
    paper = Paper.objects.get(dossier_id=play.dossier_id, kind="refusal")
    assert "an toàn điện" in paper.snapshot
    assert not Licence.objects.filter(dossier_id=play.dossier_id).exists()


def test_intake_asks_once_in_full() -> None:
    play = Play().submitted()
    items = [{"target": "piece:iso_13485", "what": "Thiếu trang 2", "why": "Bản chụp thiếu trang"}]
    play.step("tiepnhan", "intake", "ask_missing", items=items)
    assert play.dossier.state == State.INTAKE_SUPPLEMENT
    play.work()
    assert play.dossier.papers.get(kind="supplement_request").state == "published"
    play.upload(["iso_13485"], text="moi")
    service.supply(
        actor=actor(play.applicant), dossier_id=play.dossier_id, answers={}, idempotency_key=str(uuid4())
    )
    assert play.dossier.state == State.SUBMITTED
    acts = selectors.open_acts(actor=actor("tiepnhan"), dossier=play.dossier)
    ask = next(act for act in acts if act.outcome.id == "ask_missing")
    assert not ask.open
    assert "only once" in ask.reasons[0].message


def test_the_supplement_stops_the_clock_and_restarts_it() -> None:
    play = Play().assigned()
    promised = selectors.deadline(play.dossier)
    assert promised is not None
    assert promised.due_at.isoformat()[:10] == "2026-03-23"
    clock.advance(timedelta(days=2))
    items = [{"target": "piece:technical_summary", "what": "Thiếu chống chỉ định"}]
    play.step("chuyenvien", "appraise", "ask_supplement", items=items)
    stopped = selectors.deadline(play.dossier)
    assert (stopped.status, stopped.due_at) == ("stopped", None)
    clock.advance(timedelta(days=5))
    play.upload(["technical_summary"], text="bo sung")
    service.supply(
        actor=actor(play.applicant), dossier_id=play.dossier_id, answers={}, idempotency_key=str(uuid4())
    )
    again = selectors.deadline(play.dossier)
    assert again.status == "running"
    assert again.due_at.isoformat()[:10] == "2026-03-30"
    assert play.task("appraise").owner.username == "chuyenvien"
    assert Supplement.objects.get().supplied_at is not None


def test_sending_back_voids_the_number_with_its_reason() -> None:
    play = Play().prepared()
    play.step("cuctruong", "sign", "send_back", reason="Sửa Điều 2")
    paper = Paper.objects.get(dossier_id=play.dossier_id, kind="decision")
    assert paper.state == "void"
    assert NumberReservation.objects.get(paper=paper).reason == "Sửa Điều 2"
    assert play.open_nodes() == {"appraise"}


def test_a_withdrawal_rests_the_work_and_stops_the_dossier() -> None:
    play = Play().assigned()
    service.request_withdrawal(
        actor=actor(play.applicant), dossier_id=play.dossier_id, reason="Đổi kế hoạch", idempotency_key="w1"
    )
    assert play.dossier.state == State.WITHDRAWAL_REQUESTED
    assert play.open_nodes() == {"appraise", "decide_withdrawal"}
    closed = [
        act
        for act in selectors.open_acts(actor=actor("chuyenvien"), dossier=play.dossier)
        if act.node.id == "appraise"
    ]
    assert closed
    assert not any(act.open for act in closed)
    play.step("truongphong", "decide_withdrawal", "agree")
    assert play.dossier.state == State.STOPPED
    assert not play.open_nodes()
    play.work()
    assert play.dossier.papers.get(kind="stop_notice").state == "published"


def test_a_declined_withdrawal_goes_on_where_it_was() -> None:
    play = Play().assigned()
    service.request_withdrawal(
        actor=actor(play.applicant), dossier_id=play.dossier_id, reason="", idempotency_key="w1"
    )
    play.step("truongphong", "decide_withdrawal", "decline", reason="Sắp có kết quả")
    assert play.dossier.state == State.IN_PROCESS
    assert play.dossier.interrupted == []
    assert play.open_nodes() == {"appraise"}


def test_an_unanswered_request_lapses() -> None:
    from workflows.mass import fire_limits

    play = Play().submitted()
    items = [{"target": "piece:iso_13485", "what": "Thiếu trang 2"}]
    play.step("tiepnhan", "intake", "ask_missing", items=items)
    assert fire_limits() == 0
    clock.advance(timedelta(days=40))
    assert fire_limits() == 1
    assert fire_limits() == 0
    assert play.dossier.state == State.STOPPED


def test_the_result_is_handed_over_once() -> None:
    play = Play().granted()
    done = service.collect_result(actor=actor(play.applicant), dossier_id=play.dossier_id)
    assert done is not None
    assert play.dossier.state == State.RETURNED
    assert service.collect_result(actor=actor(play.applicant), dossier_id=play.dossier_id) is None
