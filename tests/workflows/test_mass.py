"""Mass acts: the same rows as one by one, in batches; a bad row stops nobody; a second run changes nothing."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures import ledger
from procedures.models import LedgerEntry
from procedures.now import advance, now
from tests.journeys.test_catalogue import biosafety
from tests.workflows.acts.stages import Quick
from workflows import outbox, service
from workflows.dossier.acts import mass
from workflows.mass import expire_licences, fire_limits, remind
from workflows.models import ClockSpan, Dossier, Licence, Notice, OutboxRow, Payment, Task

pytestmark = [pytest.mark.django_db, pytest.mark.promise("timers.mass-acts")]

SAME = ("act", "from_state", "to_state", "node", "actor", "on_behalf_of", "at", "definition_sha256")


@pytest.fixture
def waiting(declared_play: Quick) -> list[Quick]:
    """Three dossiers that wait for papers at intake, their limit passed."""
    plays = [declared_play, declared_play.copy(), declared_play.copy()]
    for play in plays:
        play.to("intake_supplement")
    outbox.drain()
    advance(timedelta(days=31))
    return plays


def rows(play: Quick) -> dict[str, object]:
    """Everything that closing wrote, without what differs between two dossiers."""
    number = play.dossier_id
    entry = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=number).latest("sequence")
    task = Task.objects.filter(process_id=number).latest("id")
    sent = OutboxRow.objects.filter(dossier_id=number, sequence=entry.sequence).order_by("kind", "subscriber")
    dossier = play.dossier
    return {
        "entry": [getattr(entry, name) for name in SAME] + [entry.data.replace(str(task.pk), "task")],
        "dossier": [dossier.state, dossier.interrupted, dossier.status, dossier.finished, dossier.due_at],
        "head": dossier.head_hash == entry.hash,
        "task": [task.status, task.outcome, task.performer_id, task.finished],
        "spans": list(
            ClockSpan.objects.filter(dossier_id=number).values_list("until", flat=True).order_by("id")
        )[-1],
        "fees": list(Payment.objects.filter(dossier_id=number).values_list("state", flat=True)),
        "outbox": [
            (row.kind, row.subscriber, sorted(row.payload.items()), row.state, row.created_at) for row in sent
        ],
    }


@pytest.mark.parametrize("stage", ["intake_supplement", "supplement_requested", "fee_due"])
def test_a_batch_writes_what_one_by_one_writes(declared_play: Quick, stage: str) -> None:
    first, second = declared_play, declared_play.copy()
    for play in (first, second):
        play.to(stage)
    advance(timedelta(days=60))
    node = Task.objects.get(process_id=first.dossier_id, finished__isnull=True)
    service.lapse(task=node)
    dossier = second.dossier
    closing = mass.at_limit(dossier.definition, dossier.definition_sha256, node.node)
    assert closing is not None
    assert mass.close_together(closing, [dossier.pk], now=now()) == 1
    assert rows(first) == rows(second)
    assert list(ledger.verify(subject_kind="dossier", subject_id=second.dossier_id)) == []


def test_all_are_closed_in_two_statements_and_nothing_is_left_for_a_second_run(waiting: list[Quick]) -> None:
    with CaptureQueriesContext(connection) as found:
        assert fire_limits() == 3
    changing = [query["sql"] for query in found if "UPDATE" in query["sql"]]
    assert len(changing) == 2  # the locks, and everything else
    before = list(LedgerEntry.objects.order_by("pk").values_list("hash", flat=True))
    assert fire_limits() == 0
    assert list(LedgerEntry.objects.order_by("pk").values_list("hash", flat=True)) == before
    outbox.drain()
    for play in waiting:
        assert play.dossier.papers.get(kind="stop_notice").state == "published"
        assert Notice.objects.filter(dossier=play.dossier, kind="lapse", mailed_at__isnull=False).count() == 1


def test_one_bad_row_stops_nobody_else(waiting: list[Quick]) -> None:
    """A dossier whose kept head is not that of its chain: the database refuses it, the others are closed."""
    bad = waiting[1].dossier_id
    Dossier.objects.filter(pk=bad).update(head_hash="f" * 64)
    assert fire_limits() == 2
    assert [play.dossier.state for play in waiting] == ["stopped", "intake_supplement", "stopped"]
    assert not LedgerEntry.objects.filter(subject_kind="dossier", subject_id=bad, act="lapse").exists()


def test_a_decision_under_way_and_what_does_not_end_go_one_by_one(declared_play: Quick) -> None:
    definition, sha256 = declared_play.dossier.definition, declared_play.dossier.definition_sha256
    found = {
        node.id: mass.at_limit(definition, sha256, node.id)
        for node in definition.route.nodes
        if getattr(node, "at_limit", None)
    }
    assert {name for name, closing in found.items() if closing} == {
        "await_intake",
        "await_supplement",
        "collect_fee",
    }
    assert found["rendering"] is None


def test_an_applicant_is_reminded_once_before_the_limit(declared_play: Quick) -> None:
    play = declared_play.to("intake_supplement")
    task = Task.objects.get(process_id=play.dossier_id, finished__isnull=True)
    advance(task.due_at - now() - timedelta(days=4))
    assert remind() == 0
    advance(timedelta(days=2))
    assert (remind(), remind()) == (1, 0)
    outbox.drain()
    assert Notice.objects.get(dossier=play.dossier, kind="answer_by").mailed_at is not None
    assert play.dossier.state == "intake_supplement"


def test_licences_expire_the_day_after_their_last_and_the_holder_is_told(declared_play: Quick) -> None:
    licence = biosafety().licence
    outbox.drain()
    assert licence.valid_until == date(2027, 3, 2)
    advance(timedelta(days=365))
    assert expire_licences() == 0
    advance(timedelta(days=1))
    assert (expire_licences(), expire_licences()) == (1, 0)
    outbox.drain()
    assert Licence.objects.get(pk=licence.pk).state == "expired"
    entry = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=licence.dossier_id).latest(
        "sequence"
    )
    assert (entry.act, entry.data) == ("licence_expired", f'{{"licence":"{licence.ref}"}}')
    assert list(ledger.verify(subject_kind="dossier", subject_id=licence.dossier_id)) == []
    assert Notice.objects.filter(dossier=licence.dossier_id, kind="licence_expired").count() == 1
