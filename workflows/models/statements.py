"""The statements of every act: lock a row, write several rows of several tables. Their text is kept.

What an act costs is round trips and the writing of SQL, hardly the database's own work. So an act reads its dossier by
a statement that is written once a process from the model, and everything that it changes travels as one data-modifying
statement, whose parts are kept likewise. No signals are sent and no keys come back; foreign keys are checked at commit,
as Django declares them.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cache
from itertools import groupby
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model

__all__ = ["lock", "write"]

Row = TypeVar("Row", bound=Model)


def lock(model: type[Row], key: int) -> Row | None:
    """The row of that key, locked FOR NO KEY UPDATE until the transaction ends; None when there is none.

    The same as `model.objects.select_for_update(no_key=True).get(pk=key)`, and waits as long as that would.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    text, names, converters = _lock(model)
    with connection.cursor() as cursor:
        cursor.execute(text, [key])
        found = cursor.fetchone()
    if found is None:
        return None
    values = list(found)
    for place, convert in converters:
        values[place] = convert(values[place], None, connection)
    return model.from_db(connection.alias, names, values)


def write(*, changed: Iterable[tuple[Model, Collection[str]]], new: Iterable[Model]) -> None:
    """Update those columns of the changed rows and insert the new ones, together.

    A row may be changed only once in a call, and the caller holds the lock that guards it. New rows of one model that
    stand side by side go into one INSERT. Raises IntegrityError like any insert; then nothing was written.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    parts: list[str] = []
    values: list[Any] = []
    for row, columns in changed:
        text, fields = _update(type(row), tuple(sorted(columns)))
        parts.append(text)
        values += [field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields]
        values.append(row.pk)
    for model, group in groupby(new, key=type):
        text, placeholders, fields = _insert(model)
        rows = list(group)
        for row in rows:
            values += [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
        parts.append(text + ", ".join([placeholders] * len(rows)))
    if not parts:
        return
    *others, last = parts
    named = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(others))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} {last}" if named else last, values)


# -- texts, written once a process ----------------------------------------------------------------------------


def _quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)


@cache
def _lock(model: type[Model]) -> tuple[str, list[str], list[tuple[int, Callable[..., Any]]]]:
    """The text, the attributes in the order of its columns, and who turns which column into its Python value."""
    meta: Any = model._meta
    columns = ", ".join(_quoted(field.column) for field in meta.concrete_fields)
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    text = f"SELECT {columns} FROM {table} WHERE {key} = %s FOR NO KEY UPDATE"  # noqa: S608 - names from our models
    converters = [
        (place, field.from_db_value)
        for place, field in enumerate(meta.concrete_fields)
        if hasattr(field, "from_db_value")
    ]
    return text, [field.attname for field in meta.concrete_fields], converters


@cache
def _update(model: type[Model], columns: tuple[str, ...]) -> tuple[str, list[Any]]:
    """The text of an update of one row, and the fields whose values it takes before the key."""
    meta: Any = model._meta
    fields = [meta.get_field(column) for column in columns]
    settings = ", ".join(f"{_quoted(field.column)} = %s" for field in fields)
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    return f"UPDATE {table} SET {settings} WHERE {key} = %s", fields  # noqa: S608 - names from our models


@cache
def _insert(model: type[Model]) -> tuple[str, str, list[Any]]:
    """The text of an insert up to its rows, the placeholders of one row, and the fields of a row."""
    meta: Any = model._meta
    fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
    names = ", ".join(_quoted(field.column) for field in fields)
    placeholders = f"({', '.join(['%s'] * len(fields))})"
    table = _quoted(meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ", placeholders, fields  # noqa: S608 - names from our models
