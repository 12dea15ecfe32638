"""Signing keys that never leave their device: a PKCS#11 token, such as a hardware security module.

A key, its certificate and our reference belong together by their names: both objects bear the reference as label
(`official:<username>`, `agency:<code>`) and one id. The device is asked for signatures over digests, nothing else.
One session a process, taken in turns by its threads; after a fork or an error it is opened anew. A PIN that was refused
is tried by no process of this machine again until its file changes: devices lock themselves after a few wrong ones.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from pkcs11 import Attribute, Mechanism, ObjectClass, PKCS11Error, exceptions
from pkcs11 import lib as load_library

from workflows.papers.keys import Key, KeyMissing, KeysAway, common_name
from workflows.papers.pki import store_of
from workflows.papers.trust import TrustStore, authorities_above

__all__ = ["TokenKeyStore"]

T = TypeVar("T")
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""DER DigestInfo of a SHA-256 before its 32 bytes (RFC 8017 §9.2): the device pads and signs what we hashed."""


@dataclass(frozen=True)
class _Held:
    """A certificate on the token, DER, and the id that it shares with its key."""

    der: bytes
    key_id: bytes


@dataclass(frozen=True, eq=False)
class _TokenKey:
    """A key on the token. Compared by identity, as what is prepared for a key lasts as long as it."""

    store: TokenKeyStore
    key_id: bytes
    chain: tuple[bytes, ...]
    holder: str
    room: int | None = None

    def sign(self, *, digest: bytes) -> bytes:
        if len(digest) != 32:
            raise ValueError("a SHA-256 digest has 32 bytes")
        return self.store.signature(self.key_id, _SHA256 + digest)


@dataclass
class TokenKeyStore:
    """The keys of one token."""

    module: Path
    """The device maker's PKCS#11 library."""
    label: str
    """Label of the token."""
    pin_file: Path
    refused_file: Path
    """Remembers, for all processes, which version of the PIN's file was refused; never the PIN."""
    trusted: Callable[[str], TrustStore]
    """Key reference → the world its certificate belongs to, from which its path to the root is built."""
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _session: Any = field(default=None, repr=False)
    _process: int = 0
    _keys: dict[bytes, Key] = field(default_factory=dict, repr=False)

    def certificate(self, ref: str) -> bytes:
        """The DER certificate of `ref` on the token. Raises KeyMissing, KeysAway."""
        return self._held(ref).der

    def key(self, ref: str, *, holder: str = "", organisation: str = "") -> Key:
        """The key of `ref` on the token; names are the certificate's. Raises KeyMissing, KeysAway."""
        held = self._held(ref)
        with self._lock:
            if held.der not in self._keys:
                self._keys[held.der] = self._key(ref, held)
            return self._keys[held.der]

    def references(self) -> list[str]:
        """Labels of all certificates on the token that are key references, in order. Raises KeysAway."""

        def look(session: Any) -> list[str] | None:
            found = _all(session, {Attribute.CLASS: ObjectClass.CERTIFICATE})
            return sorted({str(one[Attribute.LABEL]) for one in found}) or None

        return [
            label for label in self._asked(look) or [] if label.partition(":")[0] in ("official", "agency")
        ]

    def _key(self, ref: str, held: _Held) -> Key:
        certificate = x509.load_der_x509_certificate(held.der)
        if not isinstance(certificate.public_key(), rsa.RSAPublicKey):
            raise KeyMissing(f"not an RSA key: {ref}")
        chain = (held.der, *authorities_above(held.der, store=self.trusted(ref)))
        return _TokenKey(self, held.key_id, chain, common_name(held.der) or ref)

    def signature(self, key_id: bytes, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 over a DER DigestInfo, made by the device. Raises KeyMissing, KeysAway."""

        def sign(session: Any) -> bytes | None:
            wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key_id}
            for key in _all(session, wanted):
                return bytes(key.sign(data, mechanism=Mechanism.RSA_PKCS))
            return None

        made = self._asked(sign)
        if made is None:
            raise KeyMissing("the key is not on the token any more")
        return made

    def _held(self, ref: str) -> _Held:
        """The newest certificate with that label whose key is there too."""
        store_of(ref)  # ValueError for what is no reference

        def look(session: Any) -> _Held | None:
            keys = {
                bytes(one[Attribute.ID])
                for one in _all(session, {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.LABEL: ref})
            }
            held = [
                _Held(bytes(one[Attribute.VALUE]), bytes(one[Attribute.ID]))
                for one in _all(session, {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.LABEL: ref})
            ]
            usable = [one for one in held if one.key_id in keys]
            return max(usable, key=lambda one: _begins(one.der), default=None)

        found = self._asked(look)
        if found is None:
            raise KeyMissing(f"no key and certificate on the token for {ref}")
        return found

    def _asked(self, question: Callable[[Any], T | None]) -> T | None:
        """What the device answers. After an error, or when it knows nothing, as a token that was taken away, it is
        asked once more in a new session. Raises KeysAway."""
        with self._lock:
            if self._session is not None and self._process == os.getpid():
                try:
                    answer = question(self._session)
                    if answer is not None:
                        return answer
                except PKCS11Error:
                    pass
            with self._away_is_told():
                self._session = self._open()
                self._process = os.getpid()
                return question(self._session)

    @contextmanager
    def _away_is_told(self) -> Iterator[None]:
        try:
            yield
        except (PKCS11Error, OSError) as error:
            self._session = None
            raise KeysAway(f"the token {self.label}: {type(error).__name__}") from error

    def _open(self) -> Any:
        pin, version = self.pin_file.read_text("utf-8").strip(), str(self.pin_file.stat().st_mtime_ns)
        if self.refused_file.exists() and self.refused_file.read_text("utf-8") == version:
            raise KeysAway(f"the token {self.label} refused the PIN in its file, which is not tried again")
        try:
            library = load_library(str(self.module))
        except RuntimeError as error:
            raise KeysAway(f"the library {self.module.name} cannot be loaded") from error
        library.reinitialize()  # a token that came or went is seen only so; after a fork it must be
        try:
            return library.get_token(token_label=self.label).open(user_pin=pin)
        except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange):
            self.refused_file.write_text(version, "utf-8")
            raise


def _all(session: Any, wanted: dict[Any, Any]) -> list[Any]:
    """All objects like that; the search is over before one of them is used, as devices ask."""
    return list(session.get_objects(wanted))


def _begins(der: bytes) -> Any:
    return x509.load_der_x509_certificate(der).not_valid_before_utc
