"""What the benches with a database stand on: a seeded database, connections, statements counted, results kept."""

import json
import os
import platform
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from config.database import connection_address, with_database
from tests import snapshots

__all__ = ["copy", "drop", "keep", "median", "owner", "prepare", "second_connection", "statements", "use"]

RESULTS = Path(__file__).parent / "results"


def prepare() -> None:
    """Make the database, migrate it, seed the ministry."""
    call_command("migrate", no_input=True, verbosity=0)
    call_command("seed", verbosity=0)


def owner(name: str = "") -> psycopg.Connection:
    """A connection to the bench's database (or to another of the server) as the owner, in autocommit."""
    address = connection_address(connection)
    return psycopg.connect(with_database(address, name=name) if name else address, autocommit=True)


def drop(name: str) -> None:
    """Forget a database of ours and its copies, whoever is still connected to them."""
    connections.close_all()
    with owner("postgres") as maintenance:
        found = maintenance.execute(
            "SELECT datname FROM pg_database WHERE datname = %s OR starts_with(datname, %s)",
            [name, f"{name}_"],
        ).fetchall()
        for (database,) in found:
            snapshots.drop(maintenance, database)


def copy(name: str) -> None:
    """A database `name` with everything that the bench's own holds now."""
    drop(name)
    with owner("postgres") as maintenance:
        maintenance.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(connection.settings_dict["NAME"])
            )
        )


# -- connections --------------------------------------------------------------------------------------------


def second_connection(*, name: str = "", **options: Any) -> Any:
    """Another Django connection like the default one, to another database or with further options."""
    held = deepcopy(connection.settings_dict)
    held["NAME"] = name or held["NAME"]
    held["OPTIONS"] |= options
    return type(connections["default"])(held, "default")


def use(chosen: Any) -> None:
    """From here on the ORM works through that connection."""
    connections["default"] = chosen


@contextmanager
def statements() -> Iterator[list[str]]:
    """The messages that ask the server to execute something, BEGIN and COMMIT included, as libpq itself traces them.

    Counts alike for Django, viewflow and psycopg.
    """
    connection.ensure_connection()
    wire = connection.connection.pgconn
    found: list[str] = []
    with tempfile.TemporaryFile("w+") as trace:
        wire.trace(trace.fileno())
        try:
            yield found
        finally:
            wire.untrace()
            trace.seek(0)
            found += [
                line
                for line in trace.read().splitlines()
                if "\tF\t" in line and ("\tQuery\t" in line or "\tExecute\t" in line)
            ]


# -- results ------------------------------------------------------------------------------------------------


def median(values: Iterable[float], *, digits: int = 2) -> float:
    """The median, rounded."""
    return round(statistics.median(values), digits)


def keep(name: str, result: Mapping[str, Any]) -> None:
    """Write bench/results/<name>.json, with what it was measured on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('synchronous_commit')")
        server_version, synchronous_commit = cursor.fetchone()
    machine = {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load_at_the_end": round(os.getloadavg()[0], 1),
        "postgresql": server_version,
        "synchronous_commit": synchronous_commit,
        "versions": {
            package: version(package) for package in ("django", "django-viewflow", "django-fsm-2", "psycopg")
        },
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({**result, "machine": machine}, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
