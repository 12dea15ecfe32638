"""Several dossiers at one step: a council's meeting with one set of minutes, decisions signed with one code."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.urls import reverse

from procedures.models import LedgerEntry
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, REGISTRATION
from tests.onestop.office_desk import Desk, code_of, text_of
from tests.scenarios import ANSWERS, actor
from workflows import outbox, selectors
from workflows.models import Opinion, Task

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("office.together")]

MINUTES = {
    "minutes_held_on": "02/03/2026",
    "minutes_place": "Phòng họp tầng 5",
    "minutes_members": "Vương Đình Phong, chủ tịch\nKiều Thị Minh, ủy viên",
    "minutes_text": "Hội đồng thống nhất 7/7.",
}


@pytest.fixture(scope="module")
def council(seeded: None) -> list[Journey]:
    """Three registrations that wait for their council."""
    return registrations(3, "council")


def registrations(count: int, until: str) -> list[Journey]:
    devices = [REGISTRATION | {"device_name": f"Máy thở {number}"} for number in range(count)]
    return [Journey("device-registration-cd", one, PLAN).filed().walked(until=until) for one in devices]


def send(
    who: str,
    plays: list[Journey],
    node: str,
    outcome: str,
    *,
    key: str = "",
    tick: bool = True,
    signs: bool = False,
    **typed: Any,
) -> HttpResponse:
    """The page as it stands for these dossiers, ticked, with what was typed; `line3__remark`: in the fourth's line."""
    desk, code = Desk(who), plays[0].procedure
    page = desk.get("sitting", code, node, outcome)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    prefix = f"{node}-{outcome}"
    data: dict[str, Any] = {**fields, f"{prefix}-key": key or str(uuid4())}
    for number, play in enumerate(plays):
        line = f"h{Task.objects.get(process=play.dossier_id, node=node, finished__isnull=True).pk}"
        data |= {f"{line}-chosen": "on"} if tick else {}
        data |= {f"{line}-conclusion": "for"} if f"{line}-conclusion" in page else {}
        for name, value in typed.items():
            where, _dot, part = name.partition("__")
            if where == f"line{number}":
                data[f"{line}-{part}"] = value
    data |= {f"{prefix}-{name}": value for name, value in typed.items() if not name.startswith("line")}
    if signs:
        data[f"{prefix}-code"] = code_of(who)  # read off the authenticator at the last moment: it changes
    answer: HttpResponse = desk.client.post(reverse("office:sitting", args=[code, node, outcome]), data)
    return answer


def waiting(play: Journey) -> int:
    return Task.objects.get(process=play.dossier_id, node="council", finished__isnull=True).pk


def test_a_council_puts_one_meeting_on_record_for_several_dossiers(council: list[Journey]) -> None:
    plays = council
    offered = text_of(Desk("hoidong_httb").get("inbox"))
    assert "Nhiều hồ sơ ở cùng một bước" in offered
    assert "Hội đồng họp (3)" in offered
    key = str(uuid4())
    answer = send(
        "hoidong_httb", plays, "council", "concluded", key=key, **MINUTES,
        line1__conclusion="against", line1__remark="Thiếu dữ liệu lâm sàng.",
    )  # fmt: skip
    assert answer.status_code == 303, text_of(answer.content.decode())
    minutes = Opinion.objects.filter(meeting=UUID(key))
    assert {row.dossier_id for row in minutes} == {play.dossier_id for play in plays}
    assert {(row.place, row.text) for row in minutes} == {("Phòng họp tầng 5", "Hội đồng thống nhất 7/7.")}
    said = Opinion.objects.filter(node="council", against__isnull=False).order_by("dossier_id")
    assert [(row.against, row.text) for row in said] == [
        (False, "Hội đồng thống nhất 7/7."),
        (True, "Thiếu dữ liệu lâm sàng."),
        (False, "Hội đồng thống nhất 7/7."),
    ]
    entries = LedgerEntry.objects.filter(act="council.concluded")
    assert entries.count() == sum(f'"meeting":"{key}"' in entry.data for entry in entries) == 3
    read = text_of(Desk("chuyenvien_dklh").page(plays[0].dossier, muc="tham-dinh"))
    assert "Cùng phiên họp " + " , ".join(str(play.dossier.code) for play in plays[1:]) in read


def test_what_is_missing_is_told_and_what_was_typed_stays(council: list[Journey]) -> None:
    plays = council[:2]
    answer = send("hoidong_httb", plays, "council", "concluded", **MINUTES | {"minutes_place": ""})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "council-concluded-minutes_place_error" in text
    assert "Hội đồng thống nhất 7/7." in text
    assert Opinion.objects.filter(node="council").count() == 0
    answer = send("hoidong_httb", plays, "council", "concluded", tick=False, **MINUTES)
    assert answer.status_code == 422
    assert "Chọn ít nhất một hồ sơ" in text_of(answer.content.decode())
    answer = send("hoidong_httb", plays, "council", "concluded", **MINUTES, line0__conclusion="")
    assert answer.status_code == 422
    assert f"h{waiting(plays[0])}-conclusion_error" in answer.content.decode()
    answer = send(
        "hoidong_httb", plays, "council", "concluded", **MINUTES | {"minutes_held_on": "03/03/2026"}
    )
    assert answer.status_code == 422
    assert Opinion.objects.filter(node="council").count() == 0


