"""Acts of the system on many dossiers at once: one statement a batch, the same rows as one by one.

A batch is one transaction: the dossiers are locked, those that somebody else holds are left for the next sweep, and one
statement then writes the ledger, the dossiers, their tasks, clocks and fees, and the outbox. It sees everything that
was committed before the locks. The guards of the database stand as for any act: the table of life, the ledger's chain.
The ORM path (`_perform`) is the reference; a test holds both to the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from procedures.definition.model import Definition, End
from procedures.law.life import Act, edge
from procedures.ledger import GENESIS
from procedures.policy import SYSTEM
from workflows.dossier.acts.effects import OWE_THEIR_SLIP
from workflows.dossier.acts.tacit import NOTICE
from workflows.dossier.facts import node_and_outcome
from workflows.outbox import registry

__all__ = ["Closing", "at_limit", "by_silence", "close_together", "expire_together"]


@dataclass(frozen=True, slots=True)
class Closing:
    """An act of the system that ends a dossier, alike for all dossiers of one version that wait at one step."""

    definition_sha256: str
    act: Act
    slip: str
    """Which slip it owes."""
    node: str = ""
    """The step whose limit has passed; empty: the promised date has."""
    outcome: str = ""


def at_limit(definition: Definition, sha256: str, node: str) -> Closing | None:
    """What the passing of a step's limit does, where that is the same for everybody; else None, and one by one."""
    step = next((one for one in definition.route.nodes if one.id == node), None)
    found = node_and_outcome(definition, node, getattr(step, "at_limit", None) or "")
    if found is None:
        return None
    outcome = found[1]
    plain = not (outcome.when or outcome.needs or outcome.step)
    ends = isinstance(definition.route.node(outcome.to), End) if plain else False
    if outcome.act is None or outcome.act not in OWE_THEIR_SLIP or not ends:
        return None
    return Closing(sha256, outcome.act, outcome.paper, node, outcome.id)


def by_silence(definition: Definition, sha256: str) -> Closing | None:
    """What silence does where it refuses; where it grants, a right is entered, one by one."""
    owing = definition.silent & OWE_THEIR_SLIP
    return Closing(sha256, next(iter(owing)), NOTICE) if owing else None


def close_together(closing: Closing, ids: Sequence[int], *, now: datetime) -> int:
    """Perform the act on those of the dossiers `ids` on which it is due; how many it took effect on.

    Left alone: who is locked by somebody else, has moved on, or has a decision under way, whose number needs a reason.
    Raises DatabaseError when one row stands in the way; then nothing was written.
    """
    kinds = {f"act.{closing.act.value}": "act", **({"slip.owed": "slip"} if closing.slip else {})}
    told = [(kind, one.name) for kind in kinds for one in registry.of_kind(kind)]
    row = edge(closing.act)
    assert row.target is not None  # what ends a dossier leads to one state
    values: dict[str, Any] = {
        "sha256": closing.definition_sha256,
        "node": closing.node,
        "outcome": closing.outcome,
        "act": closing.act.value,
        "slip": closing.slip,
        "actor": SYSTEM.ref,
        "sources": sorted(state.value for state in row.sources),
        "target": row.target.value,
        "zero": GENESIS.hash,
        "now": now,
        "kinds": [kind for kind, _name in told],
        "subscribers": [name for _kind, name in told],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BY_KEY)
        cursor.execute(_LOCK, values | {"ids": list(ids)})
        locked = [number for (number,) in cursor.fetchall()]
        if not locked:
            return 0
        cursor.execute(_CLOSE, values | {"ids": locked})
        return int(cursor.fetchone()[0])


def expire_together(ids: Sequence[int], *, now: datetime, on: date) -> int:
    """Licences `ids` whose last day is before `on` expire, in the ledger of the dossiers that gave them; how many."""
    kind = "act.licence_expired"
    subscribers = [one.name for one in registry.of_kind(kind)]
    values: dict[str, Any] = {
        "actor": SYSTEM.ref,
        "now": now,
        "on": on,
        "kind": kind,
        "subscribers": subscribers,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BY_KEY)
        cursor.execute(_LOCK_LICENCES, values | {"ids": list(ids)})
        locked = [number for (number,) in cursor.fetchall()]
        if not locked:
            return 0
        cursor.execute(_EXPIRE, values | {"ids": locked})
        return int(cursor.fetchone()[0])


_BY_KEY = """
SELECT set_config(name, 'off', true)
FROM unnest(ARRAY['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) AS name
"""
"""Everything that a batch touches is found by the dossier's key. The planner's statistics lag behind a crowd that has
just come in, and would have it read whole tables."""

_LOCK = """
SELECT dossier.id FROM workflows_dossier dossier
WHERE dossier.id = ANY(%(ids)s) AND dossier.definition_sha256 = %(sha256)s AND dossier.state = ANY(%(sources)s)
  AND (%(node)s <> '' OR (dossier.due_at < %(now)s AND dossier.finished IS NULL))
  AND NOT EXISTS (
    SELECT 1 FROM workflows_paper paper WHERE paper.dossier_id = dossier.id
      AND paper.kind IN ('decision', 'refusal') AND paper.state NOT IN ('published', 'void'))
ORDER BY dossier.id
FOR NO KEY UPDATE OF dossier SKIP LOCKED
"""

