"""A remote signing service by the CSC protocol: asked over HTTP, for exactly these digests, and not believed unseen.

The test service is also used by pyHanko's own client, so that both ends are not ours alone.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from django.conf import settings
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

from tests.papers.csc import Csc
from workflows.papers import pki, remote
from workflows.papers.kept import KeptKey
from workflows.papers.keys import KeyMissing, KeysAway, common_name
from workflows.papers.remote import Asks, RemoteRefused, RemoteSigning
from workflows.papers.signing_service import TEST_PIN, credential_id

pytestmark = pytest.mark.promise("papers.remote-signing")
LEADER = "official:cuctruong"
DIGESTS = [hashlib.sha256(bytes([number])).digest() for number in range(5)]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    pki.ensure(folder)
    return folder


@pytest.fixture
def csc(keys: Path, tmp_path: Path) -> Iterator[Csc]:
    found = Csc(tmp_path / "csc", keys, ("cuctruong", "phocuctruong"))
    yield found
    found.close()


def sign(csc: Csc, client: RemoteSigning, digests: list[bytes], **given: str) -> list[bytes]:
    client.send_code(LEADER)
    return client.sign(
        LEADER,
        digests,
        **{"pin": TEST_PIN, "code": csc.codes[credential_id("cuctruong")], "about": "x"} | given,
    )


def test_many_digests_under_one_authorisation(csc: Csc) -> None:
    client = csc.client()
    values = sign(csc, client, DIGESTS)
    public = client.credential(LEADER).public_key
    for digest, value in zip(DIGESTS, values, strict=True):
        public.verify(value, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    asked = {"info": 1, "oauth2/token": 1, "/oauth2/token": 1}
    assert {name: count for name, count in csc.calls.items() if name not in asked} == {
        "credentials/info": 1,
        "credentials/sendOTP": 1,
        "credentials/authorize": 1,
        "signatures/signHash": 1,
    }
    assert client.credential(LEADER).asks == Asks(pin=True, code="sent", most=50)
    assert len(client.credential(LEADER).chain) == 3, "with its authorities, as our own store knows them"


@pytest.mark.parametrize(
    ("given", "field"),
    [({"pin": "0000"}, "pin"), ({"code": "000000x"}, "code"), ({"pin": ""}, "pin"), ({"code": ""}, "code")],
)
def test_a_wrong_pin_or_code_is_told_apart(csc: Csc, given: dict[str, str], field: str) -> None:
    with pytest.raises(RemoteRefused) as caught:
        sign(csc, csc.client(), DIGESTS[:1], **given)
    assert caught.value.field == field
    assert not csc.calls["signatures/signHash"]


def test_a_code_is_good_once(csc: Csc) -> None:
    client = csc.client()
    sign(csc, client, DIGESTS[:1])
    with pytest.raises(RemoteRefused) as caught:
        client.sign(LEADER, DIGESTS[:1], pin=TEST_PIN, code=csc.codes[credential_id("cuctruong")], about="x")
    assert caught.value.field == "code"


def test_too_many_at_once_are_refused_by_the_service(csc: Csc) -> None:
    csc.service.most = 2
    with pytest.raises(RemoteRefused) as caught:
        sign(csc, csc.client(), DIGESTS[:3])
    assert (caught.value.field, caught.value.said) == ("", "Invalid parameter numSignatures")


def test_an_access_token_that_ended_is_fetched_anew(csc: Csc) -> None:
    client = csc.client()
    client.credential(LEADER)
    csc.service.forget_tokens()
    assert len(sign(csc, client, DIGESTS[:2])) == 2


def of_somebody_else(found: dict[str, Any]) -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = key.sign(DIGESTS[0], padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    return {"signatures": [base64.b64encode(made).decode()] * len(found["signatures"])}


def turned_around(found: dict[str, Any]) -> dict[str, Any]:
    return {"signatures": found["signatures"][::-1]}


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("signatures/signHash", of_somebody_else),
        ("signatures/signHash", turned_around),
        ("signatures/signHash", lambda found: {"signatures": found["signatures"][:1]}),
        ("signatures/signHash", lambda found: {"signatures": ["%%%", "%%%"]}),
        ("signatures/signHash", lambda found: {"signatures": [None, 3]}),
        ("signatures/signHash", lambda found: {}),
        ("credentials/authorize", lambda found: {}),
        ("credentials/authorize", lambda found: {"SAD": 7}),
    ],
)
def test_what_comes_back_is_not_believed_unseen(csc: Csc, method: str, answer: Any) -> None:
    csc.service.wrong[method] = answer
    with pytest.raises(KeysAway):
        sign(csc, csc.client(), DIGESTS[:2])


@pytest.mark.parametrize(
    "answer",
    [
        lambda found: {},
        lambda found: found | {"cert": {"certificates": []}},
        lambda found: found | {"cert": {"certificates": ["AAAA"]}},
        lambda found: found | {"multisign": "many"},
        lambda found: found | {"multisign": 0},
        lambda found: found | {"authMode": "oauth2code"},
        lambda found: found | {"PIN": "true"},
    ],
)
def test_a_credential_that_cannot_be_understood_is_away(csc: Csc, answer: Any) -> None:
    csc.service.wrong["credentials/info"] = answer
    with pytest.raises(KeysAway):
        csc.client().credential(LEADER)


@pytest.mark.parametrize(
    "answer",
    [
        lambda found: found | {"key": found["key"] | {"status": "disabled"}},
        lambda found: found | {"key": found["key"] | {"algo": ["1.2.840.10045.4.3.2"]}},
    ],
)
def test_a_credential_that_does_not_sign_is_missing(csc: Csc, answer: Any) -> None:
    csc.service.wrong["credentials/info"] = answer
    with pytest.raises(KeyMissing):
        csc.client().credential(LEADER)


def test_who_is_not_in_the_list_has_no_key_there(csc: Csc) -> None:
    client = csc.client()
    assert client.holds(LEADER)
    assert not client.holds("official:vanthu")
    with pytest.raises(KeyMissing):
        client.credential("official:vanthu")
    csc.credentials_file.write_text("{", "utf-8")
    with pytest.raises(KeysAway):
        client.holds(LEADER)


def test_a_service_that_is_away_is_not_asked_by_every_page(csc: Csc, monkeypatch: pytest.MonkeyPatch) -> None:
    client = csc.client()
    csc.close()
    with pytest.raises(KeysAway):
        client.credential(LEADER)
    csc.open()
    with pytest.raises(KeysAway, match="a moment ago"):
        client.credential(LEADER)
    monkeypatch.setattr(remote, "monotonic", lambda: 1e12)
    assert common_name(client.credential(LEADER).chain[0]) == "cuctruong (ký từ xa)"


@pytest.mark.parametrize(
    ("pin", "code", "mode", "asks"),
    [
        (True, "offline", "explicit", Asks(pin=True, code="own", most=50)),
        (False, "online", "explicit", Asks(pin=False, code="sent", most=50)),
        (True, "", "explicit", Asks(pin=True, code="", most=50)),
        (True, "online", "implicit", Asks(pin=False, code="app", most=50)),
    ],
)
def test_what_the_service_asks_its_holder_for(csc: Csc, pin: bool, code: str, mode: str, asks: Asks) -> None:
    csc.service.pin, csc.service.code, csc.service.mode = pin, code, mode
    client = csc.client()
    assert client.credential(LEADER).asks == asks
    assert len(sign(csc, client, DIGESTS[:2])) == 2


def test_a_kept_signature_is_for_its_digest_alone(csc: Csc) -> None:
    client = csc.client()
    (value,) = sign(csc, client, DIGESTS[:1])
    kept = KeptKey(client.credential(LEADER).chain, DIGESTS[0], value)
    assert kept.sign(digest=DIGESTS[0]) == value
    with pytest.raises(KeyMissing):
        kept.sign(digest=DIGESTS[1])


def test_the_service_signs_what_was_authorised_and_once(csc: Csc) -> None:
    """Asked directly: the rules that our client relies on are the service's own."""
    client = csc.client()
    client.send_code(LEADER)
    name, hashed = credential_id("cuctruong"), [base64.b64encode(one).decode() for one in DIGESTS[:2]]
    bearer = {"Authorization": f"Bearer {client._token[1]}"}

    def ask(method: str, **body: Any) -> httpx.Response:
        return httpx.post(f"{csc.url}/csc/v1/{method}", json={"credentialID": name} | body, headers=bearer)

    assert httpx.post(f"{csc.url}/csc/v1/credentials/info", json={"credentialID": name}).status_code == 401
    assert ask("credentials/nothing").status_code == 404
    assert httpx.post(f"{csc.url}/csc/v1/credentials/info", content=b"{", headers=bearer).status_code == 400
    sad = ask(
        "credentials/authorize", hash=hashed, numSignatures=2, PIN=TEST_PIN, OTP=csc.codes[name]
    ).json()["SAD"]
    wanted = {"SAD": sad, "signAlgo": remote.RSA_SHA256}
    other = base64.b64encode(DIGESTS[4]).decode()
    assert ask("signatures/signHash", hash=[other], **wanted).status_code == 400
    assert ask("signatures/signHash", hash=hashed, **wanted).status_code == 400, "the authorisation is spent"


