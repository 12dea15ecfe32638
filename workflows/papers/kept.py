"""Signatures that were made before the file they belong to, and cannot be made again: those of remote keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflows.papers.keys import Key, KeyMissing, common_name

__all__ = ["KeptKey", "digest_taker"]

TIMESTAMP_ROOM = 12 * 1024
"""Bytes to keep free in a file for a time stamp: the room must be right at the first try."""


@dataclass(frozen=True, eq=False)
class _Once:
    """A key that signs once: the room in the file follows from its chain, before and after alike."""

    chain: tuple[bytes, ...]
    """DER certificates as they were when it was asked to sign."""

    @property
    def holder(self) -> str:
        return common_name(self.chain[0])

    @property
    def room(self) -> int:
        return 2 * (sum(map(len, self.chain)) + 2048 + TIMESTAMP_ROOM)


@dataclass(frozen=True, eq=False)
class KeptKey(_Once):
    """A key that knows one signature, which was made before."""

    digest: bytes
    value: bytes

    def sign(self, *, digest: bytes) -> bytes:
        """The kept signature. Raises KeyMissing for any other digest."""
        if digest != self.digest:
            raise KeyMissing("the kept signature is over something else")
        return self.value


class _Taken(Exception):
    def __init__(self, digest: bytes) -> None:
        super().__init__()
        self.digest = digest


class _Taker(_Once):
    def sign(self, *, digest: bytes) -> bytes:
        raise _Taken(digest)


def digest_taker(chain: tuple[bytes, ...], begin: Callable[[Key], object]) -> bytes:
    """The digest that a key with this chain would be asked to sign by `begin`, which is left before it is signed."""
    try:
        begin(_Taker(chain))
    except _Taken as taken:
        return taken.digest
    raise AssertionError("nothing was to be signed")
