"""Taking messages to the wire: lease the head of a partition, send outside any transaction, believe the verified.

- Only the oldest open message of a (connector, dossier) is leased, so order is kept; a message that was given up blocks
  its own dossier, nothing else.
- Leases are fenced by a token and counted by the database's clock. An `Attempt` is written before the bytes leave. A
  worker killed later leaves its lease to run out; then the same bytes go out again under the same wire id, and the
  peer, who knows the id, answers as before.
- Each way to fail has its class (`OutcomeClass`); a fault of our own is never reported as one of the line or the peer.
"""

import logging
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import connection, transaction

from integrations import inbox, pace
from integrations.envelope import (
    AnswerKind,
    CredentialRefused,
    DeliveryError,
    NotSent,
    OutcomeClass,
    PeerError,
    Unknown,
    Unreadable,
    Unverified,
    excerpt,
)
from integrations.models import Attempt, Connector, Message
from integrations.partners.keys import KeyMissing
from integrations.registry import Partner, registry, wire
from procedures.now import now
from workflows.faults import fault

__all__ = ["Lease", "Swept", "attempt_now", "deliver", "lease", "requeue", "sweep"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send one message, for a while."""

    message_id: int
    token: UUID


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    tried: int = 0
    fetched: int = 0
    resumed: int = 0


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
            WHERE e.connector_id = m.connector_id AND e.dossier_id = m.dossier_id AND e.sequence < m.sequence
              AND e.state IN ('queued', 'leased', 'sent', 'retry_wait', 'unknown', 'dead'))
    ORDER BY m.due_at, m.id LIMIT %(limit)s FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE integrations_message o
SET state = 'leased', lease_token = gen_random_uuid(),
    leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM head WHERE o.id = head.id RETURNING o.id, o.lease_token
"""

_CLAIM = """
UPDATE integrations_message
SET state = 'sent', lease_token = %s, leased_until = clock_timestamp() + make_interval(secs => %s),
    attempts = attempts + 1, sent_at = coalesce(sent_at, %s)
WHERE id = %s AND lease_token = %s AND state = 'leased' AND dead_after > clock_timestamp()
RETURNING attempts
"""

_AGAIN = """
UPDATE integrations_message
SET state = %s, due_at = clock_timestamp() + make_interval(secs => %s), attempts = attempts - %s, last_error = %s,
    lease_token = NULL, leased_until = NULL
WHERE id = %s AND lease_token = %s AND state = 'sent'
"""

_EXPIRE = """
UPDATE integrations_message SET state = 'dead', lease_token = NULL, leased_until = NULL
WHERE connector_id = %s AND state IN ('queued', 'leased', 'sent', 'retry_wait', 'unknown')
  AND dead_after <= clock_timestamp() AND (leased_until IS NULL OR leased_until <= clock_timestamp())
RETURNING uuid
"""

# An open breaker lets one worker through when its rest is over, and rests again at once for all others.
_GATE = """
UPDATE integrations_connector
SET open_until = CASE WHEN open_until IS NULL THEN NULL ELSE clock_timestamp() + make_interval(secs => %s) END
WHERE id = %s AND mode <> 'off' AND NOT paused AND (open_until IS NULL OR open_until <= clock_timestamp())
RETURNING open_until IS NOT NULL
"""

_TRIP = """
UPDATE integrations_connector
SET failures = failures + %s, last_error = %s,
    open_until = CASE WHEN failures + %s >= %s THEN clock_timestamp() + make_interval(secs => %s) ELSE open_until END
WHERE id = %s
"""


_OUTCOMES = {
    AnswerKind.RECEIPT: OutcomeClass.RECEIVED,
    AnswerKind.ACCEPTED: OutcomeClass.ACCEPTED,
    AnswerKind.REJECTED: OutcomeClass.REJECTED,
}


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


def deliver(taken: Lease) -> OutcomeClass | None:
    """Send one leased message and note what came of it. None when the lease was lost. Safe to call late or twice.

    Every failure of line, peer or our own ends here, in the attempt's row; only a lost database is raised.
    """
    message = (
        Message.objects.select_related("connector")
        .filter(pk=taken.message_id, lease_token=taken.token)
        .first()
    )
    if message is None:
        return None
    attempt = _begin(message, taken)
    if attempt is None:
        return None
    token, started = message.lease_token, time.monotonic()
    try:
        _send(message, attempt, started=started)
        _line_works(message.connector)
    except DeliveryError as error:
        _fail(message, token, attempt, error, started=started)
    except KeyMissing as error:
        _fail(message, token, attempt, CredentialRefused(str(error)), started=started)
    except Exception as error:
        log.exception("a message failed through our own fault", extra={"message_uuid": str(message.uuid)})
        ours = DeliveryError(f"{type(error).__name__} in our own program")
        ours.outcome = OutcomeClass.LOCAL
        _fail(message, token, attempt, ours, started=started)
    return OutcomeClass(attempt.outcome)


def _begin(message: Message, taken: Lease) -> Attempt | None:
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


def _send(message: Message, attempt: Attempt, *, started: float) -> None:
    adapter, row = registry.get(message.connector.name), message.connector
    fault("message.before_send")
    try:
        raw = adapter.exchange(line=wire(row), content=bytes(message.content), wire_id=message.wire_id)
        fault("message.after_send")
        answer = adapter.read(raw, at=now())
    except Unreadable as error:
        raise Unknown(f"an answer that cannot be read: {error}") from None
    except Unverified as error:
        raise Unknown(f"an answer that cannot be believed: {error}") from None
    if answer.about != message.wire_id:
        raise Unknown("the answer is about another message")
    if answer.kind == AnswerKind.TECHNICAL:
        raise PeerError("; ".join(f"{one.code} {one.text}" for one in answer.faults))
    inbound = inbox.store(row=row, answer=answer, raw=raw)
    if inbound.state == inbound.State.CONFLICT:
        raise Unknown("the peer used an identifier again for another answer")
    fault("message.after_answer")
    attempt.outcome = _OUTCOMES[answer.kind]
    attempt.duration_ms = _since(started)
    attempt.excerpt = excerpt("; ".join(f"{one.code} {one.text}" for one in answer.faults))
    inbox.apply(inbound, answer, attempt=attempt)
    fault("message.after_mark")


def _fail(
    message: Message, token: UUID | None, attempt: Attempt, error: DeliveryError, *, started: float
) -> None:
    row, simulated = message.connector, message.connector.mode == Connector.Mode.SIMULATE
    text = excerpt(str(error)) or type(error).__name__
    certain = isinstance(error, NotSent | CredentialRefused)
    spared = isinstance(error, CredentialRefused)
    wait = pace.pause(attempts=message.attempts, simulated=simulated, at_least=error.retry_after)
    state = Message.State.RETRY_WAIT if certain else Message.State.UNKNOWN
    if error.outcome in {OutcomeClass.THROTTLED, OutcomeClass.PEER_ERROR}:
        state = Message.State.RETRY_WAIT
    attempt.outcome, attempt.http_status = error.outcome, error.status
    attempt.duration_ms, attempt.excerpt = _since(started), text
    with transaction.atomic():
        attempt.save(update_fields=["outcome", "http_status", "duration_ms", "excerpt"])
        with connection.cursor() as cursor:
            cursor.execute(_AGAIN, [state.value, wait, int(spared), text, message.pk, token])
            if error.trips_breaker:
                weight = pace.BREAKER_FAILURES if spared else 1
                resting = pace.rest(failures=row.failures + weight, simulated=simulated)
                cursor.execute(_TRIP, [weight, text, weight, pace.BREAKER_FAILURES, resting, row.pk])
    log.warning(
        "a message was not delivered",
        extra={
            "partner": row.name,
            "message_uuid": str(message.uuid),
            "outcome": error.outcome.value,
            "reason": text,
        },
    )


def _line_works(row: Connector) -> None:
    Connector.objects.filter(pk=row.pk).update(
        failures=0, open_until=None, last_error="", last_answer_at=now()
    )


def attempt_now(message: Message) -> OutcomeClass | None:
    """Try to deliver a message at once, where it is first in its order. None when something else comes first."""
    for taken in lease(row=message.connector, limit=1, dossier_id=message.dossier_id):
        return deliver(taken)
    return None


def sweep(*, limit: int = 200) -> Swept:
    """One round over all lines: apply what was left, give up what is too old, send what is due, fetch what waits."""
    resumed, tried, fetched = inbox.resume(), 0, 0
    for row in Connector.objects.exclude(mode=Connector.Mode.OFF).filter(paused=False).order_by("name"):
        _expire(row)
        while tried < limit and (taken := lease(row=row)):
            for one in taken:
                deliver(one)
            tried += len(taken)
        adapter = registry.get(row.name)
        if adapter.polls and Message.objects.filter(connector=row, state=Message.State.RECEIVED).exists():
            fetched += _fetch(adapter, row)
    return Swept(tried=tried, fetched=fetched, resumed=resumed)


def _expire(row: Connector) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, [row.pk])
        for (uuid,) in cursor.fetchall():
            log.error("a message was given up", extra={"partner": row.name, "message_uuid": str(uuid)})


