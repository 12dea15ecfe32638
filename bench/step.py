"""One full step, ours against bare viewflow and a step written by hand for psycopg, on the same connections.

    python -m bench step [rounds] [dossiers a round]

A step of ours is a whole act through `workflows.service`: permission, rule, clock, task and next task, ledger, the
answer under its idempotency key, outbox, in one transaction. `bench/catalogue/six-steps` is published like any
procedure; its six steps are two legal acts (acceptance moves the clocks and gives a code, assignment looks up the
specialist) and four internal ones. Bare viewflow (`bench/bare.py`) walks six `View`s with its stock models and keeps
neither law, clock, ledger nor outbox. `bench/byhand.py` writes the same rows as ours, knowing the route by heart.

Each dossier of a round is walked once by every side before the next, on the connection as the product opens it and on
one that binds on the server and prepares statements. Reading who acts is timed apart: a request does it once.
Fails below the aim, or when a step needs another number of statements than written here.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connection, connections

from bench import bare, byhand, ground
from procedures import catalog, ledger, policy
from procedures.models import LedgerEntry, ProcedureVersion, Subject, User
from procedures.now import HANOI, frozen, now
from procedures.policy import SYSTEM, Actor
from workflows import outbox, service
from workflows.flow import engine
from workflows.models import ClockSpan, Dossier, Task
from workflows.service import Input

AIM = 1.5
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=HANOI)
PEOPLE = {
    "reception": "tiepnhan",
    "head": "truongphong",
    "specialist": "chuyenvien",
    "clerk": "vanthu",
}
STATEMENTS = {"accept": 0, "begin": 0, "internal": 0}
"""How many statements a step of ours takes, BEGIN and COMMIT included. A new one must be worth its round trip."""
CODE = "six-steps"

Walk = Callable[[], Iterator[None]]
"""Readies one dossier up to the first `next`, then makes one step each."""


@outbox.subscribe("step", name="bench")
@outbox.subscribe("act.accept", name="bench")
@outbox.subscribe("act.begin", name="bench")
def hear(_event: outbox.Event) -> None:
    """Somebody who wants to know, so that each step writes to the outbox."""


# -- the world ----------------------------------------------------------------------------------------------


def publish() -> None:
    """Load the bench's procedure, check and publish it as two people would; the product's notices stay silent."""
    catalog.sync(actor=SYSTEM, root=Path(__file__).parent / "catalogue")
    version = ProcedureVersion.objects.get(procedure__code=CODE)
    catalog.check(version=version, by=User.objects.get(username="kiemsoat"))
    catalog.publish(version=version, by=User.objects.get(username="quantri"))


def submitted(how_many: int) -> list[int]:
    """Dossiers that wait at intake, with their ledger, clock and task; set up past the service, and not timed."""
    version = catalog.in_force(CODE, MONDAY.date())
    applicant, subject = User.objects.get(username="doanhnghiep1"), Subject.objects.earliest("pk")
    dossiers = Dossier.objects.bulk_create(
        Dossier(
            procedure_id=version.procedure_id,
            version=version,
            definition_sha256=version.sha256,
            subject=subject,
            applicant=applicant,
            answers={"importer_name": subject.name},
        )
        for _ in range(how_many)
    )
    flow = engine.flow_of(dossiers[0])
    entries, spans, tasks = [], [], []
    for dossier in dossiers:
        entry = ledger.entry(
            head=ledger.GENESIS, subject_kind="dossier", subject_id=dossier.pk, at=now(), actor="user:0",
            act="submit", from_state="draft", to_state="submitted", data={}, definition_sha256=version.sha256,
        )  # fmt: skip
        dossier.flow_class = flow
        dossier.head_sequence, dossier.head_hash = entry.sequence, entry.hash
        entries.append(entry)
        spans.append(ClockSpan(dossier=dossier, clock="intake", running=True, since=now(), cause="submit"))
        node = flow.instance.node("intake")
        tasks.append(
            Task(
                process=dossier, flow_task=node, flow_task_type=node.task_type, node="intake",
                kind="human", role="reception", unit="VP-MC", due_at=now() + timedelta(days=1), created=now(),
            )  # fmt: skip
        )
    LedgerEntry.objects.bulk_create(entries)
    Dossier.objects.bulk_update(dossiers, ["flow_class", "head_sequence", "head_hash"])
    Dossier.objects.filter(pk__in=[dossier.pk for dossier in dossiers]).update(state="submitted")
    ClockSpan.objects.bulk_create(spans)
    Task.objects.bulk_create(tasks)
    return [dossier.pk for dossier in dossiers]


# -- the sides ----------------------------------------------------------------------------------------------


@dataclass
class Sides:
    """Each side as a function (dossier or process, number of the step) → the step, ready to be called."""

    users: dict[str, User]
    actors: dict[str, Actor]

    def ours(self, dossier_id: int, number: int) -> Callable[[], object]:
        """Through the service."""
        row = byhand.ROUTE[number]
        task_id = open_task(dossier_id)
        given = Input(assignee_id=self.users["specialist"].pk if row.act == "begin" else None)
        key = str(uuid4())
        return lambda: service.perform_step(
            actor=self.actors[row.role],
            dossier_id=dossier_id,
            task_id=task_id,
            outcome=row.outcome,
            given=given,
            idempotency_key=key,
        )

    def by_hand(self, dossier_id: int, number: int) -> Callable[[], object]:
        """The hand-written step, on Django's own connection."""
        row = byhand.ROUTE[number]
        actor = self.actors[row.role]
        seats = frozenset((seat.unit_code, seat.role.value) for seat in actor.seats)
        task_id = open_task(dossier_id)
        user = self.users[row.role].pk
        key = str(uuid4())
        return lambda: byhand.step(
            connection.connection,
            user_id=user,
            seats=seats,
            dossier_id=dossier_id,
            task_id=task_id,
            outcome=row.outcome,
            assignee_id=self.users["specialist"].pk if row.act == "begin" else None,
            key=key,
            now=MONDAY,
            due_at=MONDAY + timedelta(days=2),
        )

    def viewflow(self, process_id: int, number: int) -> Callable[[], object]:
        """Bare viewflow."""
        user = self.users[byhand.ROUTE[number].role]
        task_id = bare.open_task(process_id)
        return lambda: bare.finish(user, process_id, task_id)


