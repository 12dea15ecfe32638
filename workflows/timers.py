"""What is done again and again: limits that pass, messages to be tried again, files to be swept.

Rooms register a job with `every`; the relay's process runs the due ones in a thread of their own. A job must be safe
to run twice, and in two processes at once: it takes rows under lock. One failing job stops no other.
"""

import threading
import time
from collections.abc import Callable

import structlog
from django.db import connection

__all__ = ["Timers", "every", "run_due"]

log = structlog.get_logger(__name__)
Job = Callable[[], object]

_jobs: dict[str, tuple[float, Job]] = {}


def every(seconds: float, *, name: str) -> Callable[[Job], Job]:
    """Decorator: run the function about every so many seconds. Raises ValueError for a name used twice."""

    def register(job: Job) -> Job:
        if name in _jobs:
            raise ValueError(f"a timer is called {name} already")
        _jobs[name] = (seconds, job)
        return job

    return register


def run_due(
    last: dict[str, float],
    *,
    clock: Callable[[], float] = time.monotonic,
    stopped: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Run every job whose time has come since `last` (name → moment, kept up to date); the names that ran.

    Once `stopped` answers True, no other job is begun.
    """
    ran = []
    for name, (seconds, job) in sorted(_jobs.items()):
        present = clock()
        if stopped():
            break
        if present - last.get(name, float("-inf")) < seconds:
            continue
        last[name] = present
        try:
            job()
        except Exception:
            log.exception("a timer failed", timer=name)
            connection.close()
        ran.append(name)
    return ran


class Timers:
    """The thread that runs the jobs, until told to stop."""

    def __init__(self, *, slice_seconds: float = 1.0) -> None:
        self._stop = threading.Event()
        self._slice = slice_seconds
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)

    def start(self) -> None:
        """Begin; every job runs once at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job under way."""
        self._stop.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        last: dict[str, float] = {}
        while not self._stop.wait(self._slice):
            run_due(last, stopped=self._stop.is_set)
        connection.close()
