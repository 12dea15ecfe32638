"""A licence as a machine-readable credential: an SD-JWT VC, bound to a key of whoever holds the licence.

Format of RFC 9901 and of the IETF's draft "SD-JWT-based Verifiable Credentials" (`dc+sd-jwt`). What a verifier always
sees is which licence it is, until when it goes and where to ask whether it still holds; holder and content are told one
by one, as the holder chooses.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from procedures.now import HANOI
from workflows.credentials.keys import RegisterKey

__all__ = ["FORMAT", "GRANT", "OPEN", "SELECTIVE", "LicenceClaims", "credential"]

FORMAT = "dc+sd-jwt"
GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
"""How a wallet comes to it, in the words of OpenID4VCI 1.0."""
OPEN = ("register", "number", "issued_on", "valid_until", "agency", "href")
"""Claims that stand in every presentation."""
SELECTIVE = ("holder", "tax_code")
"""Claims that the holder may keep back; each member of `facts` is a third kind of these."""
SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class LicenceClaims:
    """What the register shows of a licence."""

    register: str
    number: str
    issued_on: date
    valid_until: date | None
    """The last day in force (Hanoi); None: no end is set."""
    agency: str
    """Code of the agency that gave it."""
    href: str
    """Its page in the register."""
    holder: str
    tax_code: str
    """Empty where the holder has none."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """By field id of the procedure's form."""


def credential(
    said: LicenceClaims,
    *,
    issuer: str,
    kind: str,
    status: tuple[str, int],
    holder_key: Mapping[str, str],
    at: datetime,
    key: RegisterKey,
) -> str:
    """The credential with every disclosure: `<signed part>~<disclosure>~…~`.

    `issuer` and `kind` (its `vct`) are addresses; `status` the address of the status list and the place in it;
    `holder_key` the public key that a presentation must be signed with; `at` is aware.
    """
    shown = {
        "register": said.register,
        "number": said.number,
        "issued_on": said.issued_on.isoformat(),
        "valid_until": said.valid_until.isoformat() if said.valid_until else None,
        "agency": said.agency,
        "href": said.href,
    }
    kept_back = {"holder": said.holder, "tax_code": said.tax_code}
    people = [_disclosure(name, value) for name, value in kept_back.items() if value]
    facts = [_disclosure(name, value) for name, value in said.facts.items()]
    claims: dict[str, Any] = {
        "iss": issuer,
        "iat": int(at.timestamp()),
        "vct": kind,
        "status": {"status_list": {"uri": status[0], "idx": status[1]}},
        "cnf": {"jwk": dict(holder_key)},
        **{name: shown[name] for name in OPEN if shown[name] is not None},
        "_sd_alg": "sha-256",
        "_sd": _digests(people),
    }
    if facts:
        claims["facts"] = {"_sd": _digests(facts)}
    if said.valid_until is not None:
        claims["exp"] = int(datetime.combine(said.valid_until + timedelta(days=1), time(), HANOI).timestamp())
    signed = key.jws(json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode(), typ=FORMAT)
    return "~".join([signed, *people, *facts, ""])


def _disclosure(name: str, value: Any) -> str:
    """RFC 9901 §4.2.1."""
    told = json.dumps([secrets.token_urlsafe(SALT_BYTES), name, value], ensure_ascii=False)
    return _base64(told.encode())


def _digests(disclosures: list[str]) -> list[str]:
    """In an order that tells nothing about what they are of."""
    return sorted(_base64(sha256(one.encode("ascii")).digest()) for one in disclosures)


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
