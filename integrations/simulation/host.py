"""One running simulator: what a partner must offer to be played, and the ways in which it can misbehave."""

import enum
import hashlib
import json
import os
import random
import signal
import time
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from integrations.simulation.journal import Entry, Journal
from procedures.now import HANOI

__all__ = ["Broken", "Host", "Mischief", "Mode", "Simulator", "Web", "as_json"]

GARBAGE = b"\x00\xff\xfe<<<%!garbage" * 20
HTML_502 = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Mode(enum.StrEnum):
    """How the simulator behaves towards messages."""

    OK = "ok"
    REJECT = "reject"
    TECHNICAL = "technical"
    """Says under its signature that it failed and remembers nothing."""
    SLOW = "slow"
    """Processes, and answers after `seconds`."""
    DOWN = "down"
    """Breaks the connection before taking anything."""
    LOST_REPLY = "lost_reply"
    """Processes, and breaks the connection."""
    HTML502 = "html502"
    """A proxy in front answers; nothing is taken."""
    GARBAGE = "garbage"
    """Processes, and answers bytes without sense."""
    BAD_SIGNATURE = "bad_signature"
    """Processes, and answers under a key that nobody pinned."""
    TWICE = "twice"
    """Gives its business answer two times."""
    FORGETFUL = "forgetful"
    """Its book lacks the newest message."""
    GARBLED = "garbled"
    """Its book has other bytes."""
    SHAKY = "shaky"
    """One call in five fails, in one of the ways above that a line recovers from."""
    KILL_AFTER_TAKE = "kill_after_take"
    """Processes, and dies by SIGKILL before it answers."""


FAILS = (Mode.TECHNICAL, Mode.DOWN, Mode.LOST_REPLY, Mode.HTML502, Mode.GARBAGE, Mode.BAD_SIGNATURE)
SHARE = 0.2
"""How many calls fail of a SHAKY partner, in which ways."""


@dataclass(slots=True)
class Mischief:
    """The behaviour set by `/_control`; back to OK after `times` messages, when that is given."""

    mode: Mode = Mode.OK
    times: int | None = None
    seconds: float = 3.0
    push: str = ""
    """Where TWICE brings the business answer, two times, before the call is answered."""

    def take(self) -> Mode:
        """The mode for one message."""
        mode = self.mode
        if mode == Mode.SHAKY:
            mode = random.choice(FAILS) if random.random() < SHARE else Mode.OK  # noqa: S311 - a die, no secret
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.mode, self.times = Mode.OK, None
        return mode


@dataclass(frozen=True, slots=True)
class Web:
    """An HTTP answer of a simulator."""

    status: int
    content_type: str
    body: bytes


class Simulator(Protocol):
    """What a partner's `simulator.py` offers."""

    name: str
    title: Any
    reports: bool
    """Whether it reports what is used of a licence, at `/_use`."""
    message_path: str
    """POSTs there are messages, and suffer the mischief."""

    def refuse_call(self, headers: dict[str, str]) -> Web | None:
        """An answer to a caller without a right to call, else None."""

    def open(self, body: bytes) -> tuple[str, bytes, dict[str, str]]:
        """Verify and read a message: wire id, its signed bytes, a summary. Raises Unreadable or Unverified."""

    def decide(self, *, wire_id: str, raw: bytes, summary: dict[str, str], reject: bool) -> Entry:
        """Process a new message: its entry, with the signed reply."""

    def fail(self, *, wire_id: str) -> bytes:
        """A signed reply that says: not now."""

    def call(self, entry: Entry) -> tuple[str, bytes]:
        """Content type and body with which it brings its business answer to the sender by a call of its own."""

    def present(self, reply: bytes) -> Web:
        """A signed reply, as it goes over the wire."""

    def disguise(self, reply: bytes) -> bytes:
        """The same reply under a stranger's key."""

    def complain(self, error: Exception) -> Web:
        """The answer to a message that could not be opened."""

    def other(self, host: "Host", *, method: str, path: str, body: bytes) -> Web | None:
        """Further addresses of the partner; None when there is no such address."""


class Broken(Exception):
    """Reset the connection instead of answering."""