_CLOSE = """
WITH due AS (
  SELECT dossier.id, dossier.state AS from_state, dossier.definition_sha256, dossier.head_sequence + 1 AS sequence,
         CASE dossier.head_sequence WHEN 0 THEN %(zero)s ELSE dossier.head_hash END AS prev_hash, task.id AS task,
         CASE %(node)s WHEN '' THEN '{}'
           ELSE '{"outcome":' || to_json(%(outcome)s::text) || ',"task":' || task.id || '}' END AS data
  FROM workflows_dossier dossier
  LEFT JOIN workflows_task task ON task.dossier_id = dossier.id AND task.finished IS NULL
    AND task.node = %(node)s AND task.due_at < %(now)s
  WHERE dossier.id = ANY(%(ids)s) AND (%(node)s = '' OR task.id IS NOT NULL)
), entries AS (
  INSERT INTO procedures_ledgerentry (subject_kind, subject_id, sequence, at, actor, on_behalf_of, act, from_state,
                                      to_state, node, data, definition_sha256, prev_hash, hash)
  SELECT 'dossier', id, sequence, %(now)s, %(actor)s, '', %(act)s, from_state, %(target)s, %(node)s, data,
         definition_sha256, prev_hash,
         ledger_hash('dossier', id, sequence, %(now)s, %(actor)s, '', %(act)s, from_state, %(target)s, %(node)s, data,
                     definition_sha256, prev_hash)
  FROM due
  RETURNING subject_id, sequence, hash
), dossiers AS (
  UPDATE workflows_dossier dossier
  SET state = %(target)s, interrupted = '{}', head_sequence = entries.sequence, head_hash = entries.hash,
      status = 'DONE', finished = %(now)s
  FROM entries WHERE dossier.id = entries.subject_id
), tasks AS (
  UPDATE workflows_task task
  SET status = CASE WHEN task.id = due.task THEN 'DONE' ELSE 'CANCELED' END,
      outcome = CASE WHEN task.id = due.task THEN %(outcome)s ELSE task.outcome END, finished = %(now)s
  FROM due WHERE task.dossier_id = due.id AND task.finished IS NULL
), spans AS (
  UPDATE workflows_clockspan span SET until = %(now)s FROM due WHERE span.dossier_id = due.id AND span.until IS NULL
), fees AS (
  UPDATE workflows_payment payment SET state = 'cancelled'
  FROM due WHERE payment.dossier_id = due.id AND payment.state = 'due'
), told AS (
  INSERT INTO workflows_outboxrow (uuid, kind, subscriber, dossier_id, sequence, payload, created_at, state, attempts,
                                   last_error)
  SELECT gen_random_uuid(), one.kind, one.subscriber, due.id, due.sequence,
         CASE one.kind WHEN 'slip.owed' THEN jsonb_build_object('paper_kind', %(slip)s::text)
           ELSE jsonb_build_object('act', %(act)s::text, 'from', due.from_state, 'to', %(target)s::text,
                                   'ledger_sequence', due.sequence) END,
         %(now)s, 'queued', 0, ''
  FROM due CROSS JOIN unnest(%(kinds)s::text[], %(subscribers)s::text[]) AS one (kind, subscriber)
)
SELECT count(*) FROM due
"""

_LOCK_LICENCES = """
SELECT licence.id FROM workflows_licence licence JOIN workflows_dossier dossier ON dossier.id = licence.dossier_id
WHERE licence.id = ANY(%(ids)s) AND licence.state IN ('in_force', 'suspended') AND licence.valid_until < %(on)s
ORDER BY licence.id
FOR NO KEY UPDATE OF licence, dossier SKIP LOCKED
"""

_EXPIRE = """
WITH due AS (
  SELECT licence.id AS licence, dossier.id, dossier.state, dossier.definition_sha256, dossier.head_hash AS prev_hash,
         dossier.head_sequence + 1 AS sequence, '{"licence":' || to_json(licence.ref::text) || '}' AS data
  FROM workflows_licence licence JOIN workflows_dossier dossier ON dossier.id = licence.dossier_id
  WHERE licence.id = ANY(%(ids)s)
), entries AS (
  INSERT INTO procedures_ledgerentry (subject_kind, subject_id, sequence, at, actor, on_behalf_of, act, from_state,
                                      to_state, node, data, definition_sha256, prev_hash, hash)
  SELECT 'dossier', id, sequence, %(now)s, %(actor)s, '', 'licence_expired', state, state, '', data,
         definition_sha256, prev_hash,
         ledger_hash('dossier', id, sequence, %(now)s, %(actor)s, '', 'licence_expired', state, state, '', data,
                     definition_sha256, prev_hash)
  FROM due
  RETURNING subject_id, sequence, hash
), dossiers AS (
  UPDATE workflows_dossier dossier SET head_sequence = entries.sequence, head_hash = entries.hash
  FROM entries WHERE dossier.id = entries.subject_id
), licences AS (
  UPDATE workflows_licence licence SET state = 'expired', changed_at = %(now)s FROM due WHERE licence.id = due.licence
), told AS (
  INSERT INTO workflows_outboxrow (uuid, kind, subscriber, dossier_id, sequence, payload, created_at, state, attempts,
                                   last_error)
  SELECT gen_random_uuid(), %(kind)s, one.subscriber, due.id, due.sequence,
         jsonb_build_object('act', 'licence_expired', 'licence_id', due.licence, 'ledger_sequence', due.sequence),
         %(now)s, 'queued', 0, ''
  FROM due CROSS JOIN unnest(%(subscribers)s::text[]) AS one (subscriber)
)
SELECT count(*) FROM due
"""
