"""The working calendar, and adding time to a moment. Pure: the days are handed in.

A day is what its weekday says unless the calendar says otherwise: a holiday is off, a make-up day (làm bù) is
worked. Saturday and Sunday are off. A working day has eight hours (Decree 61/2018/ND-CP; Labour Code 2019 Art. 105).
Terms follow the Civil Code 2015 Articles 147-148 (from memory, not checked against the text): the day of the event
does not count, and a term that would end on a rest day ends on the next working day. Moments are aware datetimes and
answers are in Hanoi's zone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from procedures.law.vocabulary import HANOI

__all__ = [
    "Calendar",
    "DayKind",
    "WorkingHours",
    "add_calendar_days",
    "add_months",
    "add_working_days",
    "add_working_hours",
    "add_working_minutes",
    "handover",
    "month_later",
    "next_opening",
    "worked_minutes",
]

_DAY = timedelta(days=1)
_LONGEST_REST = 60
"""Days off in a row after which the calendar must be wrong."""


class DayKind(StrEnum):
    """What a day is. Only holiday and makeup are data; the rest follows from the weekday."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The two halves of a working day, in Hanoi: eight hours in all (Labour Code 2019 Art. 105)."""

    morning: tuple[time, time] = (time(8), time(12))
    afternoon: tuple[time, time] = (time(13), time(17))

    @property
    def opens(self) -> time:
        """When the working day begins."""
        return self.morning[0]

    @property
    def closes(self) -> time:
        """When the working day, and with it the last day of a term, ends."""
        return self.afternoon[1]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked, and how sure that is (Labour Code 2019 Art. 111-112)."""

    days: Mapping[date, DayKind]
    """Only the days that differ from their weekday: HOLIDAY or MAKEUP."""
    provisional_years: frozenset[int] = frozenset()
    """Years whose calendar nobody has decided yet."""
    known_years: frozenset[int] = frozenset()
    """Years that the calendar covers at all; empty: the question is not asked."""
    names: Mapping[date, Mapping[str, str]] = field(default_factory=dict)
    """Name of a holiday or make-up day by language: {"vi": …, "en": …}."""
    hours: WorkingHours = field(default=WorkingHours())

    def kind(self, day: date) -> DayKind:
        """What the day is."""
        return self.days.get(day) or (DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKING)

    def is_working(self, day: date) -> bool:
        """Whether people work on that day."""
        return self.kind(day) in (DayKind.WORKING, DayKind.MAKEUP)

    def is_certain(self, day: date) -> bool:
        """False when the calendar of that year is provisional, or not there at all."""
        return day.year not in self.provisional_years and (
            not self.known_years or day.year in self.known_years
        )

    def next_working(self, day: date) -> date:
        """That day if it is worked, else the next that is. Raises ValueError for a calendar without work."""
        for offset in range(_LONGEST_REST):
            if self.is_working(day + offset * _DAY):
                return day + offset * _DAY
        raise ValueError(f"the calendar has no working day within {_LONGEST_REST} days of {day}")

    def closing(self, day: date) -> datetime:
        """The moment when a term ends whose last day is `day`."""
        return datetime.combine(day, self.hours.closes, HANOI)

    def opening(self, day: date) -> datetime:
        """The moment when work begins on `day`."""
        return datetime.combine(day, self.hours.opens, HANOI)


def add_working_days(*, day: date, days: int, calendar: Calendar) -> date:
    """The `days`-th working day after `day`, which itself does not count (Civil Code 2015 Art. 147).

    `days` 0: `day` or the next working day.
    """
    result = day if days else calendar.next_working(day)
    for _ in range(days):
        result = calendar.next_working(result + _DAY)
    return result


def add_calendar_days(*, day: date, days: int, calendar: Calendar) -> date:
    """`days` days after `day`; an end on a rest day moves to the next working day (Civil Code 2015 Art. 148)."""
    return calendar.next_working(day + days * _DAY)


def month_later(day: date, months: int) -> date:
    """The same day `months` months later, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - _DAY).day
    return date(year, month + 1, min(day.day, last))


def add_months(*, day: date, months: int, calendar: Calendar) -> date:
    """The same day `months` months later, moved on to a working day (Civil Code 2015 Art. 148)."""
    return calendar.next_working(month_later(day, months))


def _halves(day: date, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    if calendar.is_working(day):
        for begins, ends in (calendar.hours.morning, calendar.hours.afternoon):
            yield datetime.combine(day, begins, HANOI), datetime.combine(day, ends, HANOI)


def add_working_minutes(*, moment: datetime, minutes: int, calendar: Calendar) -> datetime:
    """The moment when `minutes` of working time have passed since `moment`. Minutes must be positive.

    A moment outside working hours counts from the next opening. An end that falls on a closing stays there: four
    hours from 08:00 end at 12:00, not at 13:00.
    """
    if minutes <= 0:
        raise ValueError("add a positive time")
    left, at = timedelta(minutes=minutes), moment.astimezone(HANOI)
    day = at.date()
    while True:
        for begins, ends in _halves(day, calendar):
            begins = max(begins, at)
            if begins >= ends:
                continue
            if left <= ends - begins:
                return begins + left
            left -= ends - begins
        day = calendar.next_working(day + _DAY)


def add_working_hours(*, moment: datetime, hours: int, calendar: Calendar) -> datetime:
    """The moment when `hours` working hours have passed since `moment`."""
    return add_working_minutes(moment=moment, minutes=hours * 60, calendar=calendar)


def worked_minutes(*, since: datetime, until: datetime, calendar: Calendar) -> int:
    """Whole minutes of working time between two moments; 0 when `until` is not later."""
    since, until = since.astimezone(HANOI), until.astimezone(HANOI)
    total, day = timedelta(), since.date()
    while day <= until.date():
        for begins, ends in _halves(day, calendar):
            total += max(timedelta(), min(ends, until) - max(begins, since))
        day += _DAY
    return int(total.total_seconds() // 60)


def handover(*, received: datetime, calendar: Calendar, cutoff_hour: int) -> datetime:
    """When the unit that handles a dossier has it in hand (Decree 61/2018/ND-CP Art. 18).

    The same working day; received after the cutoff hour, or on a day off: at the opening of the next working day.
    Whether the term of the procedure counts from there too is the reading of an agency: `procedures.readings`.
    """
    at = received.astimezone(HANOI)
    cutoff = datetime.combine(at.date(), time(), HANOI) + timedelta(hours=cutoff_hour)
    if calendar.is_working(at.date()) and at <= cutoff:
        return max(at, calendar.opening(at.date()))
    return next_opening(at, calendar)


def next_opening(moment: datetime, calendar: Calendar) -> datetime:
    """The opening of the next working day after that of the moment."""
    return calendar.opening(calendar.next_working(moment.astimezone(HANOI).date() + _DAY))
