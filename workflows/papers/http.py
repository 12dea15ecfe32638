"""Asking a service that signing needs, such as a time authority: one request, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import httpx

__all__ = ["Answer", "get", "post"]

LARGEST = 256 * 1024
"""Bytes of an answer that are read."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    kind: str
    """Media type without parameters."""
    body: bytes


def post(url: str, *, content: bytes, headers: Mapping[str, str], patience: float) -> Answer:
    """Send `content`, and wait about `patience` seconds for the whole answer. Redirects are not followed.

    Raises OSError for whatever goes wrong on the way, and for an answer that is too large.
    """
    return _asked("POST", url, content, headers, patience, LARGEST)


def get(url: str, *, patience: float, largest: int) -> Answer:
    """What is at `url`, at most `largest` bytes of it. Waits, and raises, as `post` does."""
    return _asked("GET", url, None, {}, patience, largest)


def _asked(
    method: str, url: str, content: bytes | None, headers: Mapping[str, str], patience: float, largest: int
) -> Answer:
    deadline = monotonic() + patience
    try:
        with httpx.stream(method, url, content=content, headers=headers, timeout=patience) as answer:
            parts, size = [], 0
            for part in answer.iter_bytes(chunk_size=65536):
                parts.append(part)
                size += len(part)
                if size > largest:
                    raise OSError("the answer is too large")
                if monotonic() > deadline:
                    raise OSError("the answer takes too long")
            kind = answer.headers.get("content-type", "").partition(";")[0].strip()
            return Answer(answer.status_code, kind, b"".join(parts))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OSError(f"not reached: {type(error).__name__}") from error
