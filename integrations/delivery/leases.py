"""Who may send which message, and for how long: leases, the breaker's gate, the budget; by the database's clock."""

import logging
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import DateTimeField, Func

from integrations.envelope import OutcomeClass
from integrations.models import Attempt, Connector, Message
from integrations.outgoing import BUDGET_SECONDS
from procedures.now import now

__all__ = ["Lease", "begin", "expire", "hasten", "lease", "replay", "requeue"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send one message, for a while."""

    message_id: int
    token: UUID


_LEASE = """
WITH head AS MATERIALIZED (
    SELECT m.id FROM integrations_message m
    WHERE m.connector_id = %(connector)s
      AND m.state IN ('queued', 'leased', 'sent', 'retry_wait', 'unknown')
      AND m.due_at <= clock_timestamp()
      AND (m.leased_until IS NULL OR m.leased_until <= clock_timestamp())
      AND (%(dossier)s::bigint IS NULL OR m.dossier_id = %(dossier)s)
      AND NOT EXISTS (
            SELECT 1 FROM integrations_message e
            WHERE e.connector_id = m.connector_id AND e.dossier_id = m.dossier_id
              AND (e.position, e.sequence) < (m.position, m.sequence)
              AND e.state IN ('queued', 'leased', 'sent', 'retry_wait', 'unknown', 'dead'))
    ORDER BY m.due_at, m.id LIMIT %(limit)s FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE integrations_message o
SET state = 'leased', lease_token = gen_random_uuid(),
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM head WHERE o.id = head.id RETURNING o.id, o.lease_token
"""

# An open breaker lets one worker through when its rest is over, and rests again at once for all others.
_GATE = """
UPDATE integrations_connector
SET open_until = CASE WHEN open_until IS NULL THEN NULL ELSE clock_timestamp() + make_interval(secs => %s) END
WHERE id = %s AND mode <> 'off' AND NOT paused AND (open_until IS NULL OR open_until <= clock_timestamp())
RETURNING open_until IS NOT NULL
"""

_CLAIM = """
UPDATE integrations_message
SET state = 'sent', lease_token = %s, leased_until = clock_timestamp() + make_interval(secs => %s),
    attempts = attempts + 1, sent_at = coalesce(sent_at, %s)
WHERE id = %s AND lease_token = %s AND state = 'leased' AND dead_after > clock_timestamp()
RETURNING attempts
"""

_EXPIRE = """
UPDATE integrations_message SET state = 'dead', lease_token = NULL, leased_until = NULL
WHERE connector_id = %s AND state IN ('queued', 'leased', 'sent', 'retry_wait', 'unknown')
  AND dead_after <= clock_timestamp() AND (leased_until IS NULL OR leased_until <= clock_timestamp())
RETURNING uuid
"""


_REPLAY = """
WITH given_up AS MATERIALIZED (
    SELECT m.id FROM integrations_message m
    WHERE m.connector_id = %(connector)s AND m.state = 'dead' AND m.content <> ''::bytea
      AND NOT EXISTS (
            SELECT 1 FROM integrations_skiprequest s WHERE s.message_id = m.id AND s.decided_at IS NULL)
    ORDER BY m.id LIMIT %(most)s FOR NO KEY UPDATE OF m
), turn AS (
    SELECT id, clock_timestamp() + make_interval(secs => %(every)s * (row_number() OVER (ORDER BY id) - 1)) AS due_at
    FROM given_up
)
UPDATE integrations_message o
SET state = 'queued', attempts = 0, due_at = turn.due_at,
    dead_after = turn.due_at + make_interval(secs => %(budget)s)
FROM turn WHERE o.id = turn.id
"""


def lease(*, row: Connector, limit: int = 10, dossier_id: int | None = None) -> list[Lease]:
    """Take up to `limit` messages that are due and first in their partition; one when the breaker is to be probed.

    Empty when the connector is off, paused, or resting.
    """
    seconds = _lease_seconds(row)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_GATE, [seconds, row.pk])
        gate = cursor.fetchone()
        if gate is None:
            return []
        probing = gate[0]
        parameters = {
            "connector": row.pk,
            "dossier": dossier_id,
            "limit": 1 if probing else limit,
            "seconds": seconds,
        }
        cursor.execute(_LEASE, parameters)
        return [Lease(message_id=message_id, token=token) for message_id, token in cursor.fetchall()]


def begin(message: Message, taken: Lease) -> Attempt | None:
    """Claim the message under a fresh token and open the attempt, in one short transaction."""
    claimed = uuid4()
    with transaction.atomic():
        with connection.cursor() as cursor:
            seconds = _lease_seconds(message.connector)
            cursor.execute(_CLAIM, [claimed, seconds, now(), message.pk, taken.token])
            if cursor.fetchone() is None:
                return None
        tried = (
            Attempt.objects.filter(message=message)
            .order_by("-number")
            .values_list("number", flat=True)
            .first()
        )
        attempt = Attempt(message=message, number=(tried or 0) + 1, outcome=OutcomeClass.OPEN, at=now())
        attempt.save(force_insert=True)
    message.lease_token = claimed
    message.attempts += 1
    return attempt


def expire(row: Connector) -> None:
    """Give up what is past its budget."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, [row.pk])
        for (uuid,) in cursor.fetchall():
            log.error("a message was given up", extra={"partner": row.name, "message_uuid": str(uuid)})


def requeue(message: Message) -> None:
    """Have a message that was given up tried again, unchanged, with a fresh budget.

    The caller has locked it, and says in the ledger who wants it.
    """
    message.requeue()
    message.attempts = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp(), clock_timestamp() + make_interval(secs => %s)", [BUDGET_SECONDS]
        )
        message.due_at, message.dead_after = cursor.fetchone()
    message.save(update_fields=["state", "attempts", "due_at", "dead_after"])


def replay(row: Connector, *, every: float, most: int) -> int:
    """Have what was given up on a line tried again, the oldest first and one every so many seconds, at most `most` of
    them; how many. What was never written, and what somebody asks to skip, is left."""
    with connection.cursor() as cursor:
        parameters = {"connector": row.pk, "every": every, "most": most, "budget": BUDGET_SECONDS}
        cursor.execute(_REPLAY, parameters)
        return cursor.rowcount


def hasten(message: Message) -> None:
    """Have a message that waits tried at once. The caller has locked it."""
    Message.objects.filter(pk=message.pk).update(due_at=ClockTimestamp())


class ClockTimestamp(Func):
    """The database's clock."""

    function = "clock_timestamp"
    output_field = DateTimeField()


def _lease_seconds(row: Connector) -> float:
    """Longer than one exchange can take, a token fetched first included."""
    return 2.0 * row.patience + 2.0
