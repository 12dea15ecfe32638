"""Taking rows out of the outbox: lease, deliver, drain.

Promise: at least once, in order within (subscriber, dossier); with idempotent handlers the effect happens once. What is
never promised is exactly-once transport.

- Only the head of a partition is leased, so a later event never overtakes an earlier one; a poisoned event holds up
  its own partition only, and only until it is given up.
- A lease is fenced by a token. Delivery takes a fresh token first, so that a message doubled by the broker runs once;
  a worker that comes back after its lease has passed on marks nothing.
- Attempts are counted when they begin: an event that kills its worker is given up, too.
- All clocks here are the database's.
"""

import enum
import logging
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from workflows.models.outbox import OutboxRow
from workflows.outbox.registry import Event, Later, Subscription, registry
from workflows.outbox.rows import CHANNEL

__all__ = ["MAX_ATTEMPTS", "Drained", "Lease", "Outcome", "deliver", "drain", "lease", "release"]

MAX_ATTEMPTS = 12
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
"""Seconds; the pause doubles from the first to the longest."""
LEASE_SECONDS = 120.0
BATCH = 20
BATCH_SECONDS = 5.0
"""`drain` leases so many rows at once, briefly: a delivery renews its own lease when it begins, and what a killed
process had not begun is free again soon."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to deliver one row, for a while."""

    row_id: int
    token: UUID


class Outcome(enum.StrEnum):
    """What became of one delivery."""

    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"
    LATER = "later"
    STALE = "stale"
    """Somebody else holds the row, or it is finished; nothing was done."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What one `drain` did, in rows."""

    done: int = 0
    failed: int = 0
    dead: int = 0
    later: int = 0
    stale: int = 0

    @property
    def total(self) -> int:
        """All deliveries tried."""
        return self.done + self.failed + self.dead + self.later + self.stale


_LEASE = """
WITH head AS MATERIALIZED (
    SELECT r.id
    FROM workflows_outboxrow r
    WHERE r.state = 'queued'
      AND (r.due_at IS NULL OR r.due_at <= clock_timestamp())
      AND (r.leased_until IS NULL OR r.leased_until <= clock_timestamp())
      AND (r.dossier_id IS NULL OR NOT EXISTS (
            SELECT 1 FROM workflows_outboxrow e
            WHERE e.state = 'queued' AND e.subscriber = r.subscriber AND e.dossier_id = r.dossier_id
              AND (e.sequence, e.id) < (r.sequence, r.id)))
    ORDER BY r.id
    LIMIT %s
    FOR NO KEY UPDATE OF r SKIP LOCKED
)
UPDATE workflows_outboxrow o
SET lease_token = gen_random_uuid(), leased_until = clock_timestamp() + make_interval(secs => %s)
FROM head WHERE o.id = head.id
RETURNING o.id, o.lease_token
"""

_CLAIM = """
UPDATE workflows_outboxrow
SET lease_token = %s, leased_until = clock_timestamp() + make_interval(secs => %s), attempts = attempts + 1
WHERE id = %s AND lease_token = %s AND state = 'queued'
"""

_DONE = """
WITH done AS (
    UPDATE workflows_outboxrow
    SET state = 'done', done_at = clock_timestamp(), lease_token = NULL, leased_until = NULL, last_error = ''
    WHERE id = %s AND lease_token = %s AND state = 'queued'
    RETURNING id, subscriber, dossier_id
)
SELECT (SELECT pg_notify(%s, '') WHERE EXISTS (
            SELECT 1 FROM workflows_outboxrow n
            WHERE n.state = 'queued' AND n.subscriber = done.subscriber AND n.dossier_id = done.dossier_id
              AND n.id <> done.id))
FROM done
"""

_AGAIN = """
UPDATE workflows_outboxrow
SET state = %s, due_at = clock_timestamp() + make_interval(secs => %s), last_error = %s,
    attempts = attempts - %s, lease_token = NULL, leased_until = NULL
WHERE id = %s AND lease_token = %s AND state = 'queued'
"""

_RELEASE = """
UPDATE workflows_outboxrow SET lease_token = NULL, leased_until = NULL
WHERE id = %s AND lease_token = %s AND state = 'queued'
"""


