"""Terms and deadlines: a deadline is an explanation, day by day, of how a date follows from the rule. Pure.

Civil Code 2015 Articles 147-148 (the day of the event does not count; a last day that is a rest day moves on),
Decree 61/2018/ND-CP Article 19 (after a supplement the time limit starts from zero, unless sector law says
otherwise); see docs/law.md. Our readings, stated there too:

- Day 1 is the day after valid receipt: the next working day, or the next day of a term in calendar days or months.
- A day belongs to the clock as it stands at the close of that day's work: running, it counts; stopped, it does not.
  So a stop of k days moves the date by exactly k days, and one that begins and ends the same day by none.
- A restarted term begins like a new one: the day of the supplement does not count.
- A term ends with the working hours of its last day. One that has passed is missed for ever, restart or not.
- What is taken in after the evening hour is handed over at the opening of the next working day (Decree 61/2018/ND-CP
  Article 18). Whether the term then counts from there too is the agency's reading, and the explanation says which.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from procedures.law.counting import ClockPolicy, Counted, Day, Span, count_days, count_hours
from procedures.law.vocabulary import HANOI, TermRule, Unit
from procedures.law.working_time import (
    Calendar,
    DayKind,
    add_calendar_days,
    add_months,
    add_working_days,
    add_working_minutes,
    next_opening,
)

__all__ = ["ClockPolicy", "Day", "Explanation", "Line", "Span", "add", "deadline", "term_text"]

_DAY = timedelta(days=1)
Params = dict[str, object]
Translate = Callable[[str], str]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of the explanation: English message ids with their parameters."""

    text: str
    value: str = ""
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a date is the date."""

    received_at: datetime
    term: TermRule
    days: tuple[Day, ...]
    lines: tuple[Line, ...]
    due_at: datetime | None
    """None while the clock is stopped: the date is not known until it runs again."""
    status: Literal["running", "stopped", "met", "missed"]
    """met or missed: closed. Running past its date, a term is still running, and `overdue`."""
    used: int
    """Days (or whole working hours) that counted so far."""
    total: int
    overdue: bool
    certain: bool
    """False when days of a provisional calendar year were counted."""
    then: Literal["", "restarts", "goes_on", "after_fee", "after_withdrawal"] = ""
    """While stopped: how it will run again, as the version says. From day 1, or from where it stopped."""
    holidays: dict[date, dict[str, str]] = field(default_factory=dict)

    def as_dict(self, *, lang: str = "vi", translate: Translate = str) -> dict[str, object]:
        """For screens and the API: plain values, moments as ISO text in Hanoi's zone, sentences translated."""
        return {
            "received_at": _iso(self.received_at),
            "term": {
                "length": self.term.length,
                "unit": str(self.term.unit),
                "text": term_text(self.term, translate=translate),
                "basis": self.term.basis,
                "illustrative": self.term.illustrative,
            },
            "days": [
                {
                    "date": day.date.isoformat(),
                    "kind": day.kind,
                    "n": day.n,
                    "note": self.holidays.get(day.date, {}).get(lang, ""),
                    "today": day.today,
                }
                for day in self.days
            ],
            "lines": [
                {
                    "text": translate(line.text) % line.params,
                    "value": translate(line.value) % line.params if line.value else "",
                }
                for line in self.lines
            ],
            "due_at": _iso(self.due_at) if self.due_at else None,
            "status": self.status,
            "used": self.used,
            "total": self.total,
            "then": self.then,
        }


_TERM_TEXTS = {
    Unit.WORKING_HOURS: gettext_noop("%(length)s working hours"),
    Unit.WORKING_DAYS: gettext_noop("%(length)s working days"),
    Unit.CALENDAR_DAYS: gettext_noop("%(length)s days"),
    Unit.MONTHS: gettext_noop("%(length)s months"),
}


def term_text(term: TermRule, *, translate: Translate = str) -> str:
    """ "15 working days", in the language of `translate`."""
    return translate(_TERM_TEXTS[Unit(term.unit)]) % {"length": term.length}


def _iso(moment: datetime) -> str:
    return moment.astimezone(HANOI).isoformat(timespec="seconds")


