"""What every partner's adapter must show, over real HTTP, against its simulator in another process.

A partner's own test module subclasses `Contract` and adds what is peculiar to it.
"""

import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from integrations import answers, console, delivery, inbox, selectors
from integrations.envelope import Answer, AnswerKind, OutcomeClass, Unverified
from integrations.models import Attempt, Connector, Inbound, Message
from integrations.registry import registry, wire
from procedures.definition.model import Role
from procedures.errors import Busy, Invalid, Reason
from procedures.models import LedgerEntry
from procedures.now import now
from procedures.policy import Actor, Seat
from tests.integrations import effects
from tests.integrations.conftest import PATIENCE
from tests.integrations.played import Played

State = Message.State


class Contract:
    """One suite for all partners; `partner` is the name of the folder."""

    partner: str

    @pytest.fixture(autouse=True)
    def _connected(
        self,
        line: Callable[[str], Connector],
        running: Callable[[str], Played],
        write: Callable[..., Message],
        recorded: None,
    ) -> None:
        self.connector = line(self.partner)
        self.window = running(self.partner)
        self.write = write

    # -- helpers ---------------------------------------------------------------

    def settle(self, message: Message, *, rounds: int = 6) -> Message:
        """Sweep until the partner has decided, without waiting for pauses."""
        for _ in range(rounds):
            hurry()
            delivery.sweep()
            message.refresh_from_db()
            if message.state in {State.ACCEPTED, State.REJECTED, State.DEAD}:
                break
        return message

    def last(self, message: Message) -> Attempt:
        return message.tries.order_by("number").last()  # type: ignore[return-value]

    def assert_once(
        self, message: Message, *, outcome: str = "accepted", received: int | None = None
    ) -> None:
        """Nothing lost, nothing doubled, on both sides."""
        entries = self.window.entries_of(message.wire_id)
        assert [entry["sha256"] for entry in entries] == [message.sha256]
        assert entries[0]["verdict"] == outcome
        if received is not None:
            assert entries[0]["received"] == received
        assert message.state == outcome
        assert effects.of(message) == [outcome]

    # -- the two verdicts ---------------------------------------------------------

    @pytest.mark.promise("messages.verified-answers")
    def test_accepted(self) -> None:
        message = self.settle(self.write(self.partner))
        self.assert_once(message, received=1)
        assert message.received_at is not None
        assert message.answered_at is not None
        assert message.answer["reference"] == message.dossier_code
        assert Inbound.objects.filter(message=message, state="applied").exists()
        [view] = selectors.for_dossier(message.dossier_id)
        assert view.settled
        assert view.attempts[0].outcome in {"accepted", "received"}

    def test_rejected_with_the_partners_errors_and_not_tried_again(self) -> None:
        self.window.behave("reject", times=1)
        message = self.settle(self.write(self.partner))
        self.assert_once(message, outcome="rejected", received=1)
        assert message.answer["faults"]
        assert all(fault["code"] for fault in message.answer["faults"])
        hurry()
        delivery.sweep()
        assert message.tries.count() == 1

    # -- a line that fails ---------------------------------------------------------

    @pytest.mark.promise("messages.nothing-lost-nothing-doubled")
    @pytest.mark.parametrize(
        ("mode", "taken", "outcome"),
        [
            ("slow", True, OutcomeClass.UNKNOWN),
            ("down", False, OutcomeClass.UNKNOWN),
            ("lost_reply", True, OutcomeClass.UNKNOWN),
            ("html502", False, OutcomeClass.UNKNOWN),
            ("garbage", True, OutcomeClass.UNKNOWN),
        ],
    )
    def test_failing_line(self, mode: str, taken: bool, outcome: OutcomeClass) -> None:
        self.window.behave(mode, times=1, seconds=1.6)
        message = self.write(self.partner)
        if mode == "slow":
            Connector.objects.update(patience=1)
            message.connector.refresh_from_db()
        assert delivery.attempt_now(message) == outcome
        Connector.objects.update(patience=PATIENCE)
        message.refresh_from_db()
        assert message.state == State.UNKNOWN
        assert message.due_at > message.created_at
        assert effects.of(message) == []
        assert len(self.window.entries_of(message.wire_id)) == int(taken)
        self.assert_once(self.settle(message), received=2 if taken else 1)

    @pytest.mark.promise("messages.nothing-lost-nothing-doubled")
    def test_one_call_in_five_fails(self) -> None:
        self.window.behave("shaky")
        dossiers = [self.write(self.partner).dossier_id for _ in range(4)]
        messages = [
            self.write(self.partner, dossier_id=dossier, revision=revision)
            for revision in (1, 2, 3)
            for dossier in dossiers
        ]
        for message in messages:
            self.assert_once(self.settle(message, rounds=20))
        taken = [entry["wire_id"] for entry in self.window.processed()]
        for dossier in dossiers:
            mine = [one.wire_id for one in messages if one.dossier_id == dossier]
            assert [one for one in taken if one in mine] == mine

    def test_nobody_listens(self) -> None:
        self.window.stop()
        message = self.write(self.partner)
        assert delivery.attempt_now(message) == OutcomeClass.NOT_SENT
        message.refresh_from_db()
        assert message.state == State.RETRY_WAIT
        self.window.start()
        self.assert_once(self.settle(message), received=1)

    @pytest.mark.promise("messages.killed-partner")
    def test_partner_killed_between_taking_and_answering(self) -> None:
        self.window.behave("kill_after_take", times=1)
        message = self.write(self.partner)
        assert delivery.attempt_now(message) == OutcomeClass.UNKNOWN
        assert self.window.wait_for_death() == -signal.SIGKILL
        self.window.stop()
        self.window.start()
        self.assert_once(self.settle(message), received=2)

    def test_breaker_rests_the_line_and_one_message_probes_it(self) -> None:
        messages = [self.write(self.partner) for _ in range(4)]
        self.window.behave("down", times=1)
        Connector.objects.update(failures=4)
        assert delivery.attempt_now(messages[0]) == OutcomeClass.UNKNOWN
        self.connector.refresh_from_db()
        assert self.connector.breaker_open
        hurry(lines=False)
        assert delivery.lease(row=self.connector) == []
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_connector SET open_until = clock_timestamp() - interval '1 s'"
            )
        [probe] = delivery.lease(row=self.connector)
        assert delivery.lease(row=self.connector) == []
        assert delivery.deliver(probe) in {OutcomeClass.ACCEPTED, OutcomeClass.RECEIVED}
        self.connector.refresh_from_db()
        assert not self.connector.breaker_open
        for message in messages:
            self.assert_once(self.settle(message))

    # -- what may not be believed ----------------------------------------------------

    @pytest.mark.promise("messages.wrong-signature")
    def test_answer_under_an_unknown_key_is_not_believed(self) -> None:
        self.window.behave("bad_signature")
        message = self.write(self.partner)
        assert delivery.attempt_now(message) == OutcomeClass.UNKNOWN
        delivery.sweep()
        message.refresh_from_db()
        assert message.state == State.UNKNOWN
        assert effects.of(message) == []
        assert not Inbound.objects.filter(message=message).exists()
        assert "believed" in self.last(message).excerpt
        self.window.behave("ok")
        self.assert_once(self.settle(message))

    def test_answer_after_the_certificate_has_expired_is_not_believed(self) -> None:
        message = self.settle(self.write(self.partner))
        raw = bytes(Inbound.objects.filter(message=message).latest("id").raw)
        adapter = registry.get(self.partner)
        assert adapter.read(raw, at=datetime(2026, 11, 20, tzinfo=UTC)).about == message.wire_id
        with pytest.raises(Unverified, match="expired"):
            adapter.read(raw, at=datetime(2050, 1, 1, tzinfo=UTC))

    def test_answer_about_another_message_is_not_believed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A genuine answer in the wrong place: neither message gets it."""
        first = self.settle(self.write(self.partner))
        adapter = registry.get(self.partner)
        genuine = adapter.exchange(
            line=wire(self.connector), content=bytes(first.content), wire_id=first.wire_id
        )
        second = self.write(self.partner)
        with monkeypatch.context() as patched:
            patched.setattr(adapter, "exchange", lambda **_: genuine)
            assert delivery.attempt_now(second) == OutcomeClass.UNKNOWN
        assert effects.of(second) == []
        self.assert_once(self.settle(second))
        assert effects.of(first) == ["accepted"]

    @pytest.mark.parametrize(("old", "new"), [(b"<", b"< "), (b"0", b"1"), (b"</", b"<x/></")])
    def test_answer_with_changed_bytes_is_not_believed(self, old: bytes, new: bytes) -> None:
        message = self.settle(self.write(self.partner))
        raw = bytes(Inbound.objects.filter(message=message).latest("id").raw)
        with pytest.raises((Unverified, Exception)) as found:
            registry.get(self.partner).read(raw.replace(old, new, 3), at=datetime(2026, 11, 20, tzinfo=UTC))
        assert type(found.value).__name__ in {"Unverified", "Unreadable"}

    # -- once -----------------------------------------------------------------------

    def test_message_sent_again_is_answered_again_and_has_no_second_effect(self) -> None:
        message = self.settle(self.write(self.partner))
        before = Inbound.objects.count()
        adapter = registry.get(self.partner)
        raw = adapter.exchange(
            line=wire(self.connector), content=bytes(message.content), wire_id=message.wire_id
        )
        answer = adapter.read(raw, at=now())
        again = inbox.store(row=self.connector, answer=answer, raw=raw)
        inbox.apply(again, answer)
        assert Inbound.objects.count() == before
        message.refresh_from_db()
        self.assert_once(message, received=2)

    def test_one_identifier_for_two_answers_is_a_conflict_and_changes_nothing(self) -> None:
        message = self.settle(self.write(self.partner))
        known = Inbound.objects.filter(message=message).latest("id")
        answer = Answer(peer_id=known.peer_id, about=message.wire_id, kind=AnswerKind.REJECTED)
        other = inbox.store(row=self.connector, answer=answer, raw=b"other bytes")
        inbox.apply(other, answer)
        other.refresh_from_db()
        assert other.state == "conflict"
        assert bytes(other.raw) == b"other bytes"
        message.refresh_from_db()
        self.assert_once(message)

    def test_second_answer_that_contradicts_the_first_is_left_to_people(self) -> None:
        message = self.settle(self.write(self.partner))
        answer = Answer(peer_id="another-one", about=message.wire_id, kind=AnswerKind.REJECTED)
        other = inbox.store(row=self.connector, answer=answer, raw=b"rejected after all")
        inbox.apply(other, answer)
        other.refresh_from_db()
        assert other.state == "conflict"
        message.refresh_from_db()
        self.assert_once(message)

    def test_answer_that_could_not_be_applied_yet_is_applied_by_a_later_sweep(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def busy(**_: object) -> None:
            raise Busy(Reason(code="busy", message="The dossier is held by another act."))

        message = self.write(self.partner)
        with monkeypatch.context() as patched:
            patched.setattr(answers, "record", busy)
            for _ in range(2):
                hurry()
                delivery.sweep()
        message.refresh_from_db()
        assert message.state not in {State.ACCEPTED, State.REJECTED}
        assert Inbound.objects.filter(message=message, state="stored").count() == 1
        assert delivery.sweep().resumed == 1
        message.refresh_from_db()
        self.assert_once(message)

    def test_written_twice_is_one_message(self) -> None:
        first = self.write(self.partner, dossier_id=77)
        assert self.write(self.partner, dossier_id=77).pk == first.pk
        assert Message.objects.filter(dossier_id=77).count() == 1

    def test_bytes_never_change(self) -> None:
        message = self.write(self.partner)
        for change in ({"content": b"other"}, {"wire_id": "other"}, {"sequence": 9}):
            with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
                Message.objects.filter(pk=message.pk).update(**change)
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            Message.objects.filter(pk=message.pk).delete()

    # -- order ------------------------------------------------------------------------

    @pytest.mark.promise("messages.order-per-dossier")
    def test_later_messages_of_a_dossier_wait_and_other_dossiers_go_on(self) -> None:
        first = self.write(self.partner, dossier_id=500)
        second = self.write(self.partner, dossier_id=500, revision=2)
        other = self.write(self.partner, dossier_id=501)
        self.window.behave("html502", times=1)
        assert delivery.attempt_now(first) == OutcomeClass.UNKNOWN
        assert delivery.attempt_now(second) is None
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_message SET due_at = clock_timestamp() + interval '1 hour' WHERE id = %s",
                [first.pk],
            )
        delivery.sweep()
        assert self.window.entries_of(second.wire_id) == []
        assert len(self.window.entries_of(other.wire_id)) == 1
        self.settle(second)
        ids = [entry["wire_id"] for entry in self.window.processed()]
        assert ids.index(first.wire_id) < ids.index(second.wire_id)

    # -- our own faults ------------------------------------------------------------------

    def test_what_cannot_be_said_is_given_up_before_sending_with_the_reason(self) -> None:
        devices = [{"name": "Máy", "model": "X", "hs_code": "9019", "quantity": 1, "unit": "cái",
                    "manufacturer": "M", "country": "DE", "year": None}]  # fmt: skip
        message = self.write(self.partner, devices=devices)
        assert message.state == State.DEAD
        assert message.last_error
        delivery.sweep()
        assert self.window.entries_of(message.wire_id) == []
        with pytest.raises(Invalid) as refusal:
            console.retry(actor=officer(), uuid=message.uuid, reason="Gửi lại")
        assert [reason.code for reason in refusal.value.reasons] == ["no_content"]

    def test_budget_ends_and_an_officer_can_have_it_tried_again(self) -> None:
        message = self.write(self.partner)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_message SET dead_after = clock_timestamp() WHERE id = %s", [message.pk]
            )
        delivery.sweep()
        message.refresh_from_db()
        assert message.state == State.DEAD
        assert bytes(message.content)
        assert self.window.entries_of(message.wire_id) == []
        console.retry(actor=officer(), uuid=message.uuid, reason="Đối tác đã hoạt động lại")
        entry = LedgerEntry.objects.get(subject_kind="connector", subject_id=self.connector.pk)
        assert entry.act == "message.requeue"
        assert str(message.uuid) in entry.data
        self.assert_once(self.settle(message), received=1)

    def test_off_writes_nothing_and_paused_sends_nothing(self) -> None:
        Connector.objects.update(paused=True)
        message = self.write(self.partner)
        assert delivery.attempt_now(message) is None
        assert delivery.sweep().tried == 0
        Connector.objects.update(mode="off", paused=False)
        with pytest.raises(AssertionError):
            self.write(self.partner)


def officer() -> Actor:
    """An integration officer."""
    return Actor("user", 1, "tichhop", seats=(Seat("VP", Role.INTEGRATION),))


def hurry(*, lines: bool = True) -> None:
    """End all pauses and leases of messages, and the rests of lines."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_message SET due_at = clock_timestamp(), leased_until = NULL "
            "WHERE state IN ('queued', 'retry_wait', 'unknown', 'leased', 'sent')"
        )
        if lines:
            cursor.execute("UPDATE integrations_connector SET open_until = NULL")
