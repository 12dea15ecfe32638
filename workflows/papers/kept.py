"""Signatures that were made before the file they belong to, and cannot be made again: those of remote keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from workflows.papers.keys import Key, KeyMissing

__all__ = ["KeptKey", "common_name", "digest_taker"]

TIMESTAMP_ROOM = 12 * 1024
"""Bytes to keep free in a file for a time stamp: the room must be right at the first try."""


@dataclass(frozen=True, eq=False)
class KeptKey:
    """A key that knows one signature, which was made before."""

    chain: tuple[bytes, ...]
    """DER certificates as they were when it was made."""
    digest: bytes
    value: bytes

    @property
    def holder(self) -> str:
        return common_name(self.chain[0])

    @property
    def room(self) -> int:
        return _room(self.chain)

    def sign(self, *, digest: bytes) -> bytes:
        """The kept signature. Raises KeyMissing for any other digest."""
        if digest != self.digest:
            raise KeyMissing("the kept signature is over something else")
        return self.value


class _Taken(Exception):
    pass


@dataclass(frozen=True, eq=False)
class _Taker:
    chain: tuple[bytes, ...]
    take: Callable[[bytes], None]

    @property
    def holder(self) -> str:
        return common_name(self.chain[0])

    @property
    def room(self) -> int:
        return _room(self.chain)

    def sign(self, *, digest: bytes) -> bytes:
        self.take(digest)
        raise _Taken


def digest_taker(chain: tuple[bytes, ...], begin: Callable[[Key], object]) -> bytes:
    """The digest that a key with this chain would be asked to sign by `begin`, which is left before it is signed."""
    taken: list[bytes] = []
    try:
        begin(_Taker(chain, taken.append))
    except _Taken:
        return taken[0]
    raise AssertionError("nothing was to be signed")


def common_name(der: bytes) -> str:
    """Whom a certificate names; empty where it names nobody."""
    names = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _room(chain: Sequence[bytes]) -> int:
    """Hexadecimal digits for a container with this chain and a time stamp."""
    return 2 * (sum(map(len, chain)) + 2048 + TIMESTAMP_ROOM)
