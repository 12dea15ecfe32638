"""Results of tests, tied to the exact tree that was tested."""

import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["RESULTS", "Results", "load_results", "project_files", "tree_hash"]

BASE_DIR = Path(__file__).resolve().parent.parent
RESULTS = BASE_DIR / "var" / "test-results.json"
NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__"}


@dataclass(frozen=True)
class Results:
    """Outcomes by test, and which tests carry which promise."""

    outcomes: dict[str, str]
    promises: dict[str, list[str]]
    """Promise id → ids of the tests marked with it."""
    reasons: dict[str, str] = field(default_factory=dict)
    """What a test that failed said, in one line."""


def project_files(folder: Path = BASE_DIR) -> list[Path]:
    """Every file that belongs to the project: tracked, or new and not ignored. Sorted, relative to the folder.

    Without git (an unpacked archive) every file outside the folders that we make ourselves.
    """
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = {Path(name) for name in listed.stdout.decode().split("\0") if name}
    else:
        names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
        names = {name for name in names if not NOT_OURS.intersection(name.parts)}
    return sorted(name for name in names if (folder / name).is_file())


def tree_hash(folder: Path = BASE_DIR) -> str:
    """SHA-256 over names and contents of the project's files."""
    whole = hashlib.sha256()
    for name in project_files(folder):
        whole.update(f"{name}\0".encode() + hashlib.sha256((folder / name).read_bytes()).digest())
    return whole.hexdigest()


def load_results(*, path: Path = RESULTS, tree: str) -> Results | None:
    """The results of a whole run of exactly this tree, or None."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if document.get("tree") != tree or not document.get("complete"):
        return None
    outcomes = {nodeid: test["outcome"] for nodeid, test in document["tests"].items()}
    reasons = {nodeid: test["reason"] for nodeid, test in document["tests"].items() if "reason" in test}
    promises: dict[str, list[str]] = {}
    for nodeid, test in document["tests"].items():
        for promise in test["promises"]:
            promises.setdefault(promise, []).append(nodeid)
    return Results(outcomes=outcomes, promises=promises, reasons=reasons)
