"""Bad input, as people and machines send it: the right status, a clear sentence in the reader's language, nothing lost.

What the rooms say about single fields stands in their own tests; here every kind of trouble is met once from outside,
in both languages, with what was typed still on the page.
"""

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from procedures.models import LedgerEntry, User
from tests.files import corpus
from tests.onestop.office_desk import Desk, offered, text_of
from tests.scenarios import Play, actor
from workflows import service
from workflows.models import Dossier, Piece, StoredFile

pytestmark = pytest.mark.usefixtures("monday_morning")
LANGUAGES = ("vi", "en")
BOTH = pytest.mark.parametrize("lang", LANGUAGES)
VI_LETTERS = re.compile(r"[ăâđêôơưạảấầậắặệễộợựỹ]", re.IGNORECASE)


def reader(username: str = "", *, lang: str) -> Client:
    """Somebody who has chosen a language."""
    client = Client()
    if username:
        client.force_login(User.objects.get(username=username))
    client.cookies["django_language"] = lang
    return client


def page_of(answer: Any, *, status: int, lang: str) -> str:
    """The page of an answer with that status, in that language."""
    page: str = answer.content.decode()
    assert answer.status_code == status, text_of(page)[:800]
    assert f'<html lang="{lang}">' in page
    return html.unescape(page)


def said(message: str, *, lang: str, **params: object) -> str:
    """A sentence of ours as that reader reads it; in Vietnamese it must not be the English one."""
    with translation.override(lang):
        found = gettext(message)
    assert (found != message) is (lang == "vi"), f"not translated: {message}"
    return found % params if params else found


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no hidden {name}"
    return found[1]


def acts_of(dossier: Dossier, act: str) -> int:
    """How often an act stands in the ledger of a dossier."""
    return LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier.pk, act=act).count()


# -- files ------------------------------------------------------------------------------------------------------------


def bad_files() -> dict[str, tuple[str, bytes, str, str]]:
    """Control → (name, content, what is said, how to mend it)."""
    script = corpus.BAD_PDFS["script in the open action"][0]()
    polyglot = corpus.BAD_PDFS["page behind the end"][0]()
    virus = corpus.BAD_PDFS["virus test"][0]()
    return {
        "tep-technical_summary": ("hai-mat.pdf", polyglot, "This file hides a second file or a web page.", ""),
        "tep-iso_13485": ("ma.pdf", script, "", ""),
        "tep-authorisation": (
            "vi-rut.pdf", virus, "", "Scan your computer for viruses, then upload a clean copy."
        ),
    }  # fmt: skip


@pytest.mark.promise("input.clear-errors")
def test_each_dangerous_file_is_refused_by_name_with_its_remedy() -> None:
    dossier = Play().draft().dossier
    before = Piece.objects.count()
    for lang in LANGUAGES:
        files = {
            control: SimpleUploadedFile(name, data) for control, (name, data, *_said) in bad_files().items()
        }
        answer = reader("doanhnghiep1", lang=lang).post(
            f"/ho-so/{dossier.ref}/giay-to/", files | {"action": "upload"}
        )
        page = page_of(answer, status=422, lang=lang)
        for control, (name, _data, message, remedy) in bad_files().items():
            assert f"“{name}”" in page
            assert f'href="#id_{control}"' in page
            for sentence in filter(None, (message, remedy)):
                assert said(sentence, lang=lang) in page
        assert "EICAR" in page
        assert "JavaScript" in page
        assert Piece.objects.count() == before
        assert "iso_13485.pdf" in page  # what was there before is there
        assert not Piece.objects.exclude(file__state=StoredFile.State.CLEAN).exists()


