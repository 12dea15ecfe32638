"""The customs single window: import licences go out, its signed replies come back, at once or in a call of its own; by
such calls it also reports what was used of a licence."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from integrations.codes import load
from integrations.envelope import (
    Answer,
    CredentialRefused,
    Document,
    Facts,
    Held,
    PeerError,
    PeerFault,
    Unknown,
    UseReport,
)
from integrations.partners import keys
from integrations.partners.vnsw import codec, mapping, token
from integrations.signed_xml import check, sign, verify
from integrations.transport import Response, Wire
from procedures.now import HANOI, now, today

__all__ = ["PEER", "adapter"]

PEER = "vnsw"
"""Role whose certificate is pinned for the window."""


class CustomsWindow:
    """See `integrations.registry.Partner`."""

    name = "vnsw"
    title = _("Customs single window")
    document = "import_licence"
    document_title = _("Import licence")
    polls = False
    content_type = "text/xml; charset=utf-8"

    def check_config(self) -> list[str]:
        """Keys, certificate, codes."""
        found = []
        try:
            keys.signatory(keys.OURS)
            keys.assertion_key()
            keys.certificate(PEER)
        except (keys.KeyMissing, OSError, ValueError) as error:
            found.append(str(error))
        try:
            load(mapping.CODES)
        except (OSError, ValueError, KeyError) as error:
            found.append(f"codes: {error}")
        return found

    def compose(self, *, facts: Facts, paper: bytes, wire_id: str, at: datetime) -> Document:
        """A 370 message with the licence and its signed PDF."""
        root, kind, function = mapping.licence_envelope(facts=facts, paper=paper, wire_id=wire_id, at=at)
        check(root, schema=codec.SCHEMA)
        content = sign(root, within=codec.SIGNED_WITHIN, by=keys.signatory(keys.OURS))
        own = keys.certificate(keys.OURS)
        check(verify(content, within=codec.SIGNED_WITHIN, pinned=own, now=at), schema=codec.SCHEMA)
        return Document(type=kind, function=function, content=content, content_type="text/xml; charset=utf-8")

    def exchange(self, *, line: Wire, content: bytes, wire_id: str) -> bytes:
        """One SOAP call; with a new token when the window has forgotten ours."""
        try:
            answer = self._call(line, content)
        except CredentialRefused as error:
            if error.status != 401:
                raise
            token.forget(line)
            answer = self._call(line, content)
        if "xml" not in answer.content_type:
            raise Unknown(f"HTTP {answer.status} without XML", status=answer.status)
        return codec.unwrap(answer.body, part="response")

    def _call(self, line: Wire, content: bytes) -> Response:
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": '""',
            "Authorization": f"Bearer {token.token(line)}",
        }
        return line.post("/ws", content=codec.wrap(content, part="request"), headers=headers)

    def read(self, raw: bytes, *, at: datetime) -> Answer | UseReport:
        """An envelope of the pinned window: a reply, or what was used of a licence under a declaration."""
        root = verify(raw, within=codec.SIGNED_WITHIN, pinned=keys.certificate(PEER), now=at)
        check(root, schema=codec.SCHEMA)
        return mapping.heard_from(root, on=at.astimezone(HANOI).date())

    def fetch(self, *, line: Wire) -> list[bytes]:
        """Nothing: the window answers at once, or calls us."""
        return []

    def confirm(self, *, line: Wire, answer: Answer) -> None:
        """Nothing to confirm."""

    def held(self, *, line: Wire, since: datetime, until: datetime) -> list[Held]:
        """The window's book, in an envelope under its signature."""
        asked = urlencode({"from": codec.moment(since), "to": codec.moment(until)})
        answer = line.get(f"/book?{asked}", headers={"Authorization": f"Bearer {token.token(line)}"})
        if answer.status != 200:
            raise PeerError("the window gave no book", status=answer.status)
        root = verify(answer.body, within=codec.SIGNED_WITHIN, pinned=keys.certificate(PEER), now=now())
        check(root, schema=codec.SCHEMA)
        return mapping.held_from(root)

    def unwrap(self, body: bytes) -> bytes:
        """The envelope in a SOAP call of the window."""
        return codec.unwrap(body, part="request")

    def acknowledge(
        self, heard: Answer | UseReport, *, at: datetime, faults: Sequence[PeerFault] = ()
    ) -> bytes:
        """A signed envelope with function 99 about the window's message, or 00 and the errors in the window's codes."""
        on = at.astimezone(HANOI).date()
        codes = load(mapping.CODES)
        root, content = codec.envelope(
            message_id=f"ack-{heard.peer_id}"[:50],
            sender=mapping.ministry(name="Bộ Y tế", unit="BYT", on=on),
            receiver=mapping.window(on=on),
            subject=codec.Subject(
                document_type="acknowledgement",
                type=codes.value("message", "reply.type", on=on),
                function=codes.value("message", "reply.error" if faults else "reply.accepted", on=on),
                reference=_reference(heard)[:35],
                year=at.astimezone(HANOI).year,
                previous=heard.peer_id,
            ),
            at=at,
        )
        if faults:
            codec.errors(
                content, [(codes.value("use", one.code, on=on, default="ERR00"), one.text) for one in faults]
            )
        else:
            codec.add(content, "ReceiveDate", codec.moment(at))
        check(root, schema=codec.SCHEMA)
        return codec.wrap(
            sign(root, within=codec.SIGNED_WITHIN, by=keys.signatory(keys.OURS)), part="response"
        )

    def refuse(self, *, code: str, text: str) -> bytes:
        """A SOAP fault with the window's own code."""
        on = today()
        return codec.fault(code=load(mapping.CODES).value("refusal", code, on=on), text=text)


def _reference(heard: Answer | UseReport) -> str:
    said = heard.reference if isinstance(heard, Answer) else heard.declaration
    return said or heard.peer_id


adapter = CustomsWindow()
