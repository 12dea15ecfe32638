"""An answer of the form as people read it, on every page, and the language of the page."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onestop.components import formats
from procedures.definition.countries import country_name
from procedures.definition.model import Field_, FieldType

__all__ = ["answer_text", "language", "moved_date"]


def language() -> str:
    """ "vi" or "en": the language of the page."""
    return "en" if (get_language() or "vi").startswith("en") else "vi"


def answer_text(field: Field_, value: Any, *, lang: str) -> str:
    """An answer as people read it; a value of the wrong kind is shown as it was typed."""
    if value is None or value == "":
        return ""
    if field.type is FieldType.TABLE and isinstance(value, list):
        cells = field.cells
        rows = [
            [answer_text(one, row.get(one.id), lang=lang) for one in cells]
            for row in value
            if isinstance(row, Mapping)
        ]
        return "; ".join(", ".join(filter(None, row)) for row in rows)
    if field.type is FieldType.CHOICE:
        return next((c.title.get(lang) for c in field.choices if c.value == value), str(value))
    if field.type is FieldType.COUNTRY:
        return country_name(str(value), lang=lang)
    if field.type is FieldType.DATE:
        try:
            return formats.day(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    if field.type is FieldType.MONEY and isinstance(value, int):
        return formats.money(value)
    if field.type is FieldType.INTEGER and isinstance(value, int) and not field.is_year:
        return formats.number(value)
    return str(value)


def moved_date(data: Mapping[str, Any]) -> str:
    """The old and the new date of an entry of the ledger that moved one."""
    return _("from %(before)s to %(after)s") % {
        "before": formats.deadline(datetime.fromisoformat(data["due_before"])),
        "after": formats.deadline(datetime.fromisoformat(data["due_after"])),
    }
