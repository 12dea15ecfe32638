"""The other peer: the same step written by hand for psycopg, with the same checks and the same rows as ours.

It knows one route by heart (`bench/catalogue/six-steps`), so it is what a program without an engine would do, and the
floor of what a step costs. It works on the very connection that Django opened: same driver, same settings.
"""

import hashlib
import json
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

__all__ = ["ROUTE", "Row", "step"]


class Row(NamedTuple):
    """One step of the route."""

    node: str
    outcome: str
    act: str
    """Legal act; empty for an internal step."""
    source: str
    target: str
    role: str
    unit: str
    following: str
    assigned: bool = False
    others: tuple[str, ...] = ()
    """Nodes whose performers may not perform this one."""


ROUTE = (
    Row("intake", "accept", "accept", "submitted", "received", "reception", "VP-MC", "assign"),
    Row("assign", "assign", "begin", "received", "in_process", "head", "HTTB-QLNK", "examine"),
    Row("examine", "passed", "", "in_process", "in_process", "specialist", "HTTB-QLNK", "format_check", True),
    Row("format_check", "checked", "", "in_process", "in_process", "clerk", "HTTB-VT", "conclude"),
    Row("conclude", "proposed", "", "in_process", "in_process", "specialist", "HTTB-QLNK", "review", True),
    Row(
        "review", "forward", "", "in_process", "in_process", "head", "HTTB-QLNK", "advise", False,
        ("examine", "conclude"),
    ),
    Row("advise", "advised", "", "in_process", "in_process", "director", "HTTB", "decide"),
)  # fmt: skip
"""Acceptance, and the six steps that are measured."""
BY_NODE = {row.node: row for row in ROUTE}
NEXT = {row.node: (row.role, row.unit, row.assigned) for row in ROUTE} | {"decide": ("leader", "HTTB", False)}
AGENCY = "HTTB"
NUMBER = "000.00.00.G18"


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def step(
    connection: "psycopg.Connection[Any]",
    *,
    user_id: int,
    seats: frozenset[tuple[str, str]],
    dossier_id: int,
    task_id: int,
    outcome: str,
    assignee_id: int | None,
    key: str,
    now: datetime,
    due_at: datetime,
) -> None:
    """One step in one transaction: lock, checks, counter and clock where the act has them, dossier, tasks, ledger,
    the answer under its key, outbox.
    """
    body = hashlib.sha256(_canonical([dossier_id, task_id, outcome, assignee_id]).encode()).hexdigest()
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ref::text, code, state, handler_id, head_sequence, head_hash, definition_sha256 "
            "FROM workflows_dossier WHERE id = %s FOR NO KEY UPDATE",
            [dossier_id],
        )
        found = cursor.fetchone()
        if found is None:
            raise LookupError(dossier_id)
        ref, code, state, handler_id, sequence, previous, definition = found
        cursor.execute(
            "SELECT id, node, owner_id, finished, performer_id, flow_task, token FROM workflows_task "
            "WHERE dossier_id = %s ORDER BY id",
            [dossier_id],
        )
        tasks = cursor.fetchall()
        task = next((task for task in tasks if task[0] == task_id and task[3] is None), None)
        if task is None:
            raise PermissionError("the step has already been performed")
        row = BY_NODE[task[1]]
        if row.outcome != outcome or state != row.source or (row.unit, row.role) not in seats:
            raise PermissionError("wrong outcome, state or person")
        if task[2] is not None and task[2] != user_id:
            raise PermissionError("assigned to somebody else")
        if any(done[4] == user_id for done in tasks if done[1] in row.others):
            raise PermissionError("whoever performed the other step may not perform this one")
        sequence += 1
        actor = f"user:{user_id}"
        data: dict[str, Any] = {"outcome": outcome, "task": task_id}
        if row.act == "accept":
            code = _next_code(cursor, now.astimezone(UTC).date())
            data["code"] = code
            cursor.execute(
                "UPDATE workflows_clockspan SET until = %s WHERE dossier_id = %s AND until IS NULL",
                [now, dossier_id],
            )
            cursor.execute(
                "INSERT INTO workflows_clockspan (dossier_id, clock, running, since, until, cause) "
                "VALUES (%s, 'decision', true, %s, NULL, 'accept')",
                [dossier_id, now],
            )
        if row.act == "begin":
            if not _holds(cursor, assignee_id, now.date()):
                raise PermissionError("not a specialist of the division")
            handler_id = assignee_id
            data["assignee"] = f"user:{assignee_id}"
        act = row.act or f"{row.node}.{outcome}"
        text = _canonical(data)
        digest = hashlib.sha256(
            _canonical(
                {
                    "subject_kind": "dossier",
                    "subject_id": dossier_id,
                    "sequence": sequence,
                    "at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                    "actor": actor,
                    "on_behalf_of": "",
                    "act": act,
                    "from_state": state,
                    "to_state": row.target,
                    "node": row.node,
                    "data": text,
                    "definition_sha256": definition,
                    "prev_hash": previous,
                }
            ).encode()
        ).hexdigest()
        cursor.execute(
            "UPDATE workflows_dossier SET state = %s, code = %s, handler_id = %s, head_sequence = %s, "
            "head_hash = %s WHERE id = %s",
            [row.target, code, handler_id, sequence, digest, dossier_id],
        )
        cursor.execute(
            "UPDATE workflows_task SET status = 'DONE', outcome = %s, performer_id = %s, finished = %s WHERE id = %s",
            [outcome, user_id, now, task_id],
        )
        role, unit, assigned = NEXT[row.following]
        cursor.execute(
            "INSERT INTO workflows_task (dossier_id, flow_task, flow_task_type, status, created, token, node, kind, "
            "unit, role, owner_id, due_at, prev_id, outcome) "
            "VALUES (%s, %s, 'HUMAN', 'NEW', %s, %s, %s, 'human', %s, %s, %s, %s, %s, '')",
            [
                dossier_id,
                task[5].rpartition(".")[0] + "." + row.following,
                now,
                task[6],
                row.following,
                unit,
                role,
                handler_id if assigned else None,
                due_at,
                task_id,
            ],
        )
        cursor.execute(
            "INSERT INTO procedures_ledgerentry (subject_kind, subject_id, sequence, at, actor, on_behalf_of, act, "
            "from_state, to_state, node, data, definition_sha256, prev_hash, hash) "
            "VALUES ('dossier', %s, %s, %s, %s, '', %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                dossier_id, sequence, now, actor, act, state, row.target, row.node, text, definition, previous,
                digest,
            ],
        )  # fmt: skip
        answer = {
            "dossier_id": dossier_id,
            "ref": ref,
            "code": code or "",
            "state": row.target,
            "sequence": sequence,
        }
        cursor.execute(
            "INSERT INTO workflows_actrecord (actor, act, key, body_sha256, dossier_id, sequence, answer, at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [actor, act, key, body, dossier_id, sequence, Jsonb(answer), now],
        )
        payload = {"act": act, "from": state, "to": row.target, "ledger_sequence": sequence}
        cursor.execute(
            "INSERT INTO workflows_outboxrow (uuid, kind, subscriber, dossier_id, sequence, payload, created_at, "
            "state, attempts, last_error) VALUES (%s, %s, 'bench', %s, %s, %s, %s, 'queued', 0, '')",
            [uuid.uuid4(), f"act.{act}" if row.act else "step", dossier_id, sequence, Jsonb(payload), now],
        )


def _next_code(cursor: "psycopg.Cursor[Any]", day: date) -> str:
    cursor.execute(
        "INSERT INTO workflows_dossiercounter (agency, day, last) VALUES (%s, %s, 1) "
        "ON CONFLICT (agency, day) DO UPDATE SET last = workflows_dossiercounter.last + 1 RETURNING last",
        [AGENCY, day - timedelta(days=1)],
    )
    (serial,) = cursor.fetchone() or (0,)
    return f"{NUMBER}-hand-{day:%y%m%d}-{serial:04d}"


def _holds(cursor: "psycopg.Cursor[Any]", user_id: int | None, day: date) -> bool:
    cursor.execute(
        "SELECT 1 FROM procedures_membership m JOIN procedures_unit u ON u.id = m.unit_id "
        "WHERE m.user_id = %s AND m.role = 'specialist' AND u.code = 'HTTB-QLNK' AND m.since <= %s "
        "AND (m.until IS NULL OR m.until >= %s)",
        [user_id, day, day],
    )
    return cursor.fetchone() is not None
