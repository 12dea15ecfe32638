"""A revocation at the office: the licence found, the dossier opened by whom the procedure names, the holder told."""

from datetime import date

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from procedures.errors import Refused
from procedures.models import LedgerEntry, Subject, User
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import GRANTED, PLAN, REGISTRATION
from tests.journeys.test_catalogue__authority import FINDINGS
from tests.onestop.office_desk import Desk, text_of
from tests.scenarios import MONDAY, actor, pdf
from workflows import outbox, selectors, service
from workflows.dossier.books import lines
from workflows.models import Dossier, Licence, Notice

pytestmark = [pytest.mark.django_db, pytest.mark.promise("licence.opened-by-authority")]

CODE = "device-registration-revocation"
OPENER = "chuyenvien_dklh"
TYPED = FINDINGS | {"record_date": "25/02/2026"}


@pytest.fixture(scope="module")
def granted(seeded: None) -> int:
    """A circulation number in force, held by the first enterprise; made once."""
    made: int = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence.pk
    return made


@pytest.fixture
def licence(granted: int, monday_morning: None) -> Licence:
    """It, for one test."""
    return Licence.objects.get(pk=granted)


def person(who: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=who))
    return client


def send(
    who: str, licence: Licence, *, piece: bytes | None = b"", key: str = "k1", **typed: str
) -> tuple[int, str, str]:
    """Post the page: status, text, and its HTML; without `piece` no file is sent."""
    data: dict[str, object] = {**TYPED, "key": key, **typed}
    if piece is not None:
        data["tep-record"] = SimpleUploadedFile("bien-ban.pdf", piece or pdf("biên bản"))
    answer = person(who).post(reverse("office:open", args=[CODE, licence.ref]), data)
    body = answer.content.decode()
    return answer.status_code, text_of(body), body


def test_a_licence_is_found_in_the_register_with_what_may_be_opened_about_it(licence: Licence) -> None:
    page = person(OPENER).get(reverse("office:openings"), {"q": "may gay me"}).content.decode()
    assert licence.number in page
    assert reverse("office:open", args=[CODE, licence.ref]) in page
    other = text_of(
        person("chuyenvien").get(reverse("office:openings"), {"q": "may gay me"}).content.decode()
    )
    assert "Chưa có gì để mở" in other
    assert licence.number not in other
    assert "Không tìm thấy" in text_of(
        person(OPENER).get(reverse("office:openings"), {"q": "khong co"}).content.decode()
    )


def test_it_begins_as_received_and_its_holder_is_told_and_sees_it(licence: Licence) -> None:
    status, _text, _body = send(OPENER, licence, lots="A12\t10\t3\nB7\t10\t0", inspected_by="000.00.09.g18")
    assert status == 303
    dossier = Dossier.objects.get(procedure__code=CODE)
    assert (dossier.state, dossier.subject_id) == ("received", licence.subject_id)
    assert dossier.code
    assert dossier.due_at is not None
    assert dossier.answers["lots"][0] == {"lot": "A12", "checked": 10, "failed": 3}
    read = text_of(Desk("truongphong_dklh").page(dossier))
    assert "A12, 10, 3; B7, 10, 0" in read
    assert "000.00.09.G18" in read
    entry = LedgerEntry.objects.get(subject_kind="dossier", subject_id=dossier.pk)
    assert (entry.act, entry.from_state, entry.to_state) == ("open", "draft", "received")
    assert dossier.pieces.get().name == "bien-ban.pdf"
    outbox.drain()
    assert Notice.objects.get(dossier=dossier).kind == "open"
    assert "mở hồ sơ về giấy phép" in mail.outbox[-1].subject
    assert mail.outbox[-1].to == [licence.subject.email]
    page = text_of(person("doanhnghiep1").get(reverse("portal:dossier", args=[dossier.ref])).content.decode())
    assert "Cơ quan mở hồ sơ" in page
    assert "Rút hồ sơ" not in page
    assert person("doanhnghiep2").get(reverse("portal:dossier", args=[dossier.ref])).status_code == 404
    kept = lines(agency=dossier.procedure.agency, since=MONDAY.date(), until=MONDAY.date())
    assert dossier.code in {line.code for line in kept}


def test_what_is_wrong_comes_back_beside_what_was_typed_and_the_file_stays(licence: Licence) -> None:
    status, text, body = send(OPENER, licence, record_date="31/02/2026", found="", lots="A12; mười; 3")
    assert status == 422
    assert "12/BB-TTr" in body
    assert "A12; mười; 3" in body
    assert "Hàng 1: “mười” không hợp với cột “Số máy kiểm tra”" in text
    assert "bien-ban.pdf đã có ở đây" in text
    assert not Dossier.objects.filter(procedure__code=CODE).exists()
    token = body.partition('name="kept-record" value="')[2].partition('"')[0]
    assert send(OPENER, licence, piece=None, **{"kept-record": token})[0] == 303
    assert Dossier.objects.get(procedure__code=CODE).pieces.get().name == "bien-ban.pdf"


