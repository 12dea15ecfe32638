"""Writes which test had which outcome and shows which promise, for `make prove` (config/prove.py)."""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

__all__ = ["Recorder"]

REASON = 600
"""Characters of what a broken test said that are kept."""


class Recorder:
    """A pytest plugin. The file names the tree it was made from, so that stale results prove nothing."""

    def __init__(self, target: Path | None, *, tree: str) -> None:
        self.target = target
        self.tree = tree
        self.outcomes: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.promises: dict[str, set[str]] = defaultdict(set)

    @classmethod
    def from_environment(cls) -> "Recorder":
        """MOTCUA_TEST_RESULTS names the file, MOTCUA_TEST_TREE the tree; without them nothing is written."""
        target = os.environ.pop("MOTCUA_TEST_RESULTS", "")
        return cls(Path(target) if target else None, tree=os.environ.pop("MOTCUA_TEST_TREE", ""))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The worst phase of a test is its outcome."""
        worst = {"failed": 3, "skipped": 2, "passed": 1, "": 0}
        before = self.outcomes.get(report.nodeid, "")
        if worst[report.outcome] > worst[before]:
            self.outcomes[report.nodeid] = report.outcome
            if report.failed:
                self.reasons[report.nodeid] = self._reason(report)
        self.promises[report.nodeid].update(
            str(value) for name, value in report.user_properties if name == "promise"
        )

    @staticmethod
    def _reason(report: pytest.TestReport) -> str:
        """Where the test broke and what it said there, on one line and short."""
        crash = getattr(report.longrepr, "reprcrash", None)
        said = f"{Path(crash.path).name}:{crash.lineno}: {crash.message}" if crash else report.longreprtext
        return " ".join(said.split())[:REASON]

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Replace the file whole, so that a reader never sees half of it."""
        if self.target is None:
            return
        tests = {
            nodeid: {"outcome": outcome, "promises": sorted(self.promises[nodeid])}
            | ({"reason": self.reasons[nodeid]} if nodeid in self.reasons else {})
            for nodeid, outcome in sorted(self.outcomes.items())
        }
        finished = exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        document = {"tree": self.tree, "complete": finished, "tests": tests}
        self.target.parent.mkdir(parents=True, exist_ok=True)
        draft = self.target.with_suffix(".part")
        draft.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(self.target)
