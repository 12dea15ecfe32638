"""The one clock. Nobody else asks the machine for the time.

Time zone: everything is stored in UTC and counted in Asia/Ho_Chi_Minh. Tests and demonstrations hold the clock
with `frozen`, or with the variable FROZEN_NOW (config/env.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from procedures.law.vocabulary import HANOI

__all__ = ["HANOI", "advance", "frozen", "now", "today"]

_held: list[datetime] = []


def now() -> datetime:
    """The present, aware, in UTC or in the zone of the frozen moment."""
    if _held:
        return _held[-1]
    fixed: datetime | None = getattr(settings, "FROZEN_NOW", None)
    return fixed or timezone.now()  # noqa: TID251 - this is the one clock


def today() -> date:
    """The date in Hanoi."""
    return now().astimezone(HANOI).date()


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Hold the clock at an aware moment; holds nest. For tests and try-outs."""
    if moment.tzinfo is None:
        raise ValueError("a frozen moment needs a time zone")
    _held.append(moment)
    try:
        yield
    finally:
        _held.pop()


def advance(by: timedelta) -> None:
    """Move the held clock on. Raises IndexError when nothing holds it."""
    _held[-1] += by
