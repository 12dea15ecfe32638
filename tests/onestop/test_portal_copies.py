"""A holder's copy of a licence from the register: what it says, who signed it, what the register says of it later."""

import io
import json
import secrets
from datetime import timedelta

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from procedures.models import LedgerEntry
from procedures.now import advance, frozen, now
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, REGISTRATION
from tests.onestop.office_desk import text_of
from tests.onestop.test_http_rules import signed_in, text
from tests.papers.picturing import hold
from workflows import files, outbox, selectors
from workflows.models import Extract, Licence

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("licence.copies")]
HOLDER = "doanhnghiep1"


def given() -> Licence:
    play = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played()
    return Licence.objects.select_related("subject").get(pk=play.licence.pk)


def asked(licence: Licence, who: str = HOLDER) -> Extract:
    answer = signed_in(who).post(reverse("portal:make_copy", args=[licence.ref]))
    assert answer.status_code == 303
    outbox.drain()
    return Extract.objects.order_by("-pk")[0]


def page_of(licence: Licence) -> str:
    return text(signed_in(HOLDER).get(reverse("portal:licence", args=[licence.ref])))


def record_of(row: Extract) -> str:
    return text_of(Client().get(reverse("public:code", args=[row.code])).content.decode())


def test_a_copy_says_what_the_register_says_and_the_agency_alone_signs_it() -> None:
    licence = given()
    row = asked(licence)
    assert (row.state, row.licence_id, row.signer_id, row.signed_sha256) == (
        "published",
        licence.pk,
        None,
        "",
    )
    said = json.loads(row.snapshot)
    assert said["copied"] | {"title": "", "decision": ""} == {
        "title": "",
        "decision": "",
        "number": licence.number,
        "issued": "2026-03-02",
        "valid_until": "",
        "replaces": "",
        "standing": "Còn hiệu lực",
    }
    assert said["subject"]["name"] == licence.subject.name
    assert [one["what"] for one in said["history"]] == ["Cấp"]
    data = files.read(row.sealed_sha256)
    with pikepdf.open(io.BytesIO(data)) as document:
        assert [str(field.T) for field in document.Root.AcroForm.Fields] == ["Seal"]
    checked = selectors.verify_file(data)
    assert (checked.verdict.verdict, checked.extract, checked.paper) == ("valid", row, None)
    assert selectors.verify_file(data + b"\n% more\n").verdict.verdict == "invalid"
    link = reverse("portal:copy", args=[licence.ref, row.ref])
    assert link in page_of(licence)
    assert signed_in(HOLDER).get(link).content == data
    entry = LedgerEntry.objects.get(subject_id=licence.dossier_id, subject_kind="dossier", act="issue_copy")
    assert json.loads(entry.data) == {"licence": str(licence.ref), "copy": str(row.ref)}


def test_what_a_copy_says_of_its_day_and_the_register_of_today_are_two_things() -> None:
    licence = given()
    row = asked(licence)
    Licence.objects.filter(pk=licence.pk).update(state="revoked", changed_at=now())
    shown = record_of(row)
    assert "Bản sao từ sổ đăng ký: Số lưu hành trang thiết bị y tế" in shown
    assert licence.number in shown
    assert licence.subject.name in shown
    assert "Đã thu hồi" in shown
    file = SimpleUploadedFile("ban-sao.pdf", files.read(row.sealed_sha256))
    dropped = Client().post(reverse("public:verify"), {"tep": file}).content.decode()
    assert "verdict--valid" in dropped
    assert "Đã thu hồi" in text_of(dropped)
    told = Client().get(reverse("public:record", args=[row.code])).json()
    assert (told["kind"], told["licence"]["state"], told["licence"]["number"]) == (
        "extract",
        "revoked",
        licence.number,
    )
    later = asked(licence)
    said = json.loads(later.snapshot)
    assert later.pk != row.pk
    assert said["copied"]["standing"] == "Đã thu hồi"
    assert [one["what"] for one in said["history"]] == ["Cấp", "Đã thu hồi"]


def test_asked_again_it_is_the_same_copy_until_the_register_or_the_day_is_another() -> None:
    licence = given()
    first = asked(licence)
    assert asked(licence).pk == first.pk
    assert Extract.objects.count() == 1
    assert LedgerEntry.objects.filter(act="issue_copy").count() == 1
    advance(timedelta(days=1))
    with frozen(now()):
        assert asked(licence).pk != first.pk
    assert page_of(licence).count("/ban-sao/") == 3  # two copies, and the button


def test_nobody_else_asks_for_it_or_reads_it() -> None:
    licence = given()
    row = asked(licence)
    ask, link = (
        reverse("portal:make_copy", args=[licence.ref]),
        reverse("portal:copy", args=[licence.ref, row.ref]),
    )
    stranger = signed_in("doanhnghiep2")
    assert (stranger.post(ask).status_code, stranger.get(link).status_code) == (404, 404)
    assert signed_in("chuyenvien").post(ask).status_code == 403
    assert Client().post(ask).status_code == 302
    assert Extract.objects.count() == 1


def test_one_that_is_not_made_yet_has_no_link() -> None:
    licence = given()
    assert signed_in(HOLDER).post(reverse("portal:make_copy", args=[licence.ref])).status_code == 303
    row = Extract.objects.get()
    assert reverse("portal:copy", args=[licence.ref, row.ref]) not in page_of(licence)
    assert "đang được lập" in page_of(licence)
    assert signed_in(HOLDER).get(reverse("portal:copy", args=[licence.ref, row.ref])).status_code == 404


@pytest.mark.promise("papers.pictures")
def test_it_looks_as_it_was_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    licence = given()
    monkeypatch.setattr(
        secrets, "token_hex", lambda size: "0123456789ABCDEF"[:size] * 2
    )  # its code is printed
    assert not hold("licence-copy", files.read(asked(licence).sealed_sha256))
