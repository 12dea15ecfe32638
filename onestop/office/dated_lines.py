"""Conditions with a day, typed one a line: the day first, then what must be done by then."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

__all__ = ["DatedLinesField", "as_lines"]

MOST, LONGEST = 5, 500
_LINE = re.compile(r"\s*(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})[\s:,;–-]+(\S.*)")


def as_lines(rows: Iterable[Mapping[str, str]]) -> str:
    """What was typed before, as it is typed: `due_on` and `text` of each."""
    return "\n".join(f"{date.fromisoformat(row['due_on']):%d/%m/%Y} {row['text']}" for row in rows)


class DatedLinesField(forms.Field):
    """The value is a list of `{"due_on": date, "text": str}`."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        example = _(
            "One a line, the day first: 30/06/2027 hand in the results of the test. The holder reports on each."
        )
        kwargs.setdefault("help_text", example)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[dict[str, Any]]:
        """Raises ValidationError that names the line."""
        lines = [line for line in str(value or "").splitlines() if line.strip()]
        if len(lines) > MOST:
            raise ValidationError(_("At most %(most)s conditions with a day."), params={"most": MOST})
        return [_read(number, line) for number, line in enumerate(lines, 1)]


def _read(number: int, line: str) -> dict[str, Any]:
    found = _LINE.fullmatch(line)
    try:
        due_on = datetime.strptime(re.sub(r"[.-]", "/", found[1]), "%d/%m/%Y").date() if found else None
    except ValueError:
        due_on = None
    if found is None or due_on is None:
        message = _("Line %(number)s does not begin with a day such as 30/06/2027.")
        raise ValidationError(message, params={"number": number})
    text = found[2].strip().rstrip(".;")
    if not 3 <= len(text) <= LONGEST:
        message = _("Line %(number)s must say in 3 to %(most)s characters what is to be done.")
        raise ValidationError(message, params={"number": number, "most": LONGEST})
    return {"due_on": due_on, "text": text}
