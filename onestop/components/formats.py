"""How dates, money, numbers and sizes are written for people, in the reader's language.

Vietnamese: 2.000.000 ₫, 96,4 %, 15/09/2026, 09:41, "thứ Tư, 14/10/2026". English: 2,000,000 VND, 96.4%,
14 October 2026. Instants are shown in Vietnam's time, whatever zone they come in. A value that is None is
written as an empty string, so that a template never prints the word None.
"""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.dates import MONTHS
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from workflows.selectors import MANY

__all__ = [
    "as_date",
    "as_moment",
    "cell",
    "day",
    "day_in_words",
    "deadline",
    "file_size",
    "hour",
    "machine",
    "money",
    "number",
    "percent",
    "stamp",
]

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

# The day's name inside a sentence: lower case in Vietnamese except for the numeral's capital.
_WEEKDAYS = (
    pgettext_lazy("in a sentence", "Monday"),
    pgettext_lazy("in a sentence", "Tuesday"),
    pgettext_lazy("in a sentence", "Wednesday"),
    pgettext_lazy("in a sentence", "Thursday"),
    pgettext_lazy("in a sentence", "Friday"),
    pgettext_lazy("in a sentence", "Saturday"),
    pgettext_lazy("in a sentence", "Sunday"),
)


def _english() -> bool:
    return (get_language() or "vi").startswith("en")


def as_moment(value: datetime | str) -> datetime:
    """An aware datetime (or its ISO text) in Vietnam's time; ValueError when it names no zone."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is None:
        raise ValueError("a moment shown to people must name its zone")
    return moment.astimezone(VIETNAM)


def machine(value: date | datetime | str) -> str:
    """ISO text for a datetime attribute: an instant with Vietnam's offset, or a day."""
    if isinstance(value, datetime) or (isinstance(value, str) and "T" in value):
        return as_moment(value).isoformat()
    return as_date(value).isoformat()


def as_date(value: date | datetime | str) -> date:
    """The calendar day in Vietnam of a day, an instant, or the ISO text of either."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return as_moment(value).date() if isinstance(value, datetime) else value


def day(value: date | datetime | str | None) -> str:
    """15/09/2026; in English 15 September 2026."""
    if not value:
        return ""
    on = as_date(value)
    return f"{on.day} {_month(on)} {on.year}" if _english() else f"{on:%d/%m/%Y}"


def _month(on: date) -> str:
    return str(MONTHS[on.month])


def day_in_words(value: date | datetime | str | None) -> str:
    """With its weekday, as every binding date is written: thứ Tư, 14/10/2026."""
    if not value:
        return ""
    on = as_date(value)
    return f"{_WEEKDAYS[on.weekday()]}, {day(on)}"


def deadline(value: datetime | str | None) -> str:
    """17:00 thứ Tư, 14/10/2026."""
    if not value:
        return ""
    moment = as_moment(value)
    return pgettext("a deadline", "%(time)s on %(day)s") % {
        "time": f"{moment:%H:%M}",
        "day": day_in_words(moment),
    }


def stamp(value: datetime | date | str | None) -> str:
    """15/09/2026 09:41; of a day without an hour, the day."""
    return f"{day(value)} {hour(value)}".strip()


def hour(value: datetime | date | str | None) -> str:
    """09:41; empty for a day without an hour."""
    if not value or not (isinstance(value, datetime) or (isinstance(value, str) and "T" in value)):
        return ""
    return f"{as_moment(value):%H:%M}"


def number(value: int | float | Decimal | None, decimals: int = 0) -> str:
    """1.284 or 96,4 (vi); 1,284 or 96.4 (en)."""
    if value is None or value == "":
        return ""
    text = f"{value:,.{decimals}f}"
    return text if _english() else text.translate(str.maketrans(",.", ".,"))


def figure(value: int) -> str:
    """How many wait, as the office's lists say it: counted to MANY, and "999+" from there."""
    return f"{MANY - 1}+" if value >= MANY else str(value)


def money(value: int | Decimal | None) -> str:
    """Whole đồng: 2.000.000 ₫, kept on one line by a no-break space."""
    if value is None or value == "":
        return ""
    return f"{number(value)}\u00a0VND" if _english() else f"{number(value)}\u00a0₫"


def percent(value: float | Decimal | None, decimals: int = 1) -> str:
    """The share given as 0 to 100: 96,4 %."""
    if value is None or value == "":
        return ""
    return f"{number(value, decimals)}%" if _english() else f"{number(value, decimals)}\u00a0%"


def cell(text: str) -> str:
    """A text for a spreadsheet: what an applicant wrote must not run as a formula there."""
    return f"'{text}" if text and text[0] in "=+-@\t\r" else text


def file_size(octets: int | None) -> str:
    """184 KB, 1,8 MB: in thousands, one decimal from a megabyte on."""
    if octets is None or octets == "":
        return ""
    if octets < 1000:
        return _("%(count)s bytes") % {"count": octets}
    if octets < 999_500:
        return f"{number(round(octets / 1000))}\u00a0KB"
    return f"{number(octets / 1_000_000, 1)}\u00a0MB"
