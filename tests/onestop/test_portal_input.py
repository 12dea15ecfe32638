"""Bad input to the portal: a clear sentence, the right status, and everything that was typed still there."""

import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from procedures.models import User
from tests.files import corpus
from tests.scenarios import Play, pdf
from workflows.files import LIMIT
from workflows.models import Dossier, Piece, StoredFile

pytestmark = pytest.mark.usefixtures("monday_morning")


def signed_in(username: str = "doanhnghiep1") -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def text(response: Any) -> str:
    return response.content.decode()


def revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


class Paperless(Play):
    """Fills the form and hands in no paper: checking files takes a process each."""

    def upload(self, pieces: Iterable[str], *, text: str = "") -> None:
        """Nothing."""


@pytest.fixture
def draft() -> Dossier:
    """A filled draft without papers."""
    return Paperless().draft().dossier


@pytest.fixture
def complete() -> Dossier:
    """A filled draft with its papers."""
    return Play().draft().dossier


# -- the form ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("input.typed-survives")
def test_wrong_answers_are_told_beside_their_fields_and_stay(draft: Dossier) -> None:
    client, here = signed_in(), f"/ho-so/{draft.ref}/to-khai/importer/"
    typed = {"importer_name": "", "tax_code": "12 chữ", "importer_email": "không phải thư"}
    sent = typed | {
        "importer_address": "Số 9 phố Huế\x00",
        "importer_phone": "x" * 30_000,
        "action": "continue",
    }
    answer = client.post(here, sent | {"revision": revision(text(client.get(here)))})
    page = text(answer)
    assert answer.status_code == 422
    assert 'value="12 chữ"' in page
    assert 'value="không phải thư"' in page
    assert 'value="Số 9 phố Huế"' in page
    assert 'href="#id_tax_code"' in page
    assert 'id="id_tax_code_error"' in page
    assert "10 chữ số" in page
    assert 'value="12 chữ"' in text(client.get(here))  # and it is saved: coming back loses nothing
    assert "Số 9 phố Huế" in Dossier.objects.get().answers["importer_address"]


@pytest.mark.promise("input.stale-page")
def test_a_stale_page_shows_both_and_overwrites_nothing(draft: Dossier) -> None:
    client, here = signed_in(), f"/ho-so/{draft.ref}/to-khai/importer/"
    page = text(client.get(here))
    shown = dict(re.findall(r'<input type="(?:text|tel|email)" name="([a-z_]+)" value="([^"]*)"', page))
    first = shown | {"importer_address": "Số 1", "revision": revision(page), "action": "continue"}
    assert client.post(here, first).status_code == 303
    answer = client.post(here, first | {"importer_address": "Số 2"})
    stale = text(answer)
    assert answer.status_code == 409
    assert "Số 1" in stale
    assert 'value="Số 2"' in stale
    assert Dossier.objects.get().answers["importer_address"] == "Số 1"
    again = first | {"importer_address": "Số 2", "revision": revision(stale)}
    assert client.post(here, again).status_code == 303
    assert Dossier.objects.get().answers["importer_address"] == "Số 2"


def test_a_stale_row_keeps_what_was_typed(draft: Dossier) -> None:
    client, here = signed_in(), f"/ho-so/{draft.ref}/to-khai/devices/"
    page = text(client.get(f"{here}?dong=1"))
    typed = {f"row-{name}": value for name, value in draft.answers["devices"][0].items()}
    first = typed | {"row-model": "AX-1", "dong": "1", "revision": revision(page), "action": "keep"}
    assert client.post(here, first).status_code == 303
    answer = client.post(here, first | {"row-model": "AX-2"})
    assert answer.status_code == 409
    assert "AX-1" in text(answer)
    assert 'value="AX-2"' in text(answer)
    assert Dossier.objects.get().answers["devices"][0]["model"] == "AX-1"


def test_a_wrong_row_stays_open_with_its_error_and_the_others_stay(draft: Dossier) -> None:
    client, here = signed_in(), f"/ho-so/{draft.ref}/to-khai/devices/"
    page = text(client.get(f"{here}?dong=2"))
    typed = {f"row-{name}": value for name, value in draft.answers["devices"][1].items()}
    sent = typed | {"row-year": "206", "row-quantity": "mười hai", "dong": "2", "action": "keep"}
    answer = client.post(here, sent | {"revision": revision(page)})
    assert answer.status_code == 422
    assert 'value="206"' in text(answer)
    assert 'value="mười hai"' in text(answer)
    assert "từ 2016 đến 2027" in text(answer)
    assert [row["model"] for row in Dossier.objects.get().answers["devices"]] == ["AX-700", "PM-7000 Plus"]
    check = text(client.get(f"/ho-so/{draft.ref}/kiem-tra/"))
    assert "loi=1&amp;dong=2#id_row-year" in check  # the check leads to the very control


