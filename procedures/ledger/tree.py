"""A hash tree over entries (RFC 9162 §2.1): one hash for all of them, and for each a short proof that it is among them.

A leaf is the entry's own hash, 64 hexadecimal digits taken as 32 bytes. Pure.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

__all__ = ["path_of", "root_from", "root_of"]


def _leaf(digest: str) -> bytes:
    return sha256(b"\x00" + bytes.fromhex(digest)).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(digests: Iterable[str]) -> str:
    """The hash of the tree over these leaves, in order, as hexadecimal digits. Keeps only one hash a level."""
    whole: list[tuple[int, bytes]] = []
    """Complete trees not joined yet, the largest first: (leaves, hash)."""
    for digest in digests:
        size, node = 1, _leaf(digest)
        while whole and whole[-1][0] == size:
            left = whole.pop()
            size, node = 2 * size, _node(left[1], node)
        whole.append((size, node))
    if not whole:
        return sha256().hexdigest()
    _size, root = whole.pop()
    while whole:
        root = _node(whole.pop()[1], root)
    return root.hex()


def path_of(digests: Sequence[str], index: int) -> list[str]:
    """The hashes beside the way from leaf `index` up to the root, from the bottom. Raises IndexError."""
    if not 0 <= index < len(digests):
        raise IndexError(index)
    path: list[str] = []
    start, end = 0, len(digests)
    while end - start > 1:
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < middle:
            path.append(root_of(digests[middle:end]))
            end = middle
        else:
            path.append(root_of(digests[start:middle]))
            start = middle
    return path[::-1]


def root_from(digest: str, *, index: int, count: int, path: Sequence[str]) -> str:
    """The root that the tree over `count` leaves has, if this leaf stands at `index` (RFC 9162 §2.1.3.2).

    Raises ValueError for a path that does not fit.
    """
    place, last, node = index, count - 1, _leaf(digest)
    for beside in path:
        if last == 0:
            raise ValueError("the path is too long")
        if place & 1 or place == last:
            node = _node(bytes.fromhex(beside), node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = _node(node, bytes.fromhex(beside))
        place, last = place >> 1, last >> 1
    if last != 0 or not 0 <= index < count:
        raise ValueError("the path is too short")
    return node.hex()
