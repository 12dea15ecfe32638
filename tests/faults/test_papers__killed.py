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
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from procedures import ledger
from procedures.now import frozen, now
from tests.papers.csc import Csc
from tests.scenarios import MONDAY
from tests.variants import ANNEX, publish, with_annex, with_countersigners
from tests.workflows.acts.proof import entries
from tests.workflows.acts.stages import Quick, somebody
from workflows import archiving, files, outbox, selectors, service
from workflows.models import (
    ArchiveStamp,
    Licence,
    NumberReservation,
    OutboxRow,
    Paper,
    RemoteSignature,
    StoredFile,
)
from workflows.papers import custody
from workflows.papers.signing_service import TEST_PIN, credential_id

ROOT = Path(__file__).parents[2]
FILE_POINTS = ("file.before_rename", "file.after_rename", "file.after_row")
RECORDED = ("paper.before_recorded", "paper.after_recorded")


def stored(*stages: str) -> tuple[str, ...]:
    """The points around the storing of these files."""
    return tuple(f"paper.{when}_{stage}_stored" for stage in stages for when in ("before", "after"))


SLIP = {
    "rendered": (*stored("rendered"), *FILE_POINTS),
    "signed": stored("signed"),
    "sealed": (*stored("sealed"), *RECORDED),
}
DECISION = {
    "rendered": (*stored("rendered"), *RECORDED, *FILE_POINTS),
    "signed": (*stored("signed"), *RECORDED),
    "sealed": (*stored("sealed"), *RECORDED),
}

COUNTERSIGNED = (*stored("countersigned"), *RECORDED)
REMOTE = (("signing.before_kept", 0), ("signing.after_kept", 1))
"""Point in the office → signatures that are kept by then."""
ARCHIVED = ("archive.before_stored", "archive.before_recorded")

MADE = ("rendering.rendered", "signing.signed", "grant")
MADE_BY = dict(zip(DECISION, MADE, strict=True))
"""What the ledger says when the bytes of a stage are there."""


@pytest.fixture
def worker(worker_environment: dict[str, str]) -> Iterator[Callable[..., None]]:
    """Runs a worker that dies at a point, and sees that it did, with everything that it had started."""
    started: list[subprocess.Popen[bytes]] = []

    def run(point: str, *argv: str, module: str = "child", **more: str) -> None:
        child = subprocess.Popen(
            [sys.executable, "-m", f"tests.faults.{module}", *argv],
            env=worker_environment | {"MOTCUA_FAULT": point} | more,
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


@pytest.mark.promise("papers.countersigned")
def test_a_countersignature_is_made_once(
    committed_monday: None, worker: Callable[[str], None], tmp_path: Path
) -> None:
    publish(tmp_path, with_countersigners, day=date(2026, 1, 15))
    draft = Quick().declared()
    for point in COUNTERSIGNED:
        play = fresh(draft)
        to_the_point(play, "rendered")
        another_goes_on()
        play.step("truongphong", "countersign_1", "countersign", **play.signature())
        only_the_paper_is_left(play)
        worker(point)
        another_goes_on()
        assert entries(play).count("countersign_1_made.countersigned") == 1, point
        play.step("chuyenvien2", "countersign_2", "countersign", **play.signature())
        another_goes_on()
        to_the_end(play)
        decision = play.dossier.papers.get(kind="decision")
        is_once(play, decision)
        assert selectors.verify_file(files.read(decision.file_sha256)).verdict.verdict == "valid"
        nothing_is_left_behind(play)


@pytest.mark.promise("papers.annexes")
def test_an_annex_is_made_once_with_its_decision(
    committed_monday: None, worker: Callable[[str], None], tmp_path: Path
) -> None:
    """Killed between the file of the decision and that of its annex, and before either is recorded."""
    publish(tmp_path, with_annex, day=date(2026, 1, 20), templates=ANNEX)
    draft = Quick().declared()
    for stage in ("rendered", "sealed"):
        for point in (f"paper.after_{stage}_stored", "paper.before_recorded"):
            play = fresh(draft)
            to_the_point(play, stage)
            only_the_paper_is_left(play)
            worker(point)
            another_goes_on()
            to_the_end(play)
            decision = play.dossier.papers.get(kind="decision")
            is_once(play, decision)
            annex = decision.annexes.get()
            assert (annex.state, play.dossier.papers.filter(kind="annex").count()) == ("published", 1)
            assert selectors.verify_file(files.read(annex.file_sha256)).verdict.verdict == "valid"
            nothing_is_left_behind(play)


def fresh(draft: Quick) -> Quick:
    """A dossier for one point; what was left to be told before is told."""
    outbox.drain()
    assert not OutboxRow.objects.exclude(state="done").exists()
    return draft.copy()


@pytest.mark.promise("faults.slip-once")
@pytest.mark.parametrize("points", SLIP.values(), ids=SLIP)
def test_a_slip_is_made_once(
    committed_draft: Quick, worker: Callable[[str], None], points: tuple[str, ...]
) -> None:
    for point in points:
        play = fresh(committed_draft).to("intake_supplement")
        only_the_paper_is_left(play)
        slip = play.dossier.papers.get(kind="supplement_request")

        worker(point)
        slip = Paper.objects.get(pk=slip.pk)
        expected = "published" if point == "paper.after_recorded" else "reserved"
        assert slip.state == expected, f"{point}: all or nothing"

        another_goes_on()
        is_once(play, play.dossier.papers.get(kind="supplement_request"))
        nothing_is_left_behind(play)


def to_the_point(play: Quick, stage: str) -> None:
    """The paper is to be rendered, signed or sealed next."""
    play.to("prepare")
    outbox.drain()
    play.to("rendering")
    if stage in ("signed", "sealed"):
        outbox.drain()
        play.step("cuctruong", "sign", "sign", **play.signature())
    if stage == "sealed":
        outbox.drain()
        play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())


