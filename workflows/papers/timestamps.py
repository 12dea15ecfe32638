"""Who says when a signature was made: a time-stamping authority (RFC 3161), asked and then not believed unseen.

A token counts only if it is over our signature, answers our question (nonce), is signed by an authority of the *time*
store and tells a time that our own clock agrees with. The generated test authority is asked in the same way, over HTTP
or within the process: `TestTimeAuthority` answers requests as a real one does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from typing import ClassVar

from asn1crypto import core, tsp
from asn1crypto import x509 as asn1_x509
from asn1crypto.cms import ContentInfo
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from workflows.papers import cms, pki
from workflows.papers.http import post
from workflows.papers.keys import load_key
from workflows.papers.moments import CLOCK_SKEW
from workflows.papers.trust import TrustStore
from workflows.papers.waiting import finish

__all__ = ["TIME", "TestTimeAuthority", "TimestampProblem", "Timestamper", "Token", "over_http"]

TIME = "time:authority"
"""Key reference of the generated test authority."""
PATIENCE = 15.0
"""Seconds to wait for an authority."""

UNUSABLE = (OSError, ValueError, TypeError, KeyError, AttributeError)

Ask = Callable[[bytes], bytes]
"""DER TimeStampReq → DER TimeStampResp."""


class TimestampProblem(RuntimeError):
    """No token that can be believed: the authority was not reached, refused, or answered something else."""


@dataclass(frozen=True)
class Token:
    """A time stamp: DER TimeStampToken, and the moment in it (aware, UTC)."""

    der: bytes
    at: datetime
    until: datetime
    """When the first of the certificates that it rests on ends (aware, UTC): then it proves nothing by itself."""


class _Response(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp. A refusal has no token (RFC 3161 §2.4.2), which asn1crypto's own class does not allow."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", ContentInfo, {"optional": True})]


class _Asking(TimeStamper):
    """pyHanko's client, which writes the request and compares the nonce; how it travels is ours."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]
        self._ask = ask

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> _Response:
        answer: _Response = _Response.load(self._ask(req.dump()), strict=True)
        return answer


@lru_cache(maxsize=8)
def _context(trusted: TrustStore, minute: datetime, _thread: int) -> ValidationContext:
    """One a minute and thread: a context remembers the paths that it has judged, which is half the work of a stamp."""
    return trusted.context(minute)


@dataclass(frozen=True)
class Timestamper:
    """Gets time stamps from one authority, and checks them."""

    ask: Ask
    trusted: TrustStore
    """The *time* store."""
    clock: Callable[[], datetime]
    """Our own present, aware."""

    def token(self, imprint: bytes) -> Token:
        """A time stamp over the SHA-256 `imprint` (32 bytes). Raises TimestampProblem."""
        try:
            found, status = finish(self._asked(imprint))
        # AttributeError: how pyHanko 0.38 stumbles over a wrong nonce while it words its own error.
        except (*UNUSABLE, SigningError, SignatureValidationError) as error:
            raise TimestampProblem(f"the time-stamping authority's answer is unusable: {error}") from error
        if not (status.intact and status.valid):
            raise TimestampProblem("the time stamp is not over our signature, or not signed by whom it names")
        if not status.trusted or status.validation_path is None:
            raise TimestampProblem("the time stamp comes from an authority that is not trusted")
        if abs(status.timestamp - self.clock()) > CLOCK_SKEW:
            raise TimestampProblem(f"the authority's clock and ours differ: {status.timestamp.isoformat()}")
        ends = (one.not_valid_after for one in status.validation_path.iter_certs(include_root=True))
        return Token(found.dump(), status.timestamp, until=min(ends))

    async def _asked(self, imprint: bytes) -> tuple[ContentInfo, TimestampSignatureStatus]:
        found = await _Asking(self.ask).async_timestamp(imprint, "sha256")
        minute = self.clock().replace(second=0, microsecond=0)
        context = _context(self.trusted, minute, get_ident())
        judged = await validate_tst_signed_data(found["content"], context, lambda _algorithm: imprint)
        return found, TimestampSignatureStatus(**judged)


def over_http(url: str) -> Ask:
    """Ask the authority at `url` (RFC 3161 §3.4). What goes wrong on the way is an OSError."""

    def ask(request: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        answer = post(url, content=request, headers=headers, patience=PATIENCE)
        if answer.status != 200 or answer.kind != "application/timestamp-reply":
            raise OSError(f"answered {answer.status} {answer.kind}")
        return answer.body

    return ask


class TestTimeAuthority:
    """The authority of the generated test PKI. Safe to share between threads; its stamps have no legal value."""

    __test__ = False  # not a test case, whatever its name begins with
    POLICY = "2.999.3161"  # below the arc of examples

    def __init__(self, folder: Path, *, clock: Callable[[], datetime]) -> None:
        home = pki.issue(
            folder,
            ref=TIME,
            common_name="Test time-stamping authority (BẢN THỬ)",
            organisation="Motcua",
            not_after=pki.TIME_UNTIL,
        )
        self._key = load_key(home, authorities=folder / "time")
        self._clock = clock

    def answer(self, request: bytes) -> bytes:
        """DER TimeStampReq → DER TimeStampResp; a rejection for what cannot be stamped. Never raises for bad bytes."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm, nonce = imprint["hash_algorithm"]["algorithm"].native, asked["nonce"].native
            size = len(imprint["hashed_message"].native)
        except (ValueError, TypeError, KeyError):
            return self._refused("bad_data_format")
        if algorithm != "sha256" or size != 32:
            return self._refused("bad_alg")
        facts = {
            "version": "v1",
            "policy": self.POLICY,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(63),
            "gen_time": self._clock().replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "tsa": asn1_x509.GeneralName(
                name="directory_name", value=asn1_x509.Certificate.load(self._key.chain[0]).subject
            ),
        }
        if nonce is not None:
            facts["nonce"] = nonce
        token = cms.enclose(tst_info=tsp.TSTInfo(facts).dump(), key=self._key)
        granted = tsp.PKIStatusInfo({"status": "granted"})
        return bytes(_Response({"status": granted, "time_stamp_token": ContentInfo.load(token)}).dump())

    @staticmethod
    def _refused(why: str) -> bytes:
        status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": {why}})
        return bytes(_Response({"status": status}).dump())
