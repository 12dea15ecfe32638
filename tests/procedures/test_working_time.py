"""The working calendar: which days are worked, and adding time to a moment."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.law.vocabulary import HANOI
from procedures.law.working_time import (
    Calendar,
    DayKind,
    add_calendar_days,
    add_months,
    add_working_days,
    add_working_hours,
    add_working_minutes,
    handover,
    month_later,
    worked_minutes,
)

# January 2026 as decided: Friday 2 off, Saturday 10 worked instead.
JANUARY = Calendar(
    days={
        date(2026, 1, 1): DayKind.HOLIDAY,
        date(2026, 1, 2): DayKind.HOLIDAY,
        date(2026, 1, 10): DayKind.MAKEUP,
        date(2026, 2, 16): DayKind.HOLIDAY,
        date(2026, 2, 17): DayKind.HOLIDAY,
    },
    provisional_years=frozenset({2027}),
    known_years=frozenset({2026, 2027}),
)
days_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))
calendars = st.dictionaries(days_2026, st.sampled_from([DayKind.HOLIDAY, DayKind.MAKEUP]), max_size=20).map(
    lambda days: Calendar(days=days)
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda m: m.replace(tzinfo=HANOI))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 1, 2), DayKind.HOLIDAY),
        (date(2026, 1, 10), DayKind.MAKEUP),
        (date(2026, 1, 11), DayKind.WEEKEND),
        (date(2026, 1, 12), DayKind.WORKING),
    ],
)
def test_a_day_is_what_the_calendar_says_before_its_weekday(day: date, kind: DayKind) -> None:
    assert JANUARY.kind(day) is kind


def test_a_year_is_certain_only_when_known_and_decided() -> None:
    assert JANUARY.is_certain(date(2026, 5, 4))
    assert not JANUARY.is_certain(date(2027, 5, 4))
    assert not JANUARY.is_certain(date(2028, 5, 4))


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2025, 12, 31), 1, date(2026, 1, 5)),  # 1 and 2 January are off, then a weekend
        (date(2026, 1, 9), 1, date(2026, 1, 10)),  # the Saturday that is made up
        (date(2026, 1, 9), 2, date(2026, 1, 12)),
        (date(2026, 1, 3), 0, date(2026, 1, 5)),
    ],
)
def test_working_days_skip_rest_and_count_makeup(day: date, days: int, expected: date) -> None:
    assert add_working_days(day=day, days=days, calendar=JANUARY) == expected


def test_a_calendar_term_that_ends_on_a_rest_day_moves_on() -> None:
    assert add_calendar_days(day=date(2026, 2, 4), days=10, calendar=JANUARY) == date(2026, 2, 18)
    assert add_calendar_days(day=date(2026, 1, 5), days=7, calendar=JANUARY) == date(2026, 1, 12)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(day: date, months: int, expected: date) -> None:
    assert month_later(day, months) == expected


def test_months_move_on_from_a_rest_day() -> None:
    assert add_months(day=date(2025, 12, 10), months=2, calendar=JANUARY) == date(2026, 2, 10)
    assert add_months(day=date(2025, 12, 17), months=2, calendar=JANUARY) == date(2026, 2, 18)


@pytest.mark.parametrize(
    ("moment", "hours", "expected"),
    [
        ("2026-01-05 08:00", 4, "2026-01-05 12:00"),
        ("2026-01-05 08:00", 8, "2026-01-05 17:00"),
        ("2026-01-05 11:00", 2, "2026-01-05 14:00"),
        ("2026-01-05 16:00", 8, "2026-01-06 16:00"),
        ("2026-01-09 16:00", 8, "2026-01-10 16:00"),
        ("2026-01-03 23:00", 1, "2026-01-05 09:00"),
        ("2026-01-05 12:30", 1, "2026-01-05 14:00"),
    ],
)
def test_working_hours(moment: str, hours: int, expected: str) -> None:
    assert add_working_hours(moment=at(moment), hours=hours, calendar=JANUARY) == at(expected)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-01-05 14:59", "2026-01-05 14:59"),
        ("2026-01-05 15:00", "2026-01-05 15:00"),
        ("2026-01-05 15:01", "2026-01-06 08:00"),
        ("2026-01-05 06:00", "2026-01-05 08:00"),
        ("2026-01-03 09:00", "2026-01-05 08:00"),
        ("2026-01-09 16:00", "2026-01-10 08:00"),
    ],
)
def test_received_late_is_handed_over_the_next_working_day(received: str, expected: str) -> None:
    assert handover(received=at(received), calendar=JANUARY, cutoff_hour=15) == at(expected)


def test_a_calendar_without_work_is_an_error() -> None:
    rest = {date(2026, 1, 1) + timedelta(days=n): DayKind.HOLIDAY for n in range(90)}
    with pytest.raises(ValueError, match="no working day"):
        Calendar(days=rest).next_working(date(2026, 1, 1))


@given(calendar=calendars, day=days_2026, days=st.integers(1, 60))
def test_exactly_that_many_working_days_lie_between(calendar: Calendar, day: date, days: int) -> None:
    end = add_working_days(day=day, days=days, calendar=calendar)
    span = [day + timedelta(days=n + 1) for n in range((end - day).days)]
    assert sum(calendar.is_working(d) for d in span) == days
    assert calendar.is_working(end)


@given(calendar=calendars, moment=moments, minutes=st.integers(1, 4000))
def test_added_working_time_is_worked_exactly(calendar: Calendar, moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=0, second=0)
    end = add_working_minutes(moment=moment, minutes=minutes, calendar=calendar)
    assert worked_minutes(since=moment, until=end, calendar=calendar) == minutes
    assert calendar.is_working(end.date())
    assert time(8) <= end.time() <= time(17)


@given(calendar=calendars, moment=moments, first=st.integers(1, 900), second=st.integers(1, 900))
def test_adding_in_two_steps_is_adding_at_once(
    calendar: Calendar, moment: datetime, first: int, second: int
) -> None:
    halfway = add_working_minutes(moment=moment, minutes=first, calendar=calendar)
    assert add_working_minutes(moment=halfway, minutes=second, calendar=calendar) == add_working_minutes(
        moment=moment, minutes=first + second, calendar=calendar
    )
