"""Keys of officials at a remote signing service, by the protocol of the Cloud Signature Consortium (CSC API 1.0.4).

The service holds the key, and only its holder sets it going: with a PIN, a one-time code, or the service's own app. It
is told the digests before it asks (`credentials/authorize` with `hash`, SCAL 2), so an authorisation is good for these
papers and no other, and one is enough for many. What comes back is believed when it verifies under the holder's
certificate.

A signature of such a key cannot be made again: it is kept by whoever asked for it (kept.py).
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Literal
from urllib.parse import urlencode

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from workflows.papers.http import Answer, post
from workflows.papers.keys import KeyMissing, KeysAway
from workflows.papers.trust import TrustStore, authorities_above

__all__ = [
    "AWAY",
    "Asks",
    "Credential",
    "RemoteRefused",
    "RemoteSigning",
]

SHA256 = "2.16.840.1.101.3.4.2.1"
RSA_SHA256 = "1.2.840.113549.1.1.11"
PATIENCE = 15.0
"""Seconds to wait for the service."""
APP_PATIENCE = 60.0
"""Seconds to wait while its holder confirms in the service's app."""
KNOWN_FOR = 300.0
"""Seconds that a credential's facts are believed before they are asked for again."""
AWAY_FOR = 15.0
"""Seconds that a service which did not answer is left alone, so that pages do not wait for it one after the other."""


class RemoteRefused(ValueError):
    """The service did not let the holder sign. `field`: "pin", "code", or empty; `said`: its own words, if any."""

    def __init__(self, field: Literal["pin", "code", ""], said: str = "") -> None:
        super().__init__(said or field)
        self.field = field
        self.said = said


@dataclass(frozen=True)
class Asks:
    """What the service asks its holder for at each authorisation."""

    pin: bool
    code: Literal["", "own", "sent", "app"]
    """A one-time code: none, from the holder's own device, sent on demand; or a confirmation in an app."""
    most: int
    """Signatures that one authorisation is good for, at most."""
    away: bool = False
    """The service does not answer now, so this is a guess."""


AWAY = Asks(pin=True, code="own", most=1, away=True)


@dataclass(frozen=True, eq=False)
class Credential:
    """A key at the service. It signs digests after an authorisation, and never by itself."""

    id: str
    chain: tuple[bytes, ...]
    asks: Asks
    public_key: rsa.RSAPublicKey = field(repr=False)


