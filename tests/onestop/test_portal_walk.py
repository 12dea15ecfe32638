"""The applicant's way through the pages alone: found, filled, handed in, answered, fetched."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from procedures.models import LedgerEntry, User
from tests.scenarios import ANSWERS, PIECES, Play, pdf
from workflows.models import Dossier, Notice

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.fixture
def applicant() -> Client:
    """The enterprise's person, signed in."""
    return signed_in("doanhnghiep1")


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def hidden(page: str, name: str) -> str:
    """The value of a hidden control."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert found, f"no hidden {name}"
    return found[1]


def follow(client: Client, path: str, data: dict[str, Any]) -> tuple[str, str]:
    """Post, expect 303, and read the next page: (its address, its text)."""
    answer = client.post(path, data)
    assert answer.status_code == 303, answer.content.decode()[:3000]
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200, page
    return answer.headers["Location"], page.content.decode()


@pytest.mark.promise("portal.from-search-to-submission")
def test_a_dossier_is_filled_signed_and_submitted_by_pages_alone(applicant: Client) -> None:
    client = applicant
    found = client.get("/thu-tuc/", {"q": "nhap khau may tho"}).content.decode()
    assert "Cấp giấy phép nhập khẩu trang thiết bị y tế" in found
    procedure = client.get("/thu-tuc/device-import/").content.decode()
    assert "15 ngày làm việc" in procedure
    assert "<svg" in procedure
    assert "Tài liệu kỹ thuật" in procedure
    subject = hidden(client.get("/thu-tuc/device-import/nop/").content.decode(), "subject")
    here, page = follow(client, "/thu-tuc/device-import/nop/", {"subject": subject})
    assert here.endswith("/to-khai/importer/")
    shown = dict(re.findall(r'<input type="(?:text|tel|email)" name="([a-z_]+)" value="([^"]*)"', page))
    assert shown["tax_code"]
    assert shown["importer_name"]
    here, page = follow(client, here, shown | {"revision": hidden(page, "revision"), "action": "continue"})
    assert here.endswith("/to-khai/purpose_section/")
    purpose = {name: ANSWERS[name] for name in ("purpose", "purpose_detail")}
    here, page = follow(client, here, purpose | {"revision": hidden(page, "revision"), "action": "continue"})
    assert here.endswith("/to-khai/devices/")
    for number, device in enumerate(ANSWERS["devices"], 1):
        typed = {f"row-{name}": value for name, value in device.items()}
        last = number == len(ANSWERS["devices"])
        sent = typed | {
            "revision": hidden(page, "revision"),
            "dong": "moi",
            "action": "continue" if last else "another",
        }
        here, page = follow(client, here.partition("?")[0], sent)
    assert here.endswith("/giay-to/")
    files = {f"tep-{piece}": SimpleUploadedFile(f"{piece}.pdf", pdf(piece)) for piece in PIECES}
    here, page = follow(client, here, files | {"action": "continue"})
    assert here.endswith("/kiem-tra/")
    assert "Máy gây mê kèm thở" in page
    assert "iso_13485.pdf" in page
    assert "2.000.000" in page
    dossier = Dossier.objects.get()
    here, page = follow(client, f"/ho-so/{dossier.ref}/ky/", {})
    signed = re.search(rf'href="(/ho-so/{dossier.ref}/van-ban/[^"]+)"', page)
    assert signed
    declaration = client.get(signed[1])
    assert declaration.content.startswith(b"%PDF-")
    assert declaration.headers["Content-Type"] == "application/pdf"
    key = hidden(page, "key")
    here, page = follow(client, f"/ho-so/{dossier.ref}/nop/", {"key": key})
    assert here == f"/ho-so/{dossier.ref}/"
    again = client.post(f"/ho-so/{dossier.ref}/nop/", {"key": key})
    assert again.status_code == 303
    assert LedgerEntry.objects.filter(subject_id=dossier.pk, act="submit").count() == 1
    assert Dossier.objects.get().state == "submitted"


@pytest.mark.promise("portal.supplement-in-place")
def test_a_supplement_is_answered_in_place_read_over_and_sent(applicant: Client) -> None:
    client, play = applicant, Play().submitted()
    items = [
        {
            "target": "piece:iso_13485",
            "what": "Giấy chứng nhận ISO 13485 đã hết hạn",
            "why": "Hạn 01/02/2026",
        },
        {"target": "section:importer", "what": "Địa chỉ khác với giấy đăng ký", "why": ""},
    ]
    play.step("tiepnhan", "intake", "ask_missing", items=items)
    here = f"/ho-so/{play.dossier.ref}/"
    page = client.get(here).content.decode()
    assert "Giấy chứng nhận ISO 13485 đã hết hạn" in page
    assert "Hạn 01/02/2026" in page
    file_control, answer_control = (
        re.search(r'name="(tep-\d+)"', page)[1],  # type: ignore[index]
        re.findall(r'name="(loi-\d+)"', page)[1],
    )
    _, shown = follow(client, f"{here}bo-sung/", {answer_control: "Đã đổi địa chỉ.", "action": "review"})
    assert "1 " in shown
    assert 'name="key"' not in shown
    _, kept = follow(client, f"{here}bo-sung/", {"action": "later"})
    assert "Đã đổi địa chỉ." in kept
    new = SimpleUploadedFile("iso-2026.pdf", pdf("iso mới"))
    _review, shown = follow(client, f"{here}bo-sung/", {file_control: new, "action": "review"})
    assert "iso-2026.pdf" in shown
    assert "Đã đổi địa chỉ." in shown
    _, page = follow(client, f"{here}bo-sung/gui/", {"key": hidden(shown, "key")})
    assert play.dossier.state == "submitted"
    assert client.get(f"{here}bo-sung/").status_code == 404


@pytest.mark.promise("portal.result")
def test_the_result_is_received_once_and_downloaded(applicant: Client) -> None:
    client, play = applicant, Play().granted()
    here = f"/ho-so/{play.dossier.ref}/"
    paper = play.dossier.papers.get(kind="decision")
    address = f"{here}van-ban/{paper.ref}/"
    assert client.get(address).status_code == 303  # not before it was received
    assert play.dossier.state == "concluded"
    answer = client.post(f"{here}ket-qua/")
    assert answer.status_code == 303
    assert answer.headers["Location"] == address
    downloaded = client.get(address)
    assert downloaded.content.startswith(b"%PDF-")
    assert unquote(downloaded.headers["Content-Disposition"]).endswith("decision-01-QĐ-HTTB.pdf")
    assert play.dossier.state == "returned"
    assert client.post(f"{here}ket-qua/").status_code == 303
    assert LedgerEntry.objects.filter(subject_id=play.dossier_id, act="return_result").count() == 1


def test_a_withdrawal_is_asked_for_with_a_reason(applicant: Client) -> None:
    client, play = applicant, Play().received()
    here = f"/ho-so/{play.dossier.ref}/rut/"
    key = re.search(r'name="key" value="([^"]+)"', client.get(here).content.decode())
    assert key
    empty = client.post(here, {"reason": " ", "key": key[1]})
    assert empty.status_code == 422
    assert play.dossier.state == "received"
    follow(client, here, {"reason": "Đổi nhà cung cấp.", "key": key[1]})
    assert play.dossier.state == "withdrawal_requested"
    assert "Đổi nhà cung cấp." in client.get(f"/ho-so/{play.dossier.ref}/").content.decode()


def test_what_was_told_stands_in_the_notices_until_it_is_read(applicant: Client) -> None:
    client, play = applicant, Play().received()
    play.work()
    page = client.get("/thong-bao/").content.decode()
    assert f'href="/ho-so/{play.dossier.ref}/"' in page
    assert Notice.objects.filter(read_at__isnull=True).exists()
    follow(client, reverse("portal:mark_read"), {})
    assert not Notice.objects.filter(read_at__isnull=True).exists()


def test_a_page_with_a_long_history_costs_a_fixed_number_of_queries(
    applicant: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Entries, people, papers and pieces are each read at once, however many they are."""
    play = Play().granted()
    here = f"/ho-so/{play.dossier.ref}/"
    applicant.get(here)
    with django_assert_max_num_queries(25):
        assert applicant.get(here).status_code == 200


def test_the_fee_that_is_due_is_named_with_place_and_time(applicant: Client) -> None:
    play = Play().submitted()
    play.step("tiepnhan", "intake", "ask_fee")
    page = applicant.get(f"/ho-so/{play.dossier.ref}/").content.decode()
    assert "2.000.000" in page
    assert "16/03/2026" in page
