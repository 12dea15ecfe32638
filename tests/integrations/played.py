"""A simulator as a process of its own, over real HTTP."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]


class Played:
    """One simulator: start, misbehave, kill, start again on the same port with the same memory."""

    def __init__(self, partner: str, *, folder: Path) -> None:
        self.partner, self.folder, self.port = partner, folder, 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Played":
        """Start, and wait until it listens."""
        command = [sys.executable, "manage.py", "simulate", self.partner]
        command += ["--port", str(self.port), "--data", str(self.folder)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ.copy()
        )
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], 30)
        line = self._process.stdout.readline() if ready else ""
        assert "plays at" in line, f"the simulator did not start: {line!r}"
        self.port = int(line.rsplit(":", 1)[1])
        return self

    def ensure(self) -> "Played":
        """Start again, if a test left it stopped."""
        running = self._process is not None and self._process.poll() is None
        return self if running else self.start()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process with a signal; its return code."""
        assert self._process is not None
        assert self._process.stdout is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(timeout=15)
        self._process.stdout.close()
        return code

    def wait_for_death(self) -> int:
        """Wait until it has died by its own hand; its return code."""
        assert self._process is not None
        return self._process.wait(timeout=15)

    def behave(self, mode: str, **options: Any) -> None:
        """Set the behaviour."""
        self._client("POST", "/_control", json={"mode": mode, **options})

    def processed(self) -> list[dict[str, Any]]:
        """The messages that took effect, in order."""
        return list(self._client("GET", "/_processed").json()["processed"])

    def brought(self) -> list[int]:
        """Status codes of its own calls to us."""
        return list(self._client("GET", "/_processed").json()["brought"])

    def entries_of(self, wire_id: str) -> list[dict[str, Any]]:
        """The effects of one message; one when all is well."""
        return [entry for entry in self.processed() if entry["wire_id"] == wire_id]

    def _client(self, method: str, path: str, **options: Any) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=10) as client:
            answer = client.request(method, self.address + path, **options)
        assert answer.status_code == 200, answer.text
        return answer
