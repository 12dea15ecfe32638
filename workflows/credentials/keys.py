"""The key with which the register speaks: P-256, in files below KEYS_DIR/register.

`<name>.pem` is a private key; the last name in the alphabet signs. `<name>.pub.pem` is a key that signed before: what
it signed is still believed. A key that was lost or stolen is taken away altogether. Outside production a first key is
made, `test.pem`, and what it signs has no legal value. Production knows no test key, and a missing one is no error
there: papers then bear no statement.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.conf import settings
from joserfc import jws
from joserfc.jwk import ECKey

from workflows.papers import pki

__all__ = ["RegisterKey", "known_keys", "signing_key"]

SIZE = 32
"""Bytes of a coordinate, and of each half of a signature."""
TEST = "test"


@dataclass(frozen=True)
class RegisterKey:
    """A key of the register, with its private half where it is ours to sign with."""

    public: ec.EllipticCurvePublicKey
    private: ec.EllipticCurvePrivateKey | None
    is_test: bool

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as a JSON Web Key (RFC 7517); `kid` is its thumbprint (RFC 7638)."""
        numbers = self.public.public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": _base64url(numbers.x.to_bytes(SIZE, "big")),
            "y": _base64url(numbers.y.to_bytes(SIZE, "big")),
            "kid": _base64url(self.thumbprint),
            "alg": "ES256",
            "use": "sig",
        }

    @property
    def thumbprint(self) -> bytes:
        """SHA-256 over the key's required members, as RFC 7638 lays them out."""
        numbers = self.public.public_numbers()
        x, y = (_base64url(value.to_bytes(SIZE, "big")) for value in (numbers.x, numbers.y))
        return hashlib.sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest()

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`: both halves, 64 bytes. Raises ValueError where the private half is not ours."""
        if self.private is None:
            raise ValueError("a key that signs no more")
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(SIZE, "big") + s.to_bytes(SIZE, "big")

    def jws(self, payload: bytes, *, typ: str) -> str:
        """`payload` as a compact JWS (RFC 7515) of that type. Raises ValueError where the private half is not ours."""
        if self.private is None:
            raise ValueError("a key that signs no more")
        pem = self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        header = {"alg": "ES256", "typ": typ, "kid": self.jwk["kid"]}
        return jws.serialize_compact(header, payload, ECKey.import_key(pem), algorithms=["ES256"])


def signing_key() -> RegisterKey | None:
    """The key that signs now. None in production while there is none."""
    return next((key for key in known_keys() if key.private is not None), None)


def known_keys() -> tuple[RegisterKey, ...]:
    """Every key whose word is believed, the one that signs now first."""
    folder = Path(settings.KEYS_DIR) / "register"
    if not settings.PRODUCTION and not any(folder.glob("*.pem")):
        _make_test_key(folder)
    found = [file for file in folder.glob("*.pem") if not (settings.PRODUCTION and _is_test(file))]
    files = sorted(found, key=_rank, reverse=True)
    return _loaded(tuple((file, file.stat().st_mtime_ns) for file in files))


def _rank(file: Path) -> tuple[bool, bool, str]:
    """Keys that sign before those that signed, real ones before the test key, later names before earlier."""
    return not file.name.endswith(".pub.pem"), not _is_test(file), file.name


def _is_test(file: Path) -> bool:
    return file.name.startswith(f"{TEST}.")


@lru_cache(maxsize=4)
def _loaded(files: tuple[tuple[Path, int], ...]) -> tuple[RegisterKey, ...]:
    return tuple(_load(file) for file, _changed in files)


def _load(file: Path) -> RegisterKey:
    content = file.read_bytes()
    private = (
        None if file.name.endswith(".pub.pem") else serialization.load_pem_private_key(content, password=None)
    )
    public = private.public_key() if private is not None else serialization.load_pem_public_key(content)
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise ValueError(f"{file.name} is no P-256 key")
    assert private is None or isinstance(private, ec.EllipticCurvePrivateKey)
    return RegisterKey(public, private, _is_test(file))


def _make_test_key(folder: Path) -> None:
    """Web, worker and relay start together: the first makes it for all."""
    with pki.locked(folder):
        file = folder / f"{TEST}.pem"
        if not file.exists():
            pki.write_key(file, ec.generate_private_key(ec.SECP256R1()))


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
