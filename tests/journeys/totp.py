"""The six digits of an authenticator (RFC 6238): what the signer's telephone would show."""

import base64
import hashlib
import hmac
import struct
import time

__all__ = ["code", "next_code"]

PERIOD = 30


def code(secret: str, *, at: float | None = None) -> str:
    """The code of a base32 secret at a Unix time (now when left out)."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    counter = int((time.time() if at is None else at) // PERIOD)
    digest = hmac.new(base64.b32decode(padded), struct.pack(">Q", counter), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def next_code(secret: str, *, used: str) -> str:
    """A code other than the one that was used: waits until the authenticator shows the next one."""
    while (fresh := code(secret)) == used:
        time.sleep(0.5)
    return fresh
