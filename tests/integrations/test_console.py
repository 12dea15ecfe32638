"""What integration officers do about messages and lines: send again, correct, skip by two, replay slowly, pause."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from integrations import books, checks, console, delivery, inbox, outgoing, registry
from integrations.models import Connector, Message, SkipRequest
from integrations.partners.vnsw import codec
from procedures.errors import Conflict, Invalid, MotcuaError, NotFound, Refused, WrongState
from procedures.models import LedgerEntry
from procedures.now import now
from procedures.policy import Actor
from tests.integrations.contract import hurry
from tests.integrations.played import Played
from tests.scenarios import Play, actor
from workflows import files, selectors
from workflows.models import Dossier

pytestmark = pytest.mark.promise("messages.console")
WHY = "Đối tác đã hoạt động lại"


@pytest.fixture
def window(monday_morning: None, running: Callable[[str], Played]) -> Played:
    """Customs, whose line nothing has gone over yet."""
    played = running("vnsw").ensure()
    played.behave("ok")
    row = registry.connector("vnsw")
    Connector.objects.filter(pk=row.pk).update(endpoint=played.address, patience=10)
    return played


def granted() -> Dossier:
    """A licence of which no partner was told, because the lines were off."""
    for name in registry.NAMES:
        registry.connector(name)
    Connector.objects.update(mode="off")
    dossier = Play().granted().dossier
    Connector.objects.filter(name="vnsw").update(mode="simulate")
    return dossier


def written(dossier: Dossier, *, revision: int = 1, **changes: Any) -> Message:
    facts = selectors.licence_document_of(dossier_id=dossier.pk)
    message = outgoing.enqueue(
        partner="vnsw",
        dossier_id=dossier.pk,
        facts=facts | changes,
        paper=files.read(facts["pdf_sha256"]),
        revision=revision,
    )
    assert message is not None
    return message


def given_up(message: Message) -> Message:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_message SET dead_after = clock_timestamp() WHERE id = %s", [message.pk]
        )
    delivery.sweep()
    return again(message, "dead")


def again(message: Message, state: str) -> Message:
    found = Message.objects.get(pk=message.pk)
    assert found.state == state, found.last_error
    return found


def officer(username: str = "tichhop") -> Actor:
    return actor(username)


def entries() -> list[tuple[str, dict[str, Any]]]:
    rows = LedgerEntry.objects.filter(subject_kind="connector").order_by("sequence")
    return [(row.act, json.loads(row.data)) for row in rows]


def test_what_was_given_up_is_sent_again_as_it_stands(window: Played) -> None:
    message = given_up(written(granted()))
    console.retry(actor=officer(), uuid=message.uuid, reason=WHY)
    delivery.sweep()
    again(message, "accepted")
    [entry] = window.entries_of(message.wire_id)
    assert entry["sha256"] == message.sha256
    [(act, data)] = entries()
    assert (act, data["message"], data["reason"]) == ("message.requeue", str(message.uuid), WHY)
    with pytest.raises(WrongState):
        console.retry(actor=officer(), uuid=message.uuid, reason=WHY)


def test_what_waits_for_its_next_try_is_tried_at_once(window: Played) -> None:
    message = written(granted())
    Message.objects.filter(pk=message.pk).update(due_at=now() + timedelta(days=9000))
    assert delivery.sweep().tried == 0
    console.retry(actor=officer(), uuid=message.uuid, reason=WHY)
    assert delivery.sweep().tried == 1
    again(message, "accepted")


def test_a_corrected_message_takes_the_turn_of_the_one_that_it_cites(window: Played) -> None:
    dossier = granted()
    wrong = written(dossier, devices=[])
    assert wrong.state == "dead"
    later = written(dossier, revision=2)
    assert delivery.sweep().tried == 0, "the later one waits"
    with pytest.raises(Invalid) as refusal:
        console.retry(actor=officer(), uuid=wrong.uuid, reason=WHY)
    assert [one.code for one in refusal.value.reasons] == ["no_content"]
    made = console.resend(actor=officer(), uuid=wrong.uuid, reason="Đã bổ sung danh sách thiết bị")
    again(wrong, "superseded")
    assert (made.cites_id, made.revision, made.sequence, made.position) == (wrong.pk, 3, 3, 1)
    for _round in range(2):
        hurry()
        delivery.sweep()
    again(made, "accepted")
    again(later, "accepted")
    ids = [entry["wire_id"] for entry in window.processed()]
    assert ids.index(made.wire_id) < ids.index(later.wire_id)
    assert [act for act, _data in entries()] == ["message.correct"]
    assert entries()[0][1]["corrected"] == str(made.uuid)


def test_what_a_partner_rejected_is_said_anew(window: Played) -> None:
    dossier = granted()
    window.behave("reject", times=1)
    message = written(dossier)
    delivery.sweep()
    again(message, "rejected")
    made = console.resend(actor=officer(), uuid=message.uuid, reason="Đối tác đã thêm mã số thuế")
    delivery.sweep()
    assert again(made, "accepted").wire_id != message.wire_id
    assert books.difference(bytes(message.content), bytes(made.content))


def test_what_still_cannot_be_said_stays_as_it_is(window: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier = granted()
    wrong = written(dossier, devices=[])
    real = selectors.licence_document_of
    monkeypatch.setattr(
        selectors, "licence_document_of", lambda *, dossier_id: real(dossier_id=dossier_id) | {"devices": []}
    )
    with pytest.raises(Conflict) as refusal:
        console.resend(actor=officer(), uuid=wrong.uuid, reason=WHY)
    assert [one.code for one in refusal.value.reasons] == ["unmappable"]
    again(wrong, "dead")
    assert Message.objects.count() == 1
    assert entries() == []


def test_skipping_takes_two_people_and_frees_those_behind(window: Played) -> None:
    dossier = granted()
    wrong, later = written(dossier, devices=[]), written(dossier, revision=2)
    console.ask_skip(actor=officer(), uuid=wrong.uuid, reason="Giấy phép đã hủy")
    for act in (console.ask_skip, console.resend, console.retry):
        with pytest.raises(WrongState):
            act(actor=officer(), uuid=wrong.uuid, reason=WHY)
    with pytest.raises(Refused) as refusal:
        console.decide_skip(actor=officer(), uuid=wrong.uuid, granted=True)
    assert [one.code for one in refusal.value.reasons] == ["second_person"]
    console.decide_skip(actor=officer("tichhop2"), uuid=wrong.uuid, granted=False)
    again(wrong, "dead")
    console.ask_skip(actor=officer("tichhop2"), uuid=wrong.uuid, reason="Giấy phép đã hủy")
    console.decide_skip(actor=officer(), uuid=wrong.uuid, granted=True)
    again(wrong, "skipped")
    delivery.sweep()
    again(later, "accepted")
    assert [act for act, _data in entries()] == [
        "message.ask_skip", "message.decline_skip", "message.ask_skip", "message.skip",
    ]  # fmt: skip
    asked = SkipRequest.objects.latest("pk")
    with pytest.raises(IntegrityError), transaction.atomic():
        SkipRequest.objects.filter(pk=asked.pk).update(decided_by=asked.asked_by)


def test_a_late_answer_to_a_skipped_message_counts(window: Played) -> None:
    message = written(granted())
    window.behave("lost_reply", times=1)
    delivery.sweep()
    given_up(message)
    console.ask_skip(actor=officer(), uuid=message.uuid, reason=WHY)
    console.decide_skip(actor=officer("tichhop2"), uuid=message.uuid, granted=True)
    adapter, line = registry.registry.get("vnsw"), registry.wire(Connector.objects.get(name="vnsw"))
    raw = adapter.exchange(line=line, content=bytes(message.content), wire_id=message.wire_id)
    assert inbox.receive(partner="vnsw", body=codec.wrap(raw, part="request")).status == 200
    again(message, "accepted")


def test_a_replay_goes_no_faster_than_asked_and_leaves_what_was_never_written(window: Played) -> None:
    messages = [given_up(written(granted())) for _number in range(3)]
    never = written(granted(), devices=[])
    asked = given_up(written(granted()))
    console.ask_skip(actor=officer(), uuid=asked.uuid, reason=WHY)
    console.ask_skip(actor=officer(), uuid=messages[1].uuid, reason=WHY)
    console.decide_skip(actor=officer("tichhop2"), uuid=messages[1].uuid, granted=False)
    with pytest.raises(Invalid):
        console.replay(actor=officer(), partner="vnsw", a_minute=0, reason=WHY)
    assert console.replay(actor=officer(), partner="vnsw", a_minute=20, reason=WHY) == 3
    due = list(
        Message.objects.filter(pk__in=[one.pk for one in messages])
        .order_by("pk")
        .values_list("due_at", flat=True)
    )
    assert [round((one - due[0]).total_seconds()) for one in due] == [0, 3, 6]
    again(never, "dead")
    again(asked, "dead")
    assert delivery.sweep().tried == 1, "the others are not due yet"
    act, data = entries()[-1]
    assert (act, data["messages"], data["a_minute"]) == ("line.replay", 3, 20)


def test_a_paused_line_sends_nothing_until_it_is_opened(window: Played) -> None:
    message = written(granted())
    console.set_paused(actor=officer(), partner="vnsw", paused=True, reason="Đối tác bảo trì")
    assert delivery.sweep().tried == 0
    console.set_paused(
        actor=officer(), partner="vnsw", paused=True, reason="Đối tác bảo trì"
    )  # once is enough
    console.set_paused(actor=officer(), partner="vnsw", paused=False, reason=WHY)
    delivery.sweep()
    again(message, "accepted")
    assert [act for act, _data in entries()] == ["line.pause", "line.open"]


def test_the_clock_of_a_partner_is_read_from_its_answers(window: Played) -> None:
    written(granted())
    delivery.sweep()
    skew = Connector.objects.get(name="vnsw").skew_seconds
    assert skew is not None
    assert abs(skew) <= 60


@pytest.mark.parametrize("who", ["kiemtoan", "kiemsoat", "chuyenvien", "quantri"])
def test_only_integration_officers_act(window: Played, who: str) -> None:
    message = written(granted(), devices=[])
    acts: list[Callable[[Actor], object]] = [
        lambda by: console.retry(actor=by, uuid=message.uuid, reason=WHY),
        lambda by: console.resend(actor=by, uuid=message.uuid, reason=WHY),
        lambda by: console.ask_skip(actor=by, uuid=message.uuid, reason=WHY),
        lambda by: console.decide_skip(actor=by, uuid=message.uuid, granted=True),
        lambda by: console.replay(actor=by, partner="vnsw", a_minute=9, reason=WHY),
        lambda by: console.set_paused(actor=by, partner="vnsw", paused=True, reason=WHY),
    ]
    for one in acts:
        with pytest.raises(Refused):
            one(actor(who))
    assert entries() == []


def test_every_act_says_why(window: Played) -> None:
    message = written(granted(), devices=[])
    for reason in ("", "   ", "x" * 501):
        for one in (console.resend, console.ask_skip):
            with pytest.raises(Invalid) as refusal:
                one(actor=officer(), uuid=message.uuid, reason=reason)
            assert [why.code for why in refusal.value.reasons] == ["no_reason"]
    with pytest.raises(MotcuaError):
        console.set_paused(actor=officer(), partner="vnsw", paused=True, reason="")
    with pytest.raises(NotFound):
        console.set_paused(actor=officer(), partner="nowhere", paused=True, reason=WHY)
    assert entries() == []


def test_what_a_person_must_look_at_is_told_by_the_check_too(window: Played) -> None:
    assert checks.check_lines(databases=["default"]) == []
    assert checks.check_lines() == []
    given_up(written(granted()))
    waiting = written(granted())
    Message.objects.filter(pk=waiting.pk).update(created_at=now() - timedelta(hours=2))
    Connector.objects.filter(name="vnsw").update(
        skew_seconds=-900, open_until=now(), last_error="no connection"
    )
    told = [one.msg for one in checks.check_lines(databases=["default"])]
    assert [said.partition(": ")[0] for said in told] == ["vnsw"] * 4
    for words in ("1 messages were given up", "has waited since", "no connection", "-900 seconds off"):
        assert any(words in said for said in told), (words, told)
