"""The proof of a wallet's key: taken as OpenID4VCI describes it, and refused in every other shape."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey

from workflows.credentials.proof import ProofProblem, holder_key, new_nonce

pytestmark = pytest.mark.promise("credential.wallet")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
US = "https://dvc.moh.gov.vn"
TYPE = "openid4vci-proof+jwt"
WALLET = ECKey.generate_key("P-256")


def proof(
    *, key: ECKey = WALLET, header: dict[str, Any] | None = None, nonce: str | None = None, **claims: Any
) -> str:
    """As a wallet makes it, but for what is said otherwise."""
    head = {"alg": "ES256", "typ": TYPE, "jwk": key.as_dict(private=False)} | (header or {})
    said = {"aud": US, "iat": int(AT.timestamp()), "nonce": new_nonce(AT) if nonce is None else nonce}
    signed = f"{_part(head)}.{_part(said | claims)}".encode()
    return f"{signed.decode()}.{_base64(jws.JWSRegistry.algorithms['ES256'].sign(signed, key))}"


def _part(said: dict[str, Any]) -> str:
    return _base64(json.dumps(said).encode())


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def refused(text: str, code: str = "invalid_proof", *, at: datetime = AT) -> None:
    with pytest.raises(ProofProblem) as caught:
        holder_key(text, audience=US, at=at)
    assert caught.value.code == code
    assert str(caught.value).isascii()
    assert not {'"', "\\"} & set(str(caught.value))  # OpenID4VCI 1.0 §8.3.1.2


def test_a_proof_gives_the_public_key_and_nothing_else() -> None:
    shown = holder_key(proof(), audience=US, at=AT + timedelta(minutes=4))
    assert shown == {name: WALLET.as_dict()[name] for name in ("kty", "crv", "x", "y")}


def test_a_challenge_is_good_for_five_minutes_and_only_if_we_gave_it() -> None:
    assert new_nonce(AT) != new_nonce(AT)
    text = proof(iat=int((AT + timedelta(minutes=5)).timestamp()))
    assert holder_key(text, audience=US, at=AT + timedelta(minutes=5))
    refused(text, "invalid_nonce", at=AT + timedelta(minutes=6))
    for nonce in ("", "x", new_nonce(AT)[:-1], new_nonce(AT + timedelta(minutes=1)), "e30:x"):
        refused(proof(nonce=nonce), "invalid_nonce")


@pytest.mark.parametrize(
    "claims", [{"aud": "https://elsewhere"}, {"aud": [US]}, {"iat": None}, {"iat": "now"}, {"iat": 1}]
)
def test_a_proof_for_somebody_else_or_of_another_time_is_refused(claims: dict[str, Any]) -> None:
    refused(proof(**claims))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"jwk": None},
        {"jwk": WALLET.as_dict(private=True)},
        {"jwk": ECKey.generate_key("P-256").as_dict(private=False)},  # signed by another key
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"jwk": []},
    ],
)
def test_a_header_that_does_not_name_the_key_that_signed_is_refused(header: dict[str, Any]) -> None:
    refused(proof(header=header))


def test_another_algorithm_or_none_is_refused() -> None:
    """The public key used as a shared secret, and no signature at all."""
    secret = OctKey.import_key(json.dumps(WALLET.as_dict(private=False)))
    head = {"alg": "HS256", "typ": TYPE, "jwk": WALLET.as_dict(private=False)}
    claims = {"aud": US, "iat": int(AT.timestamp()), "nonce": new_nonce(AT)}
    refused(jwt.encode(head, claims, secret, algorithms=["HS256"]))
    refused(f"{_part(head | {'alg': 'none'})}.{_part(claims)}.")
    p384 = ECKey.generate_key("P-384")
    refused(
        jwt.encode(
            {"alg": "ES384", "typ": TYPE, "jwk": p384.as_dict(private=False)},
            claims,
            p384,
            algorithms=["ES384"],
        )
    )


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "\ud800", "ключ.а.б", "{}", "." * 50, "A" * 9000])
def test_what_is_no_proof_is_refused(text: str) -> None:
    refused(text)
