"""Decisions signed on a token: no private key in a file, a token that is away is waited for, who has no key is told."""

from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from procedures.errors import Invalid
from procedures.models import User
from tests.papers.hsm import LABEL, MODULE, Hsm, needs_softhsm
from tests.scenarios import MONDAY, Play
from workflows import files, outbox, selectors
from workflows.models import OutboxRow, Paper
from workflows.papers import pki
from workflows.papers.keys import WATERMARK
from workflows.papers.textlayer import page_text, squeezed

pytestmark = [needs_softhsm, pytest.mark.django_db, pytest.mark.usefixtures("seeded")]
ON_THE_TOKEN = ("official:tiepnhan", "official:thuquy", "official:cuctruong", "agency:HTTB")


@pytest.fixture
def refs() -> tuple[str, ...]:
    """Whose keys are on the token."""
    return ON_THE_TOKEN


@pytest.fixture
def hsm(keys: Path, tmp_path: Path, settings: Any, refs: tuple[str, ...]) -> Hsm:
    found = Hsm.begin(tmp_path / "hsm")
    found.insert()
    for number, ref in enumerate(refs):
        give(found, keys, ref, number)
    settings.PKCS11_MODULE, settings.PKCS11_TOKEN = MODULE, LABEL
    settings.PKCS11_PIN_FILE = found.pin_file
    return found


def give(hsm: Hsm, keys: Path, ref: str, number: int) -> None:
    home = pki.issue(keys, ref=ref, common_name=f"Khóa của {ref}", organisation="Bộ Y tế")
    hsm.put(home, ref=ref, key_id=bytes([number + 1]))


def sign(play: Play) -> None:
    """The leader signs what is to be read now."""
    stepped_up_at = MONDAY - timedelta(seconds=20)
    play.step("cuctruong", "sign", "sign", paper_sha256=play.result_sha256(), stepped_up_at=stepped_up_at)


def is_marked(paper: Paper) -> bool:
    with pikepdf.open(BytesIO(files.read(paper.file_sha256))) as document:
        return squeezed(WATERMARK) in squeezed(page_text(document.pages[0]))


@pytest.mark.promise("papers.keys-on-a-token")
def test_a_decision_is_signed_on_the_token(hsm: Hsm, keys: Path) -> None:
    """And bears no watermark where the root is nobody's test root; the enterprise's paper still does."""
    (keys / "public" / "root.key").unlink()
    play = Play().granted()
    decision = Paper.objects.get(dossier=play.dossier_id, kind="decision")
    checked = selectors.verify_file(files.read(decision.file_sha256))
    assert checked.verdict.verdict == "valid"
    signers = {one.subject: one.detail for one in checked.verdict.reasons if one.code == "signature.signer"}
    assert signers["Leader"].startswith("Khóa của official:cuctruong")
    assert not checked.verdict.test_keys
    assert not is_marked(decision)
    assert is_marked(Paper.objects.get(dossier=play.dossier_id, kind="declaration"))
    kinds = {home.name.partition("-")[0] for home in (keys / "signers").iterdir()}
    assert kinds == {"enterprise", "time"}, "the others are on the token alone"


@pytest.mark.promise("papers.keys-away")
def test_papers_wait_for_the_token_and_come_when_it_is_back(hsm: Hsm) -> None:
    play = Play().prepared()
    hsm.take_away()
    sign(play)
    play.work()
    decision = Paper.objects.get(dossier=play.dossier_id, kind="decision")
    assert decision.state == "approved"
    row = OutboxRow.objects.get(subscriber="papers", state="queued")
    assert row.attempts == 0
    hsm.bring_back()
    OutboxRow.objects.filter(state="queued").update(due_at=None)
    outbox.drain()
    decision.refresh_from_db()
    assert decision.state == "signed"


@pytest.mark.promise("papers.certificate-checked")
@pytest.mark.usefixtures("hsm")
@pytest.mark.parametrize("refs", [("official:tiepnhan", "official:thuquy", "agency:HTTB")])
def test_a_leader_without_a_key_is_told() -> None:
    play = Play().prepared()
    with pytest.raises(Invalid) as caught:
        sign(play)
    assert caught.value.reasons[0].message == "There is no key for this signature."
    client = Client()
    client.force_login(User.objects.get(username="cuctruong"))
    page = client.get(reverse("office:sign", args=[play.dossier.ref])).content.decode()
    assert "Chưa có khóa cho chữ ký này." in page


@pytest.mark.promise("papers.keys-on-a-token")
def test_the_operator_reads_what_is_on_the_token(hsm: Hsm, keys: Path, settings: Any) -> None:
    pki.issue(
        keys, ref="official:cu", common_name="x", organisation="x", not_after=MONDAY - timedelta(days=1)
    )
    give(hsm, keys, "official:cu", 9)
    said = StringIO()
    call_command("keys", stdout=said)
    lines = dict(line.split("\t", 1) for line in said.getvalue().splitlines())
    assert set(lines) == {*ON_THE_TOKEN, "official:cu"}
    assert lines["agency:HTTB"].endswith("until 2034-07-01\tmay sign")
    assert lines["official:cu"].endswith("expired")
    hsm.take_away()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("keys")
    hsm.bring_back()
    settings.PKCS11_MODULE = None
    with pytest.raises(CommandError, match="no token"):
        call_command("keys")
