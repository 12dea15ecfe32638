"""A soak of the lines to partners: thousands of messages, deliverers killed at random, one call in five failing.

    python -m bench soak [messages] [seed]

Each dossier has several messages to each partner. They are written while two `manage.py deliver` work, each in a
process of its own; every few seconds one of them is killed by SIGKILL and started again. The partners are simulators
behind real HTTP: one call in five breaks the connection, loses the reply, or answers rubbish, a proxy's page, a
signature that nobody pinned, or that it cannot now. Afterwards every message must have been accepted, stand at its
partner once and with the bytes that we signed, have been taken there in the order of its dossier, and have each answer
in the ledger once; and the books of both sides must agree. Fails for one that does not. Ends by itself after LONGEST.

What was found goes to bench/results/soak.json.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import Count, Sum

from bench import ground
from bench.mass import at_intake, waiting
from integrations import outgoing, reconcile, registry
from integrations.models import OPEN_STATES, Attempt, Connector, Difference, Message, Reconciliation
from procedures import ledger
from procedures.models import LedgerEntry
from procedures.now import today
from tests.integrations.conftest import PAPER, licence
from tests.integrations.played import ROOT, Played

REVISIONS = 5
"""Messages of a dossier to each partner."""
HANDS = 2
LIVES = 4.0, 12.0
"""Seconds between two kills."""
PATIENCE = 3
LONGEST = 3600.0
OPEN = (*OPEN_STATES, "received")


class Hand:
    """One delivering process."""

    def __init__(self) -> None:
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "deliver", "--every", "0.3"]
        return subprocess.Popen(
            command, cwd=ROOT, env=os.environ.copy(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def end(self, number: int) -> None:
        """End it by a signal, and wait for that."""
        self.process.send_signal(number)
        self.process.wait(60)

    def again(self) -> None:
        """Kill it where it stands, and start another."""
        self.end(signal.SIGKILL)
        self.process = self._start()


class Reaper(threading.Thread):
    """Kills one of the hands every few seconds."""

    def __init__(self, hands: list[Hand], dice: random.Random) -> None:
        super().__init__(daemon=True)
        self.hands, self.dice, self.over, self.kills = hands, dice, threading.Event(), 0

    def run(self) -> None:
        """Until told to stop."""
        while not self.over.wait(self.dice.uniform(*LIVES)):
            self.dice.choice(self.hands).again()
            self.kills += 1


def dossiers(many: int) -> range:
    """Dossiers with a ledger of their own, as the service makes them."""
    return waiting(many, at_intake().dossier_id)


def connected(name: str, stack: ExitStack) -> Played:
    """A partner that fails one call in five, and our line to it."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="motcua-soak-")))
    window = Played(name, folder=folder).start()
    stack.callback(window.stop)
    window.behave("shaky")
    row = registry.connector(name)
    Connector.objects.filter(pk=row.pk).update(endpoint=window.address, patience=PATIENCE)
    return window


def write(ids: range) -> None:
    """The messages, dossier by dossier round and round, so that the later ones of each come while the first wait."""
    for revision in range(1, REVISIONS + 1):
        for number in ids:
            for partner in registry.NAMES:
                outgoing.enqueue(
                    partner=partner, dossier_id=number, facts=licence(number), paper=PAPER, revision=revision
                )


def settled(began: float) -> bool:
    """Wait until nothing is open; False when that takes too long."""
    while time.monotonic() - began < LONGEST:
        left = Message.objects.filter(state__in=OPEN).count()
        print(f"{time.monotonic() - began:6.0f} s  {left} messages open", flush=True)
        if not left:
            return True
        time.sleep(10)
    return False


# -- what must hold --------------------------------------------------------------------------------------------


