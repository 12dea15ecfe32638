"""After the grant, page by page: a holder reports on a condition, the desk reads it, and an inspection leads on."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from procedures.models import Subject, User
from procedures.now import advance
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, REGISTRATION
from tests.journeys.test_catalogue__supervision import inspect, transfer
from tests.onestop.office_desk import text_of
from tests.scenarios import actor, pdf
from workflows.models import Dossier, Licence, LicenceCondition, Piece

pytestmark = [pytest.mark.django_db, pytest.mark.promise("licence.conditions")]

HOLDER, READER = "doanhnghiep1", "chuyenvien_dklh"
SAID = "Đã lưu hành 14 máy, một khiếu nại, đã xử lý."


@pytest.fixture(scope="module")
def granted(seeded: None) -> int:
    """A circulation number in force, held by the first enterprise; made once."""
    made: int = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence.pk
    return made


@pytest.fixture
def condition(granted: int, monday_morning: None) -> LicenceCondition:
    """Its yearly report, for one test."""
    return LicenceCondition.objects.select_related("licence").get(licence=granted, condition="yearly_report")


def person(who: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=who))
    return client


def page(who: str, name: str, *args: object, **query: object) -> str:
    answer = person(who).get(reverse(name, args=args), query)
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def send(
    condition: LicenceCondition, text: str = SAID, *, files: tuple[SimpleUploadedFile, ...] = (), **more: str
) -> HttpResponse:
    path = reverse("portal:report", args=[condition.licence.ref, condition.pk])
    answer: HttpResponse = person(HOLDER).post(path, {"text": text, "tep-report": files, **more})
    return answer


def test_the_holder_finds_what_is_asked_and_reports_with_a_paper(condition: LicenceCondition) -> None:
    row = condition.licence
    assert "Báo cáo trước hết ngày 02/03/2027" in text_of(page(HOLDER, "portal:licences"))
    own = page(HOLDER, "portal:licence", row.ref)
    assert reverse("portal:report", args=[row.ref, condition.pk]) in own
    assert "sau đó 12 tháng một lần" in text_of(own)
    assert reverse("portal:licence", args=[row.ref]) in page(HOLDER, "portal:dossier", row.dossier.ref)
    shown = text_of(Client().get(reverse("public:licence", args=[row.ref])).content.decode())
    assert "Báo cáo trước hết ngày 02/03/2027, sau đó 12 tháng một lần" in shown
    answer = send(condition, files=(SimpleUploadedFile("bảng kê.pdf", pdf("bảng kê")),))
    assert answer.status_code == 303
    after = page(HOLDER, "portal:licence", row.ref)
    assert SAID in text_of(after)
    assert "Đã báo cáo, đang xem xét" in text_of(after)
    paper = Piece.objects.get(report__condition=condition)
    for room, client in (("portal", person(HOLDER)), ("office", person(READER))):
        args = [row.ref, condition.pk, paper.pk] if room == "portal" else [condition.pk, paper.pk]
        got = client.get(reverse(f"{room}:report_paper", args=args))
        assert (got.status_code, got.content[:5]) == (200, b"%PDF-")
    assert person("doanhnghiep2").get(reverse("portal:licence", args=[row.ref])).status_code == 404
    again = send(condition)
    assert again.status_code == 409
    assert "Điều kiện này đã được báo cáo" in text_of(again.content.decode())
    assert person(HOLDER).get(reverse("portal:report", args=[row.ref, condition.pk])).status_code == 303


def test_what_is_wrong_with_a_report_is_said_and_nothing_sent_is_lost(condition: LicenceCondition) -> None:
    bad = SimpleUploadedFile("máy.exe", b"MZ\x90")
    good = SimpleUploadedFile("bảng kê.pdf", pdf("bảng kê"))
    answer = send(condition, files=(bad, good))
    body = answer.content.decode()
    assert answer.status_code == 415
    assert SAID in body
    assert "máy.exe" in body
    token = body.split('name="kept-report" value="')[1].split('"')[0]
    empty = send(condition, "", **{"kept-report": token})
    assert empty.status_code == 422
    assert "bảng kê.pdf" in empty.content.decode()
    assert send(condition, **{"kept-report": token}).status_code == 303
    assert list(Piece.objects.filter(report__condition=condition).values_list("name", flat=True)) == [
        "bảng kê.pdf"
    ]


def test_the_desk_reads_sends_back_and_finds_it_met(condition: LicenceCondition) -> None:
    assert "Không có báo cáo nào chờ bạn đọc" in text_of(page(READER, "office:supervision"))
    send(condition)
    path = reverse("office:report", args=[condition.pk])
    assert path in page(READER, "office:supervision")
    assert path not in page("chuyenvien", "office:supervision"), "another division"
    assert person("chuyenvien").get(path).status_code == 404
    watching = page("kiemtoan", "office:report", condition.pk)
    assert SAID in text_of(watching)
    assert 'name="conclusion"' not in watching, "an auditor reads and does not conclude"
    assert person("kiemtoan").post(path, {"conclusion": "met"}).status_code == 403
    empty = person(READER).post(path, {"conclusion": "back", "remark": ""})
    assert empty.status_code == 422
    assert "Hãy nêu vì sao" in text_of(empty.content.decode())
    assert person(READER).post(path, {"conclusion": "back", "remark": "Thiếu số lô."}).status_code == 303
    form = page(HOLDER, "portal:report", condition.licence.ref, condition.pk)
    assert "Báo cáo trước của bạn được trả lại" in form
    assert "Thiếu số lô." in form
    send(condition, "Đã thêm số lô.")
    assert person(READER).post(path, {"conclusion": "met"}).status_code == 303
    late = person(READER).post(path, {"conclusion": "met"})
    assert late.status_code == 409
    assert "Báo cáo trước hết ngày 02/03/2028" in text_of(
        page(HOLDER, "portal:licence", condition.licence.ref)
    )


def test_an_overdue_condition_leads_the_desk_to_what_may_be_opened(condition: LicenceCondition) -> None:
    advance(timedelta(days=366))
    path = reverse("office:report", args=[condition.pk])
    assert path in page(READER, "office:supervision")
    read = page(READER, "office:report", condition.pk)
    for code in ("device-registration-inspection", "device-registration-suspension"):
        assert reverse("office:open", args=[code, condition.licence.ref]) in read
    assert "Báo cáo trước hết ngày 02/03/2027" in text_of(page(HOLDER, "portal:licences"))


@pytest.mark.promise("licence.inspections")
def test_the_plan_of_inspections_shows_what_is_due_and_what_was_begun(condition: LicenceCondition) -> None:
    row = condition.licence
    opening = reverse("office:open", args=["device-registration-inspection", row.ref])
    assert opening not in page(READER, "office:supervision")
    advance(timedelta(days=650))
    plan = page(READER, "office:supervision")
    assert opening in plan
    assert "Chưa có" in text_of(plan)
    first = page(READER, "office:open", "device-registration-inspection", row.ref)
    assert row.subject.address in first, "the place is filled in"
    inspect(row, {"appraise": "propose_refusal"})
    advance(timedelta(days=100))
    plan = page(READER, "office:supervision")
    assert opening in plan, "after findings it comes again within six months"
    form = page(READER, "office:open", "device-registration-suspension", row.ref)
    assert "Kết luận kiểm tra: có vi phạm số" in form


@pytest.mark.promise("licence.transfer")
def test_a_procedure_begun_from_the_licence_is_filled_in_from_it(condition: LicenceCondition) -> None:
    row = condition.licence
    own = page(HOLDER, "portal:licence", row.ref)
    start = (
        reverse("portal:start", args=["device-registration-transfer"])
        + "?"
        + urlencode({"giay-phep": row.ref})
    )
    assert start in own
    assert "số lưu hành" in text_of(own)
    assert row.number in page(
        HOLDER, "portal:start", "device-registration-transfer", **{"giay-phep": row.ref}
    )
    assert person(HOLDER).post(start, {"subject": row.subject_id}).status_code == 303
    draft = Dossier.objects.get(procedure__code="device-registration-transfer")
    assert draft.answers["licence_held"] == row.number
    stranger = page("doanhnghiep2", "portal:procedures")
    assert row.number not in stranger
    assert person("doanhnghiep2").get(start).status_code == 404


@pytest.mark.promise("licence.transfer")
def test_the_new_holder_sees_the_number_and_the_old_one_where_it_went(condition: LicenceCondition) -> None:
    row = condition.licence
    other = Subject.objects.get(pk=actor("doanhnghiep2").subjects[0])
    play = transfer(row, other.tax_code).filed().played()
    new = Licence.objects.get(dossier=play.dossier_id)
    theirs = page("doanhnghiep2", "portal:licence", new.ref)
    assert reverse("portal:report", args=[new.ref, condition.pk]) in theirs
    assert reverse("portal:dossier", args=[play.dossier.ref]) not in theirs, (
        "what the other filed is not theirs"
    )
    assert reverse("portal:wallet", args=[new.ref]) in theirs
    gone = page(HOLDER, "portal:licence", row.ref)
    assert reverse("public:licence", args=[new.ref]) in gone
    assert person(HOLDER).get(reverse("portal:licence", args=[new.ref])).status_code == 404
    assert reverse("portal:licences") in page("doanhnghiep2", "portal:notices")
