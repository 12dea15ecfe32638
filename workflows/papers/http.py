"""Asking a service that signing needs, such as a time authority: one request, bounded in time and size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

import httpx

__all__ = ["Answer", "post"]

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
    deadline = monotonic() + patience
    try:
        with httpx.stream("POST", url, content=content, headers=headers, timeout=patience) as answer:
            body = b""
            for part in answer.iter_bytes(chunk_size=8192):
                body += part
                if len(body) > LARGEST:
                    raise OSError("the answer is too large")
                if monotonic() > deadline:
                    raise OSError("the answer takes too long")
            kind = answer.headers.get("content-type", "").partition(";")[0].strip()
            return Answer(answer.status_code, kind, body)
    except httpx.HTTPError as error:
        raise OSError(f"not reached: {type(error).__name__}") from error