def _fetch(adapter: Partner, row: Connector) -> int:
    """Fetch business answers. Confirmed only when stored here; one that cannot be believed stops no other."""
    line, stored = wire(row), 0
    try:
        for raw in adapter.fetch(line=line):
            try:
                answer = adapter.read(raw, at=now())
            except (Unreadable, Unverified) as error:
                log.error(
                    "a fetched answer is not believed",
                    extra={"partner": row.name, "reason": excerpt(str(error))},
                )
                continue
            inbound = inbox.store(row=row, answer=answer, raw=raw)
            if inbound.state == inbound.State.STORED:
                inbox.apply(inbound, answer)
            adapter.confirm(line=line, answer=answer)
            stored += 1
    except (DeliveryError, Unreadable) as error:
        log.warning(
            "answers could not be fetched", extra={"partner": row.name, "reason": excerpt(str(error))}
        )
    except Exception:
        log.exception("a fetched answer could not be applied yet", extra={"partner": row.name})
    return stored


def requeue(*, message_id: int) -> bool:
    """Have a message that was given up tried again, unchanged, with a fresh budget. False when it is not given up.

    Raises ValueError for one that was given up before sending: its bytes are no valid document.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update(no_key=True, of=("self",)).get(pk=message_id)
        if message.state != Message.State.DEAD:
            return False
        if not message.content:
            raise ValueError("there are no bytes to send; write a corrected message")
        message.requeue()
        message.attempts = 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp(), clock_timestamp() + interval '72 hours'")
            message.due_at, message.dead_after = cursor.fetchone()
        message.save(update_fields=["state", "attempts", "due_at", "dead_after"])
    return True


def _lease_seconds(row: Connector) -> float:
    """Longer than one exchange can take, a token fetched first included."""
    return 2.0 * row.patience + 2.0


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
