"""The promised date, day by day: turns the explanation of a deadline into the weeks of a table.

The explanation is data (see README.md): every day between receipt and the promise, what it counted for, and the
sum in words. Nothing is computed anew here; a page may not know better than the clock that made the promise.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from onestop.components.formats import as_date

__all__ = ["Cell", "weeks"]

WEEKDAYS = (
    pgettext_lazy("column of a calendar", "Mon"),
    pgettext_lazy("column of a calendar", "Tue"),
    pgettext_lazy("column of a calendar", "Wed"),
    pgettext_lazy("column of a calendar", "Thu"),
    pgettext_lazy("column of a calendar", "Fri"),
    pgettext_lazy("column of a calendar", "Sat"),
    pgettext_lazy("column of a calendar", "Sun"),
)
_WORDS: Mapping[str, Any] = {
    "weekend": pgettext_lazy("day of a calendar", "off"),
    "holiday": pgettext_lazy("day of a calendar", "holiday"),
    "paused": pgettext_lazy("day of a calendar", "paused"),
    "received": pgettext_lazy("day of a calendar", "taken in"),
    "handover": pgettext_lazy("day of a calendar", "handed over"),
    "due": pgettext_lazy("day of a calendar", "result"),
}

_SHORT: Mapping[str, Any] = {
    "holiday": pgettext_lazy("narrow column of a calendar", "hol."),
    "received": pgettext_lazy("narrow column of a calendar", "in"),
    "handover": pgettext_lazy("narrow column of a calendar", "unit"),
    "due": pgettext_lazy("narrow column of a calendar", "due"),
}


class Cell(NamedTuple):
    """One day of the table. `kind` is a class of motcua.css; `hidden` completes `shown` for a screen reader."""

    shown: str
    hidden: str
    kind: str
    today: bool
    text: str
    short: str
    """The same in the width of a phone: the bare number of a counted day, one word otherwise."""


def weeks(days: list[Mapping[str, Any]]) -> list[list[Cell]]:
    """Rows of seven cells, Monday first; days outside the explanation are shown without a mark."""
    if not days:
        return []
    by_date = {as_date(entry["date"]): entry for entry in days}
    first, last = min(by_date), max(by_date)
    monday = first - timedelta(days=first.weekday())
    rows: list[list[Cell]] = []
    while monday <= last:
        row = []
        for offset in range(7):
            on = monday + timedelta(days=offset)
            row.append(_cell(on, by_date.get(on), opens=on.day == 1 or (not rows and offset == 0)))
        rows.append(row)
        monday += timedelta(days=7)
    return rows


def _cell(on: date, entry: Mapping[str, Any] | None, *, opens: bool) -> Cell:
    shown = f"{on.day}/{on.month}" if opens else str(on.day)
    hidden = f"/{on.year}" if opens else f"/{on.month}/{on.year}"
    if entry is None:
        return Cell(shown, hidden, "none", False, "", "")
    kind = entry["kind"]
    today = kind == "today" or bool(entry.get("today"))
    n, note = entry.get("n"), entry.get("note") or ""
    text = _text(kind, n, note, today=today)
    return Cell(shown, hidden, kind, today, text, _short(kind, n, today=today) or text)


def _short(kind: str, n: int | None, *, today: bool) -> str:
    if today:
        return str(pgettext_lazy("narrow column of a calendar", "now"))
    if kind in {"counted", "makeup", "future"} and n is not None:
        return f"{n}?" if kind == "future" else str(n)
    return str(_SHORT.get(kind, ""))


def _text(kind: str, n: int | None, note: str, *, today: bool) -> str:
    if note and kind != "due":
        return f"{n}, {note}" if n is not None and kind in {"counted", "makeup"} else note
    if kind == "makeup":
        return str(_("%(n)s, make-up day") % {"n": n}) if n is not None else str(_("make-up day"))
    if kind in {"counted", "today"} and n is not None:
        return str(_("day %(n)s") % {"n": n})
    if kind == "future":
        return str(_("day %(n)s?") % {"n": n}) if n is not None else ""
    if kind == "due":
        word = note or str(_WORDS["due"])
        return f"{word} ({n})" if n is not None else word
    if kind in _WORDS:
        return str(_WORDS[kind])
    return str(_("today")) if today else ""
