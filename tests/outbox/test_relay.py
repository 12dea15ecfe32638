"""Delivering: in order, until done, given up in the end; poison stops its own dossier only."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db.models import F
from django.db.models.functions import Now

from tests.outbox.conftest import KIND, MOMENT
from workflows.models import OutboxRow
from workflows.outbox import Later, backlog, drain, given_up, retry
from workflows.outbox.relay import MAX_ATTEMPTS, Drained, Lease, Outcome, deliver, lease, pause, release

pytestmark = pytest.mark.django_db


def skip_pauses() -> None:
    """As if every pause had passed."""
    OutboxRow.objects.update(due_at=None)


def expire_leases() -> None:
    """As if every lease had run out."""
    OutboxRow.objects.exclude(leased_until=None).update(leased_until=Now() - timedelta(seconds=1))


def test_the_handler_is_told_everything_and_the_row_is_done(subscriptions, make_dossiers, tell):
    (dossier,) = make_dossiers(1)
    seen = []
    subscriptions.subscribe(KIND, name="papers")(seen.append)
    tell(dossier, 4, paper=9)

    assert drain() == Drained(done=1)
    row = OutboxRow.objects.get()
    (event,) = seen
    assert (event.uuid, event.kind, event.dossier_id, event.sequence) == (row.uuid, KIND, dossier, 4)
    assert (event.payload, event.occurred_at, event.attempt) == ({"paper": 9}, MOMENT, 1)
    assert (row.state, row.lease_token, row.attempts) == ("done", None, 1)
    assert row.done_at is not None
    assert drain() == Drained()


@pytest.mark.promise("outbox.in-order")
def test_only_the_head_of_a_partition_is_leased(subscriptions, make_dossiers, tell):
    one, two = make_dossiers(2)
    subscriptions.subscribe(KIND, name="papers")(lambda event: None)
    tell(one, 2)
    tell(one, 1)
    tell(two, 1)

    taken = lease(limit=10)
    rows = OutboxRow.objects.in_bulk([item.row_id for item in taken])
    assert sorted((row.dossier_id, row.sequence) for row in rows.values()) == [(one, 1), (two, 1)]
    assert lease(limit=10) == [], "what follows waits until the head is done"

    for item in taken:
        assert deliver(item.row_id, item.token) is Outcome.DONE
    (next_one,) = lease(limit=10)
    assert OutboxRow.objects.get(pk=next_one.row_id).sequence == 2


def test_subscribers_do_not_wait_for_each_other(subscriptions, make_dossiers, tell):
    (dossier,) = make_dossiers(1)
    seen = []

    def fail(event):
        raise RuntimeError

    subscriptions.subscribe(KIND, name="slow")(fail)
    subscriptions.subscribe(KIND, name="fast")(lambda event: seen.append(event.sequence))
    for sequence in (1, 2, 3):
        tell(dossier, sequence)
    assert drain() == Drained(done=3, failed=1)
    assert seen == [1, 2, 3]


def test_events_without_a_dossier_do_not_wait_for_each_other(subscriptions, tell):
    subscriptions.subscribe(KIND, name="papers")(lambda event: None)
    tell(None, 1)
    tell(None, 2)
    assert len(lease(limit=10)) == 2


@pytest.mark.promise("outbox.poison")
def test_poison_stops_its_own_dossier_until_it_is_given_up_and_no_other(subscriptions, make_dossiers, tell):
    bad, good = make_dossiers(2)
    seen = []

    def handle(event):
        if (event.dossier_id, event.sequence) == (bad, 1):
            raise RuntimeError("cannot be told")
        seen.append((event.dossier_id, event.sequence))

    subscriptions.subscribe(KIND, name="papers")(handle)
    for sequence in (1, 2):
        tell(bad, sequence)
        tell(good, sequence)

    assert drain() == Drained(done=2, failed=1)
    assert seen == [(good, 1), (good, 2)]
    for _ in range(MAX_ATTEMPTS - 2):
        skip_pauses()
        assert drain() == Drained(failed=1)
    skip_pauses()
    assert drain() == Drained(done=1, dead=1)
    assert seen[-1] == (bad, 2)

    (dead,) = given_up()
    assert (dead.dossier_id, dead.sequence, dead.attempts) == (bad, 1, MAX_ATTEMPTS)
    assert dead.last_error.startswith("RuntimeError at test_relay.py:")
    assert "cannot be told" in dead.last_error
    assert backlog().dead == 1


def test_what_was_given_up_can_be_tried_again(subscriptions, tell):
    subscriptions.subscribe(KIND, name="papers")(lambda event: None)
    tell(None)
    row = OutboxRow.objects.get()
    assert not retry(row_id=row.pk), "it waits, it is not given up"
    OutboxRow.objects.update(state="dead", attempts=MAX_ATTEMPTS)
    assert drain() == Drained()
    assert retry(row_id=row.pk)
    assert drain() == Drained(done=1)


def test_a_failure_waits_longer_each_time(subscriptions, tell):
    def fail(event):
        raise RuntimeError

    subscriptions.subscribe(KIND, name="papers")(fail)
    tell(None)
    assert drain() == Drained(failed=1)
    assert drain() == Drained(), "the pause is not over"
    row = OutboxRow.objects.annotate(left=F("due_at") - Now()).get()
    assert timedelta(0) < row.left <= timedelta(seconds=1)
    bounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    for attempts, longest in enumerate(bounds, start=1):
        spread = {pause(attempts=attempts) for _ in range(50)}
        assert len(spread) > 1
        assert all(longest / 2 <= seconds <= longest for seconds in spread)


def test_later_counts_no_attempt(subscriptions, tell):
    def not_yet(event):
        raise Later(30)

    subscriptions.subscribe(KIND, name="papers")(not_yet)
    tell(None)
    for _ in range(MAX_ATTEMPTS + 3):
        assert drain() == Drained(later=1)
        assert drain() == Drained()
        row = OutboxRow.objects.annotate(left=F("due_at") - Now()).get()
        assert timedelta(seconds=25) < row.left <= timedelta(seconds=30)
        skip_pauses()
    assert (row.state, row.attempts) == ("queued", 0)


def test_a_subscriber_that_this_version_does_not_know_is_an_error_to_be_seen(subscriptions, tell):
    with subscriptions.isolated():
        subscriptions.subscribe(KIND, name="retired")(lambda event: None)
        tell(None)
    assert drain() == Drained(failed=1)
    assert "'retired'" in OutboxRow.objects.get().last_error


@pytest.mark.promise("outbox.fenced")
def test_a_worker_that_comes_back_too_late_marks_nothing(subscriptions, tell):
    """Its lease ran out during the work; another one took over meanwhile."""
    taken_over: list[Lease] = []

    def slow(event):
        if not taken_over:
            expire_leases()
            taken_over.extend(lease())

    subscriptions.subscribe(KIND, name="papers")(slow)
    tell(None)
    (first,) = lease()
    assert deliver(first.row_id, first.token) is Outcome.STALE
    assert OutboxRow.objects.get().state == "queued"
    (second,) = taken_over
    assert deliver(second.row_id, second.token) is Outcome.DONE


def test_a_message_doubled_by_the_broker_is_handled_once(subscriptions, tell):
    seen = []

    def handle(event):
        seen.append(deliver(first.row_id, first.token))

    subscriptions.subscribe(KIND, name="papers")(handle)
    tell(None)
    (first,) = lease()
    assert deliver(first.row_id, first.token) is Outcome.DONE
    assert seen == [Outcome.STALE], "the double arrived while the first was at work"
    assert deliver(first.row_id, first.token) is Outcome.STALE
    assert deliver(first.row_id, uuid4()) is Outcome.STALE


def test_an_event_that_kills_its_worker_is_given_up(subscriptions, tell):
    """The worker never answers: only the beginnings of attempts can be counted."""

    def die(event):
        raise SystemExit  # leaves the row as a SIGKILL would: claimed and unanswered

    subscriptions.subscribe(KIND, name="papers")(die)
    tell(None)
    for _ in range(MAX_ATTEMPTS):
        (taken,) = lease()
        with pytest.raises(SystemExit):
            deliver(taken.row_id, taken.token)
        assert lease() == []
        expire_leases()
    assert drain() == Drained(dead=1)
    assert "worker died" in OutboxRow.objects.get().last_error


def test_a_lease_can_be_given_back(subscriptions, tell):
    subscriptions.subscribe(KIND, name="papers")(lambda event: None)
    tell(None)
    (taken,) = lease()
    assert backlog().leased == 1
    release(taken=Lease(row_id=taken.row_id, token=uuid4()))
    assert lease() == [], "only who holds it may give it back"
    release(taken=taken)
    assert len(lease()) == 1


def test_drain_includes_what_handlers_put_and_respects_its_limit(subscriptions, tell):
    def again(event):
        if event.sequence < 5:
            tell(None, event.sequence + 1)

    subscriptions.subscribe(KIND, name="papers")(again)
    tell(None, 1)
    assert drain(until_empty=False) == Drained(done=1)
    assert drain(limit=2) == Drained(done=2)
    assert drain() == Drained(done=2)


def test_a_drain_that_is_stopped_gives_back_what_it_has_not_begun(subscriptions, tell):
    seen = []
    subscriptions.subscribe(KIND, name="papers")(seen.append)
    for _ in range(3):
        tell(None)
    assert drain(stopped=lambda: len(seen) == 1) == Drained(done=1)
    assert backlog().leased == 0
    assert drain() == Drained(done=2)


def test_the_command_can_deliver_once_and_end(subscriptions, tell, capsys):
    seen = []
    subscriptions.subscribe(KIND, name="papers")(seen.append)
    tell(None)
    call_command("relay", "--once")
    assert len(seen) == 1
    assert capsys.readouterr().out == ""


def test_a_delivery_takes_four_statements(subscriptions, make_dossiers, tell, django_assert_num_queries):
    """Lease, read, claim, mark; however much waits behind."""
    (dossier,) = make_dossiers(1)
    subscriptions.subscribe(KIND, name="papers")(lambda event: None)
    for sequence in range(30):
        tell(dossier, sequence)
    with django_assert_num_queries(4):
        assert drain(limit=1) == Drained(done=1)
