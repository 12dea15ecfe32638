"""A simple limit on questions that cost work: so many a minute for one address, counted in the cache.

It protects the machine, not a secret: codes are 128 bits long and cannot be guessed. The address is the one that the
server sees; behind a proxy the proxy must hand on the client's.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

from procedures.errors import MotcuaError, Reason

__all__ = ["TooMany", "limited"]

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
WINDOW = 60
"""Seconds."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


class TooMany(MotcuaError):
    """Too many questions in too short a time."""

    status = 429
    code = "too_many"


def limited(name: str, *, most: int, methods: tuple[str, ...] = ("GET", "POST")) -> Callable[[V], V]:
    """At most `most` requests a minute from one address, counted by `name`. Raises TooMany."""

    def declare(view: V) -> V:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method in methods:
                _count(name, request.META.get("REMOTE_ADDR", ""), most)
            return view(request, *args, **kwargs)

        return counted  # type: ignore[return-value]

    return declare


def _count(name: str, address: str, most: int) -> None:
    key = f"limit:{name}:{address}:{int(time.time() // WINDOW)}"
    if cache.add(key, 1, timeout=2 * WINDOW):
        return
    try:
        asked = cache.incr(key)
    except ValueError:  # the entry went between the two steps
        return
    if asked > most:
        raise TooMany(
            Reason(
                "too_many",
                gettext_noop("There were more than %(most)s questions in a minute from your address."),
                {"most": most},
                remedy=gettext_noop("Wait a minute, then ask again."),
            )
        )