def at_the_partner(name: str, window: Played) -> dict[str, int]:
    """What the partner has, against what we wrote."""
    ours = {one.wire_id: one for one in Message.objects.filter(connector__name=name).defer("content")}
    theirs = window.processed()
    turns: dict[int, list[int]] = defaultdict(list)
    for entry in theirs:
        if message := ours.get(entry["wire_id"]):
            turns[message.dossier_id].append(message.sequence)
    return {
        "taken": len(theirs),
        "not taken": len(ours.keys() - {entry["wire_id"] for entry in theirs}),
        "taken twice": sum(count > 1 for count in Counter(entry["wire_id"] for entry in theirs).values()),
        "unknown to us": sum(entry["wire_id"] not in ours for entry in theirs),
        "other bytes": sum(
            entry["sha256"] != ours[entry["wire_id"]].sha256 for entry in theirs if entry["wire_id"] in ours
        ),
        "dossiers out of order": sum(taken != sorted(taken) for taken in turns.values()),
        "came more than once": sum(entry["received"] > 1 for entry in theirs),
    }


def in_the_ledger() -> dict[str, int]:
    """How often each answer had its effect."""
    entries = LedgerEntry.objects.filter(subject_kind="dossier", act__startswith="partner.")
    effects = Counter((one.act, json.loads(one.data)["message"]) for one in entries.iterator())
    accepted = {message for act, message in effects if act == "partner.accepted"}
    return {
        "effects": effects.total(),
        "double effects": sum(count > 1 for count in effects.values()),
        "without acceptance": Message.objects.count() - len(accepted),
        "findings of the ledger": len(list(ledger.verify(subject_kind="dossier"))),
    }


def the_books(days: set[date]) -> dict[str, int]:
    """Our book against each partner's, both ways."""
    for row in Connector.objects.filter(name__in=registry.NAMES):
        for day in days:
            reconcile.reconcile(row, day=day)
    return {
        "books compared": Reconciliation.objects.count(),
        "in their books": Reconciliation.objects.aggregate(n=Sum("theirs"))["n"] or 0,
        "differences": Difference.objects.count(),
    }


def faults(found: dict[str, Any]) -> Iterator[str]:
    """What does not hold."""
    if found["states"] != {"accepted": found["messages"]}:
        yield f"messages ended as {found['states']}"
    for name, said in found["partners"].items():
        for what in ("not taken", "taken twice", "unknown to us", "other bytes", "dossiers out of order"):
            if said[what]:
                yield f"{name}: {said[what]} {what}"
    for part, names in {
        "ledger": ("double effects", "without acceptance", "findings of the ledger"),
        "books": ("differences",),
    }.items():
        for what in names:
            if found[part][what]:
                yield f"{found[part][what]} {what}"


def main(messages: int = 10_000, seed: int = 1) -> int:
    """Run, examine, keep. Returns 1 where something was lost, doubled or out of order."""
    ids = dossiers(messages // (len(registry.NAMES) * REVISIONS))
    days, began = {today()}, time.monotonic()
    with ExitStack() as stack:
        windows = {name: connected(name, stack) for name in registry.NAMES}
        hands = [Hand() for _ in range(HANDS)]
        reaper = Reaper(hands, random.Random(seed))
        try:
            reaper.start()
            write(ids)
            written = time.monotonic() - began
            ended = settled(began)
        finally:
            reaper.over.set()
            reaper.join(90)
            for hand in hands:
                hand.end(signal.SIGTERM)
        seconds = time.monotonic() - began
        days.add(today())
        for window in windows.values():
            window.behave("ok")  # books are fetched from a partner in its right mind
        found = {
            "what": "messages to partners, deliverers killed at random, one call in five failing",
            "messages": Message.objects.count(),
            "dossiers": len(ids),
            "partners": {name: at_the_partner(name, window) for name, window in windows.items()},
            "hands": HANDS,
            "kills": reaper.kills,
            "ended": ended,
            "seconds to write": round(written),
            "seconds": round(seconds),
            "states": dict(Message.objects.values_list("state").annotate(n=Count("pk"))),
            "attempts": dict(Attempt.objects.values_list("outcome").annotate(n=Count("pk"))),
            "ledger": in_the_ledger(),
            "books": the_books(days),
        }
    wrong = list(faults(found))
    print(found, flush=True)
    for one in wrong:
        print(f"WRONG {one}", flush=True)
    ground.keep("soak", found | {"wrong": wrong})
    return 1 if wrong or not ended else 0
