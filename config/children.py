"""Child processes that never outlive their parent, and the one exception a person is told about."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

__all__ = ["Child", "Problem", "dies_with_parent"]

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 5_000_000  # bytes; then the old one is put aside


class Problem(Exception):
    """Something a person can mend: what is wrong, and the remedy, in one line."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. {remedy[:1].upper()}{remedy[1:]}.")
        self.what = what
        self.remedy = remedy


def dies_with_parent(how: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that asks Linux to send the child this signal when its parent dies, however it dies."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)  # opened here: after fork only the call itself is safe
    return lambda: library.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)


class Child:
    """A named process with a log file, in a session of its own so that a terminal's Ctrl-C reaches only us.

    What it writes to standard error goes to `errors`, or to the same log.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        log: Path,
        errors: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
        self._begin = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output, (errors or log).open("ab") as complaints:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=complaints,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )

    @property
    def pid(self) -> int:
        """The process id, which is also its group's."""
        return self.process.pid

    @property
    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.process.poll()

    def said(self) -> str:
        """What it wrote since it was started."""
        with self.log.open("rb") as written:
            written.seek(self._begin)
            return written.read().decode(errors="replace")

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until `ready()`. Raises Problem when the process ends before, or the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.ended is not None:
                raise Problem(
                    f"{self.name} stopped at once (exit code {self.ended})", f"read the end of {self.log}"
                )
            if ready():
                return
            time.sleep(0.05)
        raise Problem(f"{self.name} was not ready after {seconds:.0f} s", f"read the end of {self.log}")

    def stop(self, *, patience: float = 12) -> None:
        """End the process and all it started: SIGTERM, then SIGKILL to its whole group."""
        if self.ended is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
