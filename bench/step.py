"""One full step, ours against bare viewflow and a step written by hand for psycopg, on the same connections.

    python -m bench step [rounds] [dossiers a round]

A step of ours is a whole act through `workflows.service`: permission, rule, clock, task and next task, ledger, the
answer under its idempotency key, outbox, in one transaction. `bench/catalogue/six-steps` is published like any
procedure; its six steps are a legal act (the assignment, which looks up the specialist) and five internal ones. Bare
viewflow (`bench/bare.py`) walks six `View`s with its stock models and keeps neither law, clock, ledger nor outbox.
`bench/byhand.py` writes the same rows as ours, knowing the route by heart. The acceptance before them, which closes one
clock, starts another and gives the dossier its code, has no like in bare viewflow and is told apart.

Every step of a dossier is taken by all sides in turns before the next, once on the connection as the product opens it
and once on one that binds on the server and prepares statements. Reading who acts, once a request, is timed apart; so
are two steps of the real procedure, a draft with its checklist handed in and sent back. Fails below the aim, and when
a step takes another number of statements than stands here. Raw rounds go to bench/results/step.json.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection, connections

from bench import bare, byhand, ground
from procedures import catalog, ledger, policy
from procedures.models import LedgerEntry, ProcedureVersion, Subject, User
from procedures.now import HANOI, frozen, now
from procedures.policy import SYSTEM, Actor
from tests import scenarios
from workflows import outbox, service
from workflows.flow import engine
from workflows.models import ClockSpan, Dossier, Task
from workflows.service import Input

AIM = 1.6
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=HANOI)
PEOPLE = {
    "reception": "tiepnhan",
    "head": "truongphong",
    "specialist": "chuyenvien",
    "clerk": "vanthu",
    "director": "phocuctruong",
}
STATEMENTS = {"accept": 8, "begin": 6, "internal": 5}
"""What a step of ours takes, BEGIN and COMMIT included. Whoever adds one must find it worth its round trip."""
REAL = {"appraise.propose_grant": 6, "review.send_back": 5}
"""The same for two steps of the device import licence."""
CODE = "six-steps"

Step = Callable[[], object]


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
                process=dossier,
                flow_task=node,
                flow_task_type=node.task_type,
                node="intake",
                kind="human",
                role="reception",
                unit="VP-MC",
                due_at=now() + timedelta(days=1),
                created=now(),
            )
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

    def ours(self, dossier_id: int, number: int) -> Step:
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

    def by_hand(self, dossier_id: int, number: int) -> Step:
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

    def viewflow(self, process_id: int, number: int) -> Step:
        """Bare viewflow."""
        user = self.users[byhand.ROUTE[number].role]
        task_id = bare.open_task(process_id)
        return lambda: bare.finish(user, process_id, task_id)


def open_task(dossier_id: int) -> int:
    """The task that the person has on the screen."""
    return Task.objects.values_list("pk", flat=True).get(process_id=dossier_id, finished__isnull=True)


# -- the rounds ---------------------------------------------------------------------------------------------


def a_round(sides: Mapping[str, Any], dossiers: int, *, turn: int = 0) -> dict[str, float]:
    """Milliseconds a step by side: every step is taken by all sides, in turns, before the next.

    Of each of the six steps the median over the dossiers, and the mean of the six.
    """
    spent: dict[str, list[list[float]]] = {name: [[] for _ in byhand.ROUTE] for name in sides}
    ready = {"ours": submitted(dossiers), "psycopg": submitted(dossiers)}
    ready["viewflow"] = [bare.start() for _ in range(dossiers)]
    for at in range(dossiers):
        for number in range(len(byhand.ROUTE)):
            names = [name for name in sides if number or name != "viewflow"]
            for place in range(len(names)):
                name = names[(place + at + turn + number) % len(names)]
                spent[name][number].append(1000 * timed(sides[name](ready[name][at], number)))
    found = {name: statistics.mean(map(statistics.median, steps[1:])) for name, steps in spent.items()}
    return found | {f"acceptance, {name}": statistics.median(spent[name][0]) for name in ("ours", "psycopg")}


def timed(step: Step) -> float:
    """Seconds."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def on_the_wire(sides: Mapping[str, Any], dossiers: int) -> float:
    """Milliseconds a step of ours in which the driver waits for the server: what is left when all our Python is gone.

    Of each of the six steps the median over the dossiers, and the mean of the six.
    """
    waited: list[float] = []
    wait = psycopg.Connection.wait

    def timed_wait(self: Any, *arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return wait(self, *arguments, **named)
        finally:
            waited.append(time.perf_counter() - began)

    spent: list[list[float]] = [[] for _ in byhand.ROUTE[1:]]
    psycopg.Connection.wait = timed_wait  # type: ignore[method-assign]
    try:
        for dossier in submitted(dossiers):
            for number in range(len(byhand.ROUTE)):
                step = sides["ours"](dossier, number)
                waited.clear()
                step()
                if number:
                    spent[number - 1].append(1000 * sum(waited))
    finally:
        psycopg.Connection.wait = wait  # type: ignore[method-assign]
    return statistics.mean(map(statistics.median, spent))


def rights(users: Mapping[str, User], times: int) -> float:
    """Milliseconds to read who acts, from the database."""
    people = [user for user in users.values() for _ in range(times)]
    return 1000 * statistics.median(timed(partial(policy.actor_of, user, now())) for user in people)


def statements_a_step(sides: Mapping[str, Any]) -> dict[str, list[int]]:
    """How many statements each step takes: the acceptance (not of viewflow), then the six."""
    ready = {"ours": submitted(1)[0], "psycopg": submitted(1)[0], "viewflow": bare.start()}
    found: dict[str, list[int]] = {name: [] for name in sides}
    for number in range(len(byhand.ROUTE)):
        for name, make in sides.items():
            if name == "viewflow" and not number:
                continue
            step = make(ready[name], number)
            with ground.statements() as seen:
                step()
            found[name].append(len(seen))
    return found


def real_steps(times: int) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Milliseconds and statements of handing in a draft and sending it back, on a real dossier of the real route."""
    play = scenarios.Play().appraised()
    steps: dict[str, tuple[str, str, str, dict[str, Any]]] = {
        "review.send_back": ("truongphong", "review", "send_back", {"reason": "Thiếu năm sản xuất."}),
        "appraise.propose_grant": (
            "chuyenvien", "appraise", "propose_grant", {"checklist": play.checklist()},
        ),
    }  # fmt: skip
    spent: dict[str, list[float]] = {name: [] for name in steps}
    counted: dict[str, int] = {}
    for turn in range(times):
        for name, (who, node, outcome, given) in steps.items():
            step = partial(
                service.perform_step,
                actor=scenarios.actor(who),
                dossier_id=play.dossier_id,
                task_id=play.task(node).pk,
                outcome=outcome,
                given=Input(**given),
                idempotency_key=str(uuid4()),
            )
            if turn:
                spent[name].append(1000 * timed(step))
                continue
            with ground.statements() as seen:
                step()
            counted[name] = len(seen)
    return spent, counted


def main(rounds: int = 9, dossiers: int = 12) -> int:
    """Run it. Returns 1 below the aim."""
    publish()
    users = {role: User.objects.get(username=name) for role, name in PEOPLE.items()}
    with frozen(MONDAY):
        own = Sides(users, {role: policy.actor_of(user, now()) for role, user in users.items()})
        sides = {"ours": own.ours, "viewflow": own.viewflow, "psycopg": own.by_hand}
        product = connections["default"]
        ways = {
            "as the product connects": product,
            "bound and prepared on the server": ground.second_connection(
                server_side_binding=True, prepare_threshold=2
            ),
        }
        for way in ways.values():
            ground.use(way)
            a_round(sides, 3)  # warm
        ground.use(product)
        counted = statements_a_step(sides)
        raw: list[dict[str, Any]] = []
        for number in range(rounds):
            for name, way in ways.items():
                ground.use(way)
                spent = a_round(sides, dossiers, turn=number)
                spent |= {"who acts": rights(users, 5), "ours, on the wire": on_the_wire(sides, dossiers)}
                raw.append({"round": number, "connection": name} | spent)
        ground.use(product)
        spent_really, counted_really = real_steps(rounds * 4)
        unsound = list(ledger.verify())
    assert not unsound, unsound
    assert counted["ours"] == [STATEMENTS["accept"], STATEMENTS["begin"], *[STATEMENTS["internal"]] * 5], (
        counted
    )
    assert counted_really == REAL, counted_really
    result: dict[str, Any] = {
        "what": "one step of a dossier; ours: permission, rule, clock, tasks, ledger, idempotency record, outbox",
        "unit": "milliseconds a step; medians of the rounds, [lowest, highest]",
        "rounds": rounds,
        "steps a round and side": dossiers * 6,
        "statements: acceptance, then the six steps": counted,
        "connections": {name: summary([row for row in raw if row["connection"] == name]) for name in ways},
        "the real procedure": {
            name: {"median_ms": ground.median(spent_really[name]), "statements": counted_really[name]}
            for name in spent_really
        },
        "aim": AIM,
        "raw": [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in raw],
    }
    ground.keep("step", result)
    print(json.dumps({k: v for k, v in result.items() if k != "raw"}, indent=1, ensure_ascii=False))
    reached = result["connections"]["as the product connects"]["times_ours"]["viewflow"]
    return 0 if reached >= AIM else 1


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians and ratios of the rounds on one connection."""
    sides = [side for side in rows[0] if side not in ("round", "connection")]
    return {
        "median_ms": {
            side: [ground.median(row[side] for row in rows)]
            + [round(f(row[side] for row in rows), 2) for f in (min, max)]
            for side in sides
        },
        "times_ours": {
            side: ground.median(row[side] / row["ours"] for row in rows) for side in ("viewflow", "psycopg")
        }
        | {
            "viewflow, if our Python took no time": ground.median(
                row["viewflow"] / row["ours, on the wire"] for row in rows
            )
        }
        | {
            "viewflow, when who acts is read anew": ground.median(
                row["viewflow"] / (row["ours"] + row["who acts"]) for row in rows
            )
        },
    }
