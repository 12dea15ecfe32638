"""The public pages: where a dossier is, the register, and whether a paper is genuine. Nobody has signed in."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from tests.journeys.test_catalogue import inspection
from tests.onestop.office_desk import text_of
from tests.scenarios import Play, pdf
from workflows import files
from workflows.models import Licence, Paper, StoredFile

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def decision() -> Paper:
    """A published decision."""
    return Play().granted().dossier.papers.select_related("number").get(kind="decision")


def text(response: Any) -> str:
    return response.content.decode()


def dropped(data: bytes, name: str = "quyet-dinh.pdf", path: str = "/kiem-tra/") -> Any:
    return Client().post(path, {"tep": SimpleUploadedFile(name, data)})


def stored_bytes() -> set[Path]:
    """Every file of the data folder that holds contents."""
    return {path for path in Path(settings.DATA_DIR).rglob("*") if path.is_file()}


@pytest.mark.promise("verify.three-valued")
def test_a_dropped_file_is_valid_invalid_or_unclear_and_never_kept(decision: Paper) -> None:
    original = files.read(decision.sealed_sha256)
    rows, bytes_before = StoredFile.objects.count(), stored_bytes()
    valid = dropped(original)
    assert valid.status_code == 200
    assert "verdict--valid" in text(valid)
    assert decision.number is not None
    assert decision.number.text in text(valid)
    assert "BẢN THỬ" in text(valid)
    assert text(valid).count("thời điểm được tổ chức cấp dấu thời gian xác nhận") == 2
    changed = dropped(original + b"\n% them mot dong\n")
    assert "verdict--invalid" in text(changed)
    strange = dropped(pdf("khong phai cua chung toi"))
    assert "verdict--indeterminate" in text(strange)
    signed_only = dropped(files.read(decision.signed_sha256))
    assert "verdict--valid" not in text(signed_only)  # without the agency's seal it is no decision
    assert StoredFile.objects.count() == rows
    assert stored_bytes() == bytes_before


def test_what_is_no_pdf_or_no_file_is_told_so(decision: Paper) -> None:
    assert Client().post("/kiem-tra/").status_code == 422
    picture = dropped(b"\x89PNG\r\n\x1a\n", "anh.png")
    assert picture.status_code == 415
    assert "PDF" in text(picture)
    large = dropped(b"%PDF-1.7\n" + b"0" * files.LIMIT)
    assert large.status_code == 413
    here = f"/v/{decision.code}"
    again = Client().post(here)
    assert again.status_code == 422
    assert decision.code in text(again)  # the record stays on the page


@pytest.mark.promise("verify.by-code")
def test_the_code_of_the_qr_shows_the_record_in_capitals_too(decision: Paper) -> None:
    for address in (f"/v/{decision.code}", f"/V/{decision.code}", f"/v/{decision.code.lower()}"):
        page = Client().get(address)
        assert page.status_code == 200, address
        assert decision.number is not None
        assert decision.number.text in text(page)
    typed = Client().get("/kiem-tra/", {"code": f" {decision.code[:8]}-{decision.code[8:]} "})
    assert typed.headers["Location"] == f"/v/{decision.code}"
    checked = dropped(files.read(decision.sealed_sha256), path=f"/v/{decision.code}")
    assert "verdict--valid" in text(checked)
    unknown = Client().get("/v/" + "0" * 32)
    assert unknown.status_code == 404
    assert "0" * 32 in text(unknown)


def test_only_a_decision_can_be_downloaded_by_its_code(decision: Paper) -> None:
    answer = Client().get(f"/v/{decision.code}/pdf")
    assert answer.content == files.read(decision.sealed_sha256)
    receipt = decision.dossier.papers.get(kind="receipt")
    assert receipt.state == "published"
    assert Client().get(f"/v/{receipt.code}/pdf").status_code == 404
    record = text(Client().get(f"/v/{receipt.code}"))
    assert decision.dossier.subject.name not in record  # a slip is nobody's business but the applicant's


def test_a_file_of_another_paper_is_told_apart(decision: Paper) -> None:
    receipt = decision.dossier.papers.get(kind="receipt")
    answer = dropped(files.read(receipt.sealed_sha256), path=f"/v/{decision.code}")
    assert "Tệp này là văn bản khác" in text(answer)


@pytest.mark.promise("register.public")
def test_the_register_is_searched_without_diacritics_and_shows_the_licence(
    decision: Paper, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    licence = Licence.objects.get()
    with django_assert_max_num_queries(4):
        found = text(Client().get("/so-dang-ky/", {"q": "may gay me kem tho"}))
    assert licence.number in found
    assert licence.subject.name in found
    assert licence.number not in text(Client().get("/so-dang-ky/", {"q": "khong co gi nhu the"}))
    page = text(Client().get(f"/so-dang-ky/{licence.ref}/"))
    assert "Máy gây mê kèm thở" in page
    assert f"/v/{decision.code}" in page
    assert licence.dossier.applicant.full_name not in page
    assert licence.subject.phone not in page


def test_a_dossier_is_tracked_by_its_code_without_names() -> None:
    dossier = Play().received().dossier
    assert dossier.code is not None
    page = Client().get("/tra-cuu/", {"code": f" {dossier.code.lower()} "})
    assert page.status_code == 200
    assert "23/03/2026" in text(page)  # fifteen working days after Monday 02/03/2026
    assert dossier.subject.name not in text(page)
    assert dossier.applicant.full_name not in text(page)
    unknown = Client().get("/tra-cuu/", {"code": "000.00"})
    assert unknown.status_code == 404
    assert "000.00" in text(unknown)


@pytest.mark.promise("public.limited")
def test_too_many_questions_are_asked_to_wait() -> None:
    answers = [Client().get("/tra-cuu/", {"code": f"x{n}"}).status_code for n in range(31)]
    assert answers == [404] * 30 + [429]
    last = Client().get("/tra-cuu/")
    assert last.status_code == 429
    assert "Chờ một phút" in text(last)
    assert Client().get("/so-dang-ky/").status_code == 200  # each page counts for itself


def test_the_register_writes_days_and_numbers_as_people_do() -> None:
    play = inspection({})
    page = text_of(Client().get(reverse("public:licence", args=[play.licence.ref])).content.decode())
    assert "31/12/2027" in page
    assert "2027-12-31" not in page