def lease(*, limit: int = 20, lease_seconds: float = LEASE_SECONDS) -> list[Lease]:
    """Take up to `limit` rows that are due and first in their partition, oldest first, for so many seconds."""
    with connection.cursor() as cursor:
        cursor.execute(_LEASE, [limit, lease_seconds])
        return sorted(
            (Lease(row_id=row_id, token=token) for row_id, token in cursor), key=lambda taken: taken.row_id
        )


def release(*, taken: Lease) -> None:
    """Give a lease back unused, for example because the broker does not answer."""
    _changed(_RELEASE, [taken.row_id, taken.token])


def deliver(row_id: int, token: UUID) -> Outcome:
    """Call the row's handler and mark what came of it. Safe to call twice, late, or for a row long done.

    The handler's exceptions end here: they are kept in the row and retried. Only a lost database is raised.
    """
    row = OutboxRow.objects.filter(pk=row_id, lease_token=token, state=OutboxRow.State.QUEUED).first()
    if row is None:
        return Outcome.STALE
    subscription = registry.find(kind=row.kind, name=row.subscriber)
    if row.attempts >= MAX_ATTEMPTS:
        return _again(row, token, error=row.last_error or "no attempt ended: its worker died each time")
    claimed = uuid4()
    patience = subscription.patience if subscription else LEASE_SECONDS
    if not _changed(_CLAIM, [claimed, patience, row_id, token]):
        return Outcome.STALE
    row.attempts += 1
    try:
        _handle(row, subscription)
    except Later as later:
        changed = _changed(_AGAIN, ["queued", max(later.seconds, 0.0), row.last_error, 1, row_id, claimed])
        return Outcome.LATER if changed else Outcome.STALE
    except Exception as error:
        log.warning(
            "delivery failed", exc_info=True, extra={"outbox_row": row_id, "subscriber": row.subscriber}
        )
        return _again(row, claimed, error=_describe(error))
    return Outcome.DONE if _changed(_DONE, [row_id, claimed, CHANNEL]) else Outcome.STALE


def drain(
    *, until_empty: bool = True, limit: int = 10_000, stopped: Callable[[], bool] = lambda: False
) -> Drained:
    """Deliver here and now, in this process, whatever is due; rows put by the handlers included.

    `until_empty=False` stops after as many deliveries as rows wait now; never more than `limit`. Rows in a pause are
    not waited for. Once `stopped` answers True, what is leased but not begun is given back.
    """
    counts = dict.fromkeys(Outcome, 0)
    if not until_empty:
        limit = min(limit, OutboxRow.objects.filter(state=OutboxRow.State.QUEUED).count())
    while (
        limit > 0 and not stopped() and (batch := lease(limit=min(limit, BATCH), lease_seconds=BATCH_SECONDS))
    ):
        for taken in batch:
            if stopped():
                release(taken=taken)
            else:
                counts[deliver(taken.row_id, taken.token)] += 1
        limit -= len(batch)
    return Drained(**{outcome.value: count for outcome, count in counts.items()})


def pause(*, attempts: int) -> float:
    """Seconds until the next attempt: doubling, capped, and spread over its upper half so that retries part."""
    return min(FIRST_PAUSE * 2.0 ** (attempts - 1), LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # noqa: S311


def _handle(row: OutboxRow, subscription: Subscription | None) -> None:
    if subscription is None:
        raise LookupError(f"nobody called {row.subscriber!r} subscribes to {row.kind!r} in this version")
    subscription.handler(
        Event(
            uuid=row.uuid,
            kind=row.kind,
            dossier_id=row.dossier_id,
            sequence=row.sequence,
            payload=row.payload,
            occurred_at=row.created_at,
            attempt=row.attempts,
        )
    )


def _again(row: OutboxRow, token: UUID, *, error: str) -> Outcome:
    dead = row.attempts >= MAX_ATTEMPTS
    state = OutboxRow.State.DEAD if dead else OutboxRow.State.QUEUED
    if not _changed(_AGAIN, [state.value, pause(attempts=row.attempts), error, 0, row.pk, token]):
        return Outcome.STALE
    if dead:
        log.error("an event was given up", extra={"outbox_row": row.pk, "subscriber": row.subscriber})
    return Outcome.DEAD if dead else Outcome.FAILED


def _describe(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__} at {place}: {str(error)[:500]}"


def _changed(statement: str, parameters: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return bool(cursor.rowcount > 0)