def imports(count: int, until: str) -> list[Journey]:
    return [Journey("device-import", ANSWERS, PLAN).filed().walked(until=until) for _number in range(count)]


def test_decisions_are_read_one_by_one_and_signed_with_one_code() -> None:
    plays = imports(3, "sign")
    page = Desk("cuctruong").get("sitting", "device-import", "sign", "sign")
    papers = [play.dossier.papers.get(kind="decision") for play in plays]
    assert all(paper.file_sha256 in page and str(paper.number) in page for paper in papers)
    assert not re.search(r'-chosen"[^>]* checked', page)
    wrong = send("cuctruong", plays, "sign", "sign", code="000000")
    assert wrong.status_code == 422
    assert {play.dossier.papers.get(kind="decision").state for play in plays} == {"rendered"}
    stale = send("cuctruong", plays[:2], "sign", "sign", signs=True, line1__paper_sha256="0" * 64)
    assert stale.status_code == 409
    said = text_of(stale.content.decode())
    assert "Đã xong 1 hồ sơ" in said
    assert str(plays[1].dossier.code) in said
    states = [play.dossier.papers.get(kind="decision").state for play in plays]
    assert states == ["approved", "rendered", "rendered"]
    outbox.drain()
    assert plays[0].dossier.papers.get(kind="decision").state == "signed"


def test_numbers_are_given_in_the_order_of_the_list() -> None:
    plays = imports(3, "prepare")
    found = selectors.sitting(
        actor=actor("vanthu"), procedure="device-import", node="prepare", outcome="prepare", lang="vi"
    )
    assert found is not None
    assert send("vanthu", plays, "prepare", "prepare").status_code == 303
    numbers = [line.task.process.papers.get(kind="decision").number.number for line in found.lines]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 3


def test_what_another_person_must_do_is_not_on_the_list(council: list[Journey]) -> None:
    plays = council[:2]
    expert = Task.objects.get(process=plays[0].dossier_id, node="legal_opinion")
    council = Task.objects.get(process=plays[0].dossier_id, node="council", finished__isnull=True)
    expert.performer_id = actor("hoidong_httb").id
    expert.save(update_fields=["performer"])
    page = Desk("hoidong_httb").get("sitting", "device-registration-cd", "council", "concluded")
    assert str(plays[1].dossier.code) in page
    assert f"h{council.pk}-chosen" not in page


def test_what_somebody_else_did_meanwhile_is_told_and_the_rest_is_done() -> None:
    plays = imports(2, "assign")
    page = Desk("truongphong").get("sitting", "device-import", "assign", "assign")
    handler = re.findall(r'<option value="(\d+)"', page)[0]
    gone = Task.objects.get(process=plays[0].dossier_id, node="assign", finished__isnull=True)
    plays[0].walked(until="appraise")
    line = Task.objects.get(process=plays[1].dossier_id, node="assign", finished__isnull=True)
    desk = Desk("truongphong")
    data = {f"h{gone.pk}-chosen": "on", f"h{line.pk}-chosen": "on", "assign-assign-assignee_id": handler}
    address = reverse("office:sitting", args=["device-import", "assign", "assign"])
    answer = desk.client.post(address, data | {"assign-assign-key": "not-a-uuid"}, follow=True)
    said = text_of(answer.content.decode())
    assert "Có người đã làm trước" in said
    assert "Đã xong 1 hồ sơ" in said
    assert plays[1].dossier.handler_id == int(handler)


def test_who_has_nothing_there_is_led_back() -> None:
    for who, outcome in (("chuyenvien", "concluded"), ("hoidong_httb", "nowhere")):
        answer = Desk(who).client.get(
            reverse("office:sitting", args=["device-registration-cd", "council", outcome])
        )
        assert (answer.status_code, answer.url) == (303, reverse("office:inbox"))


@pytest.mark.parametrize("outcome", ["propose_grant", "ask_supplement", "propose_refusal", "extend"])
def test_what_must_be_weighed_is_done_on_the_page_of_its_dossier(outcome: str) -> None:
    imports(2, "appraise")
    assert not any(
        outcome in {one for one, _title in step.outcomes}
        for step in selectors.steps_together(actor=actor("chuyenvien"), lang="vi")
    )
    answer = Desk("chuyenvien").client.get(
        reverse("office:sitting", args=["device-import", "appraise", outcome])
    )
    assert answer.status_code == 303
