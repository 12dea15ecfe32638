"""`make demo ARGS=--exit`, whole: everything really starts, the player plays, and it ends in a verdict."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config.test_processes import supervise

LONGEST = 400  # seconds, on a busy machine


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that the database's own user may enter, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="motcua-demo-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def ends_of_logs(data: Path) -> str:
    """The last lines of what each process wrote: what a failure elsewhere leaves nothing else of."""
    logs = sorted(data.rglob("*.log"))
    return "".join(f"\n== {log.name}\n" + log.read_text(errors="replace")[-3000:] for log in logs)


@pytest.mark.promise("demo.plays-to-valid")
def test_the_demonstration_plays_from_application_to_a_valid_decision(data: Path) -> None:
    played = supervise(data, patience=LONGEST)
    said = played.stdout.splitlines()
    assert played.returncode == 0, played.stdout + played.stderr + ends_of_logs(data)
    assert said[-1] == "VERDICT valid"
    assert not [line for line in said if line.startswith("✗")]
    broker = next(line for line in said if "broker" in line)
    assert ("Celery" in broker) is (shutil.which("redis-server") is not None)
    paper = Path(
        next(line for line in said if line.startswith("Signed PDF")).removeprefix("Signed PDF").strip()
    )
    assert paper.read_bytes().startswith(b"%PDF-1.7")
    assert list((data / "mail").iterdir())
    for account in ("tiepnhan", "cuctruong", "vanthu", "doanhnghiep1"):
        assert any(account in line for line in said)
