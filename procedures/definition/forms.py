"""The form of a definition: check answers, every error at once, and keep only what was asked. Pure.

Answers are a mapping: a field's answer under the field's id; for a repeating section a list of rows under the
section's id. Clean answers are plain JSON: text, int, lists of rows. A field that its condition hides is neither
asked nor kept.
"""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from procedures.definition import conditions
from procedures.definition.answers import Answer, Rejected, empty, read
from procedures.definition.model import Definition, Field_, Section

__all__ = ["FieldError", "answer_scope", "row_scope", "validate", "visible_fields"]

Answers = Mapping[str, Any]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one answer, and what to enter."""

    section: str
    row: int | None
    """Index of the row in the list as it was handed in; None outside repeating sections and for the list itself."""
    field: str
    """Field id; empty where it is about the list of rows."""
    message: str
    """English message id, with named %(placeholders)s."""
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


def answer_scope(definition: Definition) -> conditions.Scope:
    """The names that a condition over the answers may use, each with the value of no answer."""
    scope: dict[str, Any] = {}
    for section in definition.form:
        fields = {field.id: empty(field) for field in section.fields}
        scope |= {section.id: [fields]} if section.repeat else fields
    return scope


def row_scope(definition: Definition, section: Section) -> conditions.Scope:
    """As `answer_scope`, with the fields of the row at hand: for conditions inside a repeating section."""
    return {**answer_scope(definition), **{field.id: empty(field) for field in section.fields}}


def visible_fields(
    definition: Definition, section: Section, answers: Answers, row: Answers | None = None
) -> list[Field_]:
    """The fields of a section that are asked, given clean answers (and the row, in a repeating section)."""
    scope = row_scope(definition, section) if section.repeat else answer_scope(definition)
    values = {**answers, **(row or {})}
    return [field for field in section.fields if conditions.holds(field.when, values, scope=scope)]


@dataclass(slots=True)
class _Read:
    """One field as read: a clean value, nothing, or the error."""

    section: Section
    row: int | None
    field: Field_
    value: Answer | None
    error: FieldError | None


def validate(
    definition: Definition, answers: Answers, *, sections: Collection[str] | None = None
) -> tuple[dict[str, Any], list[FieldError]]:
    """Clean answers and every error, of the whole form or of some sections (whose answers alone come back).

    Never raises for what was sent, whatever its type. With errors, the clean answers hold what could be read.
    """
    reads, errors, counts = _read_all(definition, answers if isinstance(answers, Mapping) else {})
    shown = _visible(definition, reads)
    clean: dict[str, Any] = {}
    for section in definition.form:
        if sections is not None and section.id not in sections:
            continue
        if section.repeat:
            clean[section.id] = []
        rows: dict[int | None, dict[str, Any]] = {}
        for item in reads:
            if item.section is not section:
                continue
            row = rows.setdefault(item.row, {})
            if (item.row, item.field.id) not in shown[section.id]:
                continue
            if item.error is not None:
                errors.append(item.error)
            elif item.value is not None:
                row[item.field.id] = item.value
            elif item.field.required:
                errors.append(_missing(item))
        if section.repeat:
            clean[section.id] = [
                rows[index] for index in sorted(index for index in rows if index is not None)
            ]
            errors.extend(_count_errors(section, counts[section.id]))
        else:
            clean |= rows.get(None, {})
    wanted = [error for error in errors if sections is None or error.section in sections]
    order = {section.id: index for index, section in enumerate(definition.form)}
    return clean, sorted(
        wanted, key=lambda error: (order[error.section], -1 if error.row is None else error.row)
    )


def _read_all(
    definition: Definition, answers: Answers
) -> tuple[list[_Read], list[FieldError], dict[str, int]]:
    reads: list[_Read] = []
    errors: list[FieldError] = []
    counts: dict[str, int] = {}
    for section in definition.form:
        if not section.repeat:
            reads.extend(_read_fields(section, None, answers))
            continue
        given = answers.get(section.id)
        rows = given if isinstance(given, list | tuple) else []
        if given is not None and not isinstance(given, list | tuple):
            errors.append(FieldError(section.id, None, "", gettext_noop("Send a list of rows")))
        kept = 0
        for index, row in enumerate(rows[: section.max_rows + 1]):
            if not isinstance(row, Mapping):
                errors.append(FieldError(section.id, index, "", gettext_noop("Send a row with its fields")))
                kept += 1
                continue
            read_row = list(_read_fields(section, index, row))
            if any(item.value is not None or item.error is not None for item in read_row):
                reads.extend(read_row)  # a row without any answer is no row
                kept += 1
        counts[section.id] = len(rows) if len(rows) > section.max_rows else kept
    return reads, errors, counts


def _read_fields(section: Section, row: int | None, answers: Answers) -> Iterator[_Read]:
    for item in section.fields:
        value: Answer | None = None
        error: FieldError | None = None
        try:
            value = read(item, answers.get(item.id))
        except Rejected as rejected:
            error = FieldError(section.id, row, item.id, rejected.message, rejected.params)
        yield _Read(section, row, item, value, error)


def _visible(definition: Definition, reads: list[_Read]) -> dict[str, set[tuple[int | None, str]]]:
    """Which fields are asked: hiding one may hide others, so this repeats until nothing changes."""
    hidden: set[int] = set()
    conditional = [index for index, item in enumerate(reads) if item.field.when]
    for _round in range(len(conditional) + 1):
        values, rows = _values(reads, hidden)
        now_hidden = set()
        for index in conditional:
            item = reads[index]
            own = rows.get((item.section.id, item.row), {}) if item.section.repeat else {}
            scope = row_scope(definition, item.section) if item.section.repeat else answer_scope(definition)
            if not conditions.holds(item.field.when, {**values, **own}, scope=scope):
                now_hidden.add(index)
        if now_hidden == hidden:
            break
        hidden = now_hidden
    shown: dict[str, set[tuple[int | None, str]]] = {section.id: set() for section in definition.form}
    for index, item in enumerate(reads):
        if index not in hidden:
            shown[item.section.id].add((item.row, item.field.id))
    return shown


def _values(
    reads: list[_Read], hidden: set[int]
) -> tuple[dict[str, Any], dict[tuple[str, int | None], dict[str, Any]]]:
    values: dict[str, Any] = {}
    rows: dict[tuple[str, int | None], dict[str, Any]] = {}
    for index, item in enumerate(reads):
        if item.value is None or index in hidden:
            continue
        target = rows.setdefault((item.section.id, item.row), {}) if item.section.repeat else values
        target[item.field.id] = item.value
    for (section_id, _row), row in rows.items():
        values.setdefault(section_id, []).append(row)
    return values, rows


def _missing(item: _Read) -> FieldError:
    message = {
        "choice": gettext_noop("Choose one of the answers"),
        "country": gettext_noop("Choose a country from the list"),
    }.get(item.field.type, gettext_noop("Fill in this field"))
    return FieldError(item.section.id, item.row, item.field.id, message)


def _count_errors(section: Section, count: int) -> Iterator[FieldError]:
    if count < section.min_rows:
        message = gettext_noop("Add a line: at least %(min)s needed")
        yield FieldError(section.id, None, "", message, {"min": section.min_rows})
    if count > section.max_rows:
        message = gettext_noop("Enter at most %(max)s rows; there are %(count)s now")
        yield FieldError(section.id, None, "", message, {"max": section.max_rows, "count": count})
