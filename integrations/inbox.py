"""What peers answer and report: stored byte for byte, then applied once, in one transaction with what it changes.

A repeated answer is recognised by the peer's own identifier and changes nothing; the same identifier with other bytes
is a conflict for people. What was stored but not applied (a killed process, a busy dossier) waits for the next sweep.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from integrations import answers
from integrations.envelope import Answer, AnswerKind, Unreadable, Unverified, UseReport, excerpt
from integrations.models import Attempt, Connector, Inbound, Message
from integrations.registry import Partner, connector, registry
from procedures.now import now

__all__ = ["Reply", "apply", "count", "receive", "resume", "store"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a peer that called us gets."""

    status: int
    content_type: str
    body: bytes


def store(*, row: Connector, answer: Answer | UseReport, raw: bytes, acknowledgement: bytes = b"") -> Inbound:
    """Keep what was verified. The known row when it came before; a CONFLICT when it came with other bytes."""
    sha256 = hashlib.sha256(raw).hexdigest()
    about = answer.about if isinstance(answer, Answer) else ""
    message = Message.objects.filter(connector=row, wire_id=about).only("id").first()
    fresh = Inbound(
        connector=row,
        peer_id=answer.peer_id,
        sha256=sha256,
        raw=raw,
        message=message,
        acknowledgement=acknowledgement,
        created_at=now(),
    )
    try:
        with transaction.atomic():
            fresh.save(force_insert=True)
        return fresh
    except IntegrityError:
        known = Inbound.objects.exclude(state=Inbound.State.CONFLICT).get(
            connector=row, peer_id=answer.peer_id
        )
    if known.sha256 == sha256:
        return known
    log.error(
        "a peer used one identifier for two answers", extra={"partner": row.name, "peer_id": answer.peer_id}
    )
    repeated = Inbound.objects.filter(connector=row, peer_id=answer.peer_id, sha256=sha256).first()
    if repeated is None:
        fresh.state, fresh.note = Inbound.State.CONFLICT, "the identifier was used for another answer"
        fresh.save(force_insert=True)
    return repeated or fresh


def apply(inbound: Inbound, answer: Answer, *, attempt: Attempt | None = None) -> None:
    """Let an answer take effect, once. With `attempt` the try that brought it is closed in the same transaction.

    Raises what `workflows.service.record_partner_answer` raises; then nothing has changed; a sweep comes back.
    """
    with transaction.atomic():
        inbound = Inbound.objects.select_for_update(no_key=True, of=("self",)).get(pk=inbound.pk)
        if inbound.state == Inbound.State.STORED:
            _apply_locked(inbound, answer)
        if attempt is not None:
            attempt.save(update_fields=["outcome", "http_status", "duration_ms", "excerpt"])


def _apply_locked(inbound: Inbound, answer: Answer) -> None:
    messages = Message.objects.select_for_update(no_key=True, of=("self",)).defer("content")
    message = messages.filter(answers=inbound).first()
    at = now()
    inbound.applied_at = at
    if message is None:
        inbound.state, inbound.note = Inbound.State.ORPHAN, "about no message of ours"
        log.error("an answer about no message of ours", extra={"peer_id": inbound.peer_id})
    elif _settled(message):
        same = message.state == _STATE[answer.kind] or answer.kind == AnswerKind.RECEIPT
        inbound.state = Inbound.State.APPLIED if same else Inbound.State.CONFLICT
        inbound.note = "nothing new" if same else f"the message was {message.state} before"
        if not same:
            log.error("an answer contradicts an earlier one", extra={"message_uuid": str(message.uuid)})
    else:
        _advance(message, answer, at=at)
        inbound.state = Inbound.State.APPLIED
    inbound.save(update_fields=["state", "note", "applied_at"])


_STATE = {
    AnswerKind.RECEIPT: Message.State.RECEIVED,
    AnswerKind.ACCEPTED: Message.State.ACCEPTED,
    AnswerKind.REJECTED: Message.State.REJECTED,
}

_ADVANCED = [
    "state", "sent_at", "received_at", "answered_at", "answer", "last_error", "lease_token", "leased_until", "due_at",
]  # fmt: skip


def _settled(message: Message) -> bool:
    return message.state in {Message.State.ACCEPTED, Message.State.REJECTED, Message.State.SUPERSEDED}


def _advance(message: Message, answer: Answer, *, at: datetime) -> None:
    message.received_at = message.received_at or at
    message.sent_at = message.sent_at or at
    message.lease_token = message.leased_until = None
    message.last_error = ""
    if answer.kind == AnswerKind.RECEIPT:
        if message.state != Message.State.RECEIVED:
            message.receive()
        message.save(update_fields=_ADVANCED)
        return
    detail = {
        "peer_id": answer.peer_id,
        "reference": answer.reference,
        "faults": [{"code": fault.code, "text": fault.text} for fault in answer.faults],
    }
    message.answered_at = at
    message.accept(answer=detail) if answer.kind == AnswerKind.ACCEPTED else message.reject(answer=detail)
    message.save(update_fields=_ADVANCED)
    answers.record(message=message, answer=answer)


