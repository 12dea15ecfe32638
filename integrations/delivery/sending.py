"""One message on the wire, and what came of it."""

import logging
import time
from uuid import UUID

from django.db import connection, transaction

from integrations import inbox, pace
from integrations.delivery.leases import Lease, begin, lease
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
    UseReport,
    excerpt,
)
from integrations.models import Attempt, Connector, Message
from integrations.partners.keys import KeyMissing
from integrations.registry import registry, wire
from integrations.transport import Wire
from procedures.now import now
from workflows.faults import fault

__all__ = ["attempt_now", "deliver"]

log = logging.getLogger(__name__)

_AGAIN = """
UPDATE integrations_message
SET state = %s, due_at = clock_timestamp() + make_interval(secs => %s), attempts = attempts - %s, last_error = %s,
    lease_token = NULL, leased_until = NULL
WHERE id = %s AND lease_token = %s AND state = 'sent'
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
    attempt = begin(message, taken)
    if attempt is None:
        return None
    token, started = message.lease_token, time.monotonic()
    try:
        line = wire(message.connector)
        _send(message, attempt, line, started=started)
        _line_works(message.connector, line)
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


def _send(message: Message, attempt: Attempt, line: Wire, *, started: float) -> None:
    adapter, row = registry.get(message.connector.name), message.connector
    fault("message.before_send")
    try:
        raw = adapter.exchange(line=line, content=bytes(message.content), wire_id=message.wire_id)
        fault("message.after_send")
        answer = adapter.read(raw, at=now())
        if isinstance(answer, UseReport):
            raise Unreadable("a report where an answer is due")
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


def _line_works(row: Connector, line: Wire) -> None:
    Connector.objects.filter(pk=row.pk).update(
        failures=0, open_until=None, last_error="", last_answer_at=now(), skew_seconds=line.clock.skew
    )


def attempt_now(message: Message) -> OutcomeClass | None:
    """Try to deliver a message at once, where it is first in its order. None when something else comes first."""
    for taken in lease(row=message.connector, limit=1, dossier_id=message.dossier_id):
        return deliver(taken)
    return None


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
