"""Due dates that a person counted on paper calendars, never by this program: tests/data/deadlines.csv.

Each row says when the dossier was received, the term, what the clock does after a supplement, when it was stopped
(`from>to`, several by semicolons), how the agency reads the evening hour, the date, and how it was counted. The days
off are those of the published calendars of 2024 to 2026, as `calendar.yaml` has them. The reading: for working days day
1 is the next working day, for days and months the day after; an end on a day of rest moves on; a day belongs to the
clock as it stands at that day's close. What is taken in after the evening hour counts from the `receipt`, or from the
`handover` at the opening of the next working day.
"""

import csv
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from procedures import calendars, selectors
from procedures.definition.model import Term
from procedures.law.terms import ClockPolicy, Explanation, Span, deadline
from procedures.law.vocabulary import HANOI, Unit
from procedures.law.working_time import Calendar
from procedures.policy import SYSTEM

FILE = Path(__file__).parents[1] / "data" / "deadlines.csv"
ROWS = list(csv.DictReader(FILE.read_text("utf-8").splitlines()))
CASES = [
    pytest.param(row, id=f"{n}: {row['received']} {row['length']} {row['unit']}")
    for n, row in enumerate(ROWS, 2)
]
FAR = datetime(2027, 1, 15, 9, tzinfo=HANOI)


@pytest.fixture
def calendar(db: None) -> Calendar:
    """The calendar as it is published."""
    calendars.load_calendar(by=SYSTEM)
    return selectors.calendar()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def spans(row: dict[str, str]) -> Iterator[Span]:
    """The stretches of the clock: running since the receipt, but for the stops."""
    since, cause = moment(row["received"]), "accept"
    evening = {"late": bool(row["evening"]), "from_handover": row["evening"] == "handover"}
    for stop in filter(None, row["stopped"].split(";")):
        begin, end = map(moment, stop.split(">"))
        yield Span("running", since, begin, cause, **evening)
        yield Span("stopped", begin, end, "request_supplement")
        since, cause, evening = end, "supply_supplement", {}
    yield Span("running", since, None, cause, **evening)


def explained(row: dict[str, str], calendar: Calendar, *, now: datetime | None = None) -> Explanation:
    stretches = list(spans(row))
    after = "restart" if row["after_supplement"] == "restart" else "resume"
    return deadline(
        term=Term(length=int(row["length"]), unit=Unit(row["unit"])),
        spans=stretches,
        calendar=calendar,
        now=now or stretches[-1].since + timedelta(minutes=1),
        policy=ClockPolicy(after),  # type: ignore[arg-type]
    )


@pytest.mark.promise("time.worked-by-hand")
@pytest.mark.parametrize("row", CASES)
def test_the_due_date_is_the_one_counted_by_hand(row: dict[str, str], calendar: Calendar) -> None:
    due = row["due"] if " " in row["due"] else f"{row['due']} 17:00"
    assert explained(row, calendar).due_at == moment(due), row["counting"]


def test_there_are_cases_enough_of_every_kind() -> None:
    assert len(ROWS) >= 150
    assert {row["unit"] for row in ROWS} == {str(unit) for unit in Unit}
    assert {row["received"][:4] for row in ROWS} == {"2024", "2025", "2026"}
    assert len({tuple(row.values()) for row in ROWS}) == len(ROWS)


@pytest.mark.promise("time.worked-by-hand")
def test_every_due_date_is_a_working_day_and_stays_when_looked_at_later(calendar: Calendar) -> None:
    for row in ROWS:
        found = explained(row, calendar)
        assert found.due_at is not None
        assert calendar.is_working(found.due_at.astimezone(HANOI).date()), row
        assert explained(row, calendar, now=FAR).due_at == found.due_at


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_the_server_s_own_zone_changes_nothing(
    zone: str, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = [explained(row, calendar).due_at for row in ROWS]
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert [explained(row, calendar).due_at for row in ROWS] == here
    finally:
        monkeypatch.setenv("TZ", before) if before else monkeypatch.delenv("TZ")
        time.tzset()
