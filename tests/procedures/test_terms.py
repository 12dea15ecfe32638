"""Deadlines: how a date follows from the rule, the stretches of the clock and the calendar."""

from datetime import date, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.definition.model import Term
from procedures.law.terms import ClockPolicy, Explanation, Span, add, deadline, term_text
from procedures.law.vocabulary import HANOI, Unit
from procedures.law.working_time import Calendar, DayKind

CALENDAR = Calendar(
    days={
        date(2026, 1, 1): DayKind.HOLIDAY,
        date(2026, 1, 2): DayKind.HOLIDAY,
        date(2026, 1, 10): DayKind.MAKEUP,
    },
    names={date(2026, 1, 1): {"vi": "Tết Dương lịch", "en": "New Year's Day"}},
    known_years=frozenset({2025, 2026}),
)
FIFTEEN = Term(length=15, unit=Unit.WORKING_DAYS, basis="Điều 48")
RESTART, RESUME = ClockPolicy("restart"), ClockPolicy("resume")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def running(since: str, until: str | None = None, cause: str = "accept") -> Span:
    return Span("running", at(since), at(until) if until else None, cause)


def stopped(since: str, until: str | None = None, cause: str = "request_supplement") -> Span:
    return Span("stopped", at(since), at(until) if until else None, cause)


def explain(
    *spans: Span, now: str, term: Term = FIFTEEN, policy: ClockPolicy = RESUME, calendar: Calendar = CALENDAR
) -> Explanation:
    return deadline(term=term, spans=spans, calendar=calendar, now=at(now), policy=policy)


@pytest.mark.promise("law.due-date-explained")
def test_the_due_date_is_explained_day_by_day() -> None:
    found = explain(running("2025-12-31 09:00"), now="2026-01-06 10:00")
    assert found.due_at == at("2026-01-22 17:00")
    shown = {day.date.isoformat(): (day.kind, day.n) for day in found.days}
    assert shown["2025-12-31"] == ("received", None)
    assert shown["2026-01-01"] == ("holiday", None)
    assert shown["2026-01-03"] == ("weekend", None)
    assert shown["2026-01-05"] == ("counted", 1)
    assert shown["2026-01-06"] == ("today", 2)
    assert shown["2026-01-10"] == ("future", 6)
    assert shown["2026-01-22"] == ("due", 15)
    assert [day.date for day in found.days] == [
        date(2025, 12, 31) + timedelta(days=n) for n in range(len(found.days))
    ]
    assert (found.used, found.total, found.status, found.overdue) == (2, 15, "running", False)


def test_a_makeup_day_of_the_past_is_shown_and_counted() -> None:
    found = explain(running("2026-01-08 09:00"), now="2026-01-12 10:00")
    assert next(day for day in found.days if day.date == date(2026, 1, 10)).kind == "makeup"
    assert next(day for day in found.days if day.date == date(2026, 1, 10)).n == 2


@pytest.mark.parametrize(
    "received", ["2026-01-05 00:01", "2026-01-05 09:00", "2026-01-05 16:59", "2026-01-05 23:59"]
)
def test_the_day_of_receipt_never_counts_whatever_the_hour(received: str) -> None:
    assert explain(running(received), now="2026-01-06 10:00").due_at == at("2026-01-23 17:00")


@pytest.mark.promise("law.clock-stops-and-restarts")
def test_after_a_supplement_the_clock_restarts_or_resumes_as_the_procedure_says() -> None:
    spans = (
        running("2026-01-05 09:00", "2026-01-08 10:00"),
        stopped("2026-01-08 10:00", "2026-01-13 10:00"),
        running("2026-01-13 10:00", cause="supply_supplement"),
    )
    assert explain(*spans, now="2026-01-14 09:00", policy=RESTART).due_at == at("2026-02-03 17:00")
    resumed = explain(*spans, now="2026-01-14 09:00", policy=RESUME)
    # 6 and 7 January counted, 8, 9, 10 and 12 stopped, 13 January is day 3.
    assert resumed.due_at == at("2026-01-29 17:00")
    assert {day.date.day for day in resumed.days if day.kind == "paused"} == {8, 9, 10, 12}
    assert resumed.used == 4


def test_while_stopped_no_date_is_promised() -> None:
    found = explain(
        running("2026-01-05 09:00", "2026-01-08 10:00"), stopped("2026-01-08 10:00"), now="2026-01-09 09:00"
    )
    assert (found.due_at, found.status, found.used) == (None, "stopped", 2)


