"""The register of dossiers: a line for each received dossier with the ledger's dates, as CSV, as a signed extract."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from procedures.models import Subject, User
from procedures.now import advance, frozen, now
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import FOOD, PLAN, REGISTRATION
from tests.onestop.office_desk import text_of
from workflows import files, outbox, selectors
from workflows.models import Extract, Licence

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("papers.dossier-register")]


@pytest.fixture(scope="module")
def march(seeded: None) -> tuple[list[Journey], datetime]:
    """Three food dossiers of March: returned, refused, under way; and one of April. Made once."""
    ended = Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().played()
    refused = Journey(
        "food-registration", FOOD, PLAN | {"appraise": "propose_refusal"}, applicant="doanhnghiep2"
    ).filed()
    refused.played()
    running = (
        Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().walked(until="appraise")
    )
    advance(timedelta(days=30))
    later = (
        Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().walked(until="appraise")
    )
    return [ended, refused, running, later], now()


@pytest.fixture
def month(march: tuple[list[Journey], datetime]) -> Iterator[list[Journey]]:
    """They, for one test, when all that has happened."""
    plays, at = march
    with frozen(at):
        yield plays


def person(who: str) -> Client:
    one = Client()
    one.force_login(User.objects.get(username=who))
    return one


def address(**query: str) -> str:
    asked = {"thang": "2026-03", "co-quan": "ATTP"} | query
    return reverse("office:register") + "?" + "&".join(f"{name}={value}" for name, value in asked.items())


def test_a_line_for_each_dossier_received_in_the_month(month: list[Journey]) -> None:
    page = text_of(person("tiepnhan").get(address()).content.decode())
    assert "3 hồ sơ" in page
    for play in month[:3]:
        assert str(play.dossier.code) in page
    assert str(month[3].dossier.code) not in page
    assert str(month[3].dossier.code) in text_of(
        person("tiepnhan").get(address(thang="2026-04")).content.decode()
    )
    rows = list(
        csv.reader(io.StringIO(person("tiepnhan").get(address(dang="csv")).content.decode("utf-8-sig")))
    )
    assert [row[0] for row in rows] == ["TT", "1", "2", "3"]
    ended, refused, running = rows[1:]
    assert ended[6:] == ["02/03/2026", "02/03/2026", "31/03/2026", "02/03/2026", "02/03/2026", ""]
    assert refused[-1] == "Từ chối"
    assert running[6:] == ["02/03/2026", "02/03/2026", "31/03/2026", "", "", ""]


def test_what_an_applicant_wrote_is_no_formula(month: list[Journey]) -> None:
    Subject.objects.filter(pk=month[0].dossier.subject_id).update(name="=HYPERLINK(1)")
    answer = person("tiepnhan").get(address(dang="csv")).content.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in answer


def test_a_signed_extract_is_made_and_anybody_can_check_it(month: list[Journey]) -> None:
    assert person("tiepnhan").post(address()).status_code == 303
    outbox.drain()
    row = Extract.objects.get()
    assert (row.state, row.agency_code, str(row.until)) == ("published", "ATTP", "2026-03-31")
    assert len(json.loads(row.snapshot)["book_lines"]) == 3
    data = files.read(row.sealed_sha256)
    with pikepdf.open(io.BytesIO(data)) as document:
        width, height = (float(document.pages[0].mediabox[at]) for at in (2, 3))
        assert width > height  # A4 across
        assert [str(field.T) for field in document.Root.AcroForm.Fields] == ["Officer", "Seal"]
    checked = selectors.verify_file(data)
    assert (checked.verdict.verdict, checked.extract, checked.paper) == ("valid", row, None)
    assert selectors.verify_file(data + b"\n% more\n").verdict.verdict == "invalid"
    record = text_of(Client().get(reverse("public:code", args=[row.code])).content.decode())
    assert "Sổ theo dõi hồ sơ, 01/03/2026 đến 31/03/2026" in record
    assert month[0].dossier.subject.name not in record
    dropped = (
        Client()
        .post(reverse("public:code", args=[row.code]), {"tep": SimpleUploadedFile("so.pdf", data)})
        .content.decode()
    )
    assert "verdict--valid" in dropped
    page = person("tiepnhan").get(address()).content.decode()
    assert reverse("office:extract", args=[row.ref]) in page
    assert person("tiepnhan").get(reverse("office:extract", args=[row.ref])).content == data


def test_others_do_not_read_it(month: list[Journey]) -> None:
    person("tiepnhan").post(address())
    outbox.drain()
    row = Extract.objects.get()
    assert person("chuyenvien").get(reverse("office:extract", args=[row.ref])).status_code == 404
    assert str(month[0].dossier.code) not in person("chuyenvien").get(address()).content.decode()
    assert person("chuyenvien_attp").post(address()).status_code == 403
    assert person("chuyenvien_attp").get(address()).status_code == 200


@pytest.mark.promise("papers.licence-list")
def test_what_was_given_in_a_month_is_a_list_that_anybody_can_check() -> None:
    devices = [REGISTRATION | {"device_name": f"Máy thở {number}"} for number in (1, 2)]
    plays = [Journey("device-registration-cd", one, PLAN).filed().played() for one in devices]
    Licence.objects.filter(pk=plays[1].licence.pk).update(state="revoked")
    book = {"co-quan": "HTTB", "so": "device_registration"}
    clerk = person("tiepnhan")
    page = text_of(clerk.get(address(**book)).content.decode())
    assert "Đã cấp: Số lưu hành trang thiết bị y tế" in page
    assert "2 giấy phép" in page
    rows = list(csv.reader(io.StringIO(clerk.get(address(dang="csv", **book)).content.decode("utf-8-sig"))))
    assert [row[:3] + row[5:] for row in rows[1:]] == [
        ["1", plays[0].licence.number, "02/03/2026", "Máy thở 1", "", ""],
        ["2", plays[1].licence.number, "02/03/2026", "Máy thở 2", "", "Đã thu hồi"],
    ]
    assert "Tháng này chưa cấp giấy phép nào" in text_of(
        clerk.get(address(**book | {"thang": "2026-04"})).content.decode()
    )
    assert clerk.post(address(**book)).status_code == 303
    outbox.drain()
    row = Extract.objects.get()
    assert (row.state, row.book) == ("published", "device_registration")
    assert [line["number"] for line in json.loads(row.snapshot)["licences"]] == [rows[1][1], rows[2][1]]
    checked = selectors.verify_file(files.read(row.sealed_sha256))
    assert (checked.verdict.verdict, checked.extract) == ("valid", row)
    record = text_of(Client().get(reverse("public:code", args=[row.code])).content.decode())
    assert "Danh mục: Số lưu hành trang thiết bị y tế, 01/03/2026 đến 31/03/2026" in record
    shown = reverse("office:extract", args=[row.ref])
    assert shown in clerk.get(address(**book)).content.decode()
    assert shown not in clerk.get(address(**{"co-quan": "HTTB"})).content.decode()
    assert clerk.get(shown)["Content-Disposition"].endswith('"danh-muc-device-registration-2026-03.pdf"')


def test_a_strange_month_is_the_present_one(month: list[Journey]) -> None:
    for strange in ("2026-13", "abc", "99999-01", "²⁰²⁶-01", ""):
        page = text_of(person("tiepnhan").get(address(thang=strange)).content.decode())
        assert "01/04/2026 đến 30/04/2026" in page


def test_a_month_without_dossiers_can_be_certified_too() -> None:
    """The agency's name then stands in the head alone, in capitals."""
    clerk = person("tiepnhan")
    assert clerk.post("/van-phong/so-theo-doi/?thang=2026-03&co-quan=ATTP").status_code == 303
    outbox.drain()
    row = Extract.objects.get(agency_code="ATTP")
    assert row.state == "published"
    assert selectors.verify_file(files.read(row.sealed_sha256)).verdict.verdict == "valid"
