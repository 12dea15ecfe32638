"""Words that the law and the definitions share: units of time, the zone in which days are counted."""

from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

__all__ = ["HANOI", "TermRule", "Unit"]

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
"""Days, months and working hours are those of Hanoi; moments are stored in UTC."""


class Unit(StrEnum):
    """The unit of a term."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    MONTHS = "months"


class TermRule(Protocol):
    """A length of time by rule, as a definition states it."""

    @property
    def length(self) -> int:
        """How many units."""

    @property
    def unit(self) -> Unit:
        """Hours, days or months."""

    @property
    def basis(self) -> str:
        """The article, or an empty text."""

    @property
    def illustrative(self) -> bool:
        """True while nobody has checked it against the text of the law."""