@pytest.mark.promise("faults.decision-once")
@pytest.mark.parametrize("stage", DECISION)
def test_a_decision_is_made_once(committed_draft: Quick, worker: Callable[[str], None], stage: str) -> None:
    for point in DECISION[stage]:
        play = fresh(committed_draft)
        to_the_point(play, stage)
        only_the_paper_is_left(play)
        worker(point)
        another_goes_on()
        made = [act for act in entries(play) if act in MADE]
        assert made == list(MADE[: MADE.index(MADE_BY[stage]) + 1]), point
        to_the_end(play)
        decision = play.dossier.papers.get(kind="decision")
        is_once(play, decision)
        licence = Licence.objects.get(dossier_id=play.dossier_id)
        assert (licence.paper, licence.number) == (decision, decision.number.text)
        assert [act for act in entries(play) if act in MADE] == list(MADE)
        assert not play.open_nodes()
        nothing_is_left_behind(play)


def to_the_end(play: Quick) -> None:
    """The people and the workers do the rest."""
    if play.open_nodes() == {"sign"}:
        play.step("cuctruong", "sign", "sign", **play.signature())
        another_goes_on()
    if play.open_nodes() == {"seal"}:
        play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
        another_goes_on()


@pytest.mark.promise("papers.archive-queue")
@pytest.mark.parametrize("point", ARCHIVED)
def test_an_archive_stamp_is_recorded_once(
    committed_draft: Quick, worker: Callable[[str], None], point: str
) -> None:
    play = fresh(committed_draft).to("intake_supplement")
    outbox.drain()
    slip = play.dossier.papers.get(kind="supplement_request")
    Paper.objects.exclude(pk=slip.pk).update(archive_due_at=now() + timedelta(days=999))
    Paper.objects.filter(pk=slip.pk).update(archive_due_at=now())
    assert archiving.queue_due() == 1
    worker(point)
    assert not ArchiveStamp.objects.filter(paper=slip).exists()
    another_goes_on()
    stamp = ArchiveStamp.objects.get(paper=slip)
    assert Paper.objects.get(pk=slip.pk).file_sha256 == stamp.file_sha256
    assert StoredFile.objects.get(sha256=stamp.file_sha256).is_clean
    assert list(ledger.verify(subject_kind="paper")) == []
    nothing_is_left_behind(play)


def test_every_named_point_is_tried() -> None:
    """A new point in the code needs a row here (those of files are tried in tests/files as well)."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflows").rglob("*.py"))
    named = set(re.findall(r'fault\(f?"([^"]+)"\)', text))
    stages = ("rendered", "countersigned", "signed", "sealed")
    patterns = {name.replace("{what}", stage) for name in named for stage in stages}
    tried = {point for table in (SLIP, DECISION) for points in table.values() for point in points}
    tried |= set(COUNTERSIGNED)
    assert patterns == tried | set(ARCHIVED) | {point for point, _kept in REMOTE}


@pytest.mark.promise("papers.remote-signing")
def test_a_remote_signature_is_authorised_again_and_used_once(
    committed_draft: Quick, worker: Callable[..., None], tmp_path: Path, settings: Any
) -> None:
    """Killed after the service signed: what was signed is in no file, and the leader signs anew."""
    for point, kept in REMOTE:
        play = fresh(committed_draft)
        play.to("prepare")
        outbox.drain()
        play.to("rendering")
        outbox.drain()
        csc = Csc(tmp_path / point, Path(settings.KEYS_DIR), ("cuctruong",))
        csc.configure(settings)
        custody._remote.cache_clear()
        actor, step, read = somebody("cuctruong"), play.task("sign").pk, play.result_sha256()
        service.send_signing_code(actor=actor)
        where = {
            "CSC_URL": csc.url,
            "CSC_SECRET_FILE": str(csc.secret_file),
            "CSC_CREDENTIALS_FILE": str(csc.credentials_file),
        }
        given = (str(play.dossier_id), str(step), read, TEST_PIN, csc.codes[credential_id("cuctruong")])
        worker(point, *given, module="signer", **where)
        assert RemoteSignature.objects.filter(paper__dossier=play.dossier_id).count() == kept
        assert play.dossier.papers.get(kind="decision").state == "rendered", "nothing was signed"

        with frozen(MONDAY + timedelta(minutes=1)):
            service.send_signing_code(actor=actor)
            steps = [service.StepToSign(play.dossier_id, step, "sign", service.Input(paper_sha256=read))]
            at = service.authorise_signatures(
                actor=actor, steps=steps, pin=TEST_PIN, code=csc.codes[credential_id("cuctruong")]
            )
            play.step("cuctruong", "sign", "sign", paper_sha256=read, stepped_up_at=at)
        csc.close()
        another_goes_on()
        to_the_end(play)
        decision = play.dossier.papers.get(kind="decision")
        is_once(play, decision)
        assert RemoteSignature.objects.get(paper=decision, at=at).at == decision.approved_at
        assert selectors.verify_file(files.read(decision.file_sha256)).verdict.verdict == "valid"
        nothing_is_left_behind(play)
