"""Pages that are read at one moment: what the system commits meanwhile is on the next page, never half on this one."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase

__all__ = ["of_one_moment"]

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def of_one_moment(view: V) -> V:
    """Every query of the view sees the database as it stood at the first one; the view may write nothing.

    Without it a page could offer to seal a paper, and carry the fingerprint of the bytes before the signature.
    Inside a transaction that is open already it reads as that does.
    """

    @wraps(view)
    def seen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if connection.in_atomic_block:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return view(request, *args, **kwargs)

    return seen  # type: ignore[return-value]
