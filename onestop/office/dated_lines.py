"""Conditions with a day, typed one a line: the day first, then what must be done by then."""

import re
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from onestop.forms import DateField
from workflows.models import Draft
from workflows.service import OwnCondition

__all__ = ["DatedLinesField", "as_lines"]

_LINE = re.compile(r"\s*(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})[\s:,;–-]+(\S.*)")
_DAY = DateField()


def as_lines(draft: Draft | None) -> str:
    """The conditions with a day of a draft, as they are typed; empty where it has none."""
    rows = draft.body.get("own_conditions", ()) if draft else ()
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
        if len(lines) > OwnCondition.MOST:
            message = _("At most %(most)s conditions with a day.")
            raise ValidationError(message, params={"most": OwnCondition.MOST})
        return [_read(number, line) for number, line in enumerate(lines, 1)]


def _read(number: int, line: str) -> dict[str, Any]:
    found = _LINE.fullmatch(line)
    try:
        due_on = _DAY.clean(found[1]) if found else None
    except ValidationError:
        due_on = None
    if found is None or due_on is None:
        message = _("Line %(number)s does not begin with a day such as 30/06/2027.")
        raise ValidationError(message, params={"number": number})
    text = found[2].strip().rstrip(".;")
    if not OwnCondition.SHORTEST <= len(text) <= OwnCondition.LONGEST:
        message = _("Line %(number)s must say in 3 to %(most)s characters what is to be done.")
        raise ValidationError(message, params={"number": number, "most": OwnCondition.LONGEST})
    return {"due_on": due_on, "text": text}
