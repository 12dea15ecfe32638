"""Papers that a page of the form asks for: shown when an answer needs them, handed in there, and no other page lost."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from onestop.portal.reading import parts_of
from procedures.models import Subject, User
from tests.scenarios import actor, pdf
from workflows import service
from workflows.models import Dossier, Piece

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("forms.papers-on-a-page")]

ANSWERS = {
    "full_name": "Trần Thị Mỹ Linh",
    "born_on": "15/03/1992",
    "identity_number": "079192001234",
    "title_kind": "nurse",
    "speciality": "Điều dưỡng đa khoa",
    "competency": "practice",
}


@pytest.fixture
def draft() -> Dossier:
    """A new application for a practising licence."""
    who = actor("bacsi")
    subject = Subject.objects.get(pk=who.subjects[0])
    return service.start_draft(actor=who, procedure="practising-licence", subject_id=subject.pk)


def here(draft: Dossier) -> str:
    return reverse("portal:section", args=[draft.ref, "person"])


def post(draft: Dossier, **sent: Any) -> Any:
    client = Client()
    client.force_login(User.objects.get(username="bacsi"))
    revision = re.search(r'name="revision" value="(\d+)"', client.get(here(draft)).content.decode())
    assert revision
    return client.post(here(draft), {"action": "continue", "revision": revision[1]} | ANSWERS | sent)


def page(draft: Dossier) -> str:
    client = Client()
    client.force_login(User.objects.get(username="bacsi"))
    return client.get(here(draft)).content.decode()


def file(name: str = "xac-nhan.pdf", content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or pdf(name), "application/pdf")


def test_an_answer_asks_for_its_paper_there_and_the_file_is_handed_in_with_the_page(draft: Dossier) -> None:
    assert "tep-practice" not in page(draft)
    answer = post(draft)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{here(draft)}#giay-practice")
    shown = page(draft)
    assert "tep-practice" in shown
    assert "tep-test_result" not in shown
    assert "tep-degree" not in shown  # that one is asked for on the page of papers
    answer = post(draft, **{"tep-practice": file()})
    assert answer.headers["Location"] == reverse("portal:pieces", args=[draft.ref])
    assert Piece.objects.get(dossier=draft).piece == "practice"
    assert "xac-nhan.pdf" in page(draft)
    assert parts_of(Dossier.objects.get(pk=draft.pk))[0].done


def test_the_answers_are_kept_when_the_file_is_refused(draft: Dossier) -> None:
    post(draft)
    answer = post(draft, speciality="Hồi sức cấp cứu", **{"tep-practice": file("anh.exe", b"MZ")})
    assert answer.status_code in {415, 422}
    said = answer.content.decode()
    assert "anh.exe" in said
    assert 'value="Hồi sức cấp cứu"' in said
    assert Dossier.objects.get(pk=draft.pk).answers["speciality"] == "Hồi sức cấp cứu"
    assert not parts_of(Dossier.objects.get(pk=draft.pk))[0].done
    assert not Piece.objects.filter(dossier=draft).exists()


def test_a_wrong_answer_does_not_lose_the_file(draft: Dossier) -> None:
    post(draft)
    answer = post(draft, identity_number="12", **{"tep-practice": file()})
    assert answer.status_code == 422
    assert Piece.objects.get(dossier=draft).piece == "practice"
    assert "xac-nhan.pdf" in answer.content.decode()


def test_a_file_is_taken_back_there_and_a_paper_of_another_page_is_not_taken(draft: Dossier) -> None:
    post(draft)
    post(draft, **{"tep-practice": file(), "tep-degree": file("bang.pdf")})
    piece = Piece.objects.get(dossier=draft)
    assert piece.piece == "practice"
    answer = post(draft, remove=str(piece.pk))
    assert answer.headers["Location"] == here(draft)
    assert "xac-nhan.pdf" not in page(draft)


def test_a_file_is_kept_when_somebody_else_has_changed_the_answers_meanwhile(draft: Dossier) -> None:
    post(draft)
    answer = post(draft, revision="0", speciality="Nhi khoa", **{"tep-practice": file()})
    assert answer.status_code == 409
    assert "xac-nhan.pdf" in answer.content.decode()
    assert Piece.objects.get(dossier=draft).piece == "practice"


def test_uploading_nothing_is_told(draft: Dossier) -> None:
    post(draft)
    answer = post(draft, action="upload")
    assert answer.status_code == 422
    assert "Chưa chọn tệp nào" in answer.content.decode()


def test_the_check_leads_to_the_page_that_asks(draft: Dossier) -> None:
    post(draft)
    client = Client()
    client.force_login(User.objects.get(username="bacsi"))
    check = client.get(reverse("portal:check", args=[draft.ref])).content.decode()
    assert f"{here(draft)}#giay-practice" in check
    assert f"{reverse('portal:pieces', args=[draft.ref])}#giay-degree" in check
