"""Answers and terms in the words of a paper. Pure, Vietnamese unless told otherwise."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from procedures.definition.countries import country_name
from procedures.definition.model import Definition, Field_, FieldType, Section

__all__ = [
    "answer_lines",
    "answer_pairs",
    "device_lines",
    "in_words",
    "summary",
    "table",
    "tables",
    "term_text",
]

UNITS = {
    "working_hours": "giờ làm việc",
    "working_days": "ngày làm việc",
    "calendar_days": "ngày",
    "months": "tháng",
}


def term_text(term: Any) -> str:
    """A term in words: "15 ngày làm việc"."""
    return f"{term.length} {UNITS[term.unit]}"


def answer_pairs(definition: Definition, answers: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """(field id, value in words) of every answered field outside repeated sections."""
    return [
        (field.id, in_words(field, answers.get(field.id), lang))
        for section in definition.form
        if not section.repeat
        for field in section.fields
        if answers.get(field.id) not in (None, "")
    ]


def answer_lines(definition: Definition, answers: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """(title, value in words) of every answered field outside repeated sections."""
    titles = {field.id: field.title.get(lang) for section in definition.form for field in section.fields}
    return [(titles[name], value) for name, value in answer_pairs(definition, answers, lang)]


def in_words(field: Field_, value: Any, lang: str) -> str:
    """An answer as people read it."""
    if value is None:
        return ""
    if field.type is FieldType.TABLE:
        cells = field.cells
        rows = [[in_words(one, row.get(one.id), lang) for one in cells] for row in value]
        return "; ".join(", ".join(filter(None, row)) for row in rows)
    if field.type is FieldType.CHOICE:
        return next((c.title.get(lang) for c in field.choices if c.value == value), str(value))
    if field.type is FieldType.COUNTRY:
        return country_name(str(value), lang=lang)
    if field.type is FieldType.DATE:
        return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
    if field.type is FieldType.INTEGER and not field.is_year:
        return f"{int(value):,}".replace(",", ".")
    if field.type is FieldType.MONEY:
        return f"{int(value):,}".replace(",", ".") + " ₫"
    return str(value)


def tables(definition: Definition, answers: Mapping[str, Any], *, lang: str = "vi") -> list[dict[str, Any]]:
    """Each repeated section that has rows: title, titles of the columns that hold anything, and the rows in words."""
    return [
        table(section, rows, lang)
        for section in definition.form
        if section.repeat and (rows := answers.get(section.id))
    ]


def table(section: Section, rows: Sequence[Mapping[str, Any]], lang: str) -> dict[str, Any]:
    """The rows of a repeated section, as `tables` gives them."""
    asked = [field for field in section.fields if any(row.get(field.id) not in (None, "") for row in rows)]
    return {
        "title": section.title.get(lang),
        "columns": [field.title.get(lang) for field in asked],
        "rows": [[in_words(field, row.get(field.id), lang) for field in asked] for row in rows],
    }


def device_lines(definition: Definition, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of the repeated section, in words, with the purpose of the whole beside each."""
    section: Section | None = next((s for s in definition.form if s.repeat), None)
    if section is None:
        return []
    purpose = dict(answer_pairs(definition, answers, "vi")).get("purpose", "")
    rows = []
    for row in answers.get(section.id) or []:
        line: dict[str, Any] = {"purpose": purpose}
        for field in section.fields:
            value = row.get(field.id)
            line[field.id] = value if field.type is FieldType.INTEGER else in_words(field, value, "vi")
        rows.append(line)
    return rows


def summary(definition: Definition, answers: Mapping[str, Any], lang: str) -> str:
    """Trích yếu: by what lists name a dossier; of a repeated section the first row, and how many more."""
    named_by = definition.named_by
    section = next((s for s in definition.form if s.repeat and named_by in ("", s.id)), None)
    if section is None:
        return dict(answer_pairs(definition, answers, lang)).get(named_by, "")
    rows = answers.get(section.id)
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        return ""
    first = str(rows[0].get(section.row_title, ""))
    more = len(rows) - 1
    if not more:
        return first
    return f"{first} và {more} mục khác" if lang == "vi" else f"{first} and {more} more"
