"""Tokens: only ours are made, only the partner's are believed; forgeries known and imagined are refused."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jose import jws as library  # noqa: TID251 - the forgery is made with the library itself

from integrations import jws

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
AUDIENCE = "https://window.example/token"


def make(**changes: Any) -> str:
    return jws.client_assertion(**{"issuer": "BYT", "audience": AUDIENCE, "key": KEY, "now": NOW} | changes)


def check(token: str, **changes: Any) -> dict[str, Any]:
    given = {
        "key": KEY.public_key(),
        "issuer": "BYT",
        "audience": AUDIENCE,
        "now": NOW,
        "claim_once": lambda identifier, until: True,
    }
    return jws.verify(token, **given | changes)


def b64(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hs256(secret: bytes, claims: dict[str, Any]) -> str:
    signing = f"{b64({'alg': 'HS256', 'typ': 'JWT'})}.{b64(claims)}"
    return f"{signing}.{b64(hmac.new(secret, signing.encode(), hashlib.sha256).digest())}"


CLAIMS = {"iss": "BYT", "sub": "BYT", "aud": AUDIENCE, "iat": 1795165200, "exp": 1795165260, "jti": "1"}
CLAIMS |= {"iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 60}


def test_own_assertion_is_believed_once() -> None:
    seen: set[str] = set()

    def once(identifier: str, until: datetime) -> bool:
        fresh = identifier not in seen
        seen.add(identifier)
        return fresh

    token = make()
    assert check(token, claim_once=once)["sub"] == "BYT"
    with pytest.raises(jws.Forged, match="seen before"):
        check(token, claim_once=once)


@pytest.mark.promise("messages.forged-tokens")
def test_the_known_forgery_of_the_library_is_refused_here() -> None:
    """HS256 with the public key in DER as the secret: the library alone believes it when no algorithm is named."""
    public = rsa.generate_private_key(65537, 2048).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    forged = hs256(der, CLAIMS)
    assert json.loads(library.verify(forged, der, algorithms=None)) == CLAIMS, (
        "fixed upstream? then say so in the ADR"
    )
    with pytest.raises(jws.Forged):
        check(forged)
    with pytest.raises(jws.Forged, match="P-256"):
        check(forged, key=public)
    with pytest.raises(jws.Forged, match="P-256"):
        check(forged, key=der)
    own = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(jws.Forged):
        check(hs256(own, CLAIMS))


def test_no_algorithm_other_key_and_changed_bytes_are_refused() -> None:
    none = f"{b64({'alg': 'none'})}.{b64(CLAIMS)}."
    header, body, signature = make().split(".")
    for token in (
        none, none + "AA", f"{b64({'alg': 'NONE'})}.{b64(CLAIMS)}.AA",
        make(key=ec.generate_private_key(ec.SECP256R1())),
        f"{header}.{b64(CLAIMS | {'iss': 'X'})}.{signature}", f"{header}.{body}.{signature[:-4]}AAAA",
        f"{header}.{body}.", f"{header}.{body}", "", "..", "a.b.c", f"{b64([])}.{body}.{signature}",
        f"{b64({'alg': 'ES256', 'jwk': {}})}.{body}.{signature}",
        f"{b64({'alg': 'ES256', 'crit': ['x']})}.{body}.{signature}",
        f"{b64(b'[' * 5000)}.{body}.{signature}", "A" * 9000, f"{header}\n.{body}.{signature}",
    ):  # fmt: skip
        with pytest.raises(jws.Forged):
            check(token)


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "X"}, {"sub": "X"}, {"aud": "https://other.example"}, {"aud": [AUDIENCE, "x"]},
        {"exp": int(NOW.timestamp()) - 400}, {"exp": int(NOW.timestamp()) + 4000}, {"exp": "9999999999"},
        {"exp": True}, {"iat": int(NOW.timestamp()) + 400}, {"nbf": int(NOW.timestamp()) + 400}, {"nbf": "x"},
        {"jti": ""}, {"jti": 5}, {"iss": None}, {"exp": None}, {"exp": 1e300}, {"aud": None}, {"jti": None},
    ],
    ids=str,
)  # fmt: skip
def test_each_claim_must_fit(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}
    token = library.sign(claims, jws.ECKey(KEY, "ES256"), algorithm="ES256")
    with pytest.raises(jws.Forged):
        check(token)


def test_claims_that_fit_are_believed_so_the_cases_above_prove_something() -> None:
    assert check(library.sign(CLAIMS, jws.ECKey(KEY, "ES256"), algorithm="ES256")) == CLAIMS


def test_clocks_may_differ_by_five_minutes() -> None:
    for minutes in (-5, 5):
        check(make(), now=NOW + timedelta(minutes=minutes))
    for minutes in (-11, 11):
        with pytest.raises(jws.Forged):
            check(make(), now=NOW + timedelta(minutes=minutes))


def test_only_a_p256_key_and_a_short_life_make_an_assertion() -> None:
    for wrong in (
        {"key": ec.generate_private_key(ec.SECP384R1())},
        {"life": timedelta(hours=1)},
        {"life": timedelta(0)},
    ):
        with pytest.raises(ValueError, match=r"P-256|five minutes"):
            make(**wrong)