@pytest.mark.promise("input.clear-errors")
def test_no_file_and_a_file_of_another_kind_are_told_apart() -> None:
    dossier = Play().draft().dossier
    for lang in LANGUAGES:
        client, here = reader("doanhnghiep1", lang=lang), f"/ho-so/{dossier.ref}/giay-to/"
        nothing = page_of(client.post(here, {"action": "upload"}), status=422, lang=lang)
        assert said("No file was chosen. Choose a file, then upload it.", lang=lang) in nothing
        program = SimpleUploadedFile("chay.exe", b"MZ" + b"\0" * 64)
        page = page_of(
            client.post(here, {"tep-iso_13485": program, "action": "upload"}), status=415, lang=lang
        )
        assert "“chay.exe”" in page
        assert said("Open the document, save or export it as PDF, and upload that file.", lang=lang) in page


@pytest.mark.promise("input.clear-errors")
def test_a_refused_file_takes_no_explanation_with_it() -> None:
    """In a supplement: the file is refused, what was written beside it is kept, also for the next visit."""
    play = Play().submitted()
    items = [{"target": "piece:iso_13485", "what": "Thiếu trang 2"}]
    play.step("tiepnhan", "intake", "ask_missing", items=items)
    for lang in LANGUAGES:
        client, here = reader("doanhnghiep1", lang=lang), f"/ho-so/{play.dossier.ref}/"
        page = client.get(here).content.decode()
        number = re.search(r'name="tep-(\d+)"', page)
        assert number
        sent = {
            f"tep-{number[1]}": SimpleUploadedFile("rong.pdf", b""),
            f"loi-{number[1]}": "Trang 2 <nằm> ở cuối",
            "action": "review",
        }
        page = page_of(client.post(f"{here}bo-sung/", sent), status=422, lang=lang)
        assert "“rong.pdf”" in page
        assert said("This file is empty.", lang=lang) in page
        assert "Trang 2 <nằm> ở cuối</textarea>" in page
        assert "Trang 2 <nằm> ở cuối</textarea>" in html.unescape(client.get(here).content.decode())


def test_what_cannot_be_verified_is_refused_on_the_public_page() -> None:
    for lang in LANGUAGES:
        client = reader(lang=lang)
        nothing = page_of(client.post("/kiem-tra/"), status=422, lang=lang)
        assert said("Choose the PDF file to check", lang=lang) in nothing
        photo = client.post("/kiem-tra/", {"tep": SimpleUploadedFile("anh.jpg", corpus.image("JPEG"))})
        page = page_of(photo, status=415, lang=lang)
        sentence = "This is no PDF file. Drop the PDF that you received, not a photo or a scan of it."
        assert said(sentence, lang=lang) in page


# -- forms ------------------------------------------------------------------------------------------------------------

WRONG_ROW = {
    "name": "Máy <b>thở</b> & “phụ kiện”",
    "model": "",
    "hs_code": "9019200",
    "quantity": "mười hai",
    "unit": "máy",
    "manufacturer": "K" * 201,
    "country": "XX",
    "year": "206",
}


@pytest.mark.promise("input.clear-errors")
def test_answers_of_the_wrong_type_are_told_beside_each_field_and_stay() -> None:
    dossier = Play().draft().dossier
    for lang in LANGUAGES:
        client, here = reader("doanhnghiep1", lang=lang), f"/ho-so/{dossier.ref}/to-khai/devices/"
        page = client.get(f"{here}?dong=1").content.decode()
        sent = {f"row-{name}": value for name, value in WRONG_ROW.items()}
        sent |= {"dong": "1", "action": "keep", "revision": hidden(page, "revision")}
        page = page_of(client.post(here, sent), status=422, lang=lang)
        for name in ("model", "hs_code", "quantity", "manufacturer", "country", "year"):
            assert f'href="#id_row-{name}"' in page, name
            error = re.search(rf'id="id_row-{name}_error"[^>]*>(.*?)</p>', page, re.DOTALL)
            assert error, name
            sentence = re.sub(r"<[^>]+>", " ", error[1])
            assert bool(VI_LETTERS.search(sentence)) is (lang == "vi"), sentence
        raw = client.get(
            f"{here}?dong=1"
        ).content.decode()  # and it is saved as typed: nothing is lost by leaving
        for value in ("9019200", "mười hai", "206", "K" * 201, "Máy &lt;b&gt;thở&lt;/b&gt; &amp; “phụ kiện”"):
            assert f'value="{value}"' in raw
        assert Dossier.objects.get().answers["devices"][1]["model"] == "PM-7000 Plus"
        again = {"row-quantity": "-3", "dong": "1", "action": "keep", "revision": hidden(raw, "revision")}
        page = page_of(client.post(here, again), status=422, lang=lang)
        assert 'value="-3"' in page
        assert 'id="id_row-quantity_error"' in page