class Host:
    """One running simulator: the partner's part, its journal, its mischief."""

    def __init__(self, partner: Simulator, *, folder: Path) -> None:
        self.partner = partner
        self.journal = Journal(folder)
        self.mischief = Mischief()
        self.brought: list[int] = []
        """Status codes of our own calls to the sender."""

    def answer(self, *, method: str, path: str, headers: dict[str, str], body: bytes) -> Web:
        """The answer to one HTTP request. Raises Broken when the connection is to be reset."""
        plain = path.split("?")[0]
        if plain == "/_control" and method == "POST":
            return self._control(body)
        if plain == "/_processed":
            return as_json(
                200, {"processed": [_public(entry) for entry in self._in_order()], "brought": self.brought}
            )
        if plain == "/" and method == "GET":
            return self._page()
        if plain == self.partner.message_path and method == "POST":
            return self._message(headers, body)
        found = self.partner.other(self, method=method, path=path, body=body)
        return found or as_json(404, {"error": "no such address"})

    def _message(self, headers: dict[str, str], body: bytes) -> Web:
        refusal = self.partner.refuse_call(headers)
        if refusal is not None:
            return refusal
        mode = self.mischief.take()
        if mode == Mode.DOWN:
            raise Broken
        if mode == Mode.HTML502:
            return Web(502, "text/html", HTML_502)
        try:
            wire_id, raw, summary = self.partner.open(body)
        except Exception as error:
            return self.partner.complain(error)
        if mode == Mode.TECHNICAL:
            return self.partner.present(self.partner.fail(wire_id=wire_id))
        push = self.mischief.push
        reply = self._process(wire_id, raw, summary, reject=mode == Mode.REJECT)
        if mode == Mode.KILL_AFTER_TAKE:
            os.kill(os.getpid(), signal.SIGKILL)
        if mode == Mode.TWICE and push:
            self._bring(wire_id, push)
        if mode == Mode.LOST_REPLY:
            raise Broken
        if mode == Mode.SLOW:
            time.sleep(self.mischief.seconds)
        if mode == Mode.GARBAGE:
            return Web(200, "text/xml", GARBAGE)
        return self.partner.present(self.partner.disguise(reply) if mode == Mode.BAD_SIGNATURE else reply)

    def _process(self, wire_id: str, raw: bytes, summary: dict[str, str], *, reject: bool) -> bytes:
        with self.journal.lock:
            known = self.journal.entries.get(wire_id)
            if known is not None:
                if known.sha256 != hashlib.sha256(raw).hexdigest():
                    return self.partner.fail(wire_id=wire_id)
                self.journal.again(wire_id)
                return known.reply
            entry = self.partner.decide(wire_id=wire_id, raw=raw, summary=summary, reject=reject)
            self.journal.add(entry)
            return entry.reply

    def _bring(self, wire_id: str, address: str) -> None:
        content_type, body = self.partner.call(self.journal.entries[wire_id])
        with httpx.Client(trust_env=False, verify=False, timeout=10) as client:  # noqa: S501 - plain HTTP on loopback
            self.brought += [
                client.post(address, content=body, headers={"Content-Type": content_type}).status_code
                for _ in range(2)
            ]

    def _control(self, body: bytes) -> Web:
        try:
            wish = json.loads(body)
            self.mischief = Mischief(
                mode=Mode(wish["mode"]),
                times=wish.get("times"),
                seconds=float(wish.get("seconds", 3.0)),
                push=str(wish.get("push", "")),
            )
        except (ValueError, KeyError, TypeError):
            return as_json(400, {"error": "mode must be one of " + ", ".join(Mode)})
        return as_json(200, {"mode": self.mischief.mode})

    def _page(self) -> Web:
        with override("vi"):
            context = {
                "title": self.partner.title,
                "entries": [_shown(entry) for entry in self._in_order()[::-1]],
                "mode": self.mischief.mode,
                "reports": self.partner.reports,
            }
            page = render_to_string("integrations/simulator.html", context)
        return Web(200, "text/html; charset=utf-8", page.encode())

    def book(self, since: datetime, until: datetime) -> list[Entry]:
        """What arrived from `since` to before `until`; in FORGETFUL mode without the newest, in GARBLED mode with other
        bytes."""
        rows = [one for one in self._in_order() if since <= datetime.fromisoformat(one.at) < until]
        if self.mischief.mode == Mode.FORGETFUL:
            return rows[:-1]
        if self.mischief.mode == Mode.GARBLED:
            return [replace(one, sha256=hashlib.sha256(one.sha256.encode()).hexdigest()) for one in rows]
        return rows

    def lies(self) -> bool:
        """Whether it signs with a key that nobody pinned."""
        return self.mischief.mode == Mode.BAD_SIGNATURE

    def _in_order(self) -> list[Entry]:
        with self.journal.lock:
            return sorted(self.journal.entries.values(), key=lambda entry: entry.number)


def _shown(entry: Entry) -> dict[str, Any]:
    """An entry as people read it."""
    return {
        "at": datetime.fromisoformat(entry.at).astimezone(HANOI).strftime("%d/%m/%Y %H:%M:%S"),
        "verdict": _("Rejected") if entry.verdict == "rejected" else _("Accepted"),
        "summary": entry.summary,
        "received": entry.received,
    }


def _public(entry: Entry) -> dict[str, Any]:
    return {
        "wire_id": entry.wire_id, "sha256": entry.sha256, "at": entry.at, "verdict": entry.verdict,
        "summary": entry.summary, "received": entry.received, "confirmed": entry.confirmed,
    }  # fmt: skip


def as_json(status: int, data: object) -> Web:
    return Web(status, "application/json", json.dumps(data, ensure_ascii=False).encode())
