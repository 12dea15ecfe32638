"""The key with which the register speaks: P-256, in files below KEYS_DIR/register.

`<name>.pem` is a private key; the last name in the alphabet signs. `<name>.pub.pem` is a key that signed before: what
it signed is still believed. A key that was lost or stolen is taken away altogether. Outside production a first key is
made, `test.pem`, and what it signs has no legal value. Production knows no test key, and a missing one is no error
there: papers then bear no statement.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from joserfc import jws
from joserfc.errors import InvalidKeyTypeError
from joserfc.jwk import ECKey

from procedures.errors import Busy, Reason
from workflows.papers import pki

__all__ = ["RegisterKey", "known_keys", "needed_key", "signing_key"]

ALGORITHM = "ES256"
TEST = "test"


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True)
class RegisterKey:
    """A key of the register: a P-256 key, with its private half where it is ours to sign with."""

    key: ECKey
    is_test: bool

    @property
    def jwk(self) -> dict[str, object]:
        """The public key as a JSON Web Key (RFC 7517); `kid` is its thumbprint (RFC 7638)."""
        public = self.key.as_dict(private=False)
        return {**public, "kid": self.key.thumbprint(), "alg": ALGORITHM, "use": "sig"}

    @property
    def thumbprint(self) -> bytes:
        """SHA-256 over the key's required members (RFC 7638)."""
        return urlsafe_b64decode(self.key.thumbprint() + "=")

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`: both halves, 64 bytes. Raises ValueError where the private half is not ours."""
        return jws.JWSRegistry.algorithms[ALGORITHM].sign(data, self._ours())

    def jws(self, payload: bytes, *, typ: str) -> str:
        """`payload` as a compact JWS (RFC 7515) of that type. Raises ValueError where the private half is not ours."""
        header = {"alg": ALGORITHM, "typ": typ, "kid": self.key.thumbprint()}
        return jws.serialize_compact(header, payload, self._ours(), algorithms=[ALGORITHM])

    def _ours(self) -> ECKey:
        if not self.key.is_private:
            raise ValueError("a key that signs no more")
        return self.key


def signing_key() -> RegisterKey | None:
    """The key that signs now. None in production while there is none."""
    return next((key for key in known_keys() if key.key.is_private), None)


def needed_key() -> RegisterKey:
    """The key that signs now. Raises Busy while there is none."""
    key = signing_key()
    if key is None:
        message = gettext_noop("The register signs nothing here yet: it has no key.")
        raise Busy(Reason("no_key", message, remedy=gettext_noop("Nothing is lost. Try again later.")))
    return key


def known_keys() -> tuple[RegisterKey, ...]:
    """Every key whose word is believed, the one that signs now first. Raises ValueError for a file with another key."""
    folder = Path(settings.KEYS_DIR) / "register"
    found = list(folder.glob("*.pem"))
    if settings.PRODUCTION:
        found = [file for file in found if not _is_test(file)]
    elif not found:
        found = [_test_key(folder)]
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
    try:
        key = ECKey.import_key(file.read_bytes())
    except InvalidKeyTypeError as error:
        raise ValueError(f"{file.name} is no P-256 key") from error
    if key.curve_name != "P-256":
        raise ValueError(f"{file.name} is no P-256 key")
    return RegisterKey(key, _is_test(file))


def _test_key(folder: Path) -> Path:
    """Web, worker and relay start together: the first makes it for all."""
    file = folder / f"{TEST}.pem"
    with pki.locked(folder):
        if not file.exists():
            pki.write_key(file, ec.generate_private_key(ec.SECP256R1()))
    return file
