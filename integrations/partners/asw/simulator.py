"""The national gateway and another member's window, played in one process with two keys.

The gateway checks our signature, gives a signed receipt at once and hands the message to the member's window, which
answers with a business response of its own; the gateway offers that until we confirm it.
"""

import base64
import hashlib
import json
import re
import secrets
from datetime import datetime
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from integrations.codes import load
from integrations.envelope import Unreadable
from integrations.partners import keys
from integrations.partners.asw import codec, mapping
from integrations.partners.asw.adapter import GATEWAY, MEMBER, PAGE
from integrations.signed_xml import check, resign, verify
from integrations.simulation import Entry, Host, Mode, Web, timestamp
from procedures.now import HANOI, now

__all__ = ["simulator"]

STRANGER = "stranger"
XML = "application/xml"
CONFIRM = re.compile(r"/gateway/responses/([^/]+)/confirm")


class PlayedWindows:
    """See `integrations.simulation.Simulator`."""

    name = "asw"
    title = _("ASEAN single window")
    message_path = "/gateway/messages"
    reports = False

    def refuse_call(self, headers: dict[str, str]) -> Web | None:
        """The gateway knows us by the signature alone."""
        return None

    def open(self, body: bytes) -> tuple[str, bytes, dict[str, str]]:
        """A message of the ministry, verified with the certificate that is pinned for it."""
        root = verify(body, within=codec.SIGNED_WITHIN, pinned=keys.certificate(keys.OURS), now=now())
        check(root, schema=codec.SCHEMA)
        if root.tag != codec.path("Message"):
            raise Unreadable("no message")
        document = "Declaration/GoodsShipment/AdditionalDocument"
        summary = {
            "licence": codec.find_text(root, f"{document}/ID"),
            "replaces": codec.find_text(root, f"{document}/PreviousID"),
            "holder": codec.find_text(root, "Declaration/Importer/Name"),
            "sender": codec.find_text(root, f"{document}/Issuer/Name"),
            "member": codec.find_text(root, "Header/ToCountryCode"),
            "reference": codec.find_text(root, "Declaration/FunctionalReferenceID"),
        }
        return codec.find_text(root, "Header/MessageID"), body, summary

    def decide(self, *, wire_id: str, raw: bytes, summary: dict[str, str], reject: bool) -> Entry:
        """A receipt by the gateway now, a response by the member to be fetched."""
        at, sha256 = now().astimezone(HANOI), hashlib.sha256(raw).hexdigest()
        return Entry(
            wire_id=wire_id,
            sha256=sha256,
            at=timestamp(),
            verdict="rejected" if reject else "accepted",
            reply=self._receipt(wire_id, sha256, at),
            summary=summary,
            pending=self._response(wire_id, summary, at, reject=reject),
        )

    def _receipt(self, wire_id: str, sha256: str, at: datetime) -> bytes:
        root = codec.document("TransportReceipt")
        codec.add(root, "ReceiptID", f"R-{secrets.token_hex(12)}")
        codec.add(root, "MessageID", wire_id)
        codec.add(root, "DigestValue", sha256)
        codec.add(root, "ReceivedDateTime", codec.instant(at))
        return codec.seal(root, by=keys.signatory(GATEWAY))

    def _response(self, wire_id: str, summary: dict[str, str], at: datetime, *, reject: bool) -> bytes:
        codes, on = load(mapping.CODES), at.date()
        root = codec.document("Response")
        codec.add(root, "ResponseID", f"B-{secrets.token_hex(12)}")
        codec.add(root, "MessageID", wire_id)
        codec.add(root, "FromCountryCode", summary["member"])
        name = "response.rejected" if reject else "response.accepted"
        codec.add(root, "FunctionCode", codes.value("message", name, on=on))
        codec.add(root, "FunctionalReferenceID", summary["reference"])
        codec.add(root, "IssueDateTime", codec.instant(at))
        if reject:
            error = codec.add(root, "Error")
            codec.add(error, "ValidationCode", "CDS10020")
            codec.add(error, "Description", "The additional document is not known to the issuing member")
            codec.add(error, "Pointer", "Declaration/GoodsShipment/AdditionalDocument/ID")
        return codec.seal(root, by=keys.signatory(MEMBER))

    def fail(self, *, wire_id: str) -> bytes:
        """The gateway has no signed way to say `not now`: an empty answer, so the outcome stays unknown."""
        return b""

    def present(self, reply: bytes) -> Web:
        """The receipt as it is."""
        return Web(202, XML, reply) if reply else Web(500, XML, b"")

    def disguise(self, reply: bytes) -> bytes:
        """The same words under a stranger's key."""
        return resign(reply, within=codec.SIGNED_WITHIN, by=keys.signatory(STRANGER))

    def complain(self, error: Exception) -> Web:
        """Unsigned, so never a verdict."""
        return Web(400, "application/json", json.dumps({"error": str(error)[:200]}).encode())

    def call(self, entry: Entry) -> tuple[str, bytes]:
        """The member's response, brought by the gateway."""
        return XML, entry.pending

    def other(self, host: Host, *, method: str, path: str, body: bytes) -> Web | None:
        """Fetching and confirming responses."""
        parts = urlsplit(path)
        if method == "GET" and parts.path == "/gateway/responses":
            return self._offer(host, since=parse_qs(parts.query).get("since", ["0"])[0])
        if method == "GET" and parts.path == "/gateway/book":
            return self._book(host, parse_qs(parts.query))
        found = CONFIRM.fullmatch(parts.path)
        if method == "POST" and found:
            wire_id = unquote(found[1])
            if wire_id not in host.journal.entries:
                return Web(404, "application/json", b"{}")
            host.journal.confirm(wire_id)
            return Web(200, "application/json", b"{}")
        return None

    def _book(self, host: Host, asked: dict[str, list[str]]) -> Web:
        """What arrived from one moment to another, signed by the gateway; the member's verdict once we have it."""
        since, until = (datetime.fromisoformat(asked[name][0]) for name in ("from", "to"))
        root = codec.document("Book")
        for one in host.book(since, until):
            row = codec.add(root, "Entry")
            codec.add(row, "MessageID", one.wire_id)
            codec.add(row, "DigestValue", one.sha256)
            codec.add(row, "StatusCode", one.verdict if one.confirmed else "receipt")
        signed = codec.seal(root, by=keys.signatory(GATEWAY))
        return Web(200, XML, self.disguise(signed) if host.lies() else signed)

    def _offer(self, host: Host, *, since: str) -> Web:
        mode, first = host.mischief.mode, int(since) if since.isdigit() else 0
        entries = sorted(host.journal.entries.values(), key=lambda entry: entry.number)
        open_ones = [
            one for one in entries if one.number > first and (mode == Mode.TWICE or not one.confirmed)
        ][:PAGE]
        documents = [one.pending for one in open_ones]
        if mode == Mode.BAD_SIGNATURE:
            documents = [self.disguise(document) for document in documents]
        if mode == Mode.TWICE:
            documents += documents
        data = {
            "next": open_ones[-1].number if open_ones else first,
            "responses": [base64.b64encode(document).decode() for document in documents],
        }
        return Web(200, "application/json", json.dumps(data).encode())


def simulator(address: str) -> PlayedWindows:
    """Both windows, behind one address."""
    return PlayedWindows()
