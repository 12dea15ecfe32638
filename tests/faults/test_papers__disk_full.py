"""No byte more can be written while a paper is made: it waits where it stands, and goes on once there is room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from procedures.now import advance, now
from tests.scenarios import Play
from workflows import archiving, files
from workflows.files import disk
from workflows.models import ArchiveStamp, Licence, NumberReservation, OutboxRow, Paper, StoredFile

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("faults.disk-full")]
ROOM = 20_000
"""Bytes that a file may still have: fewer than any paper."""


@contextmanager
def full() -> Iterator[None]:
    """The kernel refuses this process every longer file, in the midst of writing it, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def waiting() -> list[OutboxRow]:
    return list(OutboxRow.objects.filter(state="queued"))


def tried_again() -> None:
    """The pause between two attempts is over."""
    OutboxRow.objects.filter(state="queued").update(due_at=None)


def refused(play: Play, paper: Paper, *, state: str) -> None:
    """The worker tries twice in vain; nothing is half written, the paper stands where it stood."""
    before = set(StoredFile.objects.values_list("sha256", flat=True))
    with full():
        play.work()
        tried_again()
        play.work()
    [row] = waiting()
    assert "OSError" in row.last_error
    assert Paper.objects.get(pk=paper.pk).state == state
    assert set(StoredFile.objects.values_list("sha256", flat=True)) == before
    assert not list(disk.temporary().iterdir())


def has_room(play: Play) -> None:
    """It goes on by itself."""
    tried_again()
    play.work()
    assert not waiting()


def test_a_decision_is_made_once_whenever_the_disk_was_full() -> None:
    play = Play().appraised()
    play.work()
    play.step("truongphong", "review", "forward")
    play.step("vanthu", "prepare", "prepare")
    paper = play.dossier.papers.get(kind="decision")
    refused(play, paper, state="reserved")
    has_room(play)
    read = play.result_sha256()
    play.step("cuctruong", "sign", "sign", paper_sha256=read, stepped_up_at=now() - timedelta(seconds=20))
    refused(play, paper, state="approved")
    has_room(play)
    play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
    refused(play, paper, state="checked")
    assert not Licence.objects.exists()
    has_room(play)
    paper = Paper.objects.get(pk=paper.pk)
    assert (paper.state, paper.rendered_sha256) == ("published", read)
    assert NumberReservation.objects.filter(series=paper.number.series).count() == 1
    assert Licence.objects.get().paper == paper
    assert files.read(paper.sealed_sha256).count(b"/ByteRange") == 2


def test_an_archive_stamp_waits_for_room() -> None:
    play = Play().granted()
    paper = play.dossier.papers.get(kind="decision")
    advance(timedelta(days=2))
    OutboxRow.objects.all().delete()
    archiving.queue_due()
    with full():
        play.work()
    assert not ArchiveStamp.objects.exists()
    assert {row.kind for row in waiting()} == {"paper.archive"}
    has_room(play)
    assert ArchiveStamp.objects.filter(paper=paper).count() == 1
