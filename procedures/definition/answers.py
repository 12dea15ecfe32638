"""Reading one answer: from what a form or a message sent to the one value that we keep. Pure.

Each reader takes a field and a raw value of any type and returns the clean value (None: not answered) or raises
`Rejected` with a sentence that says what to enter. Reading a clean value gives the same value again.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from procedures.definition.countries import COUNTRIES
from procedures.definition.model import Field_, FieldType

__all__ = ["EMPTY", "Answer", "Rejected", "empty", "read"]

Params = dict[str, object]
Answer = str | int | list[dict[str, str | int]]
"""A clean answer; a table is a list of rows by column id."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


class Rejected(ValueError):
    """An answer cannot be used; the sentence says what to enter."""

    def __init__(self, message: str, params: Params | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.params: Params = params or {}


EMPTY: Mapping[FieldType, str | int] = dict.fromkeys(FieldType, "") | {
    FieldType.INTEGER: 0,
    FieldType.MONEY: 0,
}
"""What a field without an answer counts as in a condition."""


def empty(field: Field_) -> object:
    """What the field counts as in a condition while nobody has answered; of a table, a list of such rows."""
    if field.type is FieldType.TABLE:
        return [{column.id: EMPTY[column.type] for column in field.cells}]
    return EMPTY[field.type]


_LARGEST = 10**15
_MOST_ROWS = 100
_AGENCY_CODE = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}|[A-Z]\d{2}(\.\d{2}){0,2}")
"""The four levels of Circular 01/2018, e.g. 000.00.00.G18, or the short form of later years, e.g. G09.20."""
_SPACE = re.compile(r"[^\S\n]+")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_TAX_CODE = re.compile(r"(\d{10})(?:-?(\d{3}))?")


def _text(value: Any, *, lines: bool = False) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Rejected(gettext_noop("Enter a text"))
    text = unicodedata.normalize("NFC", str(value)).replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = text.replace("\n", " ")
    allowed = (
        c
        for c in text.replace("\t", " ")
        if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}
    )
    kept = unicodedata.normalize("NFC", "".join(allowed))
    return "\n".join(_SPACE.sub(" ", line).strip() for line in kept.split("\n")).strip()


def _limited(text: str, field: Field_) -> str:
    if len(text) > field.max_length:
        message = gettext_noop("Enter at most %(max)s characters; there are %(length)s now")
        raise Rejected(message, {"max": field.max_length, "length": len(text)})
    return text


def _read_text(field: Field_, value: Any) -> str:
    return _limited(_text(value), field)


def _read_textarea(field: Field_, value: Any) -> str:
    return _limited(_text(value, lines=True), field)


def _read_integer(field: Field_, value: Any) -> int:
    message, params = _range(field)
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        digits = re.sub(r"(?<=\d)[ .,](?=\d{3}(?!\d))", "", _text(value))  # thousands, as people write them
        if not re.fullmatch(r"-?\d{1,16}", digits, re.ASCII):
            raise Rejected(message, params)
        number = int(digits)
    low, high = _bounds(field)
    if not low <= number <= high:
        raise Rejected(message, params)
    return number


def _bounds(field: Field_) -> tuple[int, int]:
    low = field.minimum if field.minimum is not None else (0 if field.type is FieldType.MONEY else -_LARGEST)
    return low, field.maximum if field.maximum is not None else _LARGEST


def _range(field: Field_) -> tuple[str, Params]:
    if field.minimum is not None and field.maximum is not None:
        params: Params = {"min": field.minimum, "max": field.maximum}
        return gettext_noop("Enter a whole number from %(min)s to %(max)s"), params
    if field.minimum is not None:
        return gettext_noop("Enter a whole number, %(min)s or more"), {"min": field.minimum}
    if field.maximum is not None:
        return gettext_noop("Enter a whole number, at most %(max)s"), {"max": field.maximum}
    if field.type is FieldType.MONEY:
        return gettext_noop("Enter an amount in whole đồng, for example 2000000"), {}
    return gettext_noop("Enter a whole number"), {}


