"""What an act does to the clocks of a dossier, and the deadline read back from the spans, explained."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from time import monotonic
from typing import NamedTuple

from procedures import selectors
from procedures.definition.model import Definition, Human
from procedures.definition.route import AnyNode
from procedures.law.life import BEGINNINGS, Act, Clock, State, edge
from procedures.law.terms import ClockPolicy, Explanation, Span, deadline
from procedures.law.vocabulary import HANOI
from procedures.law.working_time import Calendar, handover, next_opening
from workflows.models import ClockSpan, Dossier, Task

__all__ = [
    "UNTOUCHED",
    "Evening",
    "Readings",
    "evening",
    "explain",
    "explain_spans",
    "forget_calendar",
    "hands_over",
    "in_hand",
    "move",
    "promise",
    "stretch",
    "turn",
    "working_calendar",
]

CALENDAR_SECONDS = 30
STANDING = frozenset({State.INTAKE_SUPPLEMENT, State.SUPPLEMENT_REQUESTED, State.FEE_DUE})
"""States in which the clock stands still."""


Readings = Sequence[tuple[date, bool]]
"""How an agency reads the evening hour, newest first: (since, whether the term counts from the handing over)."""


class Evening(NamedTuple):
    """A receipt after the evening hour."""

    handed_over_at: datetime
    """When the unit that handles it has it in hand."""
    counts: bool
    """Whether the term counts from there: the reading of the agency."""


def evening(
    *,
    definition: Definition,
    act: Act | None,
    now: datetime,
    calendar: Calendar,
    readings: Callable[[], Readings],
) -> Evening | None:
    """What follows where the act takes a dossier in after the evening hour; None where it does not. Pure.

    Decree 61/2018/ND-CP Art. 18. `readings` is asked in the evening only; by the reading that had begun on the day of
    the receipt the term counts, and where there was none, from the receipt itself.
    """
    if act is not Act.ACCEPT:
        return None
    at = handover(received=now, calendar=calendar, cutoff_hour=definition.terms.handover_cutoff_hour)
    day = now.astimezone(HANOI).date()
    if at.date() == day:
        return None
    return Evening(at, next((counts for since, counts in readings() if since <= day), False))


def hands_over(giver: AnyNode | None, node: AnyNode) -> bool:
    """Whether the step belongs to another unit than the one before it."""
    return isinstance(node, Human) and (not isinstance(giver, Human) or giver.unit != node.unit)


def in_hand(task: Task, calendar: Calendar) -> datetime:
    """From when the time of a step counts: from its opening, or where it came in the evening, from the next morning."""
    return next_opening(task.created, calendar) if task.late else task.created


def move(
    *, dossier: Dossier, definition: Definition, act: Act, now: datetime, late: Evening | None = None
) -> ClockSpan | None:
    """Close the open span, as the table of life says, and give the next one, which the caller writes. Under its lock.

    None where no other span begins. At most two statements.
    """
    last = None
    if edge(act).clock in {Clock.STOP, Clock.BACK}:
        last = ClockSpan.objects.filter(dossier=dossier, until__isnull=True).first()
    turned = turn(definition=definition, act=act, state=dossier.state, last=last.clock if last else "intake")
    if turned is UNTOUCHED:
        return None
    span = stretch(turned, act=act.value, at=now, late=late) if turned else None
    if act not in BEGINNINGS:
        ClockSpan.objects.filter(dossier=dossier, until__isnull=True).update(until=now)
    if span is not None:
        span.dossier = dossier
    return span


def stretch(turned: tuple[str, bool], *, act: str, at: datetime, late: Evening | None) -> ClockSpan:
    """The stretch that an act opens, as `turn` says: which clock, whether it runs. Not saved, of no dossier yet."""
    return ClockSpan(
        clock=turned[0],
        running=turned[1],
        since=at,
        cause=act,
        late=late is not None,
        from_handover=bool(late and late.counts),
    )


UNTOUCHED: tuple[str, bool] = ("", False)
"""What `turn` says of an act that leaves the clock as it is."""


def turn(*, definition: Definition, act: Act, state: str, last: str) -> tuple[str, bool] | None:
    """What follows the open span: (clock, whether it runs), None when none does, or UNTOUCHED. Pure.

    `state`: the legal state after the act; `last`: the clock of the open span.
    """
    effect = edge(act).clock
    match effect:
        case Clock.NONE | Clock.EXTEND:
            return UNTOUCHED
        case Clock.STOP if act is Act.DEMAND_FEE and not definition.terms.fee_stops_clock:
            return UNTOUCHED
        case Clock.INTAKE:
            return "intake", True
        case Clock.START | Clock.AS_PROCEDURE:
            return "decision", True
        case Clock.STOP | Clock.BACK:
            # Back in a state in which the clock stood still before the interruption, it still does.
            return last, effect is Clock.BACK and state not in STANDING
        case Clock.CLOSE:
            return None


def promise(*, dossier: Dossier, act: Act, span: ClockSpan | None, now: datetime) -> datetime | None:
    """The promised date as the act leaves it, once `move` has given the next span. At most one query.

    An ended dossier keeps the date by which it was measured.
    """
    effect = edge(act).clock
    moves = span is not None and span.clock == "decision"
    if effect is not Clock.EXTEND and not moves:
        return dossier.due_at
    if span is not None and not span.running:
        return None
    earlier = [] if effect is Clock.START else list(ClockSpan.objects.filter(dossier=dossier).order_by("id"))
    explained = explain_spans(
        definition=dossier.definition,
        spans=[*earlier, *([span] if span else [])],
        clock="decision",
        calendar=working_calendar(),
        now=now,
        extended_to=dossier.extended_to,
    )
    return explained.due_at if explained else None


def explain_spans(
    *,
    definition: Definition,
    spans: list[ClockSpan],
    clock: str,
    calendar: Calendar,
    now: datetime,
    extended_to: datetime | None = None,
) -> Explanation | None:
    """The deadline of one clock ("intake" or "decision") from its spans in order; None when it never ran."""
    own = [
        Span(
            "running" if span.running else "stopped",
            span.since,
            span.until,
            span.cause,
            late=span.late,
            from_handover=span.from_handover,
        )
        for span in spans
        if span.clock == clock
    ]
    if not own:
        return None
    rules = definition.terms
    return deadline(
        term=rules.decision if clock == "decision" else rules.intake,
        spans=own,
        calendar=calendar,
        now=now,
        policy=ClockPolicy(
            after_supplement=rules.after_supplement,
            basis=rules.after_supplement_basis,
            extended_to=extended_to if clock == "decision" else None,
        ),
    )


def explain(*, dossier: Dossier, calendar: Calendar, now: datetime) -> Explanation | None:
    """The date promised for the result, explained day by day; None before acceptance."""
    spans = list(ClockSpan.objects.filter(dossier=dossier).order_by("id"))
    return explain_spans(
        definition=dossier.definition,
        spans=spans,
        clock="decision",
        calendar=calendar,
        now=now,
        extended_to=dossier.extended_to,
    )


def working_calendar() -> Calendar:
    """The working calendar, kept for half a minute: it changes a few times a year, and every act needs it."""
    return _kept(int(monotonic() / CALENDAR_SECONDS))


@lru_cache(maxsize=1)
def _kept(_slot: int) -> Calendar:
    return selectors.calendar()


forget_calendar = _kept.cache_clear
"""Read the calendar anew at the next question; for those who change it, and for tests."""
