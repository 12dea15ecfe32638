"""The customs single window, played: SOAP, its own key, client assertions checked, each message processed once."""

import hashlib
import json
import secrets
import threading
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from integrations import jws
from integrations.codes import load
from integrations.envelope import Unreadable, Unverified, UseReport
from integrations.partners import keys
from integrations.partners.vnsw import codec, mapping, token
from integrations.partners.vnsw.adapter import PEER
from integrations.signed_xml import check, resign, sign, text_of, verify
from integrations.simulation import Entry, Host, Web, timestamp
from procedures.now import HANOI, now, today

__all__ = ["simulator"]

STRANGER = "stranger"
TOKEN_SECONDS = 600


class PlayedWindow:
    """See `integrations.simulation.Simulator`. Tokens live in memory: a restart forgets them, as real ones do."""

    name = "vnsw"
    title = _("Customs single window")
    message_path = "/ws"
    reports = True

    def __init__(self, address: str) -> None:
        self._token_address = f"{address}/token"
        self._tokens: dict[str, datetime] = {}
        self._seen: dict[str, datetime] = {}
        self._lock = threading.Lock()

    # -- access ---------------------------------------------------------------

    def other(self, host: Host, *, method: str, path: str, body: bytes) -> Web | None:
        """The token endpoint, and the customs officer's: what is cleared under a declaration."""
        if (method, path) == ("POST", "/token"):
            return self._give_token(body)
        if (method, path) == ("POST", "/_use"):
            return self._report_use(body)
        return self._book(host, path) if method == "GET" and path.startswith("/book?") else None

    def _book(self, host: Host, path: str) -> Web:
        """What arrived from one moment to another, signed."""
        asked = parse_qs(urlsplit(path).query)
        since, until = (
            datetime.strptime(asked[name][0], "%Y-%m-%d %H:%M:%S").replace(tzinfo=HANOI)
            for name in ("from", "to")
        )
        rows = [(one.wire_id, one.sha256, one.verdict) for one in host.book(since, until)]
        root = mapping.book_envelope(rows, message_id=secrets.token_hex(16), at=now())
        check(root, schema=codec.SCHEMA)
        signed = sign(root, within=codec.SIGNED_WITHIN, by=keys.signatory(PEER))
        return Web(200, "text/xml; charset=utf-8", self.disguise(signed) if host.lies() else signed)

    def _report_use(self, body: bytes) -> Web:
        """Report a use to the ministry, with the fields of the form on our page. Answers with what it answered.

        `so_giay_phep`, `nam`, `so_dang_ky`, `to_khai`; `dong` and `so_luong` as often as there are lines, none to
        cancel; `ngay` (ISO) and `ma` (our identifier) where they are not today's and a new one.
        """
        given = parse_qs(body.decode("utf-8", "replace"))

        def one(name: str, default: str = "") -> str:
            return given.get(name, [default])[0].strip()

        try:
            report = UseReport(
                peer_id=one("ma") or secrets.token_hex(16),
                register=one("so_dang_ky"),
                number=one("so_giay_phep"),
                year=int(one("nam")),
                declaration=one("to_khai"),
                used_on=date.fromisoformat(one("ngay") or today().isoformat()),
                lines={
                    int(line): int(amount)
                    for line, amount in zip(given.get("dong", []), given.get("so_luong", []), strict=True)
                },
                cancelled="dong" not in given,
            )
            root = mapping.use_envelope(report, at=now())
            check(root, schema=codec.SCHEMA)
        except (ValueError, Unreadable) as error:
            return Web(400, "text/plain; charset=utf-8", f"Không gửi được: {error}".encode())
        signed = sign(root, within=codec.SIGNED_WITHIN, by=keys.signatory(PEER))
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.post(
                one("toi") or f"{settings.BASE_URL}/lien-thong/{self.name}",
                content=codec.wrap(signed, part="request"),
                headers={"Content-Type": "text/xml; charset=utf-8"},
            )
        return Web(answer.status_code, "text/xml; charset=utf-8", answer.content)

    def _give_token(self, body: bytes) -> Web:
        form = {name: values[0] for name, values in parse_qs(body.decode("ascii", "replace")).items()}
        try:
            if form.get("client_assertion_type") != token.ASSERTION_TYPE:
                raise jws.Forged("no assertion")
            jws.verify(
                form.get("client_assertion", ""),
                key=keys.assertion_public(),
                issuer=token.CLIENT,
                audience=self._token_address,
                now=token.technical_now(),
                claim_once=self._claim_once,
            )
        except jws.Forged:
            return Web(400, "application/json", b'{"error":"invalid_client"}')
        fresh = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[fresh] = token.technical_now()
        answer = {"access_token": fresh, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return Web(200, "application/json", json.dumps(answer).encode())

    def _claim_once(self, identifier: str, until: datetime) -> bool:
        with self._lock:
            if identifier in self._seen:
                return False
            self._seen[identifier] = until
            return True

    def refuse_call(self, headers: dict[str, str]) -> Web | None:
        """401 without a token of ours."""
        given = headers.get("authorization", "").removeprefix("Bearer ")
        with self._lock:
            made = self._tokens.get(given)
        if made is not None and (token.technical_now() - made).total_seconds() < TOKEN_SECONDS:
            return None
        return Web(401, "text/xml; charset=utf-8", codec.fault(code="A0001", text="token"))

    # -- messages ---------------------------------------------------------------

    def open(self, body: bytes) -> tuple[str, bytes, dict[str, str]]:
        """A message of the ministry, verified with the certificate that is pinned for it."""
        raw = codec.unwrap(body, part="request")
        root = verify(raw, within=codec.SIGNED_WITHIN, pinned=keys.certificate(keys.OURS), now=now())
        check(root, schema=codec.SCHEMA)
        if root.find("Body/Content/ImportLicence") is None:
            raise Unreadable("no content for this procedure")
        summary = {
            "licence": text_of(root, "Body/Content/ImportLicence/LicenceNumber"),
            "register": text_of(root, "Body/Content/ImportLicence/Register"),
            "year": text_of(root, "Body/Content/ImportLicence/IssueDate")[:4],
            "replaces": text_of(root, "Body/Content/ImportLicence/Replaces/LicenceNumber"),
            "holder": text_of(root, "Body/Content/ImportLicence/Holder/Name"),
            "sender": text_of(root, "Header/From/name"),
            "reference": text_of(root, "Header/Subject/reference"),
        }
        return text_of(root, "Header/Reference/messageId"), raw, summary

    def decide(self, *, wire_id: str, raw: bytes, summary: dict[str, str], reject: bool) -> Entry:
        """Accept with 99, or reject with 00 and a list of errors."""
        errors = [("S002-TaxCode-00000001", "Mã số thuế không có trong danh mục")] if reject else []
        reply = self._reply(wire_id, reference=summary["reference"], errors=errors)
        return Entry(
            wire_id=wire_id,
            sha256=hashlib.sha256(raw).hexdigest(),
            at=timestamp(),
            verdict="rejected" if reject else "accepted",
            reply=reply,
            summary=summary,
        )

    def fail(self, *, wire_id: str) -> bytes:
        """00 with an error that passes."""
        return self._reply(wire_id, reference="", errors=[("SAVE", "Hệ thống bận, gửi lại sau")])

    def _reply(self, wire_id: str, *, reference: str, errors: list[tuple[str, str]]) -> bytes:
        at = now()
        on = at.astimezone(HANOI).date()
        codes = load(mapping.CODES)
        root, content = codec.envelope(
            message_id=secrets.token_hex(16),
            sender=mapping.window(on=on),
            receiver=mapping.ministry(name="Bộ Y tế", unit="BYT", on=on),
            subject=codec.Subject(
                document_type="reply",
                type=codes.value("message", "reply.type", on=on),
                function=codes.value("message", "reply.error" if errors else "reply.accepted", on=on),
                reference=reference or "-",
                year=on.year,
                previous=wire_id,
            ),
            at=at,
        )
        if errors:
            codec.errors(content, errors)
        else:
            codec.add(content, "ReceiveDate", codec.moment(at))
        check(root, schema=codec.SCHEMA)
        return sign(root, within=codec.SIGNED_WITHIN, by=keys.signatory(PEER))

    def call(self, entry: Entry) -> tuple[str, bytes]:
        """The reply once more, as a call of the window."""
        return "text/xml; charset=utf-8", codec.wrap(entry.reply, part="request")

    def present(self, reply: bytes) -> Web:
        """In a SOAP response."""
        return Web(200, "text/xml; charset=utf-8", codec.wrap(reply, part="response"))

    def disguise(self, reply: bytes) -> bytes:
        """The same words under a stranger's key."""
        return resign(reply, within=codec.SIGNED_WITHIN, by=keys.signatory(STRANGER))

    def complain(self, error: Exception) -> Web:
        """A SOAP fault: unsigned, so never a verdict."""
        code = "A0001" if isinstance(error, Unverified) else "ERR02"
        return Web(500, "text/xml; charset=utf-8", codec.fault(code=code, text=str(error)))


def simulator(address: str) -> PlayedWindow:
    """The window at an address such as http://127.0.0.1:8101."""
    return PlayedWindow(address)