def receive(*, partner: str, body: bytes) -> Reply:
    """A partner calls us with an answer. Raises LookupError for an unknown partner.

    401 for a signature that is not the pinned peer's, 400 for what is not its document, 409 for a used identifier with
    other bytes; a repeated call gets the stored acknowledgement.
    """
    adapter, row, at = registry.get(partner), connector(partner), now()
    if row.mode == Connector.Mode.OFF:
        return _refusal(adapter, 503, "closed", "the line is closed")
    try:
        raw = adapter.unwrap(body)
        answer = adapter.read(raw, at=at)
    except Unverified as error:
        log.warning(
            "a call with an unknown signature", extra={"partner": partner, "reason": excerpt(str(error))}
        )
        return _refusal(adapter, 401, "unverified", "the signature is not one of the registered partner")
    except Unreadable as error:
        log.warning("a call that cannot be read", extra={"partner": partner, "reason": excerpt(str(error))})
        return _refusal(adapter, 400, "unreadable", str(error))
    if isinstance(answer, UseReport):
        return _take_report(adapter, row, answer, raw)
    inbound = store(row=row, answer=answer, raw=raw, acknowledgement=adapter.acknowledge(answer, at=at))
    if inbound.state == Inbound.State.STORED and _apply_or_leave(inbound, answer):
        inbound.refresh_from_db(fields=["state"])
    if inbound.state == Inbound.State.CONFLICT:
        return _refusal(adapter, 409, "conflict", "the identifier was used for another document")
    kept = bytes(inbound.acknowledgement) or adapter.acknowledge(answer, at=at)
    return Reply(status=200, content_type=adapter.content_type, body=kept)


def _take_report(adapter: Partner, row: Connector, report: UseReport, raw: bytes) -> Reply:
    """Stored first; what we answer depends on what became of it, and is kept for whoever asks again."""
    inbound = store(row=row, answer=report, raw=raw)
    if inbound.state == Inbound.State.CONFLICT:
        return _refusal(adapter, 409, "conflict", "the identifier was used for another document")
    if inbound.state == Inbound.State.STORED:
        try:
            inbound = count(inbound, report)
        except Exception:
            log.exception("a report could not be applied yet", extra={"inbound": inbound.pk})
            return _refusal(adapter, 503, "closed", "not now: send the same report again")
    return Reply(status=200, content_type=adapter.content_type, body=bytes(inbound.acknowledgement))


def count(inbound: Inbound, report: UseReport) -> Inbound:
    """Let a report of use take effect, once, or refuse it with its reasons: in one transaction with our answer to it.

    Raises what `workflows.service.record_use` raises of a busy dossier; then nothing has changed.
    """
    adapter = registry.get(inbound.connector.name)
    with transaction.atomic():
        inbound = Inbound.objects.select_for_update(no_key=True, of=("self",)).get(pk=inbound.pk)
        if inbound.state != Inbound.State.STORED:
            return inbound
        faults = answers.record_use(partner=adapter.name, report=report)
        inbound.state = Inbound.State.REFUSED if faults else Inbound.State.APPLIED
        inbound.note = "; ".join(fault.code for fault in faults)[:300]
        inbound.applied_at = now()
        inbound.acknowledgement = adapter.acknowledge(report, at=now(), faults=faults)
        inbound.save(update_fields=["state", "note", "applied_at", "acknowledgement"])
    return inbound


def _refusal(adapter: Partner, status: int, code: str, text: str) -> Reply:
    return Reply(status=status, content_type=adapter.content_type, body=adapter.refuse(code=code, text=text))


def _apply_or_leave(inbound: Inbound, answer: Answer | UseReport) -> bool:
    try:
        if isinstance(answer, UseReport):
            count(inbound, answer)
        else:
            apply(inbound, answer)
    except Exception:
        log.exception("an answer could not be applied yet", extra={"inbound": inbound.pk})
        return False
    return True


def resume(*, limit: int = 100) -> int:
    """Apply what was stored and not applied. Answers how many were. One that fails does not stop the next."""
    applied = 0
    waiting = Inbound.objects.filter(state=Inbound.State.STORED).select_related("connector").order_by("id")
    for inbound in waiting[:limit]:
        try:
            answer = registry.get(inbound.connector.name).read(bytes(inbound.raw), at=inbound.created_at)
        except (Unreadable, Unverified):
            log.exception("a stored answer cannot be read any more", extra={"inbound": inbound.pk})
            continue
        applied += _apply_or_leave(inbound, answer)
    return applied
