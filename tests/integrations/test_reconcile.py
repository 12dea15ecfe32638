"""Our book of a day against a partner's: what differs is found, named, and settled by an officer with a reason."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from integrations import books, console, delivery, reconcile
from integrations.envelope import DeliveryError, Unverified
from integrations.models import Connector, Difference, Message, Reconciliation
from procedures.errors import Invalid, NotFound, Refused, WrongState
from procedures.models import LedgerEntry, User
from procedures.now import HANOI, now
from tests.integrations.conftest import simulators
from tests.integrations.contract import hurry
from tests.integrations.played import Played
from tests.onestop.office_desk import text_of
from tests.scenarios import actor

pytestmark = pytest.mark.promise("messages.reconciliation")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Played]]:
    """Partners of our own, whose books hold what was sent here alone: a page shows the first differences."""
    yield from simulators(tmp_path_factory)


@pytest.fixture(params=["vnsw", "asw"])
def partner(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def window(
    partner: str, committed_ministry: None, line: Callable[[str], Connector], running: Callable[[str], Played]
) -> Played:
    """In the time of the machine: the simulator is another process, and its book has days."""
    line(partner)
    return running(partner)


def settled(write: Callable[..., Message], partner: str) -> Message:
    """A message that the partner has decided on, and whose answer is here."""
    message = write(partner)
    for _round in range(2):
        hurry()
        delivery.sweep()
    found = Message.objects.get(pk=message.pk)
    assert found.state in {"accepted", "rejected"}, found.last_error
    return found


def row(partner: str) -> Connector:
    return Connector.objects.get(name=partner)


def day() -> date:
    """On which the partner took the last message, by our book."""
    taken = Message.objects.filter(received_at__isnull=False).order_by("received_at").last()
    assert taken is not None
    assert taken.received_at is not None
    return taken.received_at.astimezone(HANOI).date()


def compared(partner: str, on: date | None = None) -> list[tuple[str, str]]:
    run = reconcile.reconcile(row(partner), day=on or day())
    assert run is not None
    return [(one.wire_id, one.kind) for one in run.differences.order_by("pk")]


def about(found: list[tuple[str, str]], *messages: Message) -> list[str]:
    """What was found of these messages: the simulator remembers those of other tests, too."""
    mine = {one.wire_id for one in messages}
    return [kind for wire_id, kind in found if wire_id in mine]


def test_books_that_agree_leave_nothing_to_do(
    window: Played, partner: str, write: Callable[..., Message]
) -> None:
    messages = [settled(write, partner), settled(write, partner)]
    assert about(compared(partner), *messages) == []
    run = Reconciliation.objects.get()
    assert run.ours == 2
    assert run.theirs >= 2
    assert reconcile.reconcile(row(partner), day=day()) is None, "once a day"


def test_what_the_partner_has_lost_is_a_difference(
    window: Played, partner: str, write: Callable[..., Message]
) -> None:
    first, last = settled(write, partner), settled(write, partner)
    window.behave("forgetful")
    found = compared(partner)
    assert about(found, first) == []
    assert about(found, last) == ["missing_there"]
    assert Difference.objects.get(wire_id=last.wire_id).message == last


def test_other_bytes_are_a_difference(window: Played, partner: str, write: Callable[..., Message]) -> None:
    message = settled(write, partner)
    window.behave("garbled")
    assert about(compared(partner), message) == ["other_bytes"]


def test_another_verdict_and_a_missing_answer_are_differences(
    window: Played, partner: str, write: Callable[..., Message]
) -> None:
    told, silent = settled(write, partner), settled(write, partner)
    Message.objects.filter(pk=told.pk).update(state="rejected")
    Message.objects.filter(pk=silent.pk).update(state="unknown")
    found = compared(partner)
    assert about(found, told) == ["other_verdict"]
    assert about(found, silent) == ["answer_missing"]


def test_what_we_never_wrote_is_a_difference(
    window: Played, partner: str, write: Callable[..., Message]
) -> None:
    """As after a database that was set back to an older copy."""
    with transaction.atomic():
        lost, when = settled(write, partner), day()
        transaction.set_rollback(True)
    assert (lost.wire_id, "unknown_here") in compared(partner, when)
    assert Difference.objects.get(wire_id=lost.wire_id).message is None


def test_a_book_under_a_strange_key_is_not_believed_and_asked_for_again(
    window: Played, partner: str, write: Callable[..., Message]
) -> None:
    settled(write, partner)
    window.behave("bad_signature")
    with pytest.raises(Unverified):
        reconcile.reconcile(row(partner), day=day())
    Message.objects.update(received_at=now() - timedelta(days=1))
    assert reconcile.reconcile_yesterday() == 0
    assert not Reconciliation.objects.exists()
    window.behave("ok")
    assert reconcile.reconcile_yesterday() == 1
    assert reconcile.reconcile_yesterday() == 0
    window.stop()
    with pytest.raises(DeliveryError):
        reconcile.reconcile(row(partner), day=day())


def test_a_page_says_that_there_are_more_differences(
    window: Played, partner: str, write: Callable[..., Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(write, partner)
    settled(write, partner)
    window.behave("garbled")
    compared(partner)
    officer = Client()
    officer.force_login(User.objects.get(username="tichhop"))
    said = "Còn nữa, sẽ hiện ra khi các chênh lệch trên đã được xử lý."
    for shown, more in ((1, True), (500, False)):
        monkeypatch.setattr(books, "DIFFERENCES_SHOWN", shown)
        assert (said in text_of(officer.get(reverse("office:reconciliation")).content.decode())) == more


def test_an_officer_settles_a_difference_with_a_reason(
    window: Played, partner: str, write: Callable[..., Message]
) -> None:
    message = settled(write, partner)
    window.behave("garbled")
    compared(partner)
    found = Difference.objects.get(wire_id=message.wire_id)
    before = books.waiting_for_people()
    officer = Client()
    officer.force_login(User.objects.get(username="tichhop"))
    page = text_of(officer.get(reverse("office:reconciliation")).content.decode())
    assert "Đối tác giữ nội dung khác" in page
    assert message.subject in page
    address = reverse("office:settle", args=[found.pk])
    refused = officer.post(address, {"reason": "x" * 501})
    assert refused.status_code == 422
    assert "x" * 501 in refused.content.decode(), "what was typed stays"
    assert officer.post(address, {"reason": "Đối tác đã nạp lại tệp gốc"}).status_code == 303
    assert books.waiting_for_people() == before - 1
    entry = LedgerEntry.objects.get(subject_kind="connector", act="difference.settle")
    assert message.wire_id in entry.data
    refusals: list[tuple[type[Exception], dict[str, Any]]] = [
        (WrongState, {"actor": actor("tichhop"), "number": found.pk, "reason": "Lần nữa"}),
        (NotFound, {"actor": actor("tichhop"), "number": found.pk + 999, "reason": "Không có"}),
        (Invalid, {"actor": actor("tichhop"), "number": found.pk, "reason": " "}),
        (Refused, {"actor": actor("kiemtoan"), "number": found.pk, "reason": "Không được"}),
    ]
    for error, said in refusals:
        with pytest.raises(error):
            console.settle(**said)
