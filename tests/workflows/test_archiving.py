"""Published papers are put under archive time stamps by the relay, renewed in time, and told of when late."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import checks
from pytest_django.fixtures import DjangoAssertNumQueries

from procedures.models import LedgerEntry
from procedures.now import advance, now
from tests.scenarios import Play, actor
from workflows import archiving, files, outbox, selectors
from workflows.models import ArchiveStamp, OutboxRow, Paper
from workflows.papers import custody, pki
from workflows.papers.timestamps import Timestamper, Token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded", "keys")]
DAY = timedelta(days=1)
QUEUEING = 10
"""Statements that queue papers and extracts, however many are due."""


@pytest.fixture
def receipt() -> Paper:
    """A published slip, two days later."""
    play = Play().received()
    play.work()
    advance(2 * DAY)
    return Paper.objects.get(dossier=play.dossier_id, kind="receipt")


def file_of(paper: Paper) -> bytes:
    return files.read(Paper.objects.get(pk=paper.pk).file_sha256)


@pytest.mark.promise("papers.archive-queue")
def test_a_published_paper_is_archived_once_and_stays_known(
    receipt: Paper, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = file_of(receipt)
    with django_assert_num_queries(QUEUEING):
        assert archiving.queue_due() == 3, "the declaration, the receipt, and that of the fee"
    assert archiving.queue_due() == 0
    outbox.drain()
    receipt.refresh_from_db()
    after = file_of(receipt)
    assert after.startswith(before)
    assert receipt.file_sha256 == receipt.archived_sha256 != receipt.sealed_sha256
    assert receipt.archive_due_at == receipt.archived_until - timedelta(days=90)
    stamp = ArchiveStamp.objects.get(paper=receipt)
    assert (stamp.base_sha256, stamp.file_sha256) == (receipt.sealed_sha256, receipt.archived_sha256)
    entry = LedgerEntry.objects.get(subject_kind="paper", subject_id=receipt.pk)
    assert json.loads(entry.data)["file_sha256"] == receipt.archived_sha256
    for pdf in (before, after):
        checked = selectors.verify_file(pdf)
        assert (checked.verdict.verdict, checked.same_file) == ("valid", True)
        assert checked.paper == receipt
    assert "file.archived" in {one.code for one in selectors.verify_file(after).verdict.reasons}


class Ending(Timestamper):
    """The test authority with a certificate that ends when `until` says so."""

    until = datetime.max.replace(tzinfo=UTC)

    def token(self, imprint: bytes) -> Token:
        return replace(super().token(imprint), until=Ending.until)


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> type[Ending]:
    honest = custody.time_authority

    def ending() -> Ending:
        found = honest()
        return Ending(found.ask, found.trusted, found.clock)

    monkeypatch.setattr(custody, "time_authority", ending)
    return Ending


@pytest.mark.promise("papers.archive-queue")
def test_an_event_that_is_delivered_again_changes_nothing(receipt: Paper, authority: type[Ending]) -> None:
    authority.until = now() + 1000 * DAY
    archiving.queue_due()
    outbox.drain()
    authority.until = now() + 2000 * DAY
    first = file_of(receipt)
    OutboxRow.objects.filter(kind="paper.archive").update(state="queued", attempts=0)
    outbox.drain()
    assert file_of(receipt) == first
    assert ArchiveStamp.objects.filter(paper=receipt).count() == 1


@pytest.mark.promise("papers.archive-queue")
def test_a_stamp_is_renewed_before_its_authority_ends(receipt: Paper, authority: type[Ending]) -> None:
    authority.until = now() + 200 * DAY
    archiving.queue_due()
    outbox.drain()
    first = file_of(receipt)
    advance(111 * DAY)
    # The authority still has the old certificate: nothing is gained, it is tried again tomorrow.
    assert archiving.queue_due() == 3
    outbox.drain()
    assert file_of(receipt) == first
    assert archiving.queue_due() == 0
    advance(DAY)
    authority.until = now() + 2000 * DAY
    assert archiving.queue_due() == 3
    outbox.drain()
    second = file_of(receipt)
    assert second.startswith(first)
    assert len(second) > len(first)
    assert [stamp.until for stamp in ArchiveStamp.objects.filter(paper=receipt).order_by("pk")][
        -1
    ] == authority.until
    assert selectors.verify_file(second).verdict.verdict == "valid"
    assert selectors.verify_file(first).same_file


@pytest.mark.promise("papers.archive-alarm")
def test_who_is_late_is_told(
    receipt: Paper, authority: type[Ending], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert receipt.archived_until is None
    auditor = actor("kiemtoan")
    assert selectors.archive(actor=auditor).late_count == 0
    advance(3 * DAY)
    with django_assert_num_queries(9):
        found = selectors.archive(actor=auditor)
    assert (found.late_count, found.waiting) == (3, 3)
    assert {one.until for one in found.late} == {None}
    authority.until = now() + 40 * DAY
    archiving.queue_due()
    outbox.drain()
    found = selectors.archive(actor=auditor)
    assert (found.late_count, found.waiting) == (0, 0)
    assert [(one.until, one.count) for one in found.endings] == [(authority.until, 3)]
    advance(11 * DAY)
    assert selectors.archive(actor=auditor).late_count == 3
    warned = [
        one
        for one in checks.run_checks(databases=["default"], tags=["database"])
        if one.id == "workflows.W002"
    ]
    assert len(warned) == 1
    assert "3" in warned[0].msg


@pytest.mark.promise("papers.archive-alarm")
def test_a_file_that_does_not_hold_is_handed_to_a_person(receipt: Paper, keys: Path) -> None:
    """Its signer's key was stolen before it signed, as comes out a day later."""
    username = receipt.signer.username if receipt.signer else ""
    pki.revoke(keys, ref=f"official:{username}", at=receipt.created_at - DAY)
    archiving.queue_due()
    outbox.drain()
    assert ArchiveStamp.objects.filter(paper=receipt).count() == 0
    rows = OutboxRow.objects.filter(kind="paper.archive", state="queued")
    assert {"signature.revocation Officer" in row.last_error for row in rows} == {True}
    advance(3 * DAY)
    late = selectors.archive(actor=actor("kiemtoan")).late
    assert {one.title: one.faulty for one in late}[receipt.title] is True
