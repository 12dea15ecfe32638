"""What an act does to the clocks of a dossier, and the deadline read back from the spans, explained."""

from datetime import datetime
from functools import lru_cache
from time import monotonic

from procedures import selectors
from procedures.definition.model import Definition
from procedures.law.life import BEGINNINGS, Act, Clock, State, edge
from procedures.law.terms import ClockPolicy, Explanation, Span, deadline
from procedures.law.working_time import Calendar
from workflows.models import ClockSpan, Dossier

__all__ = [
    "UNTOUCHED",
    "explain",
    "explain_spans",
    "forget_calendar",
    "move",
    "promise",
    "turn",
    "working_calendar",
]

CALENDAR_SECONDS = 30
STANDING = frozenset({State.INTAKE_SUPPLEMENT, State.SUPPLEMENT_REQUESTED, State.FEE_DUE})
"""States in which the clock stands still."""


def move(*, dossier: Dossier, definition: Definition, act: Act, now: datetime) -> ClockSpan | None:
    """Close the open span, as the table of life says, and give the next one, which the caller writes. Under its lock.

    None where no other span begins. At most two statements.
    """
    last = None
    if edge(act).clock in {Clock.STOP, Clock.BACK}:
        last = ClockSpan.objects.filter(dossier=dossier, until__isnull=True).first()
    turned = turn(definition=definition, act=act, state=dossier.state, last=last.clock if last else "intake")
    if turned is UNTOUCHED:
        return None
    span = ClockSpan(clock=turned[0], running=turned[1]) if turned else None
    if act not in BEGINNINGS:
        ClockSpan.objects.filter(dossier=dossier, until__isnull=True).update(until=now)
    if span is not None:
        span.dossier, span.since, span.cause = dossier, now, act.value
    return span


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
        Span("running" if span.running else "stopped", span.since, span.until, span.cause)
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
