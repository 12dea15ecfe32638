"""Keys that sign papers, behind one interface.

`Key` signs a digest and shows its chain; where the key lives is its own affair: a token by PKCS#11 (tokens.py), a
remote signing service (remote.py). `TestKeyStore` reads the generated test PKI; papers of its world carry the watermark
BẢN THỬ.

A private key is loaded once: OpenSSL checks an RSA key again at every load, which is 60 % of the time of a
signature made with pyHanko's own signer (measured).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import NameOID

from workflows.papers import pki

__all__ = ["WATERMARK", "Key", "KeyDirectory", "KeyMissing", "KeyStore", "KeysAway", "OneKey", "TestKeyStore"]

WATERMARK = "BẢN THỬ"


class KeyMissing(LookupError):
    """No key for this reference, and none may be made."""


class KeysAway(RuntimeError):
    """The device that holds the keys is not to be reached now; nothing was signed."""


class Key(Protocol):
    """A signing key with its certificate."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """DER certificates: the signer's first, then the authorities up to the root."""
        ...  # pragma: no cover

    @property
    def holder(self) -> str:
        """Common name in the certificate: what a signature shows."""
        ...  # pragma: no cover

    @property
    def room(self) -> int | None:
        """Hexadecimal digits to keep free in a file, for a key that signs once; None for one that can sign again."""
        ...  # pragma: no cover

    def sign(self, *, digest: bytes) -> bytes:
        """RSA PKCS#1 v1.5 signature over a SHA-256 digest of 32 bytes. Raises ValueError for another length."""
        ...  # pragma: no cover


class KeyStore(Protocol):
    """Finds keys by reference: `official:<username>`, `agency:<code>`, `enterprise:<tax code>`, `time:<name>`."""

    def certificate(self, ref: str) -> bytes | None:
        """The DER certificate of `ref`; None where a test store has not made it yet. Raises KeyMissing, KeysAway."""
        ...  # pragma: no cover

    def key(self, ref: str, *, holder: str = "", organisation: str = "") -> Key:
        """The key of `ref`. A test store makes a missing one for `holder`. Raises KeyMissing, KeysAway."""
        ...  # pragma: no cover


class _FileKey:
    room = None

    def __init__(self, *, private: rsa.RSAPrivateKey, chain: tuple[bytes, ...]) -> None:
        self._private = private
        self.chain = chain
        self.holder = common_name(chain[0])

    def sign(self, *, digest: bytes) -> bytes:
        return self._private.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


class TestKeyStore:
    """Keys in files under `folder`, made on demand. Safe to share between threads and processes."""

    __test__ = False  # not a test case, whatever its name begins with

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[str, Key] = {}
        self._lock = threading.Lock()

    def certificate(self, ref: str) -> bytes | None:
        return pki.certificate(self._folder, ref=ref)

    def key(self, ref: str, *, holder: str = "", organisation: str = "") -> Key:
        with self._lock:
            if ref not in self._loaded:
                self._loaded[ref] = self._load(ref, holder or ref, organisation or holder or ref)
            return self._loaded[ref]

    def _load(self, ref: str, holder: str, organisation: str) -> Key:
        try:
            store = pki.store_of(ref)
        except ValueError as error:
            raise KeyMissing(str(error)) from error
        home = pki.issue(self._folder, ref=ref, common_name=holder, organisation=organisation)
        return load_key(home, authorities=self._folder / store)


@dataclass(frozen=True)
class KeyDirectory:
    """Which store holds which kind of key."""

    stores: Mapping[str, KeyStore]
    """First word of a reference, such as `agency` → its store."""
    other: KeyStore
    """All other kinds."""

    def _of(self, ref: str) -> KeyStore:
        return self.stores.get(ref.partition(":")[0], self.other)

    def certificate(self, ref: str) -> bytes | None:
        return self._of(ref).certificate(ref)

    def key(self, ref: str, *, holder: str = "", organisation: str = "") -> Key:
        return self._of(ref).key(ref, holder=holder, organisation=organisation)


@dataclass(frozen=True)
class OneKey:
    """A store of one key, whoever is asked for."""

    one: Key

    def certificate(self, ref: str) -> bytes | None:
        return self.one.chain[0]

    def key(self, ref: str, *, holder: str = "", organisation: str = "") -> Key:
        return self.one


def load_key(home: Path, *, authorities: Path) -> Key:
    """The key in `home`, with the chain of the store in `authorities`."""
    private = serialization.load_pem_private_key((home / "key.pem").read_bytes(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise KeyMissing(f"not an RSA key: {home.name}")
    files = (home / "cert.pem", authorities / "ca.pem", authorities / "root.pem")
    chain = tuple(
        x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(serialization.Encoding.DER)
        for file in files
    )
    return _FileKey(private=private, chain=chain)


def common_name(der: bytes) -> str:
    """Whom a certificate names; empty where it names nobody."""
    names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