@pytest.mark.parametrize(
    ("piece", "status"), [(None, 422), (b"MZ not a paper", 422)], ids=["no paper", "no PDF"]
)
def test_without_the_record_nothing_is_opened(licence: Licence, piece: bytes | None, status: int) -> None:
    assert send(OPENER, licence, piece=piece)[0] == status
    assert not Dossier.objects.filter(procedure__code=CODE).exists()


def test_a_paper_and_an_answer_that_are_wrong_are_told_at_once(licence: Licence) -> None:
    status, text, body = send(OPENER, licence, piece=b"MZ not a paper", found="")
    assert status == 422
    assert "“bien-ban.pdf”" in text
    assert "id_found_error" in body
    assert "id_licence_held" not in body


def test_that_there_are_more_than_shown_is_said(licence: Licence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "register", lambda **_asked: ([licence], licence.pk))
    page = person(OPENER).get(reverse("office:openings"), {"q": "may"}).content.decode()
    assert "Chỉ hiện những giấy phép mới nhất" in text_of(page)


def test_a_forged_token_of_a_file_is_no_file(licence: Licence) -> None:
    assert send(OPENER, licence, piece=None, **{"kept-record": "abc:def:ghi"})[0] == 422


def test_pressing_twice_opens_once_and_a_key_opens_nothing_else(licence: Licence) -> None:
    assert send(OPENER, licence)[0] == send(OPENER, licence)[0] == 303
    assert Dossier.objects.filter(procedure__code=CODE).count() == 1
    assert send(OPENER, licence, found="Nội dung khác.")[0] == 409
    assert Dossier.objects.filter(procedure__code=CODE).count() == 1


def test_only_whom_the_procedure_names_and_never_an_applicant(licence: Licence) -> None:
    for who in ("chuyenvien", "truongphong_dklh", "tiepnhan", "quantri"):
        assert send(who, licence)[0] == 403
    with pytest.raises(Refused):
        service.start_draft(
            actor=actor("doanhnghiep1"),
            procedure=CODE,
            subject_id=Subject.objects.get(pk=licence.subject_id).pk,
        )
    listed = Client().get(reverse("portal:procedures"), {"q": "thu hoi so luu hanh"}).content.decode()
    assert "theo đề nghị" in listed
    assert "theo kết luận kiểm tra" not in listed
    own = text_of(Client().get(reverse("portal:procedure", args=[CODE])).content.decode())
    assert "Cơ quan tự mở hồ sơ" in own
    assert "từ ngày mở hồ sơ" in own
    for theirs in ("Nộp hồ sơ", "Tờ khai đề nghị", "Ai nộp", "Bổ sung hồ sơ"):
        assert theirs not in own


def test_of_two_licences_of_one_number_the_one_that_is_meant_is_revoked(licence: Licence) -> None:
    other = Journey("device-registration-cd", REGISTRATION | {"device_name": "Máy thở"}, PLAN)
    newer = other.filed().played().licence
    # Numbers begin anew each year.
    Licence.objects.filter(pk=newer.pk).update(number=licence.number, issued_on=date(2027, 1, 5))
    surrender = service.start_draft(
        actor=actor("doanhnghiep1"), procedure="device-registration-surrender", subject_id=licence.subject_id
    )
    older = f"{licence.number} (2026)"
    assert [name for name, _label in selectors.licences_held(surrender)] == [licence.number, older]
    play = Journey(CODE, FINDINGS, {}).opened(licence, by=OPENER).played()
    assert play.dossier.answers["licence_held"] == older
    states = Licence.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["revoked", "in_force"]
    assert [name for name, _label in selectors.licences_held(surrender)] == [licence.number]


def test_a_licence_that_is_no_longer_in_force_cannot_be_revoked_again(licence: Licence) -> None:
    play = Journey(CODE, FINDINGS, {}).opened(licence, by=OPENER).played()
    assert play.taken[-len(GRANTED) :] == GRANTED
    status, text, _body = send(OPENER, licence)
    assert status == 422
    assert "Giấy phép đã bị thu hồi nên" in text
    page = text_of(
        person("doanhnghiep1").get(reverse("portal:dossier", args=[play.dossier.ref])).content.decode()
    )
    assert "Giấy phép bị thu hồi" in page
    outbox.drain()
    assert "Giấy phép của bạn bị thu hồi" in mail.outbox[-2].subject + mail.outbox[-1].subject
