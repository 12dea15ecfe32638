"""The ASEAN single window, through the national gateway: a signed message out, the gateway's receipt at once, and
later the other member's business response, fetched from the gateway or brought by it.

Two peers, two pinned certificates: a receipt is believed from the gateway only, a response from the member only.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from django.utils.translation import gettext_lazy as _

from integrations.codes import load
from integrations.envelope import (
    Answer,
    Document,
    Facts,
    Held,
    PeerError,
    PeerFault,
    Unknown,
    Unreadable,
    Unverified,
    UseReport,
    excerpt,
)
from integrations.partners import keys
from integrations.partners.asw import codec, mapping
from integrations.signed_xml import check, parse, verify
from integrations.transport import Response, Wire
from procedures.now import HANOI, now, today

__all__ = ["GATEWAY", "MEMBER", "adapter"]

GATEWAY = "asw-gateway"
MEMBER = "asw-member"
"""Roles whose certificates are pinned."""
PAGE = 100
"""Responses in one answer of the gateway."""


class AseanWindow:
    """See `integrations.registry.Partner`."""

    name = "asw"
    title = _("ASEAN single window")
    document = "additional_document"
    document_title = _("Additional document")
    polls = True
    content_type = "application/json"

    def check_config(self) -> list[str]:
        """Keys, certificates, codes."""
        found = []
        try:
            keys.signatory(keys.OURS)
            keys.certificate(GATEWAY)
            keys.certificate(MEMBER)
        except (keys.KeyMissing, OSError, ValueError) as error:
            found.append(str(error))
        try:
            load(mapping.CODES)
        except (OSError, ValueError, KeyError) as error:
            found.append(f"codes: {error}")
        return found

    def compose(self, *, facts: Facts, paper: bytes, wire_id: str, at: datetime) -> Document:
        """The licence as an additional document; the PDF is named by its hash and its address, not sent."""
        root, kind, function = mapping.licence_message(facts=facts, wire_id=wire_id, at=at.astimezone(HANOI))
        content = codec.seal(root, by=keys.signatory(keys.OURS))
        verify(content, within=codec.SIGNED_WITHIN, pinned=keys.certificate(keys.OURS), now=at)
        return Document(type=kind, function=function, content=content, content_type="application/xml")

    def exchange(self, *, line: Wire, content: bytes, wire_id: str) -> bytes:
        """Hand the message to the gateway; its signed receipt must repeat the hash of what we sent."""
        answer = line.post("/gateway/messages", content=content, headers={"Content-Type": "application/xml"})
        if "xml" not in answer.content_type:
            raise Unknown(f"HTTP {answer.status}: {excerpt(answer.body, limit=120)}", status=answer.status)
        if codec.find_text(parse(answer.body), "DigestValue") not in {
            "",
            hashlib.sha256(content).hexdigest(),
        }:
            raise Unknown("the receipt is about other bytes", status=answer.status)
        return answer.body

    def read(self, raw: bytes, *, at: datetime) -> Answer:
        """A receipt of the gateway or a response of the member; which one decides whose key must fit."""
        kind = parse(raw).tag
        role = GATEWAY if kind == codec.path("TransportReceipt") else MEMBER
        root = verify(raw, within=codec.SIGNED_WITHIN, pinned=keys.certificate(role), now=at)
        if root.tag != kind:
            raise Unverified("the signed node is another one")
        check(root, schema=codec.SCHEMA)
        return mapping.answer_from(root, on=at.astimezone(HANOI).date())

    def fetch(self, *, line: Wire) -> list[bytes]:
        """All responses that the gateway holds and we have not confirmed, page by page."""
        found: list[bytes] = []
        since = 0
        for _page in range(50):
            answer = line.get(f"/gateway/responses?since={since}", headers={"Accept": "application/json"})
            since, documents = _page_of(answer)
            found += documents
            if len(documents) < PAGE:
                break
        return found

    def confirm(self, *, line: Wire, answer: Answer) -> None:
        """The gateway may forget a response that is stored here."""
        answered = line.post(
            f"/gateway/responses/{quote(answer.about, safe='')}/confirm", content=b"", headers={}
        )
        if answered.status != 200:
            raise PeerError("the gateway did not take our confirmation", status=answered.status)

    def held(self, *, line: Wire, since: datetime, until: datetime) -> list[Held]:
        """The gateway's book, under its signature."""
        asked = urlencode({"from": codec.instant(since), "to": codec.instant(until)})
        answer = line.get(f"/gateway/book?{asked}", headers={"Accept": "application/xml"})
        if answer.status != 200:
            raise PeerError("the gateway gave no book", status=answer.status)
        root = verify(answer.body, within=codec.SIGNED_WITHIN, pinned=keys.certificate(GATEWAY), now=now())
        check(root, schema=codec.SCHEMA)
        return mapping.held_from(root)

    def unwrap(self, body: bytes) -> bytes:
        """The gateway posts the document itself."""
        return body

    def acknowledge(
        self, heard: Answer | UseReport, *, at: datetime, faults: Sequence[PeerFault] = ()
    ) -> bytes:
        """Stored, under this identifier."""
        return json.dumps({"stored": heard.peer_id, "faults": [one.code for one in faults]}).encode()

    def refuse(self, *, code: str, text: str) -> bytes:
        """An error code and a sentence."""
        known = load(mapping.CODES).value("refusal", code, on=today())
        return json.dumps({"error": known, "detail": text[:300]}).encode()


def _page_of(answer: Response) -> tuple[int, list[bytes]]:
    try:
        data = json.loads(answer.body)
        documents = [base64.b64decode(item, validate=True) for item in data["responses"][:PAGE]]
        return int(data["next"]), documents
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise Unreadable(f"HTTP {answer.status}: no list of responses") from None


adapter = AseanWindow()