class _Authorised(CSCAuthorizationManager):  # type: ignore[misc]
    """pyHanko's client asks for an authorisation with what its holder gives."""

    def __init__(self, session: aiohttp.ClientSession, code: str, *given: Any) -> None:
        super().__init__(*given)
        self._session, self._code = session, code

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        body = self.format_csc_auth_request(pin=TEST_PIN, otp=self._code, hash_b64s=hash_b64s)
        url = self.csc_session_info.endpoint_url("credentials/authorize")
        async with self._session.post(url, json=body, headers=self.auth_headers) as answer:
            return self.parse_csc_auth_response(await answer.json())


def test_pyhanko_s_client_signs_with_the_same_service(csc: Csc) -> None:
    client = csc.client()
    client.send_code(LEADER)
    session_info = CSCServiceSessionInfo(csc.url, credential_id("cuctruong"), oauth_token=client._token[1])

    async def run() -> list[bytes]:
        async with aiohttp.ClientSession() as session:
            info = await fetch_certs_in_csc_credential(session, session_info)
            assert info.hash_pinning_required
            assert info.max_batch_size == 50
            code = csc.codes[credential_id("cuctruong")]
            signer = CSCSigner(session, _Authorised(session, code, session_info, info), batch_size=3)
            signed = (signer.async_sign_raw(bytes([number]), "sha256") for number in range(3))
            return list(await asyncio.gather(*signed))

    theirs = asyncio.run(run())
    assert theirs == sign(csc, client, DIGESTS[:3]), "RSA PKCS#1 v1.5 gives the same value whoever asks"
    certificate = x509.load_der_x509_certificate(client.credential(LEADER).chain[0])
    assert certificate.public_key() == client.credential(LEADER).public_key


