"""One decision over several dossiers: put on a list, decided together, each with a result of its own."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest

from procedures import catalog, drafts
from procedures.errors import Conflict, Invalid, Reason, Refused
from procedures.models import LedgerEntry, ProcedureVersion, User
from procedures.policy import SYSTEM
from tests.journeys.catalogue_play import MEETING, Journey, pieces_for
from tests.journeys.test_catalogue import PLAN, REGISTRATION, states
from tests.scenarios import actor
from workflows import outbox, selectors, service
from workflows.models import Licence, ListedDossier, OutboxRow, Paper, Task

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("licence.lists")]
BY = "chuyenvien_dklh"
SIGNED = ["review.forward", "prepare.prepare", "countersign.countersign", "sign.sign", "seal.seal"]


def waiting(name: str, *, applicant: str = "doanhnghiep1") -> Journey:
    answers = REGISTRATION | {"device_name": name, "device_class": "c"}
    play = Journey("device-registration-cd", answers, PLAN, applicant=applicant)
    return play.filed().walked(until="listed")


def over(*plays: Journey) -> Journey:
    journey = Journey("device-registration-list", MEETING, {})
    return journey.opened_over([play.dossier_id for play in plays], by=BY)


def test_one_decision_over_a_list_gives_each_dossier_its_number() -> None:
    first, second = waiting("Máy thở"), waiting("Máy gây mê", applicant="doanhnghiep2")
    sheet = over(second, first).walked()
    assert sheet.taken == ["assign.assign", "appraise.propose_grant", *SIGNED]
    decision = sheet.dossier.papers.get(kind="decision")
    assert [(row.place, row.dossier_id) for row in ListedDossier.objects.order_by("place")] == [
        (1, first.dossier_id),
        (2, second.dossier_id),
    ], "the most urgent first"
    assert [row["device_name"] for row in sheet.dossier.answers["devices"]] == ["Máy thở", "Máy gây mê"]
    (annex,) = decision.annexes.all()
    assert '"rows":[["Máy thở","Loại C","Kagayaki Medical Devices Co., Ltd.","Nhật Bản"' in annex.snapshot
    assert sheet.dossier.state == "returned", "nobody fetches it: it is done when all have theirs"
    assert [state for _number, state in states("device_registration")] == ["in_force", "in_force"]
    for place, play in enumerate((first, second), start=1):
        licence = play.licence
        assert licence.number == f"000000{place}/ĐKLH-HTTB"
        assert licence.paper.state == "published"
        assert licence.subject_id == play.dossier.subject_id
        said = (
            f"theo thứ tự {place} của danh mục kèm theo Quyết định số {decision.number.text} ngày 02/03/2026"
        )
        assert said in licence.paper.snapshot
        assert play.played().dossier.state == "returned"
        entry = LedgerEntry.objects.get(subject_kind="dossier", subject_id=play.dossier_id, act="grant")
        assert entry.actor == "system"


def test_no_person_grants_what_a_list_decides_and_none_before_its_decision_is_in_force() -> None:
    play = waiting("Máy thở")
    task = Task.objects.get(process=play.dossier_id, finished=None)
    with pytest.raises(Refused):
        service.perform_step(
            actor=actor(BY),
            dossier_id=play.dossier_id,
            task_id=task.pk,
            outcome="granted",
            given=service.Input(),
            idempotency_key=str(uuid4()),
        )
    assert {act.outcome.id for act in selectors.open_acts(actor=actor(BY), dossier=play.dossier)} == {
        "take_back"
    }
    over(play).walked(until="sign")
    with pytest.raises(Invalid, match="No decision over a list"):
        service.grant_listed(dossier_id=play.dossier_id)
    assert not Licence.objects.exists()


def take_back(play: Journey) -> None:
    task = Task.objects.get(process=play.dossier_id, node="listed", finished=None)
    service.perform_step(
        actor=actor(BY),
        dossier_id=play.dossier_id,
        task_id=task.pk,
        outcome="take_back",
        given=service.Input(reason="Có thông tin mới về sự cố."),
        idempotency_key=str(uuid4()),
    )


def withdraw(play: Journey) -> None:
    service.request_withdrawal(
        actor=actor(play.applicant),
        dossier_id=play.dossier_id,
        reason="Chưa cần.",
        idempotency_key=str(uuid4()),
    )


@pytest.mark.parametrize("leave", [take_back, withdraw])
def test_what_has_left_a_list_keeps_it_from_being_signed_and_after_that_nothing_leaves(
    leave: Callable[[Journey], None],
) -> None:
    gone, stays = waiting("Máy thở"), waiting("Máy gây mê")
    sheet = over(gone, stays).walked(until="sign")
    leave(gone)
    if leave is withdraw:
        task = Task.objects.get(process=gone.dossier_id, node="decide_withdrawal")
        gone.perform(
            task,
            gone.definition.route.node("decide_withdrawal"),
            gone.definition.route.node("decide_withdrawal").outcomes[0],
        )
    with pytest.raises(Invalid, match=f"{gone.dossier.code} has left"):
        sheet.walked()
    sheet.plan = {"sign": ["send_back", "sign"], "appraise": "propose_refusal"}
    sheet.walked()
    assert sheet.dossier.papers.filter(kind="decision").get().state == "void"
    assert sheet.dossier.state == "returned"
    # What stays is put on another list; once that is signed, it leaves no more.
    again = over(stays).walked(until="seal")
    with pytest.raises(Invalid, match="signed already"):
        take_back(stays)
    assert not selectors.may_withdraw(actor=actor("doanhnghiep1"), dossier=stays.dossier)
    with pytest.raises(Invalid, match="signed already"):
        withdraw(stays)
    again.walked()
    assert Licence.objects.get().dossier_id == stays.dossier_id
    heard = OutboxRow.objects.filter(subscriber="lists").values_list("dossier", "payload__issued")
    assert set(heard) == {(sheet.dossier_id, False), (again.dossier_id, True)}, "no other dossier asks"


@pytest.mark.parametrize("until", ["prepare", "sign"])
def test_while_an_applicant_asks_a_dossier_back_its_list_is_not_signed(until: str) -> None:
    asked_back, stays = waiting("Máy thở"), waiting("Máy gây mê")
    sheet = over(asked_back, stays).walked(until=until)
    withdraw(asked_back)
    with pytest.raises(Invalid, match=f"{asked_back.dossier.code}, on this list, asks to withdraw"):
        sheet.walked()
    task = Task.objects.get(process=asked_back.dossier_id, node="decide_withdrawal")
    node = asked_back.definition.route.node("decide_withdrawal")
    _agree, decline = node.outcomes
    asked_back.perform(task, node, decline)
    sheet.walked()
    assert sheet.dossier.state == "returned"
    assert {licence.dossier_id for licence in Licence.objects.all()} == {
        asked_back.dossier_id,
        stays.dossier_id,
    }
    assert service.grant_listed(dossier_id=stays.dossier_id) is None, "once"


def test_a_dossier_that_cannot_have_its_result_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hindered, goes = waiting("Máy thở"), waiting("Máy gây mê")
    grant = service.grant_listed

    def hinder(*, dossier_id: int) -> service.Done | None:
        if dossier_id == hindered.dossier_id:
            raise Conflict(Reason("busy", "Somebody else is at work on it."))
        return grant(dossier_id=dossier_id)

    monkeypatch.setattr(service, "grant_listed", hinder)
    sheet = over(hindered, goes).walked()
    assert sheet.dossier.state == "concluded"
    assert Licence.objects.get().dossier_id == goes.dossier_id
    monkeypatch.undo()
    OutboxRow.objects.filter(state="queued").update(due_at=None)
    outbox.drain()
    assert Licence.objects.count() == 2
    assert sheet.dossier.state == "returned"


def test_a_list_is_opened_once_over_what_waits_by_who_may() -> None:
    play = waiting("Máy thở")
    opening = {
        "procedure": "device-registration-list",
        "answers": MEETING,
        "files": (),
        "idempotency_key": "danh-muc-1",
    }
    with pytest.raises(Refused):
        service.open_list(actor=actor("chuyenvien"), dossiers=[play.dossier_id], **opening)
    with pytest.raises(Invalid, match="at least one"):
        service.open_list(actor=actor(BY), dossiers=[], **opening)
    with pytest.raises(Invalid, match="Add “Biên bản"):
        service.open_list(actor=actor(BY), dossiers=[play.dossier_id], **opening)
    assert not ListedDossier.objects.exists()
    opening["files"] = pieces_for(play.definition, {})[:0]
    done = over(play)
    with pytest.raises(Invalid, match="no longer waits"):
        over(play)
    with pytest.raises(Invalid, match=r"^\? no longer waits"):
        over(done)
    assert selectors.waiting_to_be_listed(actor=actor(BY), definition=done.definition) == []
    done.plan = {"appraise": "propose_refusal"}
    done.walked()
    assert done.taken == ["assign.assign", "appraise.propose_refusal", *SIGNED]
    (task,) = selectors.waiting_to_be_listed(actor=actor(BY), definition=done.definition)
    assert task.process_id == play.dossier_id, "no list is issued, so it waits for another"
    files = pieces_for(done.definition, {})
    first = service.open_list(actor=actor(BY), dossiers=[play.dossier_id], **(opening | {"files": files}))
    same = service.open_list(actor=actor(BY), dossiers=[play.dossier_id], **(opening | {"files": files}))
    assert same.repeated
    assert same.dossier_id == first.dossier_id
    with pytest.raises(Conflict):
        service.open_list(actor=actor(BY), dossiers=[play.dossier_id + 1], **(opening | {"files": files}))
    assert Paper.objects.filter(kind="refusal", dossier=done.dossier_id, state="published").count() == 1


def test_what_waits_to_be_listed_has_a_procedure_that_lists_it_and_the_other_way_round() -> None:
    known = [catalog.load(home).definition for home in catalog.folders()]
    lists = {one.lists.procedure for one in known if one.lists}
    assert lists == {one.code for one in known if one.listed_at}


def test_a_version_whose_dossiers_nobody_lists_is_not_published() -> None:
    registration = ProcedureVersion.objects.get(procedure__code="device-registration-cd")
    draft = drafts.begin(of=registration, day=date(2026, 9, 1), actor=SYSTEM)
    controller, administrator = (User.objects.get(username=name) for name in ("kiemsoat", "quantri"))
    draft = catalog.check(version=draft, by=controller)
    lists = ProcedureVersion.objects.get(procedure__code="device-registration-list")
    catalog.retire(version=lists, by=administrator, last_day=date(2026, 6, 30))
    with pytest.raises(Invalid, match="no procedure in force lists them"):
        catalog.publish(version=draft, by=administrator)
    again = drafts.begin(of=lists, day=date(2026, 7, 1), actor=SYSTEM)
    catalog.publish(version=catalog.check(version=again, by=controller), by=administrator)
    assert catalog.publish(version=draft, by=administrator).state == "published"