@pytest.mark.promise("input.clear-errors")
def test_a_wrong_tax_code_is_told_with_the_pattern() -> None:
    here = f"/ho-so/{Play().draft().dossier.ref}/to-khai/importer/"
    for lang in LANGUAGES:
        client = reader("doanhnghiep1", lang=lang)
        for typed in ("0101", "abcdefghij", "0109998881-99", "010999888１", "0109998881 OR 1=1"):
            page = client.get(here).content.decode()
            shown = dict(
                re.findall(r'<input type="(?:text|tel|email)" name="([a-z_]+)" value="([^"]*)"', page)
            )
            sent = shown | {"tax_code": typed, "revision": hidden(page, "revision"), "action": "continue"}
            page = page_of(client.post(here, sent), status=422, lang=lang)
            assert f'value="{typed}"' in page
            assert said("Enter 10 digits, or 10 digits, a hyphen and 3 digits", lang=lang) in page


@pytest.mark.promise("input.clear-errors")
def test_the_offices_forms_tell_each_wrong_value_and_keep_it() -> None:
    play = Play().submitted()
    play.step("tiepnhan", "intake", "ask_fee")
    cashier = Desk("thuquy")
    for lang in LANGUAGES:
        cashier.client.cookies["django_language"] = lang
        kept = cashier.do(play.dossier, "paid", status=422, amount="hai triệu", payer="", receipt_no="BL-1")
        page = html.unescape(kept)
        assert f'<html lang="{lang}">' in page
        assert 'value="hai triệu"' in page
        assert 'value="BL-1"' in page
        assert page.count("govuk-error-message") >= 2
        assert play.dossier.state == "fee_due"
        invented = cashier.do(
            play.dossier, "paid", status=422, amount="-2000000", payer="Nguyễn Thị Hoàng Yến"
        )
        assert "Nguyễn Thị Hoàng Yến" in html.unescape(invented)
        assert play.dossier.state == "fee_due"


def test_a_choice_that_was_not_offered_is_refused() -> None:
    play = Play().received()
    head = Desk("truongphong")
    leader = User.objects.get(username="cuctruong").pk
    for wanted in (str(leader), "0", "x", "9" * 30):
        assert "error-summary" in head.do(play.dossier, "assign", status=422, assignee_id=wanted)
    assert play.dossier.state == "received"


# -- too late, and twice ----------------------------------------------------------------------------------------------


@pytest.mark.promise("input.stale-page-loses-nothing")
def test_a_form_that_was_submitted_meanwhile_shows_what_was_typed() -> None:
    play = Play().draft()
    client, here = reader("doanhnghiep1b", lang="vi"), f"/ho-so/{play.dossier.ref}/to-khai/purpose_section/"
    sent = {"revision": hidden(client.get(here).content.decode(), "revision"), "action": "continue"}
    who = actor("doanhnghiep1")
    service.sign_declaration(actor=who, dossier_id=play.dossier_id)
    service.submit(actor=who, dossier_id=play.dossier_id, idempotency_key="k")
    before = play.dossier.answers
    for lang in LANGUAGES:
        client.cookies["django_language"] = lang
        answer = client.post(here, sent | {"purpose": "aid", "purpose_detail": "Một câu đã gõ rất lâu"})
        page = page_of(answer, status=409, lang=lang)
        assert "Một câu đã gõ rất lâu" in page
        assert said("The dossier has been submitted. Its form cannot be changed here.", lang=lang) in page
        assert f'href="/ho-so/{play.dossier.ref}/"' in page
        assert play.dossier.answers == before
        for path in ("giay-to", "ky"):
            page_of(
                client.post(f"/ho-so/{play.dossier.ref}/{path}/", {"action": "upload"}), status=409, lang=lang
            )


