"""What officers see of messages: those of one dossier, and the health of the lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Count, FloatField, Min, Q

from integrations import registry
from integrations.models import OPEN_STATES, Attempt, Connector, Message
from procedures.errors import Reason
from procedures.now import now

__all__ = ["SHAKY_BELOW", "AttemptView", "LineView", "MessageView", "alerts", "for_dossier", "lines"]

SHAKY_BELOW = 0.95
"""A line of which the partner took less within the hour is named as shaky; our choice."""
TOO_LONG = timedelta(hours=1)
TOO_SKEW = 300
"""Seconds that verifiers of signatures usually forgive."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try on the wire."""

    number: int
    at: datetime
    outcome: str
    http_status: int | None
    duration_ms: int | None
    excerpt: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message of a dossier, for the office. Times are aware; None when it has not come to that."""

    uuid: UUID
    partner: str
    partner_title: str
    document: str
    subject: str
    state: str
    sequence: int
    created_at: datetime
    sent_at: datetime | None
    received_at: datetime | None
    answered_at: datetime | None
    next_at: datetime | None
    """When it is tried again, while it waits."""
    reference: str
    """The partner's registration number."""
    faults: Sequence[dict[str, str]]
    last_error: str
    attempts: Sequence[AttemptView]

    @property
    def settled(self) -> bool:
        """Whether the partner has decided."""
        return self.state in {Message.State.ACCEPTED, Message.State.REJECTED}


@dataclass(frozen=True, slots=True)
class LineView:
    """The health of one line."""

    name: str
    title: str
    mode: str
    paused: bool
    resting_until: datetime | None
    """Set while the breaker is open."""
    waiting: int
    unknown: int
    dead: int
    awaiting_answer: int
    oldest_waiting: datetime | None
    last_answer_at: datetime | None
    last_error: str
    problems: Sequence[str]
    skew_seconds: int | None
    tried: int
    """Attempts that ended within the last hour, and how many of them the partner took."""
    taken: int
    median_ms: int | None
    """Of those."""

    @property
    def state(self) -> str:
        """ "off", "paused", "broken" (its breaker is open), "shaky" or "normal"."""
        if self.mode == Connector.Mode.OFF:
            return "off"
        if self.paused:
            return "paused"
        if self.resting_until is not None:
            return "broken"
        return "shaky" if self.tried and self.taken < SHAKY_BELOW * self.tried else "normal"


def alerts(line: LineView) -> list[Reason]:
    """What of a line a person must look at."""
    found = []
    if line.dead:
        text = gettext_noop("%(count)s messages were given up and wait for a person.")
        found.append(Reason("given_up", text, {"count": line.dead}))
    if line.oldest_waiting is not None and now() - line.oldest_waiting > TOO_LONG:
        text = gettext_noop("The oldest message has waited since %(at)s.")
        found.append(Reason("waits_long", text, {"at": line.oldest_waiting}))
    if line.resting_until is not None:
        text = gettext_noop("The line is interrupted after too many failures: %(error)s")
        found.append(Reason("interrupted", text, {"error": line.last_error or "-"}))
    if line.skew_seconds is not None and abs(line.skew_seconds) > TOO_SKEW:
        text = gettext_noop("The partner's clock is %(seconds)s seconds off: signatures may be refused.")
        found.append(Reason("skew", text, {"seconds": line.skew_seconds}))
    return found


def for_dossier(dossier_id: int) -> list[MessageView]:
    """All messages about a dossier, oldest first, each with its attempts. Two queries."""
    messages = (
        Message.objects.filter(dossier_id=dossier_id)
        .select_related("connector")
        .prefetch_related("tries")
        .defer("content")
        .order_by("id")
    )
    return [_view(message) for message in messages]


def _view(message: Message) -> MessageView:
    answer: dict[str, Any] = message.answer
    waiting = message.state in {Message.State.QUEUED, Message.State.RETRY_WAIT, Message.State.UNKNOWN}
    tries: list[Attempt] = sorted(message.tries.all(), key=lambda one: one.number)
    return MessageView(
        uuid=message.uuid,
        partner=message.connector.name,
        partner_title=str(registry.registry.get(message.connector.name).title),
        document=message.document,
        subject=message.subject,
        state=message.state,
        sequence=message.sequence,
        created_at=message.created_at,
        sent_at=message.sent_at,
        received_at=message.received_at,
        answered_at=message.answered_at,
        next_at=message.due_at if waiting else None,
        reference=answer.get("reference", ""),
        faults=answer.get("faults", []),
        last_error=message.last_error,
        attempts=[
            AttemptView(
                number=one.number,
                at=one.at,
                outcome=one.outcome,
                http_status=one.http_status,
                duration_ms=one.duration_ms,
                excerpt=one.excerpt,
            )
            for one in tries
        ],
    )


def lines() -> list[LineView]:
    """Every line with its figures."""
    rows = {row.name: row for row in (registry.connector(name) for name in registry.registry.names())}
    unsettled = Message.objects.filter(state__in=[*OPEN_STATES, "dead", "received"])
    figures: dict[str, dict[str, Any]] = {
        entry["connector__name"]: dict(entry)
        for entry in unsettled.values("connector__name").annotate(
            waiting=Count("id", filter=Q(state__in=OPEN_STATES)),
            unknown=Count("id", filter=Q(state="unknown")),
            dead=Count("id", filter=Q(state="dead")),
            awaiting=Count("id", filter=Q(state="received")),
            oldest=Min("created_at", filter=Q(state__in=OPEN_STATES)),
        )
    }
    ended = Attempt.objects.filter(at__gte=now() - timedelta(hours=1)).exclude(outcome="open")
    took = Q(outcome__in=["received", "accepted", "rejected"])
    hour: dict[str, dict[str, Any]] = {
        entry["message__connector__name"]: dict(entry)
        for entry in ended.values("message__connector__name").annotate(
            tried=Count("id"), taken=Count("id", filter=took), median=Median("duration_ms", filter=took)
        )
    }
    return [_line(row, figures.get(name, {}) | hour.get(name, {})) for name, row in rows.items()]


class Median(Aggregate):
    """The middle of the values."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def _line(row: Connector, figures: dict[str, Any]) -> LineView:
    return LineView(
        name=row.name,
        title=str(registry.registry.get(row.name).title),
        mode=row.mode,
        paused=row.paused,
        resting_until=row.open_until,
        waiting=figures.get("waiting", 0),
        unknown=figures.get("unknown", 0),
        dead=figures.get("dead", 0),
        awaiting_answer=figures.get("awaiting", 0),
        oldest_waiting=figures.get("oldest"),
        last_answer_at=row.last_answer_at,
        last_error=row.last_error,
        problems=registry.problems(row),
        skew_seconds=row.skew_seconds,
        tried=figures.get("tried", 0),
        taken=figures.get("taken", 0),
        median_ms=round(median) if (median := figures.get("median")) is not None else None,
    )
