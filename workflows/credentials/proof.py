"""Whose key a credential is bound to: the proof that a wallet sends along (OpenID4VCI 1.0, appendix F.1)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.core import signing
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import extract_compact

__all__ = ["ALGORITHM", "ProofProblem", "holder_key", "new_nonce"]

ALGORITHM = "ES256"
TYPE = "openid4vci-proof+jwt"
NONCE_LIFE = timedelta(minutes=5)
"""How long a challenge may be answered; our choice."""
CLOCKS_APART = timedelta(minutes=5)
"""By how much a wallet's clock may be wrong; our choice."""
LONGEST = 8_000
_SIGNER = signing.Signer(salt="motcua.credentials.nonce")


class ProofProblem(ValueError):
    """The proof does not show that the wallet holds the key. `code` as in OpenID4VCI 1.0 §8.3.1.2."""

    def __init__(self, code: str, why: str) -> None:
        self.code = code
        super().__init__(why)


def new_nonce(at: datetime) -> str:
    """A challenge to be answered within NONCE_LIFE. Nothing is kept: it is signed by us."""
    return str(_SIGNER.sign_object([int(at.timestamp()), secrets.token_urlsafe(16)]))


def holder_key(proof: str, *, audience: str, at: datetime) -> dict[str, str]:
    """The public key (JWK, P-256) whose holder signed `proof` for us, just now.

    `audience` is our address as the issuer, `at` is aware. Raises ProofProblem.
    """
    try:
        if len(proof) > LONGEST:
            raise ProofProblem("invalid_proof", "the proof is too long")
        header = extract_compact(proof.encode("ascii")).headers()
        given = header.get("jwk")
        if header.get("typ") != TYPE or not isinstance(given, dict) or "d" in given:
            raise ProofProblem("invalid_proof", f"the header needs typ {TYPE} and jwk, a public key")
        key = ECKey.import_key(given)
        claims = jwt.decode(proof, key, algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, KeyError) as error:
        if isinstance(error, ProofProblem):
            raise
        raise ProofProblem("invalid_proof", "the proof is no JWS by the key in its header, ES256") from error
    if claims.get("aud") != audience:
        raise ProofProblem("invalid_proof", "the proof is meant for somebody else (aud)")
    issued = claims.get("iat")
    if not isinstance(issued, int) or abs(issued - at.timestamp()) > CLOCKS_APART.total_seconds():
        raise ProofProblem("invalid_proof", "the proof was not made now (iat)")
    if not _fresh(claims.get("nonce"), at):
        raise ProofProblem("invalid_nonce", "the nonce is not ours, or too old")
    public = key.as_dict(private=False)
    return {name: str(public[name]) for name in ("kty", "crv", "x", "y")}


def _fresh(nonce: object, at: datetime) -> bool:
    try:
        made, _random = _SIGNER.unsign_object(str(nonce))
    except (signing.BadSignature, ValueError, TypeError):
        return False
    return timedelta(0) <= at - datetime.fromtimestamp(made, at.tzinfo) <= NONCE_LIFE + timedelta(seconds=1)
