"""Mass acts: a hundred thousand dossiers closed because the applicant's limit has passed, against one by one.

    python -m bench mass [dossiers] [rounds]

One dossier waits for papers at intake, brought there through the service; the others are copies of it in SQL, each with
a ledger chain of its own. `workflows.mass.sweep_limits` closes all of them, as the timer does. In the same run, before
each round, some hundreds are closed one by one: through the ORM as anybody would write it (lock, transition, a save a
row, ledger, outbox), and through our own act path. Then some thousands more are closed while an applicant asks to
withdraw them, from the other end: each dossier ends in one of the two states, none with an open step that nobody will
do. Afterwards the chain of every dossier is recomputed in Python. Fails below the aim, or for one finding.

Raw rounds go to bench/results/mass.json.
"""

import threading
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Count

from bench import ground
from procedures import ledger
from procedures.errors import MotcuaError
from procedures.ledger import Head
from procedures.now import advance, frozen, now
from procedures.policy import SYSTEM
from tests.scenarios import MONDAY, actor, world
from tests.workflows.acts.stages import FILES, Quick
from workflows import files, outbox, service
from workflows.flow.lock import locked
from workflows.mass import sweep_limits
from workflows.models import ClockSpan, Dossier, Payment, Task

AIM = 60
ONE_BY_ONE = 400
RACED = 10_000
WITHDRAWN_EVERY = 20
HEAD_START = 50

COPY = """
WITH copies AS (
  INSERT INTO workflows_dossier (flow_class, status, created, ref, procedure_id, version_id, definition_sha256,
      subject_id, applicant_id, state, interrupted, answers, revision, head_sequence, head_hash)
  SELECT flow_class, status, created, gen_random_uuid(), procedure_id, version_id, definition_sha256, subject_id,
      applicant_id, 'draft', '{}', answers, revision, 0, ''
  FROM workflows_dossier, generate_series(1, %(many)s) WHERE id = %(of)s
  RETURNING id
)
SELECT min(id), max(id) FROM copies
"""
"""Drafts first: the guard lets a dossier into another state only along the table of life."""
CHAIN = """
INSERT INTO procedures_ledgerentry (subject_kind, subject_id, sequence, at, actor, on_behalf_of, act, from_state,
    to_state, node, data, definition_sha256, prev_hash, hash)
SELECT 'dossier', copy.id, entry.sequence, entry.at, entry.actor, '', entry.act, entry.from_state, entry.to_state,
    entry.node, entry.data, entry.definition_sha256, link.prev,
    ledger_hash('dossier', copy.id, entry.sequence, entry.at, entry.actor, '', entry.act, entry.from_state,
                entry.to_state, entry.node, entry.data, entry.definition_sha256, link.prev)
FROM workflows_dossier copy
JOIN procedures_ledgerentry entry ON entry.subject_kind = 'dossier' AND entry.subject_id = %(of)s
CROSS JOIN LATERAL (SELECT CASE entry.sequence WHEN 1 THEN repeat('0', 64) ELSE (
    SELECT hash FROM procedures_ledgerentry before WHERE before.subject_kind = 'dossier'
      AND before.subject_id = copy.id AND before.sequence = entry.sequence - 1) END AS prev) link
WHERE copy.id BETWEEN %(first)s AND %(last)s AND entry.sequence = %(sequence)s
"""
MOVE = """
UPDATE workflows_dossier dossier SET state = entry.to_state, head_sequence = entry.sequence, head_hash = entry.hash
FROM procedures_ledgerentry entry
WHERE entry.subject_kind = 'dossier' AND entry.subject_id = dossier.id AND entry.sequence = %(sequence)s
  AND dossier.id BETWEEN %(first)s AND %(last)s
"""
REST = """
INSERT INTO workflows_task (dossier_id, flow_task, flow_task_type, token, status, created, finished, node, kind, unit,
    role, owner_id, performer_id, due_at, outcome)
SELECT copy.id, flow_task, flow_task_type, token, task.status, task.created, task.finished, node, kind, unit, role,
    owner_id, performer_id, least(task.due_at, %(late)s), outcome
FROM workflows_dossier copy, workflows_task task
WHERE task.dossier_id = %(of)s AND copy.id BETWEEN %(first)s AND %(last)s ORDER BY copy.id, task.id;
INSERT INTO workflows_clockspan (dossier_id, clock, running, since, until, cause)
SELECT copy.id, clock, running, since, until, cause FROM workflows_dossier copy, workflows_clockspan span
WHERE span.dossier_id = %(of)s AND copy.id BETWEEN %(first)s AND %(last)s ORDER BY copy.id, span.id;
"""


def at_intake() -> Quick:
    """A dossier that waits for papers at intake, brought there through the service."""
    world()
    for placeholder in FILES.values():
        files.put_bytes(placeholder, "application/pdf")
    play = Quick().declared()
    play.to("intake_supplement")
    return play