def test_the_secret_goes_over_no_open_line(csc: Csc, tmp_path: Path) -> None:
    """A service that is spoken to by TLS may not send us elsewhere without it."""
    client = csc.client()
    client.url = "https://127.0.0.1:1"
    client._posted = lambda *given: remote.Answer(  # type: ignore[method-assign]
        200, "application/json", json.dumps({"oauth2": csc.url}).encode()
    )
    with pytest.raises(KeysAway, match="not protected"):
        client.credential(LEADER)
    assert not csc.calls


def test_without_the_secret_nothing_is_asked(csc: Csc) -> None:
    csc.secret_file.unlink()
    with pytest.raises(KeysAway):
        csc.client().credential(LEADER)
    csc.secret_file.write_text("another", "utf-8")
    with pytest.raises(KeysAway, match="answered 401"):
        csc.client().credential(LEADER)
    assert not csc.calls["credentials/info"]


def test_the_command_serves_until_it_is_told_to_stop(csc: Csc) -> None:
    """As an operator tries it, in a process of its own: codes come on its output."""
    command = [sys.executable, "manage.py", "signing_service", "--port", "0"]
    environment = os.environ | {"KEYS_DIR": str(csc.keys), "MODE": "development"}
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == f"client motcua, secret test-secret, PIN {TEST_PIN}"
            client = csc.client()
            client.url = process.stdout.readline().split()[-1]
            client.send_code(LEADER)
            said, code = process.stdout.readline().strip().split(": ")
            assert said == "code for test-cuctruong"
            assert len(client.sign(LEADER, DIGESTS[:2], pin=TEST_PIN, code=code, about="x")) == 2
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
