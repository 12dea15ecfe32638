"""Writing several rows of several tables in one statement.

What an act costs is round trips and the writing of SQL, hardly the database's own work. So everything that an act
changes travels as one data-modifying statement, whose parts are written once a process from the models. No signals are
sent and no keys come back; foreign keys are checked at commit, as Django declares them.
"""

from collections.abc import Collection, Iterable
from functools import cache
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Model

__all__ = ["write"]


def write(*, changed: Iterable[tuple[Model, Collection[str]]], new: Iterable[Model]) -> None:
    """Update those columns of the changed rows and insert the new ones, together.

    A row may be changed only once in a call, and its own row must be locked by the caller. New rows that stand side
    by side and are of one model go into one INSERT. Raises IntegrityError like any insert; then nothing was written.
    """
    parts: list[str] = []
    values: list[Any] = []
    for row, columns in changed:
        text, fields = _update(type(row), tuple(sorted(columns)))
        parts.append(text)
        values += [field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields]
        values.append(row.pk)
    for model, rows in groupby(new, key=type):
        text, placeholders, fields = _insert(model)
        count = 0
        for count, row in enumerate(rows, start=1):
            values += [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
        parts.append(text + ", ".join([placeholders] * count))
    if not parts:
        return
    *others, last = parts
    named = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(others))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {last}" if named else last, values)


@cache
def _update(model: type[Model], columns: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The text of an update of one row, and the fields whose values it takes before the key."""
    quoted = connection.ops.quote_name
    meta = model._meta
    fields = [meta.get_field(column) for column in columns]
    assert meta.pk is not None
    settings = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    return f"UPDATE {quoted(meta.db_table)} SET {settings} WHERE {quoted(meta.pk.column)} = %s", fields


@cache
def _insert(model: type[Model]) -> tuple[str, str, list[Any]]:
    """The text of an insert up to its rows, the placeholders of one row, and the fields of a row."""
    quoted = connection.ops.quote_name
    meta = model._meta
    fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
    names = ", ".join(quoted(field.column) for field in fields)
    placeholders = f"({', '.join(['%s'] * len(fields))})"
    return f"INSERT INTO {quoted(meta.db_table)} ({names}) VALUES ", placeholders, fields
