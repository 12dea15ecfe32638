"""Status lists, opened as their readers would: a JWS by joserfc, then zlib and four bits a place."""

import hashlib
import json
import re
import subprocess
import zlib
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey

from workflows import checks
from workflows.credentials import keys
from workflows.credentials.keys import RegisterKey
from workflows.credentials.statuses import Status, token

pytestmark = pytest.mark.promise("verify.status-lists")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
URI = "https://dvc.moh.gov.vn/trang-thai/HTTB/QD/2026"


def opened(text: str, signer: RegisterKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token whose signature holds."""
    read = jws.deserialize_compact(text, ECKey.import_key(signer.jwk), algorithms=["ES256"])
    claims: dict[str, Any] = json.loads(read.payload)
    return dict(read.headers()), claims


def places(claims: dict[str, Any]) -> list[int]:
    """The status of each place, the lower half of a byte first."""
    assert claims["status_list"]["bits"] == 4
    text = claims["status_list"]["lst"]
    packed = zlib.decompress(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return [byte >> shift & 15 for byte in packed for shift in (0, 4)]


def key() -> RegisterKey:
    return RegisterKey(ECKey.generate_key("P-256"), is_test=True)


def test_a_list_says_of_each_place_what_it_is_told() -> None:
    signer = key()
    given = {1: Status.HOLDS, 2: Status.HOLDS_NOT, 3: Status.SUSPENDED, 5: Status.REPLACED, 8: Status.HOLDS}
    header, claims = opened(token(given, uri=URI, at=AT, key=signer), signer)
    assert header == {"alg": "ES256", "typ": "statuslist+jwt", "kid": signer.jwk["kid"]}
    assert (claims["sub"], claims["iat"], claims["exp"] - claims["iat"], claims["ttl"]) == (
        URI,
        1772416800,
        7 * 86400,
        3600,
    )
    assert places(claims) == [12, 0, 1, 2, 12, 3, 12, 12, 0, 12]  # where nothing is told: not yet issued


def test_a_list_of_a_hundred_thousand_papers_is_small() -> None:
    signer = key()
    given = dict.fromkeys(range(1, 100000), Status.HOLDS) | {77: Status.HOLDS_NOT}
    text = token(given, uri=URI, at=AT, key=signer)
    assert len(text) < 2000
    assert places(opened(text, signer)[1])[77] == Status.HOLDS_NOT


def test_nobody_else_makes_a_list_and_no_place_is_negative() -> None:
    with pytest.raises(BadSignatureError):
        opened(token({1: Status.HOLDS}, uri=URI, at=AT, key=key()), key())
    with pytest.raises(ValueError, match="negative"):
        token({-1: Status.HOLDS}, uri=URI, at=AT, key=key())


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.KEYS_DIR = tmp_path
    (tmp_path / "register").mkdir()
    return tmp_path / "register"


def put(file: Path, *, private: Any = None) -> Any:
    """Write a key, or of a file named `.pub.pem` its public half."""
    private = private or ec.generate_private_key(ec.SECP256R1())
    public = file.name.endswith(".pub.pem")
    file.write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        if public
        else private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return private.public_key().public_numbers()


def test_the_newest_key_signs_and_those_before_are_believed(folder: Path) -> None:
    test, old, before, new = (
        put(folder / name) for name in ("test.pem", "2024.pub.pem", "2025.pem", "2026.pem")
    )
    signing = keys.signing_key()
    assert signing is not None
    assert (signing.key.public_key.public_numbers(), signing.is_test) == (new, False)
    assert [key.key.public_key.public_numbers() for key in keys.known_keys()] == [new, before, test, old]
    (folder / "2026.pem").unlink()  # stolen: taken away at once, without a restart
    assert [key.key.public_key.public_numbers() for key in keys.known_keys()] == [before, test, old]


def test_production_makes_no_key_and_elsewhere_one_is_made_once(folder: Path, settings: Any) -> None:
    settings.PRODUCTION = True
    assert keys.signing_key() is None
    assert keys.known_keys() == ()
    settings.PRODUCTION = False
    made = keys.signing_key()
    assert made is not None
    assert made.is_test
    assert keys.signing_key() == made
    assert (folder / "test.pem").stat().st_mode & 0o077 == 0
    settings.PRODUCTION = True
    assert keys.known_keys() == ()  # the test key that lies there is none


def test_production_without_a_key_is_warned(folder: Path, settings: Any) -> None:
    assert [one.id for one in checks._mute()] == []
    assert list(folder.iterdir()) == []  # asking makes no key
    settings.PRODUCTION = True
    assert [one.id for one in checks._mute()] == ["workflows.W003"]
    put(folder / "2026.pem", private=ec.generate_private_key(ec.SECP384R1()))
    assert [one.id for one in checks._mute()] == ["workflows.E005"]


def test_the_manual_makes_a_key_that_signs(folder: Path) -> None:
    lines = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8").splitlines()
    made = next(line for line in lines if "openssl genpkey" in line).replace("KEYS_DIR/register", str(folder))
    half = re.search(r"`(openssl pkey .*?)`", "\n".join(lines))
    assert half
    subprocess.run(made.split(), check=True, capture_output=True)
    signing = keys.signing_key()
    assert signing is not None
    subprocess.run(half[1].split(), check=True, capture_output=True, cwd=folder)
    (folder / "2026.pem").unlink()
    assert [key.thumbprint for key in keys.known_keys()] == [signing.thumbprint]
    assert keys.signing_key() is None


def test_a_key_of_another_kind_is_refused(folder: Path) -> None:
    put(folder / "2026.pem", private=rsa.generate_private_key(65537, 2048))
    with pytest.raises(ValueError, match="no P-256 key"):
        keys.known_keys()
    put(folder / "2026.pem", private=ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(ValueError, match="no P-256 key"):
        keys.known_keys()


def test_the_thumbprint_is_that_of_the_standard() -> None:
    """The example of RFC 7638 is an RSA key; ours computed by hand, as §3.2 lays the members out."""
    signer = key()
    x, y = signer.jwk["x"], signer.jwk["y"]
    digest = hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest()
    assert signer.thumbprint == digest
    assert ECKey.import_key(signer.jwk).thumbprint() == signer.jwk["kid"]
