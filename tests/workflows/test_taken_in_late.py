"""Taken in after the evening hour: in the unit's hands the next working morning, and the term as it is read."""

import json
from datetime import date, datetime, timedelta

import pytest
from django.utils.translation import gettext, override

from procedures import calendars, readings
from procedures.models import Agency, LedgerEntry, TermReading, User
from procedures.now import HANOI, advance, now
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import FOOD, PLAN
from tests.scenarios import actor
from workflows import mass, selectors
from workflows.dossier.clock import forget_calendar
from workflows.dossier.handovers import handovers
from workflows.models import ClockSpan, Task

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("time.evening-hour")]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=HANOI)


def taken_in(moment: datetime) -> Journey:
    """A food registration that the one-stop desk takes in at that moment."""
    play = (
        Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().walked(until="collect_fee")
    )
    advance(moment - timedelta(minutes=20) - now())  # a step takes twenty minutes
    play.walked(until="intake").plan = {"intake": "accept"}
    return play.walked(until="assign")


def read_from_handover(since: date) -> TermReading:
    """The agency states, by two people, that the term counts from the handing over."""
    row = readings.propose(
        agency=Agency.objects.get(code="ATTP"),
        from_handover=True,
        since=since,
        basis="Quyết định số 12/QĐ-ATTP ngày 01/3/2026",
        by=User.objects.get(username="kiemsoat"),
        actor=actor("kiemsoat"),
    )
    readings.decide(reading=row, by=User.objects.get(username="quantri"), actor=actor("quantri"), apply=True)
    return row


def lines(play: Journey) -> dict[str, str]:
    """What the explanation of the promised date says, in Vietnamese as the pages have it."""
    explained = selectors.deadline(play.dossier)
    assert explained is not None
    return {line["text"]: line["value"] for line in explained.as_dict(translate=gettext)["lines"]}  # type: ignore[index, attr-defined]


def test_it_is_handed_over_the_next_morning_and_the_term_counts_from_the_receipt() -> None:
    play = taken_in(at(2, 16, 20))
    task = Task.objects.get(process=play.dossier_id, finished__isnull=True)
    assert (task.node, task.late, task.created) == ("assign", True, at(2, 16, 20))
    assert task.due_at == at(3, 10)  # two working hours, begun Tuesday at 08:00 and not on Monday
    assert play.dossier.due_at == at(31, 17)  # 21 working days, day 1 on Tuesday
    entry = LedgerEntry.objects.get(subject_kind="dossier", subject_id=play.dossier_id, act="accept")
    assert json.loads(entry.data)["handed_over_at"] == "2026-03-03T08:00:00+07:00"
    with override("vi"):
        said = lines(play)
    assert said["Bàn giao, vì tiếp nhận muộn trong ngày"] == "08:00 03/03/2026"
    assert said["Thời hạn tính từ (cách hiểu của cơ quan)"] == "khi tiếp nhận"


def test_until_the_hour_nothing_is_put_off() -> None:
    play = taken_in(at(2, 15))
    assert not Task.objects.get(process=play.dossier_id, finished__isnull=True).late
    entry = LedgerEntry.objects.get(subject_kind="dossier", subject_id=play.dossier_id, act="accept")
    assert "handed_over_at" not in json.loads(entry.data)
    with override("vi"):
        assert "Bàn giao, vì tiếp nhận muộn trong ngày" not in lines(play)


def test_an_agency_that_reads_it_so_counts_from_the_handing_over_what_it_takes_in_from_that_day_on() -> None:
    before = taken_in(at(2, 16, 20))
    read_from_handover(date(2026, 3, 3))
    evening, noon = taken_in(at(3, 16, 20)), taken_in(at(4, 11))
    assert before.dossier.due_at == at(31, 17)  # promised before: it stays
    assert evening.dossier.due_at == datetime(
        2026, 4, 2, 17, tzinfo=HANOI
    )  # handed over on 4 March, day 1 on 5 March
    assert noon.dossier.due_at == datetime(2026, 4, 2, 17, tzinfo=HANOI)  # day 1 on 5 March
    with override("vi"):
        said = lines(evening)
    assert said["Thời hạn tính từ (cách hiểu của cơ quan)"] == "khi bàn giao"
    assert said["Ngày 1 (không tính ngày bàn giao)"] == "05/03/2026"
    paper = evening.dossier.papers.get(kind="receipt")
    assert json.loads(paper.snapshot)["deadline"]["due_at"] == "2026-04-02T17:00:00+07:00"


def test_the_try_out_has_the_same_evening() -> None:
    read_from_handover(date(2026, 3, 3))
    play = taken_in(at(3, 16, 20))
    play.played()  # ends with the try-out given the same steps, and compares


def test_the_control_slip_says_when_it_was_handed_over() -> None:
    play = taken_in(at(6, 16, 20))  # a Friday
    line = handovers(play.dossier, lang="vi")[-1]
    assert (line.node, line.at, line.due_at) == ("assign", at(9, 8), at(9, 10))
    play.walked(until="appraise")  # the head of the division is still there
    line = next(one for one in handovers(play.dossier, lang="vi") if one.node == "assign")
    assert (line.at, line.done_at) == (at(6, 16, 40), at(6, 16, 40))


def test_when_the_next_day_turns_out_to_be_off_the_morning_is_a_later_one() -> None:
    play = taken_in(at(5, 16, 20))
    assert play.dossier.due_at == datetime(2026, 4, 3, 17, tzinfo=HANOI)
    storm = calendars.Day("2026-03-06", "holiday", "Nghỉ đột xuất do bão", "Storm", "Công điện số 1")
    row = calendars.propose(
        year=2026, status="unchecked", decision="", days=[*calendars.held(2026), storm],
        by=User.objects.get(username="kiemsoat"), actor=actor("kiemsoat"),
    )  # fmt: skip
    calendars.decide(
        proposal=row, by=User.objects.get(username="quantri"), actor=actor("quantri"), apply=True
    )
    advance(timedelta(minutes=2))
    forget_calendar()
    mass.recount()
    assert Task.objects.get(process=play.dossier_id, finished__isnull=True).due_at == at(9, 10)
    assert play.dossier.due_at == datetime(2026, 4, 6, 17, tzinfo=HANOI)


def test_the_written_columns_say_how_it_was_read_then() -> None:
    read_from_handover(date(2026, 3, 3))
    play = taken_in(at(3, 16, 20))
    rows = ClockSpan.objects.filter(dossier=play.dossier_id).order_by("id")
    *before, last = rows.values_list("cause", "late", "from_handover")
    assert last == ("accept", True, True)
    assert not any(late or counts for _cause, late, counts in before)