def waiting(many: int, of: int) -> range:
    """So many copies of a dossier; their ids."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COPY, {"many": many, "of": of})
        first, last = cursor.fetchone()
        values = {"of": of, "first": first, "last": last}
        for sequence in range(1, Dossier.objects.get(pk=of).head_sequence + 1):
            cursor.execute(CHAIN, values | {"sequence": sequence})
            cursor.execute(MOVE, values | {"sequence": sequence})
        cursor.execute(REST, values | {"late": now() - timedelta(hours=1)})
    with ground.owner() as owner:
        owner.execute("ANALYZE")
    return range(first, last + 1)


def through_the_orm(number: int) -> None:
    """Close one dossier as plain Django code would: each row by itself."""
    with transaction.atomic():
        dossier = locked(number)
        task = Task.objects.select_for_update().get(process=dossier, finished__isnull=True)
        before = dossier.state
        dossier.lapse()
        task.status, task.outcome, task.finished = "DONE", "lapsed", now()
        task.save(update_fields=["status", "outcome", "finished"])
        for span in ClockSpan.objects.filter(dossier=dossier, until__isnull=True):
            span.until = now()
            span.save(update_fields=["until"])
        for payment in Payment.objects.filter(dossier=dossier, state="due"):
            payment.cancel()
            payment.save(update_fields=["state"])
        entry = ledger.entry(
            head=Head(dossier.head_sequence, dossier.head_hash),
            subject_kind="dossier",
            subject_id=dossier.pk,
            at=now(),
            actor=SYSTEM.ref,
            act="lapse",
            from_state=before,
            to_state=dossier.state,
            node=task.node,
            data={"outcome": "lapsed", "task": task.pk},
            definition_sha256=dossier.definition_sha256,
        )
        entry.save(force_insert=True)
        dossier.head_sequence, dossier.head_hash = entry.sequence, entry.hash
        dossier.status, dossier.finished = "DONE", now()
        dossier.save(
            update_fields=["state", "interrupted", "head_sequence", "head_hash", "status", "finished"]
        )
        told = {"act": "lapse", "from": before, "to": dossier.state, "ledger_sequence": entry.sequence}
        for kind, payload in (("act.lapse", told), ("slip.owed", {"paper_kind": "stop_notice"})):
            outbox.put(kind=kind, dossier_id=number, sequence=entry.sequence, payload=payload, now=now())


def through_the_act_path(number: int) -> None:
    """Close one dossier as the sweep does where it goes one by one."""
    service.lapse(task=Task.objects.select_related("process").get(process_id=number, finished__isnull=True))


def rate(act: Any, ids: range) -> float:
    """Dossiers a second."""
    began = time.perf_counter()
    for number in ids:
        act(number)
    return len(ids) / (time.perf_counter() - began)


class Withdrawing(threading.Thread):
    """The applicant, asking to withdraw one dossier after the other, from the end, until all are asked for."""

    def __init__(self, ids: range, applicant: str) -> None:
        super().__init__(daemon=True)
        self.ids, self.who = ids, actor(applicant)
        self.withdrawn = self.too_late = 0

    def run(self) -> None:
        """One after the other, each in its own transaction."""
        for number in self.ids:
            try:
                service.request_withdrawal(
                    actor=self.who, dossier_id=number, reason="Đổi kế hoạch", idempotency_key=str(uuid4())
                )
                self.withdrawn += 1
            except MotcuaError:
                self.too_late += 1
        connection.close()


def a_round(many: int, of: Quick) -> dict[str, Any]:
    """Copies; some one by one in both ways; all the others by the sweep; then others again, beside an applicant."""
    ids = waiting(many + 2 * ONE_BY_ONE, of.dossier_id)
    orm = rate(through_the_orm, ids[:ONE_BY_ONE])
    path = rate(through_the_act_path, ids[ONE_BY_ONE : 2 * ONE_BY_ONE])
    began = time.perf_counter()
    closed = sweep_limits()
    mass = closed / (time.perf_counter() - began)
    raced = beside(waiting(RACED, of.dossier_id), of.applicant)
    began = time.perf_counter()
    findings = list(ledger.verify(subject_kind="dossier"))
    return {
        "orm a second": round(orm),
        "act path a second": round(path),
        "mass a second": round(mass),
        "times the orm": round(mass / orm, 1),
        "closed": closed,
        "beside an applicant": raced,
        "open steps of closed dossiers": Task.objects.filter(
            process__state="stopped", finished__isnull=True
        ).count(),
        "chains proven": Dossier.objects.filter(head_sequence__gt=0).count(),
        "findings of the ledger": len(findings),
        "seconds to prove it": round(time.perf_counter() - began, 1),
    }


def beside(ids: range, applicant: str) -> dict[str, int]:
    """Sweep them while the applicant asks to withdraw one after the other; how each of them ended."""
    others = Withdrawing(ids[::-WITHDRAWN_EVERY], applicant)
    others.start()
    while others.is_alive() and others.withdrawn < HEAD_START:
        time.sleep(0.01)
    sweep_limits()
    others.join()
    sweep_limits()  # what the withdrawals had locked meanwhile
    found = Dossier.objects.filter(pk__range=(ids[0], ids[-1])).values_list("state").annotate(n=Count("pk"))
    return dict(found) | {"withdrawn": others.withdrawn, "told that it was too late": others.too_late}


def main(many: int = 100_000, rounds: int = 1) -> int:
    """Run the rounds and keep them. Returns 1 where the aim is missed, or anything is found."""
    found = []
    with frozen(MONDAY):
        play = at_intake()
        advance(timedelta(days=31))
        mould = Task.objects.filter(process_id=play.dossier_id, finished__isnull=True)
        mould.update(due_at=now() + timedelta(days=1))  # its copies are late, it is not
        for _round in range(rounds):
            found.append(a_round(many, play))
            print(found[-1], flush=True)
    result = {"what": "dossiers closed because the applicant's limit has passed", "aim": AIM, "rounds": found}
    ground.keep("mass", result)
    sound = all(
        not row["findings of the ledger"]
        and not row["open steps of closed dossiers"]
        and row["beside an applicant"]["stopped"] + row["beside an applicant"]["withdrawn"] == RACED
        for row in found
    )
    return 0 if sound and min(row["times the orm"] for row in found) >= AIM else 1
