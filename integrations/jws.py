"""The only place that touches python-jose: client assertions for partners' token endpoints, and signed callbacks.

Known trap: python-jose 3.5 accepts an HS256 token made with an RSA public key in DER when it is called without a list
of algorithms. Here the algorithm is one constant, keys are elliptic-curve objects of `cryptography`, never text or
bytes, and a token is parsed strictly before the library sees it. No JWE, no key from a header, no claim optional.
"""

import base64
import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from jose import jws  # noqa: TID251
from jose.backends import ECKey  # noqa: TID251
from jose.backends.cryptography_backend import CryptographyECKey  # noqa: TID251
from jose.exceptions import JWSError  # noqa: TID251

__all__ = ["ALGORITHM", "Forged", "client_assertion", "verify"]

ALGORITHM = "ES256"
LONGEST_LIFE = timedelta(minutes=5)
SKEW = timedelta(minutes=5)
"""How far the peer's clock may be from ours."""
LONGEST_TOKEN = 8192
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

if not issubclass(ECKey, CryptographyECKey):  # the pure-Python backend leaks timing (CVE-2024-23342)
    raise ImportError("python-jose must use cryptography for elliptic curves")


class Forged(Exception):
    """The token may not be believed; the text says why, and is not for the sender."""


def client_assertion(
    *, issuer: str, audience: str, key: EllipticCurvePrivateKey, now: datetime,
    life: timedelta = timedelta(minutes=1),
) -> str:  # fmt: skip
    """A token by which we identify ourselves at a partner's token endpoint (RFC 7523). `now` is aware.

    Raises ValueError for a key of another curve or a life beyond `LONGEST_LIFE`.
    """
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("a private P-256 key is needed")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise ValueError("a client assertion lives at most five minutes")
    issued = int(now.timestamp())
    claims = {
        "iss": issuer,
        "sub": issuer,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(life.total_seconds()),
        "jti": str(uuid.uuid4()),
    }
    return str(jws.sign(claims, ECKey(key, ALGORITHM), algorithm=ALGORITHM))


def verify(
    token: str, *, key: EllipticCurvePublicKey, issuer: str, audience: str, now: datetime,
    claim_once: Callable[[str, datetime], bool],
) -> dict[str, Any]:  # fmt: skip
    """The claims of a token that this very issuer made for this very audience, and that is seen for the first time.

    `claim_once(jti, until)` remembers an identifier and answers whether it was new. Raises Forged.
    """
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise Forged("only P-256 keys are accepted")
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN or not _SHAPE.fullmatch(token):
        raise Forged("not a compact JWS")
    header = _object(token.split(".")[0])
    if header.get("alg") != ALGORITHM or not header.keys() <= {"alg", "typ", "kid"}:
        raise Forged("unexpected header")
    try:
        payload = jws.verify(token, ECKey(key, ALGORITHM), algorithms=[ALGORITHM])
    except JWSError as error:
        raise Forged(str(error)) from None
    claims = _loads(payload)
    _check_claims(claims, issuer=issuer, audience=audience, now=now)
    if not claim_once(claims["jti"], datetime.fromtimestamp(claims["exp"], tz=now.tzinfo) + SKEW):
        raise Forged("seen before")
    return claims


def _check_claims(claims: dict[str, Any], *, issuer: str, audience: str, now: datetime) -> None:
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    begins = _time(claims, "nbf") if "nbf" in claims else issued
    present, skew = now.timestamp(), SKEW.total_seconds()
    if claims.get("iss") != issuer or claims.get("sub", issuer) != issuer:
        raise Forged("another issuer")
    if claims.get("aud") != audience:
        raise Forged("another audience")
    if expires + skew <= present:
        raise Forged("expired")
    if max(issued, begins) - skew > present:
        raise Forged("not valid yet")
    if expires - issued > LONGEST_LIFE.total_seconds():
        raise Forged("lives too long")
    if not isinstance(claims.get("jti"), str) or not 1 <= len(claims["jti"]) <= 200:
        raise Forged("no identifier")


def _time(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**40:
        raise Forged(f"{name} must be whole seconds")
    return value


def _object(segment: str) -> dict[str, Any]:
    try:
        return _loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except ValueError:
        raise Forged("no header") from None


def _loads(raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise Forged("not JSON") from None
    if not isinstance(value, dict):
        raise Forged("not a JSON object")
    return value
