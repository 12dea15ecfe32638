"""A remote signing service of the generated test PKI: it answers as the CSC API 1.0.4 says, and signs nothing of value.

For demonstrations and tests. Every credential `test-<username>` exists; its key is made when it is first asked for. A
one-time code is "sent" through a function, once it was asked for; PINs are all the same.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from workflows.papers import pki
from workflows.papers.keys import Key, load_key
from workflows.papers.remote import RSA_SHA256, SHA256

__all__ = ["TEST_PIN", "Refusal", "TestSigningService", "credential_id"]

TEST_PIN = "2468"
SAD_LIFE = timedelta(minutes=5)
MOST = 50
_PREFIX = "test-"


def credential_id(username: str) -> str:
    """The service's name for an official's key."""
    return f"{_PREFIX}{username}"


class Refusal(Exception):
    """What the service answers instead: status, `error`, `error_description`."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


@dataclass
class _Allowed:
    credential: str
    hashes: tuple[str, ...]
    until: datetime


@dataclass
class TestSigningService:
    """One service. Safe to share between threads."""

    __test__ = False  # not a test case, whatever its name begins with

    folder: Path
    """The generated PKI."""
    clock: Callable[[], datetime]
    send: Callable[[str, str], None]
    """(credential, code): how its holder gets a code."""
    client: tuple[str, str] = ("motcua", "test-secret")
    """Name and secret of the only client."""
    pin: bool = True
    code: str = "online"
    """How a code comes: "online" (sent), "offline" (the last one sent counts, as of a device), empty for none."""
    mode: str = "explicit"
    """Or "implicit": the holder confirms in an app, here at once."""
    most: int = MOST
    user_id: str = ""
    """What certificates say of their holders, as real ones do; empty: our own reference."""
    _tokens: set[str] = field(default_factory=set)
    _codes: dict[str, str] = field(default_factory=dict)
    _allowed: dict[str, _Allowed] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, asked: Mapping[str, Any], *, bearer: str, here: str) -> dict[str, Any]:
        """The answer to one request: `path` begins after the host, `here` is our own address. Raises Refusal."""
        with self._lock:
            if path == "/csc/v1/info":
                return {
                    "specs": "1.0.4.0",
                    "name": "Motcua (BẢN THỬ)",
                    "oauth2": here,
                    "authType": ["oauth2client"],
                }
            if path == "/oauth2/token":
                return self._token(asked)
            method = self._METHODS.get(path.removeprefix("/csc/v1/"))
            if method is None:
                raise Refusal(404, "invalid_request", "There is no such method.")
            if bearer not in self._tokens:
                raise Refusal(401, "invalid_token", "The access token is unknown.")
            name = asked.get("credentialID")
            if not isinstance(name, str) or not name.startswith(_PREFIX):
                raise Refusal(400, "invalid_request", "Invalid parameter credentialID")
            return method(self, name, asked)

    def forget_tokens(self) -> None:
        """As if the service had been started anew: clients must ask for a token again."""
        with self._lock:
            self._tokens.clear()

    def _token(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        if (asked.get("client_id"), asked.get("client_secret")) != self.client:
            raise Refusal(401, "invalid_client", "Unknown client")
        if asked.get("grant_type") != "client_credentials":
            raise Refusal(400, "unsupported_grant_type", "Only client_credentials")
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def _key(self, name: str) -> Key:
        ref = f"official:{name.removeprefix(_PREFIX)}"
        home = pki.issue(
            self.folder,
            ref=ref,
            common_name=f"{name.removeprefix(_PREFIX)} (ký từ xa)",
            organisation="Motcua",
            beside=f"remote{self.user_id}",
            user_id=self.user_id,
        )
        return load_key(home, authorities=self.folder / "public")

    def _info(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        chain = self._key(name).chain
        shown = chain if asked.get("certificates") == "chain" else chain[:1]
        certificate = x509.load_der_x509_certificate(chain[0])
        found: dict[str, Any] = {
            "key": {"status": "enabled", "algo": [RSA_SHA256], "len": certificate.public_key().key_size},  # type: ignore[union-attr]
            "cert": {"status": "valid", "certificates": [base64.b64encode(one).decode() for one in shown]},
            "authMode": self.mode,
            "SCAL": "2",
            "multisign": self.most,
        }
        if asked.get("authInfo") and self.mode == "explicit":
            found["PIN"] = {"presence": str(self.pin).lower(), "format": "N", "label": "PIN"}
            found["OTP"] = {
                "presence": str(bool(self.code)).lower(),
                "type": self.code or "offline",
                "format": "N",
            }
        return found

    def _send(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._codes[name] = f"{secrets.randbelow(10**6):06d}"
        self.send(name, self._codes[name])
        return {}

    def _authorize(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        hashes, count = _hashes(asked), asked.get("numSignatures")
        if count != len(hashes) or len(hashes) > self.most:
            raise Refusal(400, "invalid_request", "Invalid parameter numSignatures")
        if self.mode == "explicit":
            if self.pin and asked.get("PIN") != TEST_PIN:
                raise Refusal(400, "invalid_pin", "The PIN is invalid")
            if self.code and (not asked.get("OTP") or self._codes.pop(name, None) != asked["OTP"]):
                raise Refusal(400, "invalid_otp", "The OTP is invalid")
        sad = secrets.token_urlsafe(24)
        self._allowed[sad] = _Allowed(name, tuple(hashes), self.clock() + SAD_LIFE)
        return {"SAD": sad, "expiresIn": int(SAD_LIFE.total_seconds())}

    def _sign_hash(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        hashes = _hashes(asked)
        allowed = self._allowed.pop(str(asked.get("SAD")), None)
        if allowed is None or allowed.until < self.clock() or allowed.credential != name:
            raise Refusal(400, "invalid_request", "Invalid parameter SAD")
        if not set(hashes) <= set(allowed.hashes):
            raise Refusal(400, "invalid_request", "Hash is not authorized by the SAD")
        if asked.get("signAlgo") != RSA_SHA256 or asked.get("hashAlgo", SHA256) != SHA256:
            raise Refusal(400, "invalid_request", "Invalid parameter signAlgo")
        key = self._key(name)
        made = [key.sign(digest=base64.b64decode(one)) for one in hashes]
        return {"signatures": [base64.b64encode(one).decode() for one in made]}

    _METHODS = {
        "credentials/info": _info,
        "credentials/sendOTP": _send,
        "credentials/authorize": _authorize,
        "signatures/signHash": _sign_hash,
    }


def _hashes(asked: Mapping[str, Any]) -> Sequence[str]:
    """Base64 of SHA-256 digests. Raises Refusal."""
    found = asked.get("hash")
    try:
        if (
            isinstance(found, list)
            and found
            and all(len(base64.b64decode(one, validate=True)) == 32 for one in found)
        ):
            return found
    except (TypeError, binascii.Error):
        pass
    raise Refusal(400, "invalid_request", "Invalid parameter hash")