@pytest.mark.promise("screens.restart-said")
@pytest.mark.parametrize(
    ("cause", "rule", "then"),
    [
        ("request_supplement", "restart", "restarts"),
        ("request_supplement", "resume", "goes_on"),
        ("request_intake_supplement", "resume", "restarts"),
        ("demand_fee", "restart", "after_fee"),
        ("request_withdrawal", "restart", "after_withdrawal"),
    ],
)
def test_a_stopped_clock_says_how_it_will_run_again(
    cause: str, rule: Literal["restart", "resume"], then: str
) -> None:
    spans = (running("2026-01-05 09:00", "2026-01-08 10:00"), stopped("2026-01-08 10:00", cause=cause))
    found = explain(*spans, now="2026-01-09 09:00", policy=ClockPolicy(after_supplement=rule))
    assert (found.then, found.as_dict()["then"]) == (then, then)
    # A withdrawal that was asked for meanwhile and declined leaves the stop as it was.
    declined = (
        running("2026-01-05 09:00", "2026-01-07 10:00"),
        stopped("2026-01-07 10:00", "2026-01-07 11:00", cause),
        stopped("2026-01-07 11:00", "2026-01-08 10:00", "request_withdrawal"),
        stopped("2026-01-08 10:00", cause="resume"),
    )
    if cause != "request_withdrawal":
        again = explain(*declined, now="2026-01-09 09:00", policy=ClockPolicy(after_supplement=rule))
        assert again.then == then
    assert explain(running("2026-01-05 09:00"), now="2026-01-09 09:00").then == ""


def test_a_stop_that_begins_and_ends_the_same_day_moves_nothing() -> None:
    whole = explain(running("2026-01-05 09:00"), now="2026-01-20 09:00")
    broken = explain(
        running("2026-01-05 09:00", "2026-01-08 09:00"),
        stopped("2026-01-08 09:00", "2026-01-08 15:00", "demand_fee"),
        running("2026-01-08 15:00", cause="pay"),
        now="2026-01-20 09:00",
    )
    assert broken.due_at == whole.due_at


@pytest.mark.parametrize(
    ("closed", "status"),
    [("2026-01-23 16:59", "met"), ("2026-01-23 17:00", "met"), ("2026-01-23 17:01", "missed")],
)
def test_met_or_missed_is_decided_at_the_end_of_the_working_day(closed: str, status: str) -> None:
    assert explain(running("2026-01-05 09:00", closed), now="2026-03-01 09:00").status == status


def test_a_date_that_passed_before_a_supplement_stays_missed() -> None:
    spans = (
        running("2026-01-05 09:00", "2026-01-26 10:00"),
        stopped("2026-01-26 10:00", "2026-01-27 10:00"),
        running("2026-01-27 10:00", "2026-01-29 10:00", "supply_supplement"),
    )
    for policy in (RESTART, RESUME):
        found = explain(*spans, now="2026-03-01 09:00", policy=policy)
        assert (found.status, found.overdue) == ("missed", True)


def test_running_past_its_date_it_is_overdue_and_goes_on_counting() -> None:
    found = explain(running("2026-01-05 09:00"), now="2026-01-27 10:00")
    assert (found.status, found.overdue, found.used, found.total) == ("running", True, 17, 15)
    assert found.days[-1].date == date(2026, 1, 27)


def test_calendar_days_count_rest_days_and_end_on_a_working_day() -> None:
    thirty = Term(length=30, unit=Unit.CALENDAR_DAYS)
    found = explain(running("2026-01-02 09:00"), now="2026-01-05 09:00", term=thirty)
    assert found.due_at == at("2026-02-02 17:00")  # 1 February is a Sunday
    assert found.total == 30
    assert [day.n for day in found.days if day.date == date(2026, 1, 3)] == [1]


def test_months_are_explained_as_the_days_they_have() -> None:
    found = explain(
        running("2026-01-30 09:00"), now="2026-02-02 09:00", term=Term(length=1, unit=Unit.MONTHS)
    )
    assert found.total == 29
    assert found.due_at == at("2026-03-02 17:00")  # 28 February is a Saturday


def test_working_hours_stop_and_go_on_to_the_minute() -> None:
    eight = Term(length=8, unit=Unit.WORKING_HOURS)
    found = explain(
        running("2026-01-05 10:00", "2026-01-05 11:30", "submit"),
        stopped("2026-01-05 11:30", "2026-01-06 08:00", "demand_fee"),
        running("2026-01-06 08:00", cause="pay"),
        now="2026-01-06 09:00",
        term=eight,
    )
    assert found.due_at == at("2026-01-06 15:30")
    assert found.used == 2
    assert found.status == "running"


def test_the_intake_limit_begins_anew_when_the_missing_papers_come() -> None:
    eight = Term(length=8, unit=Unit.WORKING_HOURS)
    found = explain(
        running("2026-01-05 10:00", "2026-01-05 16:00", "submit"),
        stopped("2026-01-05 16:00", "2026-01-07 09:00", "request_intake_supplement"),
        running("2026-01-07 09:00", cause="supply_intake_supplement"),
        now="2026-01-07 10:00",
        term=eight,
    )
    assert found.due_at == at("2026-01-08 09:00")


def test_a_provisional_year_is_said() -> None:
    found = explain(running("2026-12-28 09:00"), now="2026-12-29 09:00")
    assert not found.certain
    assert any("provisional" in line.text for line in found.lines)