@dataclass
class RemoteSigning:
    """One signing service, and whose keys are there. Safe to share between threads."""

    url: str
    """Address before `/csc/v1/`."""
    client_id: str
    secret_file: Path
    credentials_file: Path
    """JSON: key reference, such as `official:<username>` → the service's credentialID. Read anew when it changes."""
    trusted: Callable[[str], TrustStore]
    """Key reference → the world its certificate belongs to, from which its path to the root is built."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _ids: tuple[int, Mapping[str, str]] = field(default=(0, {}), repr=False)
    _known: dict[str, tuple[float, Credential]] = field(default_factory=dict, repr=False)
    _away_until: float = 0.0
    _token: tuple[float, str] = field(default=(0.0, ""), repr=False)

    def holds(self, ref: str) -> bool:
        """Whether the key of `ref` is at the service."""
        return ref in self.references()

    def references(self) -> Mapping[str, str]:
        """Key reference → credentialID. Raises KeysAway for a file that cannot be read."""
        try:
            version = self.credentials_file.stat().st_mtime_ns
            if self._ids[0] != version:
                found = json.loads(self.credentials_file.read_text("utf-8"))
                if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
                    raise ValueError("no JSON object of names and credentials")
                self._ids = version, found
        except (OSError, ValueError) as error:
            raise KeysAway(f"the list of remote credentials cannot be read: {error}") from error
        return self._ids[1]

    def credential(self, ref: str) -> Credential:
        """The key of `ref` at the service, as it was within five minutes. Raises KeyMissing, KeysAway."""
        name = self.references().get(ref)
        if name is None:
            raise KeyMissing(f"no remote credential for {ref}")
        with self._lock:
            until, known = self._known.get(name, (0.0, None))
            if known is None or until < monotonic():
                if monotonic() < self._away_until:
                    raise KeysAway("the signing service did not answer a moment ago")
                known = self._asked_for(ref, name)
                self._known[name] = monotonic() + KNOWN_FOR, known
            return known

    def send_code(self, ref: str) -> None:
        """Let the service send its holder a one-time code. Raises KeyMissing, KeysAway, RemoteRefused."""
        self._call("credentials/sendOTP", {"credentialID": self.credential(ref).id})

    def sign(self, ref: str, digests: Sequence[bytes], *, pin: str, code: str, about: str) -> list[bytes]:
        """The signatures over SHA-256 `digests`, in their order, under one authorisation; all or none.

        `about`: what the holder is shown, if the service shows it. Raises RemoteRefused (a wrong PIN or code, too many
        at once, any other refusal), KeyMissing, KeysAway.
        """
        credential = self.credential(ref)
        hashed = [base64.b64encode(one).decode() for one in digests]
        asked: dict[str, Any] = {
            "credentialID": credential.id,
            "numSignatures": len(hashed),
            "hash": hashed,
            "description": about[:255],
        }
        if credential.asks.pin:
            asked["PIN"] = pin
        if credential.asks.code in ("own", "sent"):
            asked["OTP"] = code
        patience = APP_PATIENCE if credential.asks.code == "app" else PATIENCE
        allowed = self._call("credentials/authorize", asked, patience=patience)
        wanted = {
            "credentialID": credential.id,
            "SAD": _text(allowed, "SAD"),
            "hash": hashed,
            "hashAlgo": SHA256,
            "signAlgo": RSA_SHA256,
        }
        answer = self._call("signatures/signHash", wanted).get("signatures")
        if not isinstance(answer, list) or len(answer) != len(digests):
            raise KeysAway("the signing service gave another number of signatures")
        try:
            values = [base64.b64decode(one, validate=True) for one in answer]
            for digest, value in zip(digests, values, strict=True):
                credential.public_key.verify(value, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        except (TypeError, binascii.Error, InvalidSignature) as error:
            raise KeysAway("the signing service gave a signature that is not its holder's") from error
        return values

    # -- the wire --------------------------------------------------------------------------------------------

    def _asked_for(self, ref: str, name: str) -> Credential:
        facts = self._call(
            "credentials/info",
            {"credentialID": name, "certificates": "single", "certInfo": False, "authInfo": True},
        )
        try:
            der = base64.b64decode(facts["cert"]["certificates"][0], validate=True)
            public = x509.load_der_x509_certificate(der).public_key()
            algorithms, enabled = facts["key"]["algo"], facts["key"].get("status", "enabled")
            asks = _asks(facts)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise KeysAway("the signing service's answer about a credential cannot be understood") from error
        if not isinstance(public, rsa.RSAPublicKey) or RSA_SHA256 not in algorithms or enabled != "enabled":
            raise KeyMissing(f"no RSA key that may sign with SHA-256: {ref}")
        chain = (der, *authorities_above(der, store=self.trusted(ref)))
        return Credential(name, chain, asks, public)

    def _call(self, method: str, asked: Mapping[str, Any], *, patience: float = PATIENCE) -> dict[str, Any]:
        """The answer to one method. A token that is not taken any more is asked for anew, once."""
        answer = self._posted(method, asked, self._service_token(), patience)
        if answer.status == 401:
            self._token = 0.0, ""
            answer = self._posted(method, asked, self._service_token(), patience)
        found = _object(answer)
        if answer.status in (200, 204):
            return found
        if 400 <= answer.status < 500 and answer.status not in (401, 403, 404, 408, 429):
            raise RemoteRefused(*_refusal(found))
        raise self._away(f"{method} answered {answer.status}")

    def _posted(self, method: str, asked: Mapping[str, Any], token: str, patience: float) -> Answer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        content = json.dumps(asked).encode()
        try:
            return post(f"{self.url}/csc/v1/{method}", content=content, headers=headers, patience=patience)
        except OSError as error:
            raise self._away(f"{method}: {error}") from error

    def _service_token(self) -> str:
        """The bearer token of this installation at the service (OAuth 2.0, client credentials)."""
        until, token = self._token
        if monotonic() < until:
            return token
        place = _text(_object(self._posted("info", {}, "", PATIENCE)), "oauth2").rstrip("/")
        if not place.startswith("https://") and not self.url.startswith("http://"):
            raise KeysAway("the signing service wants our secret over a line that is not protected")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        try:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.client_id,
                "client_secret": self.secret_file.read_text("utf-8").strip(),
            }
            answer = post(
                f"{place}/oauth2/token", content=urlencode(form).encode(), headers=headers, patience=PATIENCE
            )
        except OSError as error:
            raise self._away(f"oauth2/token: {error}") from error
        if answer.status != 200:
            raise self._away(f"oauth2/token answered {answer.status}")
        found = _object(answer)
        life = found.get("expires_in", 3600)
        self._token = (
            monotonic() + (life if isinstance(life, int) else 3600) - 30,
            _text(found, "access_token"),
        )
        return self._token[1]

    def _away(self, why: str) -> KeysAway:
        self._away_until = monotonic() + AWAY_FOR
        return KeysAway(f"the signing service: {why}")


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body) if answer.body.strip() else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        if answer.status == 200:
            raise KeysAway("the signing service answered something that is no JSON object")
        return {}
    return found


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise KeysAway(f"the signing service's answer has no {name}")
    return value


def _refusal(found: Mapping[str, Any]) -> tuple[Literal["pin", "code", ""], str]:
    error, said = str(found.get("error", "")), str(found.get("error_description", ""))[:200]
    if error == "invalid_otp":
        return "code", said
    return ("pin", said) if error == "invalid_pin" else ("", said or error[:50])


def _asks(facts: Mapping[str, Any]) -> Asks:
    """Of `credentials/info` with `authInfo`. Raises KeyError, ValueError for a mode that a page cannot serve."""
    mode, most = facts["authMode"], int(facts["multisign"])
    if most < 1:
        raise ValueError("signs nothing")
    if mode == "implicit":
        return Asks(pin=False, code="app", most=most)
    if mode != "explicit":
        raise ValueError(f"authorisation by {mode}")
    pin = facts.get("PIN", {}).get("presence", "false") != "false"
    otp = facts.get("OTP", {})
    if otp.get("presence", "false") == "false":
        return Asks(pin=pin, code="", most=most)
    return Asks(pin=pin, code="sent" if otp.get("type") == "online" else "own", most=most)