def open_task(dossier_id: int) -> int:
    """The task that the person has on the screen."""
    return Task.objects.values_list("pk", flat=True).get(process_id=dossier_id, finished__isnull=True)


def main(rounds: int = 9, dossiers: int = 12) -> int:
    """Run it. Returns 1 below the aim."""
    publish()
    users = {role: User.objects.get(username=name) for role, name in PEOPLE.items()}
    with frozen(MONDAY):
        sides = Sides(users, {role: policy.actor_of(user, now()) for role, user in users.items()})
        settings = {
            "as the product connects": connections["default"],
            "bound and prepared on the server": ground.second_connection(
                server_side_binding=True, prepare_threshold=2
            ),
        }
        steps = {"ours": sides.ours, "viewflow": sides.viewflow, "psycopg": sides.by_hand}
        counted = {}
        raw: list[dict[str, Any]] = []
        for name, chosen in settings.items():
            ground.use(chosen)
            a_round(steps, 3)
        ground.use(settings["as the product connects"])
        counted = statements_a_step(steps)
        for number in range(rounds):
            for name, chosen in settings.items():
                ground.use(chosen)
                spent = a_round(steps, dossiers, turn=number)
                raw.append({"round": number, "connection": name} | spent)
        ground.use(settings["as the product connects"])
        found = list(ledger.verify())
    print(counted, found)
    for name in settings:
        own = [row for row in raw if row["connection"] == name]
        print(
            name,
            {side: ground.median((row[side] for row in own), digits=3) for side in own[0] if side in (*steps, "rights")},
            {side: ground.median(row[side] / row["ours"] for row in own) for side in steps},
        )
    return 0


def a_round(steps: dict[str, Any], dossiers: int, *, turn: int = 0) -> dict[str, float]:
    """Milliseconds a step by side: each dossier is walked by all sides, in turns, before the next."""
    spent = dict.fromkeys(steps, 0.0)
    names = list(steps)
    ready = {"ours": submitted(dossiers), "psycopg": submitted(dossiers)}
    ready["viewflow"] = [bare.start() for _ in range(dossiers)]
    for at in range(dossiers):
        for number in range(len(byhand.ROUTE)):
            for place in range(len(names)):
                name = names[(place + at + turn + number) % len(names)]
                step = steps[name](ready[name][at], number)
                began = time.perf_counter()
                step()
                spent[name] += time.perf_counter() - began
    return {name: 1000 * seconds / dossiers / len(byhand.ROUTE) for name, seconds in spent.items()}


def statements_a_step(steps: dict[str, Any]) -> dict[str, list[int]]:
    """How many statements each of the six steps takes."""
    ready = {"ours": submitted(1)[0], "psycopg": submitted(1)[0], "viewflow": bare.start()}
    found: dict[str, list[int]] = {name: [] for name in steps}
    for number in range(len(byhand.ROUTE)):
        for name, make in steps.items():
            step = make(ready[name], number)
            with ground.statements() as seen:
                step()
            found[name].append(len(seen))
    return found