def test_one_new_date_replaces_the_rule() -> None:
    policy = ClockPolicy("resume", extended_to=at("2026-02-27 17:00"))
    found = explain(running("2026-01-05 09:00"), now="2026-02-01 09:00", policy=policy)
    assert (found.due_at, found.overdue) == (at("2026-02-27 17:00"), False)


def test_as_a_dictionary_for_the_calendar_component() -> None:
    spoken = {"%(length)s working days": "%(length)s ngày làm việc", "Received": "Đã nhận"}
    data = explain(running("2025-12-31 02:00"), now="2026-01-05 10:00").as_dict(
        lang="vi", translate=lambda message: spoken.get(message, message)
    )
    assert data["received_at"] == "2025-12-31T02:00:00+07:00"
    assert data["due_at"] == "2026-01-22T17:00:00+07:00"
    assert data["term"] == {
        "length": 15,
        "unit": "working_days",
        "text": "15 ngày làm việc",
        "basis": "Điều 48",
        "illustrative": False,
    }
    days = data["days"]
    assert isinstance(days, list)
    assert days[1] == {
        "date": "2026-01-01",
        "kind": "holiday",
        "n": None,
        "note": "Tết Dương lịch",
        "today": False,
    }
    lines = data["lines"]
    assert isinstance(lines, list)
    assert lines[0] == {"text": "Đã nhận", "value": "02:00 31/12/2025"}
    assert set(data) == {"received_at", "term", "days", "lines", "due_at", "status", "used", "total", "then"}


@pytest.mark.parametrize(
    "spans",
    [
        (),
        (stopped("2026-01-05 09:00"),),
        (running("2026-01-05 09:00", "2026-01-06 09:00"), stopped("2026-01-07 09:00")),
        (running("2026-01-05 09:00", "2026-01-04 09:00"),),
    ],
    ids=["none", "begins stopped", "gap", "backwards"],
)
def test_impossible_clocks_are_errors(spans: tuple[Span, ...]) -> None:
    with pytest.raises(ValueError, match="clock"):
        explain(*spans, now="2026-01-08 09:00")


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (Term(length=4, unit=Unit.WORKING_HOURS), "2026-01-05 12:00"),
        (Term(length=2, unit=Unit.WORKING_DAYS), "2026-01-07 17:00"),
        (Term(length=30, unit=Unit.CALENDAR_DAYS), "2026-02-04 17:00"),
        (Term(length=1, unit=Unit.MONTHS), "2026-02-05 17:00"),
    ],
    ids=lambda value: str(value),
)
def test_terms_that_never_stop(term: Term, expected: str) -> None:
    assert add(term, at("2026-01-05 08:00"), CALENDAR) == at(expected)


def test_a_term_in_words() -> None:
    assert term_text(FIFTEEN) == "15 working days"


stops = st.lists(
    st.tuples(st.integers(1, 200), st.integers(0, 400)), max_size=4
)  # hours running, hours stopped


def clock(start: datetime, stretches: list[tuple[int, int]], *, last: str = "pay") -> list[Span]:
    spans, moment, cause = [], start, "accept"
    for ran, rested in stretches:
        stop, go = moment + timedelta(hours=ran), moment + timedelta(hours=ran + rested)
        spans += [Span("running", moment, stop, cause), Span("stopped", stop, go, "demand_fee")]
        moment, cause = go, last
    return [*spans, Span("running", moment, None, cause)]


@given(
    start=st.datetimes(datetime(2026, 1, 5), datetime(2026, 6, 1)).map(lambda m: m.replace(tzinfo=HANOI)),
    stretches=stops,
    length=st.integers(1, 40),
)
def test_stops_never_shorten_and_move_by_whole_working_days(
    start: datetime, stretches: list[tuple[int, int]], length: int
) -> None:
    term = Term(length=length, unit=Unit.WORKING_DAYS)
    spans = clock(start, stretches)
    found = deadline(term=term, spans=spans, calendar=CALENDAR, now=spans[-1].since, policy=RESUME)
    plain = add(term, start, CALENDAR)
    assert found.due_at is not None
    assert found.due_at >= plain
    # Up to the due day, exactly `length` working days saw their closing with the clock running.
    numbered = [day.date for day in found.days if day.n is not None and day.n <= length]
    assert len(numbered) == length
    for day in numbered:
        close = CALENDAR.closing(day)
        assert CALENDAR.is_working(day)
        assert not any(s.kind == "stopped" and s.since <= close and (s.until or close) > close for s in spans)


@given(
    start=st.datetimes(datetime(2026, 1, 5), datetime(2026, 6, 1)).map(lambda m: m.replace(tzinfo=HANOI)),
    stretches=stops.filter(bool),
    length=st.integers(1, 40),
)
def test_a_restart_is_a_new_term_from_the_supplement(
    start: datetime, stretches: list[tuple[int, int]], length: int
) -> None:
    term = Term(length=length, unit=Unit.WORKING_DAYS)
    spans = clock(start, stretches, last="supply_supplement")
    found = deadline(term=term, spans=spans, calendar=CALENDAR, now=spans[-1].since, policy=RESTART)
    assert found.due_at == add(term, spans[-1].since, CALENDAR)