@pytest.mark.promise("input.stale-page-loses-nothing")
def test_an_answer_that_comes_after_the_request_is_closed_is_shown_again() -> None:
    play = Play().submitted()
    items = [{"target": "section:importer", "what": "Địa chỉ khác với giấy đăng ký"}]
    play.step("tiepnhan", "intake", "ask_missing", items=items)
    here = f"/ho-so/{play.dossier.ref}/"
    client = reader("doanhnghiep1b", lang="vi")
    control = re.search(r'name="(loi-\d+)"', client.get(here).content.decode())
    assert control
    who, item = actor("doanhnghiep1"), int(control[1].removeprefix("loi-"))
    service.supply(actor=who, dossier_id=play.dossier_id, answers={item: "Đã sửa"}, idempotency_key="k")
    for lang in LANGUAGES:
        client.cookies["django_language"] = lang
        late = client.post(f"{here}bo-sung/", {control[1]: "Tôi giải thích khác", "action": "review"})
        page = page_of(late, status=409, lang=lang)
        assert "Tôi giải thích khác" in page
        assert "Địa chỉ khác với giấy đăng ký" in page


@pytest.mark.promise("input.stale-page-loses-nothing")
def test_a_withdrawal_that_comes_too_late_keeps_its_reason() -> None:
    play = Play().received()
    client, here = reader("doanhnghiep1b", lang="vi"), f"/ho-so/{play.dossier.ref}/rut/"
    key = hidden(client.get(here).content.decode(), "key")
    who = actor("doanhnghiep1")
    service.request_withdrawal(actor=who, dossier_id=play.dossier_id, reason="Đổi hãng", idempotency_key="k")
    for lang in LANGUAGES:
        client.cookies["django_language"] = lang
        answer = client.post(here, {"reason": "Vì nhà cung cấp đổi model", "key": key})
        page = page_of(answer, status=409, lang=lang)
        assert "Vì nhà cung cấp đổi model</textarea>" in page
        assert acts_of(play.dossier, "request_withdrawal") == 1


@pytest.mark.promise("input.stale-page-loses-nothing")
def test_an_official_who_was_slower_is_told_who_did_what_and_keeps_the_words() -> None:
    play = Play().submitted()
    slow = Desk("tiepnhan")
    fields, action, prefix = slow.form(play.dossier, "refuse")
    play.step("tiepnhan", "intake", "ask_fee")
    for lang in LANGUAGES:
        slow.client.cookies["django_language"] = lang
        answer = slow.send(
            fields, action, prefix, reason="Hồ sơ không thuộc thẩm quyền", grounds=["invented"]
        )
        page = page_of(answer, status=409, lang=lang)
        assert "Hồ sơ không thuộc thẩm quyền" in page
        assert "Trần Thị Hòa" in page
        assert play.dossier.state == "fee_due"


@pytest.mark.promise("input.twice-is-once")
def test_a_form_that_is_sent_twice_takes_effect_once() -> None:
    play = Play().submitted()
    official = Desk("tiepnhan")
    fields, action = offered(official.page(play.dossier), "ask_fee")
    first, second = (official.client.post(action, fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert acts_of(play.dossier, "demand_fee") == 1
    afresh = {name: "another key" if name.endswith("-key") else value for name, value in fields.items()}
    assert official.client.post(action, afresh).status_code == 409
    assert acts_of(play.dossier, "demand_fee") == 1

    received = Play().received()
    client, here = reader("doanhnghiep1", lang="vi"), f"/ho-so/{received.dossier.ref}/rut/"
    sent = {"reason": "Đổi hãng", "key": hidden(client.get(here).content.decode(), "key")}
    assert [client.post(here, sent).status_code for _ in range(2)] == [303, 303]
    assert client.post(here, sent | {"reason": "Lý do khác"}).status_code == 409  # one key, another body
    assert acts_of(received.dossier, "request_withdrawal") == 1
