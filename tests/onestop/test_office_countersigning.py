"""The head of a division countersigns in the office: the very bytes, a second factor, the key here or elsewhere."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue__list import over, waiting
from tests.onestop.office_desk import Desk, code_of, text_of
from tests.onestop.test_public import dropped
from tests.papers.csc import Csc
from workflows import files, outbox, selectors
from workflows.models import Countersignature, RemoteSignature
from workflows.papers import custody
from workflows.papers.signing_service import TEST_PIN, credential_id

HEAD = "truongphong_dklh"
pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("papers.countersigned")]


@pytest.fixture
def sheet() -> Journey:
    """A list whose numbered decision waits for the head's countersignature."""
    return over(waiting("Máy thở")).walked(until="countersign")


def test_the_head_reads_the_bytes_and_countersigns_them(sheet: Journey) -> None:
    desk = Desk(HEAD)
    read = text_of(desk.page(sheet.dossier, "sign"))
    for words in ("Ký kiểm tra nội dung", "Chờ chữ ký kiểm tra nội dung", "Đúng bản PDF sẽ ký"):
        assert words in read, words
    assert "Người soạn, người duyệt và người ký là những người khác nhau" in read
    assert reverse("office:sign", args=[sheet.dossier.ref]) in desk.page(sheet.dossier)
    desk.do(sheet.dossier, "countersign", page="sign", code=code_of(HEAD))
    outbox.drain()
    row = Countersignature.objects.get()
    assert row.signer.username == HEAD
    leader = text_of(Desk("cuctruong").page(sheet.dossier, "sign"))
    assert f"Đã ký kiểm tra nội dung: {row.signer.full_name}" in leader
    assert "Chờ ký" in leader
    sheet.walked()
    paper = sheet.dossier.papers.get(kind="decision")
    checked = text_of(dropped(files.read(paper.file_sha256)).content.decode())
    assert "Chữ ký kiểm tra nội dung" in checked
    assert row.signer.full_name in checked


def test_the_head_s_key_may_be_elsewhere(sheet: Journey, tmp_path: Path, settings: Any) -> None:
    csc = Csc(tmp_path / "csc", Path(settings.KEYS_DIR), (HEAD,))
    csc.configure(settings)
    custody._remote.cache_clear()
    desk = Desk(HEAD)
    fields, action, prefix = desk.form(sheet.dossier, "countersign", page="sign")
    assert desk.send(fields, action, prefix, send="1").status_code == 200
    desk.do(sheet.dossier, "countersign", page="sign", pin=TEST_PIN, code=csc.codes[credential_id(HEAD)])
    csc.close()
    outbox.drain()
    assert RemoteSignature.objects.get().at == Countersignature.objects.get().at
    custody._remote.cache_clear()
    settings.CSC_URL = ""
    sheet.walked()
    paper = sheet.dossier.papers.get(kind="decision")
    verdict = selectors.verify_file(files.read(paper.file_sha256)).verdict
    assert verdict.verdict == "valid", [one for one in verdict.reasons if one.outcome != "passed"]
    signers = {one.subject: one.detail for one in verdict.reasons if one.code == "signature.signer"}
    assert signers["Countersigner1"].startswith(f"{HEAD} (ký từ xa)")
