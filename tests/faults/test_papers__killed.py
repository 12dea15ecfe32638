"""SIGKILL of a real worker at every named point of making a paper; another one then finishes what it began.

After each: one paper, one number used, one licence, no row waiting, no lease held, no process left, no chain broken.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from procedures import ledger
from procedures.models import LedgerEntry
from tests.workflows.acts.stages import Quick
from workflows import files, outbox
from workflows.models import Licence, NumberReservation, OutboxRow, Paper, StoredFile

ROOT = Path(__file__).parents[2]
FILE_POINTS = ("file.before_rename", "file.after_rename", "file.after_row")
RECORDED = ("paper.before_recorded", "paper.after_recorded")


def stored(*stages: str) -> tuple[str, ...]:
    """The points around the storing of these files."""
    return tuple(f"paper.{when}_{stage}_stored" for stage in stages for when in ("before", "after"))


SLIP = (*stored("rendered", "signed", "sealed"), *RECORDED, *FILE_POINTS)
DECISION = {
    "rendered": (*stored("rendered"), *RECORDED, *FILE_POINTS),
    "signed": (*stored("signed"), *RECORDED),
    "sealed": (*stored("sealed"), *RECORDED),
}


@pytest.fixture
def play(committed_draft: Quick) -> Quick:
    """A dossier of the test's own; what earlier tests left to be told is told first."""
    outbox.drain()
    assert not OutboxRow.objects.exclude(state="done").exists()
    return committed_draft.copy()


@pytest.fixture
def worker(worker_environment: dict[str, str]) -> Iterator[Callable[[str], None]]:
    """Runs a worker that dies at a point, and sees that it did, with everything that it had started."""
    started: list[subprocess.Popen[bytes]] = []

    def run(point: str) -> None:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.child"],
            env=worker_environment | {"MOTCUA_FAULT": point},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(child)
        out, _ = child.communicate(timeout=120)
        assert child.returncode == -signal.SIGKILL, out.decode()[-2000:]
        with pytest.raises(ProcessLookupError):
            os.killpg(child.pid, 0)

    yield run
    for child in started:
        if child.poll() is None:
            child.kill()
            child.wait(timeout=10)


def only_the_paper_is_left(play: Quick) -> None:
    """Everything else is told, so that the worker's first delivery is the paper."""
    while (
        row := OutboxRow.objects.filter(state="queued").order_by("pk").first()
    ) and row.subscriber != "papers":
        outbox.drain(limit=1)
    assert set(OutboxRow.objects.filter(state="queued").values_list("subscriber", flat=True)) == {"papers"}


def another_goes_on() -> None:
    """Another worker, as soon as the dead one's lease is over."""
    end = time.monotonic() + 60
    while OutboxRow.objects.filter(state="queued").exists():
        assert time.monotonic() < end, list(OutboxRow.objects.filter(state="queued").values())
        if not outbox.drain().total:
            time.sleep(0.1)


def nothing_is_left_behind(play: Quick) -> None:
    """No row, no lease, no open transaction or lock of a dead worker, no file without a row or row without a file."""
    assert not OutboxRow.objects.exclude(state="done").exists()
    assert not OutboxRow.objects.filter(leased_until__isnull=False).exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND (state LIKE 'idle in transaction%%' OR wait_event_type = 'Lock')"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database "
            "WHERE locktype = 'advisory' AND d.datname = current_database()"
        )
        assert cursor.fetchone() == (0,)
    assert list(ledger.verify(subject_kind="dossier")) == []
    for paper in play.dossier.papers.all():
        for sha256 in filter(None, (paper.rendered_sha256, paper.signed_sha256, paper.sealed_sha256)):
            assert StoredFile.objects.get(sha256=sha256).is_clean
            assert files.read(sha256).startswith(b"%PDF")


def is_once(play: Quick, paper: Paper) -> None:
    """The paper and its number are there exactly once, and each of its bytes is what the row says."""
    assert (paper.state, paper.number.state) == ("published", "used")
    assert play.dossier.papers.filter(kind=paper.kind).count() == 1
    series = NumberReservation.objects.filter(series=paper.number.series).order_by("number")
    assert list(series.values_list("number", flat=True)) == list(range(1, series.count() + 1))
    assert set(series.values_list("state", flat=True)) == {"used"}


@pytest.mark.promise("faults.slip-once")
@pytest.mark.parametrize("point", SLIP)
def test_a_slip_is_made_once(play: Quick, worker: Callable[[str], None], point: str) -> None:
    play.to("intake_supplement")
    only_the_paper_is_left(play)
    slip = play.dossier.papers.get(kind="supplement_request")

    worker(point)
    slip.refresh_from_db()
    assert slip.state == ("published" if point == "paper.after_recorded" else "reserved"), "all or nothing"

    another_goes_on()
    is_once(play, play.dossier.papers.get(kind="supplement_request"))
    nothing_is_left_behind(play)


def to_the_point(play: Quick, stage: str) -> None:
    """The paper is to be made, signed or sealed next."""
    play.to("rendering")
    outbox.drain(limit=50) if stage != "rendered" else None
    if stage in ("signed", "sealed"):
        play.step("cuctruong", "sign", "sign", **play.signature())
    if stage == "sealed":
        outbox.drain(limit=50)
        play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())


@pytest.mark.promise("faults.decision-once")
@pytest.mark.parametrize(
    ("stage", "point"), [(stage, point) for stage, points in DECISION.items() for point in points]
)
def test_a_decision_is_made_once(play: Quick, worker: Callable[[str], None], stage: str, point: str) -> None:
    to_the_point(play, stage)
    only_the_paper_is_left(play)

    worker(point)
    another_goes_on()
    recorded = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id)
    acts = list(recorded.order_by("sequence").values_list("act", flat=True))
    assert [act for act in acts if re.search(r"rendered|signed|grant", act)] == [
        "rendering.rendered",
        "signing.signed",
        "grant",
    ][: list(DECISION).index(stage) + 1]

    play.__dict__["_stage"] = {"rendered": 8, "signed": 10, "sealed": 12}[stage]
    if stage == "rendered":
        play.step("cuctruong", "sign", "sign", **play.signature())
        another_goes_on()
    if stage != "sealed":
        play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
        another_goes_on()
    decision = play.dossier.papers.get(kind="decision")
    is_once(play, decision)
    licence = Licence.objects.get(dossier_id=play.dossier_id)
    assert (licence.paper, licence.number) == (decision, decision.number.text)
    assert not play.open_nodes()
    nothing_is_left_behind(play)


def test_every_named_point_is_tried() -> None:
    """A new point in the code needs a row here (those of files are tried in tests/files as well)."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflows").rglob("*.py"))
    named = set(re.findall(r'fault\(f?"([^"]+)"\)', text))
    patterns = {name.replace("{what}", stage) for name in named for stage in ("rendered", "signed", "sealed")}
    tried = {*SLIP, *(point for points in DECISION.values() for point in points)}
    assert patterns == tried
