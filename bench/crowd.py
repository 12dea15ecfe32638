"""A ministry with a past: a hundred units, a thousand officials, as many dossiers as wanted. Set-based SQL, in seconds.

Of ten dossiers five are concluded, three wait in their division, one for the applicant, one at reception. Each has five
or six tasks, six or seven ledger entries, three papers handed in, two made, a fee, a draft, notes and spans. Every row
stands as the service would have written it, but the hashes are random: nothing here verifies a chain.

The owner of the tables does this, with their triggers and foreign keys put aside for the time of the filling.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection as own
from psycopg import sql

from bench import ground
from tests.scenarios import ANSWERS, MONDAY

__all__ = ["OFFICIAL", "databases"]

OFFICIAL = "bench042_1"
"""Head of the divisions B042, B043 and B044, and specialist in the first."""
TABLES = [
    "workflows_dossier",
    "workflows_task",
    "workflows_clockspan",
    "workflows_piece",
    "workflows_paper",
    "workflows_note",
    "workflows_draft",
    "workflows_payment",
    "procedures_ledgerentry",
]
HERE = Path(__file__).parent
FLOW = "workflows/flow.compiled.DeviceImportV20250701"
"""Their compiled flow, as viewflow stores it."""


def databases(sizes: Mapping[str, int]) -> dict[str, Any]:
    """A database of that many dossiers for each name, made from the bench's own, and a connection to it."""
    with ground.owner() as owner:
        people(owner)
    found = {}
    for name, dossiers in sizes.items():
        database = f"{own.settings_dict['NAME']}_{name}"
        ground.copy(database)
        began = time.perf_counter()
        with ground.owner(database) as owner:
            fill(owner, dossiers=dossiers)
        print(f"{dossiers} dossiers written in {time.perf_counter() - began:.0f} s", flush=True)
        found[name] = ground.second_connection(name=database)
    return found


def people(connection: "psycopg.Connection[Any]") -> None:
    """The units, their officials, the enterprises."""
    connection.execute((HERE / "crowd_people.sql").read_bytes())


def fill(connection: "psycopg.Connection[Any]", *, dossiers: int) -> None:
    """Write the dossiers."""
    connection.execute("CREATE TEMP TABLE given (dossiers int, flow text, answers jsonb, at timestamptz)")
    connection.execute(
        "INSERT INTO given VALUES (%s, %s, %s, %s)", [dossiers, FLOW, json.dumps(ANSWERS), MONDAY]
    )
    with _put_aside(connection):
        connection.execute((HERE / "crowd_dossiers.sql").read_bytes())
    connection.execute("VACUUM ANALYZE")


@contextmanager
def _put_aside(connection: "psycopg.Connection[Any]") -> Iterator[None]:
    """Without the triggers, foreign keys and checks of the tables that are filled. Afterwards they hold for what comes.

    A check of a hash by a regular expression costs more than the row.
    """
    constraints = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype IN ('f', 'c') AND conrelid = ANY(%s::regclass[])",
        [TABLES],
    ).fetchall()
    for table in TABLES:
        connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
    for table, name, _definition in constraints:
        dropped = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
        connection.execute(dropped.format(sql.Identifier(table), sql.Identifier(name)))
    yield
    for table, name, definition in constraints:
        added = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {} NOT VALID")
        connection.execute(added.format(sql.Identifier(table), sql.Identifier(name), sql.SQL(definition)))
    for table in TABLES:
        connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))
