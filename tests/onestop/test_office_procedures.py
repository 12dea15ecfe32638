"""The catalogue in the office: read by every official, checked by one and published by another, compared in words."""

import io
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from procedures import catalog, folders
from procedures.models import LedgerEntry, ProcedureVersion, User
from procedures.policy import SYSTEM
from tests.onestop.office_desk import Desk, text_of

LABEL = "  - {id: label, title: {vi: Mẫu nhãn, en: Label}, form: copy, when: copies > 5, illustrative: true}"

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("office.procedures-published")]


@pytest.fixture
def draft(tmp_path: Path) -> ProcedureVersion:
    """A second version of the free-sale certificate: dearer, quicker, one paper more."""
    for name in ("bases", "device-free-sale"):
        shutil.copytree(catalog.CATALOGUE / name, tmp_path / name)
    old = tmp_path / "device-free-sale" / "2025-07-01"
    new = old.with_name("2026-07-01")
    old.rename(new)
    file = new / "procedure.yaml"
    text = file.read_text("utf-8").replace("version: 2025-07-01", "version: 2026-07-01")
    for before, after in (
        ("amount: 1000000", "amount: 1200000"),
        ("  applicant: {length: 30, unit: calendar_days", "  applicant: {length: 20, unit: calendar_days"),
        (
            "\npieces:\n",
            f"\npieces:\n{LABEL}\n",
        ),
    ):
        assert before in text
        text = text.replace(before, after)
    file.write_text(text, "utf-8")
    (synced,) = catalog.sync(actor=SYSTEM, root=tmp_path)
    return synced.version


def page(who: str, version: date = date(2026, 7, 1), **query: str) -> str:
    return Desk(who).get("version", "device-free-sale", version.isoformat(), **query)


def press(who: str, act: str, *, version: str = "2026-07-01", **typed: str) -> tuple[int, str]:
    client = Client()
    client.force_login(User.objects.get(username=who))
    answer = client.post(reverse("office:decide", args=["device-free-sale", version, act]), typed)
    return answer.status_code, text_of(answer.content.decode())


def test_every_official_reads_the_list(draft: ProcedureVersion) -> None:
    read = text_of(Desk("tiepnhan").get("procedures"))
    assert f"{len({path.parent.name for path in folders.folders()})} thủ tục" in read
    assert "1 phiên bản chờ kiểm tra hoặc ban hành" in read
    assert "Cấp mới số lưu hành đối với trang thiết bị y tế thuộc loại C, D" in read


def test_what_differs_is_told_in_the_words_of_the_law(draft: ProcedureVersion) -> None:
    read = text_of(page("kiemsoat"))
    differs = read.partition("Khác gì so với phiên bản 01/07/2025")[2].partition("Hồ sơ đi qua những ai")[0]
    assert "Người nộp bổ sung trong 30 ngày (minh họa) 20 ngày (minh họa)" in differs
    assert "1.000.000 ₫ (Thông tư 59/2023/TT-BTC, minh họa) 1.200.000 ₫" in differs
    assert "Mẫu nhãn không có bản chụp; PDF; khi Số bản đề nghị cấp nhiều hơn 5" in differs
    assert "applicant" not in differs
    assert differs.count("(1)") == 3  # one rule in each of three chapters


def test_one_person_checks_and_another_publishes(draft: ProcedureVersion) -> None:
    assert "Tôi đã kiểm tra phiên bản này" in page("kiemsoat")
    assert press("kiemsoat", "check")[0] == 303
    status, said = press("kiemsoat", "publish")
    assert status == 403
    assert "người khác" in said
    assert press("quantri", "publish")[0] == 303
    row = ProcedureVersion.objects.get(pk=draft.pk)
    assert (row.state, row.checked_by.username, row.published_by.username) == (  # type: ignore[union-attr]
        "published",
        "kiemsoat",
        "quantri",
    )
    acts = LedgerEntry.objects.filter(subject_kind="procedure_version", subject_id=row.pk).order_by(
        "sequence"
    )
    assert list(acts.values_list("act", flat=True)) == ["load", "check", "publish"]
    assert catalog.in_force("device-free-sale", date(2026, 7, 1)).pk == row.pk
    assert catalog.in_force("device-free-sale", date(2026, 6, 30)).pk != row.pk


def test_others_read_and_are_told_who_may(draft: ProcedureVersion) -> None:
    read = text_of(page("truongphong"))
    assert "Tôi đã kiểm tra" not in read
    assert "Kết quả chứng minh" in read
    status, said = press("truongphong", "check")
    assert status == 403
    assert "kiểm soát thủ tục" in said.lower()
    assert ProcedureVersion.objects.get(pk=draft.pk).state == "draft"


def test_what_the_verifier_refuses_is_shown_and_cannot_be_checked(draft: ProcedureVersion) -> None:
    User.objects.filter(username="truongphong_dklh").update(is_active=False)
    read = text_of(page("kiemsoat"))
    assert "lỗi" in read.partition("Kết quả chứng minh")[2][:40]
    assert "HTTB-DKLH" in read
    status, said = press("kiemsoat", "check")
    assert status == 422
    assert "HTTB-DKLH" in said
    assert ProcedureVersion.objects.get(pk=draft.pk).state == "draft"


def test_a_version_is_retired_with_its_last_day() -> None:
    status, said = press("quantri", "retire", version="2025-07-01", last_day="hôm nay")
    assert status == 422
    assert "15/09/2026" in said
    assert press("quantri", "retire", version="2025-07-01", last_day="31/03/2026")[0] == 303
    row = ProcedureVersion.objects.get(procedure__code="device-free-sale")
    assert (row.state, row.effective_to) == ("retired", date(2026, 3, 31))
    status, said = press("quantri", "retire", version="2025-07-01", last_day="30/04/2026")
    assert status == 403


@pytest.mark.parametrize("day", ["2024-01-01", "khong-phai-ngay", "9999-99-99"])
def test_a_version_that_is_not_there_is_not_found(day: str) -> None:
    Desk("kiemsoat").get("version", "device-free-sale", day, status=404)


def test_a_package_is_downloaded_and_taken_in_as_a_draft() -> None:
    controller = Client()
    controller.force_login(User.objects.get(username="kiemsoat"))
    got = controller.get(reverse("office:package", args=["device-free-sale", "2025-07-01"]))
    assert got.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(got.content)) as held:
        texts = {name: held.read(name).decode() for name in held.namelist()}
    texts["procedure.yaml"] = texts["procedure.yaml"].replace("version: 2025-07-01", "version: 2027-01-01")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, text in texts.items():
            package.writestr(name, text)
    sent = controller.post(
        reverse("office:procedures"), {"package": SimpleUploadedFile("v.zip", out.getvalue())}, follow=True
    )
    assert "Đã nhận làm bản nháp." in sent.content.decode()
    assert "Bản nháp" in text_of(sent.content.decode())
    wrong = controller.post(reverse("office:procedures"), {"package": SimpleUploadedFile("v.zip", b"hello")})
    assert wrong.status_code == 422
    assert "không phải gói thủ tục" in wrong.content.decode()