def test_rows_are_opened_added_and_removed_without_a_script(draft: Dossier) -> None:
    client, here = signed_in(), f"/ho-so/{draft.ref}/to-khai/devices/"
    page = text(client.get(here))
    opened = client.post(here, {"revision": revision(page), "open": "2"})
    assert opened.status_code == 303
    assert "?dong=2" in opened.headers["Location"]
    page = text(client.get(f"{here}?dong=2"))
    removed = client.post(here, {"revision": revision(page), "remove": "1"})
    assert removed.status_code == 303
    assert [row["model"] for row in Dossier.objects.get().answers["devices"]] == ["PM-7000 Plus"]
    page = text(client.get(here))
    removed = client.post(here, {"revision": revision(page), "remove": "1"})
    page = text(client.get(here))
    assert 'name="row-name"' in page  # the empty list opens a new line
    answer = client.post(here, {"revision": revision(page), "dong": "moi", "action": "continue"})
    assert answer.status_code == 422
    assert "ít nhất" in text(answer).lower()


def test_an_answer_opens_its_field_and_hiding_it_forgets_nothing_wrong(draft: Dossier) -> None:
    client, here = signed_in(), f"/ho-so/{draft.ref}/to-khai/purpose_section/"
    page = text(client.get(here))
    assert 'data-when-name="purpose"' in page
    assert "aid_decision" in page
    sent = {
        "purpose": "aid",
        "aid_decision": "",
        "recipient": "",
        "purpose_detail": "Viện trợ",
        "action": "continue",
    }
    answer = client.post(here, sent | {"revision": revision(page)})
    assert answer.status_code == 422
    assert 'id="id_aid_decision_error"' in text(answer)
    sent |= {"purpose": "research", "revision": revision(text(answer))}
    assert client.post(here, sent).status_code == 303


def test_a_damaged_form_is_refused_with_a_sentence(draft: Dossier) -> None:
    client = signed_in()
    for sent in ("", "x", "-1", "9" * 30):
        answer = client.post(f"/ho-so/{draft.ref}/to-khai/importer/", {"revision": sent})
        assert answer.status_code == 422, sent
        assert "tải lại trang" in text(answer).lower()


# -- files ------------------------------------------------------------------------------------------------------------

ZIP = corpus.archive({"x.txt": b"x"})
BAD_FILES = {
    "too large": ("lon.pdf", b"%PDF-1.7\n" + b"0" * LIMIT, 413, "50 MB"),
    "a program": ("chay.exe", b"MZ" + b"\0" * 100, 415, "PDF"),
    "a picture where a document is asked for": ("anh.png", corpus.image("PNG"), 415, "PDF"),
    "a script inside": (
        "ma.pdf",
        corpus.pdf(lambda d: d.Root.__setitem__("/OpenAction", corpus._script())),
        422,
        "“",
    ),
    "two kinds at once": ("hai.pdf", corpus.pdf() + ZIP, 422, "“"),
    "another kind than its name": ("anh.pdf", corpus.image("PNG"), 422, "“"),
    "empty": ("rong.pdf", b"", 422, "“"),
}


@pytest.mark.promise("input.files-told-clearly")
def test_a_bad_file_is_refused_by_name_and_takes_no_other_with_it(draft: Dossier) -> None:
    client, here = signed_in(), f"/ho-so/{draft.ref}/giay-to/"
    for kind, (name, data, status, words) in BAD_FILES.items():
        answer = client.post(here, {"tep-iso_13485": SimpleUploadedFile(name, data), "action": "upload"})
        page = text(answer)
        assert (kind, answer.status_code) == (kind, status)
        for said in (f"“{name}”", words, 'href="#id_tep-iso_13485"'):
            assert said in page, (kind, said)
    assert not Piece.objects.exists()
    both = {
        "tep-iso_13485": SimpleUploadedFile("chay.exe", b"MZ"),
        "tep-technical_summary": SimpleUploadedFile("tot.pdf", pdf("tốt")),
    }
    answer = client.post(here, both | {"action": "continue"})
    assert answer.status_code == 415
    assert "tot.pdf" in text(answer)
    assert [piece.name for piece in Piece.objects.all()] == ["tot.pdf"]


def test_no_file_is_said_and_nothing_changes(draft: Dossier) -> None:
    before = StoredFile.objects.count()
    answer = signed_in().post(f"/ho-so/{draft.ref}/giay-to/", {"action": "upload"})
    assert answer.status_code == 422
    assert StoredFile.objects.count() == before


