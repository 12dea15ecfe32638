"""Databases of tests and benches are dropped whoever is at work in them."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.embedded import OWNER, EmbeddedPostgres
from tests import snapshots

BUSY = {
    "autovacuum_naptime": "1s",
    "autovacuum_vacuum_threshold": "10",
    "autovacuum_vacuum_cost_delay": "100ms",
    "autovacuum_vacuum_cost_limit": "1",
}
"""A worker comes at once, and is at work for long."""


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    """A server whose autovacuum never rests; in a folder of its own, since a socket's name must be short."""
    folder = Path(tempfile.mkdtemp(prefix="motcua-vacuum-"))
    own = EmbeddedPostgres(folder, log=folder / "server.log")
    own.start()
    try:
        with psycopg.connect(own.address("postgres"), autocommit=True) as superuser:
            for name, value in BUSY.items():
                superuser.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            superuser.execute("SELECT pg_reload_conf()")
        yield own
    finally:
        own.remove()


def at_work(server: EmbeddedPostgres) -> bool:
    """Wait until an autovacuum worker is in the database."""
    with psycopg.connect(server.address("postgres"), autocommit=True) as superuser:
        for _try in range(300):
            found = superuser.execute(
                "SELECT FROM pg_stat_activity WHERE datname = 'full' AND backend_type = 'autovacuum worker'"
            )
            if found.fetchone() is not None:
                return True
            time.sleep(0.1)
    return False


def test_a_database_is_dropped_under_an_autovacuum_worker_and_a_client(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute('CREATE DATABASE "full"')
        with psycopg.connect(server.address(OWNER, database="full"), autocommit=True) as client:
            client.execute("CREATE TABLE rows AS SELECT n, repeat('x', 500) FROM generate_series(1, 20000) n")
            client.execute("UPDATE rows SET n = n + 1")
        with psycopg.connect(server.address(OWNER, database="full"), autocommit=True) as client:
            assert at_work(server)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute('DROP DATABASE "full" WITH (FORCE)')
            assert at_work(server)
            snapshots.drop(owner, "full")
            with pytest.raises(psycopg.OperationalError):
                client.execute("SELECT 1")
        assert owner.execute("SELECT FROM pg_database WHERE datname = 'full'").fetchone() is None