def _shown(moment: datetime) -> str:
    here = moment.astimezone(HANOI)
    return f"{here.hour:02d}:{here.minute:02d} {_day_shown(here)}"


def _day_shown(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def add(term: TermRule, start: datetime, calendar: Calendar) -> datetime:
    """When a term ends that starts at a moment and never stops: for tasks, waits and the applicant's limits.

    Civil Code 2015 Art. 147-148.
    """
    day = start.astimezone(HANOI).date()
    match Unit(term.unit):
        case Unit.WORKING_HOURS:
            return add_working_minutes(moment=start, minutes=term.length * 60, calendar=calendar)
        case Unit.WORKING_DAYS:
            return calendar.closing(add_working_days(day=day, days=term.length, calendar=calendar))
        case Unit.CALENDAR_DAYS:
            return calendar.closing(add_calendar_days(day=day, days=term.length, calendar=calendar))
        case Unit.MONTHS:
            return calendar.closing(add_months(day=day, months=term.length, calendar=calendar))


# -- the deadline of a dossier ----------------------------------------------------------------------------------------


def deadline(
    *,
    term: TermRule,
    spans: Sequence[Span],
    calendar: Calendar,
    now: datetime,
    policy: ClockPolicy | None = None,
) -> Explanation:
    """How the date of a term follows from the rule, the stretches of the clock and the calendar.

    Civil Code 2015 Art. 147-148; Decree 61/2018/ND-CP Art. 19. `spans` begin with the receipt and are in order;
    the last one is open (`until` None) unless the term was closed (met or missed) at its end. Raises ValueError for
    spans that are empty, overlap or leave a gap, or begin stopped.
    """
    _check_spans(spans)
    policy = policy or ClockPolicy()
    count = count_hours if Unit(term.unit) is Unit.WORKING_HOURS else count_days
    counted = count(term, spans, calendar, now, policy)
    last = spans[-1]
    stopped = last.kind == "stopped"
    # A stop or a new start after the apology may move the date of the rule beyond the new one.
    due = max(filter(None, (policy.extended_to, counted.due)), default=None)
    end = last.until or now
    late = counted.missed_before or (due is not None and end > due and not stopped)
    if last.until is not None:
        status: Literal["running", "stopped", "met", "missed"] = "missed" if late else "met"
    else:
        status = "stopped" if stopped else "running"
    shown = None if stopped and last.until is None and not late else due
    lines = _lines(term, spans, policy, counted, shown, calendar)
    return Explanation(
        received_at=spans[0].since,
        term=term,
        days=tuple(counted.days),
        lines=tuple(lines),
        due_at=shown,
        status=status,
        used=counted.used,
        total=counted.total,
        overdue=late,
        then=_then(spans, policy) if status == "stopped" else "",
        certain=not _uncertain_years(counted, calendar),
        holidays={
            day.date: dict(calendar.names[day.date]) for day in counted.days if day.date in calendar.names
        },
    )


def _uncertain_years(counted: Counted, calendar: Calendar) -> list[int]:
    """The years among the days counted whose calendar is provisional, or not there."""
    first, last = counted.days[0].date.year, counted.days[-1].date.year
    return [year for year in range(first, last + 1) if not calendar.is_certain(date(year, 1, 1))]


_ANSWERS = {
    "request_supplement": "supply_supplement",
    "request_intake_supplement": "supply_intake_supplement",
}
"""What stopped the clock → the act of the applicant with which it runs again."""


def _then(
    spans: Sequence[Span], policy: ClockPolicy
) -> Literal["restarts", "goes_on", "after_fee", "after_withdrawal"]:
    """How the clock will run again: by the cause of the stop, or of the stop that a declined withdrawal left standing.

    A declined withdrawal is written with the cause "resume".
    """
    cause = spans[-1].cause
    if cause == "request_withdrawal":
        return "after_withdrawal"
    if cause == "resume":
        earlier = (span.cause for span in reversed(spans))
        cause = next(c for c in earlier if c not in {"resume", "request_withdrawal"})
    if cause == "demand_fee":
        return "after_fee"
    again = Span("running", spans[-1].since, None, _ANSWERS.get(cause, ""))
    return "restarts" if policy.restarts(again) else "goes_on"


def _check_spans(spans: Sequence[Span]) -> None:
    if not spans or spans[0].kind != "running":
        raise ValueError("the clock of a term begins running")
    for before, after in itertools.pairwise(spans):
        if before.until != after.since:
            raise ValueError("the stretches of a clock must follow one another")
    for span in spans:
        if span.until is not None and span.until < span.since:
            raise ValueError("a stretch of a clock ends before it begins")


# -- the explanation in words -----------------------------------------------------------------------------------------

_CAUSES = {
    "request_supplement": gettext_noop("Clock stopped: a supplement was asked for"),
    "request_intake_supplement": gettext_noop("Clock stopped: missing papers were asked for"),
    "demand_fee": gettext_noop("Clock stopped: the fee is to be paid"),
    "request_withdrawal": gettext_noop("Clock stopped: the applicant asked to withdraw"),
}


def _lines(
    term: TermRule,
    spans: Sequence[Span],
    policy: ClockPolicy,
    counted: Counted,
    due: datetime | None,
    calendar: Calendar,
) -> list[Line]:
    lines = [Line(gettext_noop("Received"), "%(at)s", {"at": _shown(spans[0].since)})]
    if spans[0].late:
        lines.append(
            Line(
                gettext_noop("Handed over, because it was taken in late in the day"),
                "%(at)s",
                {"at": _shown(next_opening(spans[0].since, calendar))},
            )
        )
        reading = gettext_noop("the handing over") if spans[0].from_handover else gettext_noop("the receipt")
        lines.append(Line(gettext_noop("The term counts from (the agency's reading)"), reading))
    kinds = Counter([day.kind for day in counted.days])
    first_number = next((day for day in counted.days if day.n == 1), None)
    if first_number is not None:
        value: Params = {"at": _day_shown(first_number.date)}
        text = (
            gettext_noop("Day 1 (the day of handing over does not count)")
            if spans[0].late and spans[0].from_handover
            else gettext_noop("Day 1 (the day of receipt does not count)")
        )
        lines.append(Line(text, "%(at)s", value))
    for span in spans[1:]:
        if span.kind == "stopped":
            text = _CAUSES.get(span.cause, gettext_noop("Clock stopped"))
            if span.until is None:
                lines.append(Line(text, gettext_noop("since %(since)s"), {"since": _shown(span.since)}))
            else:
                params: Params = {"since": _shown(span.since), "until": _shown(span.until)}
                lines.append(Line(text, gettext_noop("from %(since)s to %(until)s"), params))
        elif policy.restarts(span):
            lines.append(Line(gettext_noop("Counted from zero again"), "%(at)s", {"at": _shown(span.since)}))
    weekends = kinds["weekend"]
    if weekends and Unit(term.unit) in {Unit.WORKING_DAYS, Unit.WORKING_HOURS}:
        lines.append(Line(gettext_noop("Saturdays and Sundays, not counted"), "%(n)s", {"n": weekends}))
    if holidays := kinds["holiday"]:
        lines.append(Line(gettext_noop("Public holidays, not counted"), "%(n)s", {"n": holidays}))
    counts = {day.date for day in counted.days if day.n is not None} & calendar.days.keys()
    if makeup := sum(calendar.days[day] is DayKind.MAKEUP for day in counts):
        lines.append(Line(gettext_noop("Make-up working days, counted"), "%(n)s", {"n": makeup}))
    if years := _uncertain_years(counted, calendar):
        text = gettext_noop("The calendar of this year is provisional; the date may change")
        lines.append(Line(text, "%(years)s", {"years": ", ".join(map(str, years))}))
    if policy.extended_to is not None:
        lines.append(
            Line(
                gettext_noop("New date, once, with an apology"), "%(at)s", {"at": _shown(policy.extended_to)}
            )
        )
    if due is not None:
        lines.append(Line(gettext_noop("Due"), "%(at)s", {"at": _shown(due)}))
    return lines