def _read_date(field: Field_, value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    text = _text(value)
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            found = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if 1900 <= found.year <= 2200:
            return found.isoformat()
    raise Rejected(gettext_noop("Enter a date as day/month/year, for example 05/06/2026"))


def _read_choice(field: Field_, value: Any) -> str:
    text = _text(value)
    if text not in {choice.value for choice in field.choices}:
        raise Rejected(gettext_noop("Choose one of the answers"))
    return text


def _read_country(field: Field_, value: Any) -> str:
    text = _text(value).upper()
    if text not in COUNTRIES:
        raise Rejected(gettext_noop("Choose a country from the list"))
    return text


def _read_tax_code(field: Field_, value: Any) -> str:
    found = _TAX_CODE.fullmatch(_text(value).replace(" ", ""))
    if found is None or not found[0].isascii():
        raise Rejected(gettext_noop("Enter 10 digits, or 10 digits, a hyphen and 3 digits"))
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def _read_hs_code(field: Field_, value: Any) -> str:
    digits = re.sub(r"[ .]", "", _text(value))
    if not re.fullmatch(r"\d{8}", digits, re.ASCII):
        raise Rejected(gettext_noop("Enter the 8 digits of the HS code, for example 90189090"))
    return digits


def _read_citizen_number(field: Field_, value: Any) -> str:
    digits = _text(value).replace(" ", "")
    if not re.fullmatch(r"\d{12}", digits, re.ASCII):
        raise Rejected(gettext_noop("Enter the 12 digits of the identity number"))
    return digits


def _read_phone(field: Field_, value: Any) -> str:
    digits = re.sub(r"[ .()\-]", "", _text(value))
    if not re.fullmatch(r"\+?\d{8,15}", digits, re.ASCII):
        raise Rejected(gettext_noop("Enter a telephone number of 8 to 15 digits, for example 0912345678"))
    return digits


def _read_email(field: Field_, value: Any) -> str:
    text = _text(value)
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Rejected(gettext_noop("Enter a mail address, for example ten@congty.vn"))
    return text


def _read_agency_code(field: Field_, value: Any) -> str:
    code = _text(value).replace(" ", "").upper()
    if not code.isascii() or not _AGENCY_CODE.fullmatch(code):
        raise Rejected(gettext_noop("Enter the code of an agency, for example 000.00.00.G18 or G09.20"))
    return code


def _read_table(field: Field_, value: Any) -> list[dict[str, str | int]]:
    """Rows by column id, lists of cells, or lines: cells parted by semicolons, or by tabs as spreadsheets copy them."""
    if isinstance(value, str):
        mark = "\t" if "\t" in value else ";"
        lines: list[list[Any]] = [line.split(mark) for line in value.splitlines() if line.strip(" \t;")]
    elif isinstance(value, list | tuple) and all(isinstance(row, Mapping | list | tuple) for row in value):
        lines = [
            [row.get(column.id) for column in field.columns] if isinstance(row, Mapping) else list(row)
            for row in value
        ]
    else:
        raise Rejected(gettext_noop("Send a list of rows"))
    low, high = field.minimum or 0, min(field.maximum or _MOST_ROWS, _MOST_ROWS)
    if len(lines) > high:
        message = gettext_noop("Enter at most %(max)s rows; there are %(count)s now")
        raise Rejected(message, {"max": high, "count": len(lines)})
    if len(lines) < low:
        raise Rejected(gettext_noop("Add a line: at least %(min)s needed"), {"min": low})
    kinds = field.cells
    return [_read_row(kinds, number, cells) for number, cells in enumerate(lines, 1)]


def _read_row(kinds: Sequence[Field_], number: int, cells: list[Any]) -> dict[str, str | int]:
    if len(cells) > len(kinds):
        message = gettext_noop("Row %(line)s has %(count)s cells. One row is: %(columns)s")
        columns = "; ".join(column.title.vi for column in kinds)
        raise Rejected(message, {"line": number, "count": len(cells), "columns": columns})
    row: dict[str, str | int] = {}
    for column, cell in zip_longest(kinds, cells):
        params: Params = {"line": number, "column": column.title.vi, "value": str(cell or "").strip()[:60]}
        try:
            found = read(column, cell)
        except Rejected:
            message = gettext_noop("Row %(line)s: “%(value)s” does not fit “%(column)s”")
            raise Rejected(message, params) from None
        if found is None and column.required:
            raise Rejected(gettext_noop("Row %(line)s: fill in “%(column)s”"), params)
        if isinstance(found, str | int):
            row[column.id] = found
    return row


_READERS: Mapping[FieldType, Callable[[Field_, Any], Answer]] = {
    FieldType.TEXT: _read_text,
    FieldType.TEXTAREA: _read_textarea,
    FieldType.INTEGER: _read_integer,
    FieldType.MONEY: _read_integer,
    FieldType.DATE: _read_date,
    FieldType.CHOICE: _read_choice,
    FieldType.COUNTRY: _read_country,
    FieldType.TAX_CODE: _read_tax_code,
    FieldType.HS_CODE: _read_hs_code,
    FieldType.PHONE: _read_phone,
    FieldType.EMAIL: _read_email,
    FieldType.CITIZEN_NUMBER: _read_citizen_number,
    FieldType.LICENCE: _read_text,
    FieldType.AGENCY_CODE: _read_agency_code,
    FieldType.TABLE: _read_table,
}


def read(field: Field_, value: Any) -> Answer | None:
    """The clean value of an answer; None when nothing was answered. Raises Rejected.

    Text is NFC, trimmed, single-spaced and without control characters; dates are ISO text; numbers are int.
    """
    if value is None or value == [] or (isinstance(value, str) and not _text(value, lines=True)):
        return None
    return _READERS[field.type](field, value)
