"""Counting the days (or hours) of a term along the stretches of its clock. Pure; `procedures.law.terms` is the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from procedures.law.vocabulary import HANOI, TermRule, Unit
from procedures.law.working_time import (
    Calendar,
    DayKind,
    add_working_minutes,
    month_later,
    next_opening,
    worked_minutes,
)

__all__ = ["ClockPolicy", "Counted", "Day", "Span", "count_days", "count_hours"]

_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the statutory clock. Spans of one term follow one another without gap or overlap."""

    kind: Literal["running", "stopped"]
    since: datetime
    until: datetime | None
    """None: still going on."""
    cause: str
    """The act that began it, e.g. "accept", "request_supplement"."""
    late: bool = False
    """It began with a receipt after the evening hour, so that the unit has it in hand at the next opening."""
    from_handover: bool = False
    """Whether the term then counts from there, as the agency reads the law, or from the receipt all the same."""

    def begins(self, calendar: Calendar) -> datetime:
        """From when the term counts that begins with this stretch."""
        return next_opening(self.since, calendar) if self.late and self.from_handover else self.since


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """What the version of the procedure says about the clock."""

    after_supplement: Literal["restart", "resume"] = "resume"
    basis: str = ""
    extended_to: datetime | None = None
    """The one new date, after an apology: what is due earlier by the rule is due then."""

    def restarts(self, span: Span) -> bool:
        """Whether counting begins anew with this span (Decree 61/2018/ND-CP Art. 19).

        The intake limit always does (Art. 17).
        """
        if span.kind != "running":
            return False
        if span.cause == "supply_supplement":
            return self.after_supplement == "restart"
        return span.cause == "supply_intake_supplement"


DayWord = Literal[
    "counted", "weekend", "holiday", "makeup", "paused", "received", "handover", "due", "today", "future"
]


class Day(NamedTuple):
    """One day of the explanation. A tuple, since an explanation makes dozens of them."""

    date: date
    kind: DayWord
    n: int | None = None
    """Which day of the term it is; None: it does not count."""
    note: str = ""
    """Name of the holiday in the reader's language; empty otherwise."""
    today: bool = False


@dataclass(slots=True)
class Counted:
    """What counting found. `due` is the date if the clock runs on from the last span's end."""

    days: list[Day]
    due: datetime | None
    used: int
    total: int
    missed_before: bool = False
    """A date had passed, running, before the clock was stopped."""


def _at_close(spans: Sequence[Span], close: datetime) -> Span:
    """The stretch that holds at a closing; the last one also after its end."""
    current = spans[0]
    for span in spans:
        if span.since <= close:
            current = span
    return current


def _total(term: TermRule, start: date) -> int:
    if Unit(term.unit) is Unit.MONTHS:
        return (month_later(start, term.length) - start).days
    return term.length


