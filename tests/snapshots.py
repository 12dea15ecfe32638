"""Databases to copy: the empty one and the seeded ministry. The server copies one in a fraction of what seeding takes.

The test database itself is replaced, so that its name, and with it every address handed to a thread or a child process,
stays the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection, transaction
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from psycopg import sql

from config.database import connection_address, with_database
from procedures.now import frozen
from tests.scenarios import MONDAY, world
from workflows.dossier.clock import forget_calendar

__all__ = ["clear", "drop", "forget", "keep", "ministry_once", "stand"]

_EMPTY, _MINISTRY = "empty", "ministry"
_kept: set[str] = set()


def keep(name: str = _EMPTY) -> None:
    """Copy the test database as it stands; until it is forgotten it can be had back."""
    _copy(_ours(), _snapshot(name))
    _kept.add(name)


def clear() -> None:
    """Every table is as `migrate` left it."""
    _copy(_snapshot(_EMPTY), _ours())


def stand() -> None:
    """The test database holds the seeded ministry, committed, as of its Monday, and nothing else."""
    forget_calendar()
    if _MINISTRY in _kept:
        _copy(_snapshot(_MINISTRY), _ours())
        return
    clear()
    with frozen(MONDAY):
        world()
    forget_calendar()
    keep(_MINISTRY)


@contextmanager
def ministry_once() -> Iterator[None]:
    """The ministry on its Monday, in a transaction that is undone: for many tests, each in a savepoint of it.

    No transaction is open when it begins.
    """
    stand()
    try:
        with frozen(MONDAY), transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        clear()
        forget_calendar()


def forget() -> None:
    """Drop every snapshot."""
    with _server() as server:
        while _kept:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(_snapshot(_kept.pop()))))


def _ours() -> str:
    """Raises AssertionError where the tests have no database of their own: nobody else's is ever dropped."""
    name = str(connection.settings_dict["NAME"])
    assert name.startswith(TEST_DATABASE_PREFIX), (
        "no test that is run asks for a database: use the fixture `db`"
    )
    return name


def _snapshot(name: str) -> str:
    return f"{_ours()}_{name}"


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    address = with_database(connection_address(connection), name="postgres")
    with psycopg.connect(address, autocommit=True) as server:
        yield server


def drop(server: psycopg.Connection, name: str) -> None:
    """Drop a database of ours, if there is one, and throw out who is in it. Raises psycopg.Error.

    Not by FORCE: while an autovacuum worker is in it, PostgreSQL refuses that to whoever is no superuser. Without, the
    server sends the worker away by itself.
    """
    server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = %s AND backend_type = 'client backend'",
        [name],
    )
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _copy(source: str, target: str) -> None:
    """Raises psycopg.Error while somebody else is at work in `source`; who is in `target` is thrown out."""
    connection.close()
    with _server() as server:
        names = {"source": sql.Identifier(source), "target": sql.Identifier(target)}
        drop(server, target)
        server.execute(sql.SQL("CREATE DATABASE {target} TEMPLATE {source}").format(**names))
