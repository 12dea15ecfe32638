"""Every signature of the product is stamped by an authority over HTTP; while that is away, papers wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pyhanko.pdf_utils.reader import PdfFileReader

from procedures.errors import Busy
from procedures.models import User
from procedures.now import now
from tests.scenarios import MONDAY, Play, actor
from workflows import files, outbox, production, selectors, service
from workflows.management.commands.time_authority import server_for
from workflows.models import OutboxRow, Paper, Timestamp
from workflows.papers import pki
from workflows.papers.timestamps import TestTimeAuthority

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]


class Authority:
    """The authority on its port, which can be away."""

    def __init__(self) -> None:
        self._authority = TestTimeAuthority(Path(settings.KEYS_DIR), clock=now)
        self.port = 0

    @contextmanager
    def there(self) -> Iterator[None]:
        server: ThreadingHTTPServer = server_for(self._authority, port=self.port)
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join(10)


@pytest.fixture
def authority(settings: Any) -> Authority:
    found = Authority()
    with found.there():
        settings.TSA_URL = f"http://127.0.0.1:{found.port}/"
    return found


def stamps_of(sha256: str) -> list[str]:
    """What the time stamps in a file are over, hexadecimal, in the order of its signatures."""
    found = []
    for signature in PdfFileReader(BytesIO(files.read(sha256))).embedded_regular_signatures:
        token = next(
            attribute["values"][0]
            for attribute in signature.signer_info["unsigned_attrs"]
            if attribute["type"].native == "signature_time_stamp_token"
        )
        info = token["content"]["encap_content_info"]["content"].parsed
        found.append(info["message_imprint"]["hashed_message"].native.hex())
    return found


@pytest.mark.promise("papers.time-stamped")
def test_papers_wait_for_the_time_and_come_when_it_is_back(authority: Authority) -> None:
    with authority.there():
        play = Play().received()
    play.work()
    receipt = Paper.objects.get(dossier=play.dossier_id, kind="receipt")
    assert receipt.state == "reserved"
    rows = OutboxRow.objects.filter(subscriber="papers", state="queued")
    assert {row.attempts for row in rows} == {0}
    assert any(row.due_at for row in rows)
    assert Timestamp.objects.count() == 1, "of the declaration"
    OutboxRow.objects.filter(state="queued").update(due_at=None)
    with authority.there():
        outbox.drain()
    receipt.refresh_from_db()
    assert receipt.state == "published"
    kept = set(Timestamp.objects.values_list("imprint", flat=True))
    stamps = stamps_of(receipt.sealed_sha256)
    assert len(set(stamps)) == 2
    assert set(stamps) < kept
    checked = selectors.verify_file(files.read(receipt.sealed_sha256))
    said = {
        (reason.subject, reason.passed) for reason in checked.verdict.reasons if "timestamp" in reason.code
    }
    assert checked.verdict.verdict == "valid"
    assert said == {("Officer", True), ("Seal", True)}


@pytest.mark.promise("papers.same-bytes")
def test_a_signature_made_again_carries_the_same_stamp(authority: Authority) -> None:
    """As by a worker that died after it had stored the file and before it was recorded."""
    with authority.there():
        play = Play().received()
        paper = Paper.objects.select_related("dossier__subject", "signer").get(
            dossier=play.dossier_id, kind="receipt"
        )
        paper.approved_at = paper.checked_at = paper.created_at
        paper.rendered_sha256 = production.render(paper)
        first = production.sign(paper)
        assert Timestamp.objects.count() == 2
    # Nobody is asked again: the authority is away.
    assert production.sign(paper) == first
    assert Timestamp.objects.count() == 2


@pytest.mark.promise("papers.time-stamped")
def test_an_applicant_is_told_that_nothing_was_signed_and_nothing_is_lost(authority: Authority) -> None:
    play = Play().draft()
    with pytest.raises(Busy):
        service.sign_declaration(actor=actor(play.applicant), dossier_id=play.dossier_id)
    client = Client()
    client.force_login(User.objects.get(username=play.applicant))
    answer = client.post(reverse("portal:sign", args=[play.dossier.ref]))
    assert answer.status_code == 503
    text = answer.content.decode()
    assert "Dịch vụ cần cho việc ký không trả lời, nên chưa ký gì." in text
    assert not Paper.objects.filter(dossier=play.dossier_id, kind="declaration").exists()
    with authority.there():
        assert client.post(reverse("portal:sign", args=[play.dossier.ref])).status_code == 303
    declaration = Paper.objects.get(dossier=play.dossier_id, kind="declaration")
    assert len(stamps_of(declaration.signed_sha256)) == 1
    assert Timestamp.objects.get().at == MONDAY


def test_a_fresh_installation_signs_at_once(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No key, no root, no list is there before the first applicant signs."""
    monkeypatch.setattr(pki, "KEY_BITS", 2048)
    settings.KEYS_DIR = tmp_path / "keys"
    play = Play().draft()
    declaration = service.sign_declaration(actor=actor(play.applicant), dossier_id=play.dossier_id)
    assert selectors.verify_file(files.read(declaration.signed_sha256)).verdict.verdict == "valid"
