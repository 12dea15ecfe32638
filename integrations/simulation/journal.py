"""A simulator's memory, which survives its being killed."""

import base64
import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from procedures.now import now

__all__ = ["Entry", "Journal", "timestamp"]


@dataclass(slots=True)
class Entry:
    """One message that took effect."""

    wire_id: str
    sha256: str
    at: str
    """ISO time."""
    verdict: str
    reply: bytes
    summary: dict[str, str] = field(default_factory=dict)
    pending: bytes = b""
    """A business answer to be fetched later."""
    received: int = 1
    """How often the message came."""
    confirmed: bool = False
    number: int = 0
    """Position in the journal, from 1."""


class Journal:
    """The simulator's memory: JSON lines, flushed to disk one by one; a line torn by a kill is ignored."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "journal.jsonl"
        self.entries: dict[str, Entry] = {}
        self.lock = threading.RLock()
        lines = self._path.read_bytes().split(b"\n") if self._path.exists() else []
        for line in lines:
            try:
                self._replay(json.loads(line))
            except ValueError:
                continue

    def add(self, entry: Entry) -> None:
        """Remember a message for good."""
        self._write(
            {
                "take": entry.wire_id, "sha256": entry.sha256, "at": entry.at, "verdict": entry.verdict,
                "reply": base64.b64encode(entry.reply).decode(), "summary": entry.summary,
                "pending": base64.b64encode(entry.pending).decode(),
            }
        )  # fmt: skip

    def again(self, wire_id: str) -> None:
        """The message came once more."""
        self._write({"again": wire_id})

    def confirm(self, wire_id: str) -> None:
        """Its business answer was fetched and stored by the sender."""
        self._write({"confirm": wire_id})

    def _write(self, record: dict[str, Any]) -> None:
        with self.lock, self._path.open("ab") as file:
            file.write(b"\n" + json.dumps(record).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            self._replay(record)

    def _replay(self, record: dict[str, Any]) -> None:
        if "take" in record:
            self.entries[record["take"]] = Entry(
                wire_id=record["take"], sha256=record["sha256"], at=record["at"], verdict=record["verdict"],
                reply=base64.b64decode(record["reply"]), summary=record["summary"],
                pending=base64.b64decode(record["pending"]), number=len(self.entries) + 1,
            )  # fmt: skip
        elif "again" in record:
            self.entries[record["again"]].received += 1
        elif "confirm" in record:
            self.entries[record["confirm"]].confirmed = True


def timestamp() -> str:
    """The present, as a journal writes it."""
    return now().isoformat(timespec="seconds")
