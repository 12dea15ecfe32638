"""What has become of papers since they were prepared: a signed list a series and year, for who cannot ask one by one.

A Status List Token (the IETF's Token Status List) as a JWT: four bits a paper, compressed, signed by the register's
key. It says whether paper n of a series holds and nothing of what it is about, and whoever fetches it does not tell
which paper is in question.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum

from workflows.credentials.keys import RegisterKey

__all__ = ["LIFE", "MEDIA_TYPE", "TTL", "Status", "token"]

MEDIA_TYPE = "application/statuslist+jwt"
BITS = 4
LIFE = timedelta(days=7)
"""How long a list may be relied on by somebody who was cut off; our choice."""
TTL = timedelta(hours=1)
"""After this time whoever has a network fetches a new one; our choice."""


class Status(IntEnum):
    """What four bits say of a paper. The last two are meanings of our own, where the draft (§7.1) leaves room."""

    HOLDS = 0
    """It was issued, and what it grants is in force; whether its last day has passed the paper itself says."""
    HOLDS_NOT = 1
    """Given up before it was issued, revoked, surrendered, annulled, or expired."""
    SUSPENDED = 2
    REPLACED = 3
    """Another licence stands in its place: amended, renewed or issued again."""
    NOT_YET = 12
    """Not issued when the list was made: being prepared, or of a number that nobody had reserved."""


def token(statuses: Mapping[int, Status], *, uri: str, at: datetime, key: RegisterKey) -> str:
    """The signed list at `uri` as of `at` (aware); a place that is not in `statuses` is NOT_YET.

    Raises ValueError for a negative place.
    """
    if any(place < 0 for place in statuses):
        raise ValueError("a place in a list is not negative")
    places = max(statuses, default=-1) + 1
    bits = bytearray([Status.NOT_YET << BITS | Status.NOT_YET]) * -(-places * BITS // 8)
    for place, status in statuses.items():
        byte, shift = place * BITS // 8, place * BITS % 8
        bits[byte] = bits[byte] & ~(0xF << shift) | status << shift
    claims = {
        "sub": uri,
        "iat": int(at.timestamp()),
        "exp": int((at + LIFE).timestamp()),
        "ttl": int(TTL.total_seconds()),
        "status_list": {
            "bits": BITS,
            "lst": urlsafe_b64encode(zlib.compress(bytes(bits), 9)).rstrip(b"=").decode(),
        },
    }
    return key.jws(json.dumps(claims, separators=(",", ":")).encode(), typ="statuslist+jwt")
