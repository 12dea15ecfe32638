"""The statements of every act: lock a row, write several rows of several tables. Their text is kept, here and there.

What an act costs is round trips and the writing of SQL, hardly the database's own work. So an act reads its dossier by
a statement that is written once a process from the model, and everything that it changes travels as one data-modifying
statement, whose text is written once for each shape of a change. They carry PostgreSQL's own placeholders, so that the
driver takes no text apart, and are prepared, so that the server parses each once a connection (ADR 35).
No signals are sent and no keys come back; foreign keys are checked at commit, as Django declares them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import count, groupby
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model
from psycopg import RawCursor

__all__ = ["hot", "lock", "write"]

Row = TypeVar("Row", bound=Model)
Changed = tuple[tuple[type[Model], tuple[str, ...]], ...]
"""Model and changed columns of each changed row."""
New = tuple[tuple[type[Model], int], ...]
"""Model and how many new rows stand side by side."""


@contextmanager
def hot() -> Iterator[Any]:
    """A cursor of the product's connection for statements that every act sends: `$1` for a value, and prepared.

    It is Django's in all else: its errors, its transaction, its wrappers. Its log has them without their text.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    driver = connection.connection
    kept = driver.cursor_factory, driver.prepare_threshold
    driver.cursor_factory, driver.prepare_threshold = RawCursor, 0
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        driver.cursor_factory, driver.prepare_threshold = kept


def lock(model: type[Row], key: int) -> Row | None:
    """The row of that key, locked FOR NO KEY UPDATE until the transaction ends; None when there is none.

    The same as `model.objects.select_for_update(no_key=True).get(pk=key)`, and waits as long as that would.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    text, names, converters = _lock(model)
    with hot() as cursor:
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
    values: list[Any] = []
    updates: list[tuple[type[Model], tuple[str, ...]]] = []
    inserts: list[tuple[type[Model], int]] = []
    for row, columns in changed:
        updates.append((type(row), tuple(sorted(columns))))
        values += [
            field.get_db_prep_save(field.pre_save(row, False), connection) for field in _changed(*updates[-1])
        ]
        values.append(row.pk)
    for model, group in groupby(new, key=type):
        rows, fields = list(group), _written(model)
        inserts.append((model, len(rows)))
        for row in rows:
            values += [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    if values:
        with hot() as cursor:
            cursor.execute(_text(tuple(updates), tuple(inserts)), values)


# -- texts, written once a process ----------------------------------------------------------------------------


def _quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)


@cache
def _lock(model: type[Model]) -> tuple[str, list[str], list[tuple[int, Callable[..., Any]]]]:
    """The text, the attributes in the order of its columns, and who turns which column into its Python value."""
    meta: Any = model._meta
    columns = ", ".join(_quoted(field.column) for field in meta.concrete_fields)
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    text = f"SELECT {columns} FROM {table} WHERE {key} = $1 FOR NO KEY UPDATE"  # noqa: S608 - names from our models
    converters = [
        (place, field.from_db_value)
        for place, field in enumerate(meta.concrete_fields)
        if hasattr(field, "from_db_value")
    ]
    return text, [field.attname for field in meta.concrete_fields], converters


@cache
def _changed(model: type[Model], columns: tuple[str, ...]) -> list[Any]:
    """The fields of these columns."""
    meta: Any = model._meta
    return [meta.get_field(column) for column in columns]


@cache
def _written(model: type[Model]) -> list[Any]:
    """The fields of a new row: all but the key that the database gives."""
    meta: Any = model._meta
    return [field for field in meta.concrete_fields if field is not meta.auto_field]


@lru_cache(maxsize=1000)
def _text(changed: Changed, new: New) -> str:
    """One statement for a change of this shape; its values stand in the order of its parts."""
    numbers = count(1)
    parts: list[str] = []
    for model, columns in changed:
        meta: Any = model._meta
        settings = ", ".join(
            f"{_quoted(field.column)} = ${next(numbers)}" for field in _changed(model, columns)
        )
        table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
        parts.append(f"UPDATE {table} SET {settings} WHERE {key} = ${next(numbers)}")  # noqa: S608 - our models
    for model, how_many in new:
        fields = _written(model)
        names = ", ".join(_quoted(field.column) for field in fields)
        rows = ", ".join(
            f"({', '.join(f'${next(numbers)}' for _field in fields)})" for _row in range(how_many)
        )
        table = _quoted(model._meta.db_table)
        parts.append(f"INSERT INTO {table} ({names}) VALUES {rows}")  # noqa: S608 - names from our models
    *others, last = parts
    named = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {named} {last}" if named else last
