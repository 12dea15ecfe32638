"""The working calendar: proposed by one, applied by another; running dossiers are counted anew in the open."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from procedures import calendars
from procedures.models import CalendarDay, CalendarProposal, LedgerEntry, User
from procedures.now import HANOI, advance
from procedures.policy import SYSTEM
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import FOOD, PLAN
from tests.onestop.office_desk import text_of
from workflows import outbox, selectors
from workflows.mass import recount
from workflows.models import Notice, Task

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("time.calendar-by-two")]

EXTRA = "09/03/2026; nghỉ; Nghỉ đột xuất do bão; Storm; Công điện số 1"


def person(who: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=who))
    return client


def typed(extra: str = EXTRA, **changes: str) -> dict[str, str]:
    """The calendar of 2026 as the form shows it, with a line more."""
    lines = []
    for one in calendars.held(2026):
        kind = {"holiday": "nghỉ", "makeup": "làm bù"}[one.kind]
        lines.append(f"{one.day:%d/%m/%Y}; {kind}; {one.vi}; {one.en}; {one.decision}".rstrip("; "))
    return {"status": "unchecked", "decision": "", "days": "\n".join([*lines, extra])} | changes


def post(who: str, *, act: str = "", data: dict[str, str] | None = None) -> tuple[int, str]:
    name, args = ("decide_calendar", [2026, act]) if act else ("calendar", [2026])
    answer = person(who).post(reverse(f"office:{name}", args=args), data or {})
    return answer.status_code, text_of(answer.content.decode())


def page(who: str, year: int = 2026) -> str:
    return text_of(person(who).get(reverse("office:calendar", args=[year])).content.decode())


def test_every_official_reads_it_and_only_the_controller_proposes() -> None:
    assert "Ngày Văn hóa Việt Nam" in page("tiepnhan")
    assert "Đề nghị thay đổi" not in page("tiepnhan")
    assert post("tiepnhan", data=typed())[0] == 403
    assert "Đề nghị thay đổi" in page("kiemsoat")
    assert "chỉ thứ Bảy và Chủ nhật" in page("kiemsoat", 2033)


def test_what_one_proposes_another_applies_and_the_file_does_not_undo_it() -> None:
    assert post("kiemsoat", data=typed())[0] == 303
    assert not CalendarDay.objects.filter(date=date(2026, 3, 9)).exists()
    read = page("quantri")
    assert "ngày bình thường" in read
    assert "Nghỉ đột xuất do bão" in read
    status, said = post("kiemsoat", act="apply")
    assert status == 403
    assert "phải có hai người" in said
    assert post("kiemsoat", data=typed())[0] == 422  # one proposal a year at a time
    assert post("quantri", act="apply")[0] == 303
    assert CalendarDay.objects.get(date=date(2026, 3, 9)).decision == "Công điện số 1"
    acts = LedgerEntry.objects.filter(subject_kind="calendar", subject_id=2026).order_by("sequence")
    assert list(acts.values_list("act", flat=True)) == ["load", "propose", "apply"]
    assert calendars.load_calendar(by=SYSTEM) == []  # people have decided: the file is no authority
    assert CalendarDay.objects.filter(date=date(2026, 3, 9)).exists()


def test_a_proposal_can_be_declined_and_another_made() -> None:
    post("kiemsoat", data=typed())
    assert post("quantri", act="decline")[0] == 303
    assert CalendarProposal.objects.get().state == "declined"
    assert post("kiemsoat", data=typed())[0] == 303


def test_what_was_proposed_for_another_state_of_the_calendar_can_only_be_declined(tmp_path: Path) -> None:
    post("kiemsoat", data=typed())
    file = tmp_path / "calendar.yaml"
    file.write_text(calendars.CALENDAR.read_text("utf-8").replace("Tết Dương lịch", "Tết Tây"), "utf-8")
    assert 2026 in calendars.load_calendar(by=SYSTEM, path=file)
    status, said = post("quantri", act="apply")
    assert status == 409
    assert "lịch đã thay đổi từ lúc đó" in said
    assert post("quantri", act="decline")[0] == 303
    assert post("kiemsoat", data=typed())[0] == 303


@pytest.mark.parametrize(
    ("line", "changes", "said"),
    [
        ("09/03/2026 nghỉ", {}, "Không đọc được dòng"),
        ("31/02/2026; nghỉ; A; B", {}, "Không đọc được dòng"),
        ("10/03/2026; làm bù; A; B", {}, "không thể là ngày làm bù"),
        ("09/03/2027; nghỉ; A; B", {}, "không thuộc năm này"),
        ("01/01/2026; nghỉ; A; B", {}, "được ghi hai lần"),
        (EXTRA, {"status": "official"}, "phải ghi số và ngày"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(
    line: str, changes: dict[str, str], said: str
) -> None:
    status, read = post("kiemsoat", data=typed(line, **changes))
    assert status == 422
    assert said in read
    assert line.split(";")[0] in read
    assert not CalendarProposal.objects.exists()


def test_running_dossiers_are_counted_anew_in_the_open_and_ended_ones_never() -> None:
    advance(timedelta(minutes=1))  # past the seeding of the calendar
    assert recount() == 0
    ended = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().played()
    running = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed()
    running.walked(until="appraise")
    measured_by, promised = ended.dossier.due_at, running.dossier.due_at
    task = Task.objects.get(process_id=running.dossier_id, finished__isnull=True)
    post("kiemsoat", data=typed())
    post("quantri", act="apply")
    assert recount() == 0  # another process may still work by the old calendar
    advance(timedelta(minutes=1))
    assert (recount(), recount()) == (1, 0)
    outbox.drain()
    assert ended.dossier.due_at == measured_by
    assert promised is not None
    assert promised.astimezone(HANOI).date() == date(2026, 3, 31)
    moved = running.dossier.due_at
    assert moved is not None
    assert moved.astimezone(HANOI).date() == date(2026, 4, 1)
    explained = selectors.deadline(running.dossier)
    assert explained is not None
    assert explained.due_at == moved
    later = Task.objects.get(pk=task.pk)
    assert later.due_at > task.due_at
    entry = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=running.dossier_id).latest(
        "sequence"
    )
    data = json.loads(entry.data)
    assert (entry.act, data["due_before"], data["due_after"]) == (
        "recount",
        promised.isoformat(),
        moved.isoformat(),
    )
    assert data["calendar"]["2026"] == 3
    assert Notice.objects.get(dossier=running.dossier, kind="recount").mailed_at is not None
    history = text_of(
        person("chuyenvien_attp").get(reverse("office:history", args=[running.dossier.ref])).content.decode()
    )
    assert "Tính lại thời hạn do lịch làm việc được sửa" in history
    assert "31/03/2026" in history.partition("Tính lại thời hạn")[2]
    portal = text_of(
        person("doanhnghiep2").get(reverse("portal:dossier", args=[running.dossier.ref])).content.decode()
    )
    assert "Tính lại thời hạn do lịch làm việc được sửa" in portal


def test_a_date_that_has_passed_stays_passed() -> None:
    recount()
    play = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().walked(until="appraise")
    due = play.dossier.due_at
    advance(timedelta(days=60))
    post("kiemsoat", data=typed())
    post("quantri", act="apply")
    advance(timedelta(minutes=1))
    assert recount() == 0
    assert play.dossier.due_at == due


def test_a_dossier_that_is_older_than_the_column_gets_its_date_and_no_entry() -> None:
    play = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().walked(until="appraise")
    due, entries = play.dossier.due_at, play.dossier.head_sequence
    type(play.dossier).objects.filter(pk=play.dossier_id).update(due_at=None)
    assert recount() == 0
    assert (play.dossier.due_at, play.dossier.head_sequence) == (due, entries)
