"""Writing: one row a subscriber, references only, with the transaction or not at all."""

import psycopg
import pytest
from django.db import connection, transaction

from config.database import connection_address
from tests.outbox.conftest import KIND, MOMENT
from workflows.models import OutboxRow
from workflows.outbox import drain, put, rows_for
from workflows.outbox.registry import Event, Registry
from workflows.outbox.rows import CHANNEL


def ignore(event: Event) -> None:
    """A handler."""


@pytest.mark.django_db
def test_every_subscriber_gets_its_own_row(subscriptions, make_dossiers):
    (dossier,) = make_dossiers(1)
    subscriptions.subscribe(KIND, name="papers")(ignore)
    subscriptions.subscribe(KIND, name="notices")(ignore)
    subscriptions.subscribe("something.else", name="customs")(ignore)

    put(kind=KIND, dossier_id=dossier, sequence=7, payload={"paper": 3}, now=MOMENT)

    rows = list(OutboxRow.objects.order_by("subscriber"))
    assert [row.subscriber for row in rows] == ["notices", "papers"]
    assert len({row.uuid for row in rows}) == 2
    assert {(row.kind, row.dossier_id, row.sequence, row.created_at, row.state) for row in rows} == {
        (KIND, dossier, 7, MOMENT, "queued")
    }


@pytest.mark.django_db
def test_rows_for_saves_nothing(subscriptions):
    subscriptions.subscribe(KIND, name="papers")(ignore)
    rows = rows_for(kind=KIND, dossier_id=None, sequence=1, payload={}, now=MOMENT)
    assert [row.pk for row in rows] == [None]
    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_an_event_that_nobody_wants_leaves_no_row(subscriptions):
    assert put(kind=KIND, dossier_id=None, sequence=1, payload={}, now=MOMENT) == []


@pytest.mark.parametrize(
    "payload",
    [{"who": {"name": "Nguyễn Văn A"}}, {"amount": 1.5}, {"text": "x" * 201}, {"list": [["nested"]]}],
    ids=["object", "fraction", "long text", "nested list"],
)
def test_a_payload_holds_references_only(payload):
    with pytest.raises(ValueError, match="not a reference"):
        rows_for(kind=KIND, dossier_id=None, sequence=1, payload=payload, now=MOMENT)


def test_a_name_subscribes_once_to_a_kind():
    own = Registry()
    own.subscribe(KIND, name="papers")(ignore)
    own.subscribe("another.kind", name="papers")(ignore)
    with pytest.raises(ValueError, match="already subscribes"):
        own.subscribe(KIND, name="papers")(ignore)


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("outbox.with-the-act")
def test_a_rollback_takes_rows_and_call_with_it_and_a_commit_calls_the_relay(subscriptions):
    subscriptions.subscribe(KIND, name="papers")(ignore)
    with psycopg.connect(connection_address(connection), autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        with transaction.atomic():
            put(kind=KIND, dossier_id=None, sequence=1, payload={}, now=MOMENT)
            transaction.set_rollback(True)
        assert not OutboxRow.objects.exists()
        assert list(listener.notifies(timeout=0.2, stop_after=1)) == []

        with transaction.atomic():
            put(kind=KIND, dossier_id=None, sequence=1, payload={}, now=MOMENT)
            assert list(listener.notifies(timeout=0.2, stop_after=1)) == []
        assert [note.channel for note in listener.notifies(timeout=5, stop_after=1)] == [CHANNEL]


@pytest.mark.django_db(transaction=True)
def test_a_finished_row_calls_the_relay_for_the_one_behind_it(subscriptions, make_dossiers, tell):
    """Else a partition would advance by one row a period when Celery delivers."""
    (dossier,) = make_dossiers(1)
    subscriptions.subscribe(KIND, name="papers")(ignore)
    tell(dossier, 1)
    tell(dossier, 2)
    with psycopg.connect(connection_address(connection), autocommit=True) as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        assert drain(limit=1).done == 1
        assert len(list(listener.notifies(timeout=5, stop_after=1))) == 1
        assert drain(limit=1).done == 1
        assert list(listener.notifies(timeout=0.2, stop_after=1)) == []