def count_days(
    term: TermRule, spans: Sequence[Span], calendar: Calendar, now: datetime, policy: ClockPolicy
) -> Counted:
    working = Unit(term.unit) is Unit.WORKING_DAYS
    last = spans[-1]
    first = spans[0].since.astimezone(HANOI).date()
    today = now.astimezone(HANOI).date()
    horizon = (last.until or now).astimezone(HANOI).date()
    restarts = {span.since.astimezone(HANOI).date() for span in spans if policy.restarts(span)}
    turns = _turns(spans, calendar)
    begins = spans[0].begins(calendar).astimezone(HANOI).date()
    result = Counted([Day(first, "received", today=first == today)], None, 0, _total(term, begins))
    add, special = result.days.append, calendar.days.get
    n, used, due_day, day, paused = 0, 0, None, first, turns.get(first, False)
    stopped_at_end = last.kind == "stopped"
    while day < begins and day + _DAY not in restarts:
        day += _DAY
        paused = turns.get(day, paused)
        rests = _kind(day, calendar.kind(day), None, paused, None, today, working)
        add(Day(day, "handover" if day == begins else rests, today=day == today))
    while True:
        day += _DAY
        if day in turns:
            paused = turns[day]
        if day in restarts:
            # The day of the supplement does not count, and the term begins anew.
            result.missed_before |= due_day is not None and _running_at(spans, calendar.closing(due_day))
            n, due_day, result.total = 0, None, _total(term, day)
            add(Day(day, "received", today=day == today))
            if day <= horizon:
                used = 0
            continue
        if stopped_at_end and day > horizon:
            break
        kind = special(day) or (DayKind.WEEKEND if day.weekday() >= SATURDAY else DayKind.WORKING)
        worked = kind is DayKind.WORKING or kind is DayKind.MAKEUP
        number: int | None = None
        if not paused and (worked or not working):
            if due_day is None:
                n += 1
                number = n
                if n >= result.total:
                    due_day = day if worked else calendar.next_working(day)
            elif day > due_day:
                n += 1  # past the date, still counting
        if day <= horizon:
            used = n
        add(Day(day, _kind(day, kind, number, paused, due_day, today, working), number, "", day == today))
        if due_day is not None and day >= due_day and day >= horizon:
            break
    result.used = used
    if due_day is not None:
        result.due = calendar.closing(due_day)
    elif stopped_at_end:
        result.due = None
    return result


def _turns(spans: Sequence[Span], calendar: Calendar) -> dict[date, bool]:
    """First day whose close a stretch holds → whether the clock stands in it. A later stretch of one day wins."""
    found: dict[date, bool] = {}
    for span in spans:
        since = span.since.astimezone(HANOI)
        day = since.date() if since.time() <= calendar.hours.closes else since.date() + _DAY
        found[day] = span.kind == "stopped"
    return found


def _running_at(spans: Sequence[Span], moment: datetime) -> bool:
    return _at_close(spans, moment).kind == "running"


def _kind(
    day: date,
    kind: DayKind,
    number: int | None,
    paused: bool,
    due_day: date | None,
    today: date,
    working: bool,
) -> DayWord:
    if day == due_day:
        return "due"
    if kind is DayKind.HOLIDAY and (working or number is None):
        return "holiday"
    if kind is DayKind.WEEKEND and (working or number is None):
        return "weekend"
    if paused:
        return "paused"
    if day == today:
        return "today"
    if day > today:
        return "future"
    return "makeup" if kind is DayKind.MAKEUP else "counted"


def count_hours(
    term: TermRule, spans: Sequence[Span], calendar: Calendar, now: datetime, policy: ClockPolicy
) -> Counted:
    today = now.astimezone(HANOI).date()
    result = Counted([], None, 0, term.length)
    worked, whole = 0, term.length * 60
    due: datetime | None = None
    for span in spans:
        if span.kind == "stopped":
            result.missed_before |= due is not None and due < span.since
            continue
        if policy.restarts(span):
            worked = 0
        left = whole - worked
        if left > 0:
            due = add_working_minutes(moment=span.begins(calendar), minutes=left, calendar=calendar)
        worked += worked_minutes(since=span.begins(calendar), until=span.until or now, calendar=calendar)
    result.used = worked // 60
    stopped = spans[-1].kind == "stopped"
    result.due = due if not stopped or (due is not None and due <= spans[-1].since) else None
    first = spans[0].since.astimezone(HANOI).date()
    last = max(
        moment.astimezone(HANOI).date() for moment in (result.due or spans[-1].since, spans[-1].until or now)
    )
    day = first
    while day <= last:
        number = None
        kind = _kind(
            day,
            calendar.kind(day),
            number,
            not _running_at(spans, calendar.closing(day)),
            result.due.date() if result.due else None,
            today,
            True,
        )
        result.days.append(
            Day(day, "received" if day == first and kind != "due" else kind, number, today=day == today)
        )
        day += _DAY
    return result