def test_a_file_is_taken_back_and_the_check_names_what_is_missing(complete: Dossier) -> None:
    client = signed_in()
    page = text(client.get(f"/ho-so/{complete.ref}/giay-to/"))
    piece = re.search(r'name="remove" value="(\d+)"', page)
    assert piece
    assert client.post(f"/ho-so/{complete.ref}/giay-to/", {"remove": piece[1]}).status_code == 303
    check = text(client.get(f"/ho-so/{complete.ref}/kiem-tra/"))
    assert "Tài liệu kỹ thuật" in check
    assert f"/ho-so/{complete.ref}/giay-to/#giay-technical_summary" in check
    assert f'action="/ho-so/{complete.ref}/ky/"' not in check  # nothing to sign yet


def test_an_unsigned_draft_cannot_be_submitted(draft: Dossier) -> None:
    answer = signed_in().post(f"/ho-so/{draft.ref}/nop/", {"key": "k"})
    assert answer.status_code == 422
    assert "ký" in text(answer).lower()
    assert Dossier.objects.get().state == "draft"


# -- who may see it ---------------------------------------------------------------------------------------------------

OWN_PAGES = ["dossier", "pieces", "check", "withdraw", "supplement"]
OWN_POSTS = ["pieces", "sign", "submit", "supplement", "send_supplement", "withdraw", "result"]


@pytest.mark.promise("portal.foreign-dossier-is-unknown")
def test_anothers_dossier_is_unknown_in_every_page(complete: Dossier) -> None:
    other = signed_in("doanhnghiep2")
    for name in OWN_PAGES:
        assert other.get(reverse(f"portal:{name}", args=[complete.ref])).status_code == 404, name
    for name in OWN_POSTS:
        sent = {"key": "k", "reason": "x", "action": "continue"}
        assert other.post(reverse(f"portal:{name}", args=[complete.ref]), sent).status_code == 404, name
    piece = Piece.objects.first()
    assert piece
    assert other.get(reverse("portal:piece", args=[complete.ref, piece.pk])).status_code == 404
    section = reverse("portal:section", args=[complete.ref, "importer"])
    assert other.get(section).status_code == 404
    assert other.post(section, {"revision": "1", "importer_name": "x"}).status_code == 404
    own = Paperless(applicant="doanhnghiep2").draft().dossier
    assert other.get(reverse("portal:piece", args=[own.ref, piece.pk])).status_code == 404  # ids do not mix
    taken = other.post(reverse("portal:pieces", args=[own.ref]), {"remove": piece.pk})
    assert taken.status_code == 404
    assert Piece.objects.get(pk=piece.pk).superseded_at is None


def test_officials_and_strangers_are_told_why_the_door_is_closed(draft: Dossier) -> None:
    answer = signed_in("chuyenvien").get("/ho-so/")
    assert answer.status_code == 403
    assert "doanh nghiệp" in text(answer)
    stranger = Client().get(f"/ho-so/{draft.ref}/")
    assert stranger.status_code == 302
    assert f"next=/ho-so/{draft.ref}/" in stranger.headers["Location"]
    fragment = Client().get("/thong-bao/", headers={"HX-Request": "true"})
    assert fragment.status_code == 204
    assert "HX-Redirect" in fragment.headers


def test_an_error_is_a_fragment_for_a_part_of_a_page_and_a_page_otherwise() -> None:
    missing = "/so-dang-ky/00000000-0000-4000-8000-000000000000/"
    assert "<html" in text(Client().get(missing))
    part = Client().get(missing, headers={"HX-Request": "true"})
    assert part.status_code == 404
    assert "<html" not in text(part)
    assert 'role="alert"' in text(part)


def test_an_uploaded_file_is_saved_never_opened_in_our_page(complete: Dossier) -> None:
    piece = Piece.objects.first()
    assert piece
    answer = signed_in().get(reverse("portal:piece", args=[complete.ref, piece.pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


# -- lists ------------------------------------------------------------------------------------------------------------


def test_my_dossiers_cost_the_same_queries_however_many_there_are(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in()
    Paperless().draft()
    client.get("/ho-so/")
    with django_assert_max_num_queries(8) as few:
        client.get("/ho-so/")
    for _ in range(3):
        Paperless().draft()
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert text(client.get("/ho-so/")).count("<tr>") == 5


def test_the_page_speaks_english_on_request(draft: Dossier) -> None:
    client = signed_in()
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    page = text(client.get(f"/ho-so/{draft.ref}/kiem-tra/"))
    assert '<html lang="en">' in page
    assert "Check and submit" in page
    assert "Name of the importer" in page
