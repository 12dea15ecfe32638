"""The application's role can do its work, and cannot rewrite what happened."""

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection
from psycopg import sql

from config.database import (
    APPEND_ONLY_TABLES,
    READ_ONLY_TABLES,
    connection_address,
    django_database,
    grant_application_role,
    prepare_server,
    with_database,
)
from config.env import env

ROLE = env.database_role


def rights(table: str) -> set[str]:
    """What the application's role may do with a table."""
    with connection.cursor() as cursor:
        kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
        cursor.execute(
            "SELECT kind FROM unnest(%s::text[]) kind WHERE has_table_privilege(%s, %s, kind)",
            [kinds, ROLE, f'public."{table}"'],
        )
        return {kind for (kind,) in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.promise("ledger.append-only")
def test_every_table_has_exactly_its_rights() -> None:
    tables = {name for name in connection.introspection.table_names() if not name.startswith("test_")}
    assert tables >= APPEND_ONLY_TABLES | READ_ONLY_TABLES
    full = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    expected = {
        table: {"SELECT", "INSERT"}
        if table in APPEND_ONLY_TABLES
        else {"SELECT"}
        if table in READ_ONLY_TABLES
        else full
        for table in tables
    }
    assert {table: rights(table) for table in tables} == expected


@pytest.mark.django_db
@pytest.mark.promise("ledger.append-only")
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", sorted(APPEND_ONLY_TABLES))
def test_the_ledger_cannot_be_rewritten_by_the_application(table: str, statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute(statement.format(connection.ops.quote_name(table)))


@pytest.mark.django_db
def test_tests_run_in_the_role_of_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, pg_has_role(current_user, datdba, 'MEMBER') FROM pg_database LIMIT 1"
        )
        assert cursor.fetchone() == (ROLE, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False)
        with pytest.raises(ProgrammingError, match="permission denied"):
            cursor.execute("CREATE TABLE mine (id int)")


@pytest.mark.django_db(transaction=True)
def test_granting_again_changes_nothing_and_takes_away_what_was_added(
    owner_connection: psycopg.Connection,
) -> None:
    table = sorted(APPEND_ONLY_TABLES)[0]
    owner_connection.execute(
        sql.SQL("GRANT ALL ON {} TO {}").format(sql.Identifier(table), sql.Identifier(ROLE))
    )
    assert "TRUNCATE" in rights(table)
    grant_application_role(owner_connection, role=ROLE)
    assert rights(table) == {"SELECT", "INSERT"}


@pytest.mark.django_db(transaction=True)
def test_migrate_runs_as_owner_and_leaves_the_connection_to_the_application() -> None:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (ROLE,)


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("database.application-owns-nothing")
def test_a_login_of_its_own_works_by_the_role_alone(owner_connection: psycopg.Connection) -> None:
    """As in production: another login than the owner's, which may nothing until it assumes the role."""
    owner_url = connection_address(connection)
    name = settings.DATABASES["default"]["NAME"]
    login = f"login_{name}"[:60]
    application = f"postgresql://{login}:p@/{connection.settings_dict['NAME']}?{owner_url.split('?')[1]}"
    try:
        prepare_server(owner_url=owner_url, application_url=application, role=ROLE)
        prepare_server(owner_url=owner_url, application_url=application, role=ROLE)
        with psycopg.connect(application, autocommit=True) as stranger:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute("SELECT 1 FROM django_migrations")
            stranger.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(ROLE)))
            stranger.execute("SELECT 1 FROM django_migrations")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute("TRUNCATE procedures_ledgerentry")
    finally:
        owner_connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@db:5433/motcua", ("motcua", "u", "p@ss", "db", "5433")),
        ("postgresql://u@/motcua?host=/run/pg", ("motcua", "u", "", "/run/pg", "")),
        ("postgresql://u@/motcua?host=/run/pg&port=5499", ("motcua", "u", "", "/run/pg", "5499")),
    ],
)
def test_addresses_become_settings(url: str, expected: tuple[str, ...]) -> None:
    found = django_database(url, role="r")
    assert tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == expected
    assert found["OPTIONS"] == {"assume_role": "r"}


def test_other_parameters_go_to_libpq() -> None:
    assert django_database("postgresql://db/motcua?sslmode=verify-full")["OPTIONS"] == {
        "sslmode": "verify-full"
    }


def test_another_database_at_the_same_address() -> None:
    assert with_database("postgresql://u@/a?host=/run", name="b") == "postgresql://u@/b?host=/run"
