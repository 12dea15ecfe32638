"""The signed statement in a decision's QR code: what a checker without a network can believe of the printed page.

A CWT (RFC 8392) in a COSE_Sign1 (RFC 9052), ES256, written in base32 without padding: digits and capitals, which a QR
code holds most densely and an address bears unquoted. It says which paper was prepared, not whether it took effect or
still holds: that is what the status list says (statuses.py), at the paper's place in its series.
"""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import cbor2

from procedures.now import HANOI
from workflows.credentials.keys import RegisterKey

__all__ = ["Statement", "encode"]

COSE_SIGN1 = 18
ALGORITHM, KEY_ID, ES256 = 1, 4, -7
KEY_ID_BYTES = 4
SUBJECT, EXPIRES, ISSUED, CODE = 2, 4, 6, 7
"""Claims of RFC 8392; `CODE` is its `cti`. Ours have one letter: place n of series s of agency a, which name its list;
facts f, holder h, title t."""
LONGEST_NAME, LONGEST_TITLE = 120, 90
"""Bytes of UTF-8: with both at their longest the QR code has 85 modules a side."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the register says of a paper, and where to ask what has become of it."""

    code: str
    """Verification code: 32 hexadecimal digits, upper case."""
    number: str
    on: date
    """Date of the paper, as printed (Hanoi)."""
    title: str
    holder: str
    """Title and holder as printed; a very long one ends in “…”."""
    valid_until: date | None
    """The last day of the right (Hanoi); None: no end was set."""
    agency: str
    series: str
    index: int
    """Place in the status list of agency, series and the year of `on`: the number in its series."""
    facts: bytes
    """The first 16 bytes of the SHA-256 of the frozen facts."""


def encode(said: Statement, *, key: RegisterKey) -> str:
    """The signed statement, base32: some 450 capitals and digits."""
    claims: dict[int | str, Any] = {
        SUBJECT: said.number,
        ISSUED: _midnight(said.on),
        CODE: bytes.fromhex(said.code),
        "a": said.agency,
        "s": said.series,
        "n": said.index,
        "f": said.facts,
        "h": _short(said.holder, LONGEST_NAME),
        "t": _short(said.title, LONGEST_TITLE),
    }
    if said.valid_until is not None:
        claims[EXPIRES] = _midnight(said.valid_until + timedelta(days=1))
    protected = cbor2.dumps({ALGORITHM: ES256, KEY_ID: key.thumbprint[:KEY_ID_BYTES]}, canonical=True)
    payload = cbor2.dumps(claims, canonical=True)
    signature = key.sign(_to_be_signed(protected, payload))
    message = cbor2.dumps(cbor2.CBORTag(COSE_SIGN1, [protected, {}, payload, signature]))
    return b32encode(message).rstrip(b"=").decode()


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052 §4.4."""
    return cbor2.dumps(["Signature1", protected, b"", payload])


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), HANOI).timestamp())


def _short(text: str, limit: int) -> str:
    if len(text.encode()) <= limit:
        return text
    while len(text.encode()) > limit - len("…".encode()):
        text = text[:-1]
    return f"{text.rstrip()}…"
