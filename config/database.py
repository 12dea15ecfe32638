"""PostgreSQL: addresses, roles and rights.

Two roles share the work. The *owner* creates the tables and runs the migrations. The *application* logs in as a role
which owns nothing and assumes `motcua_app`, whose rights are given here and only here: read and write everywhere,
append on the ledger, TRUNCATE nowhere. So neither a bug nor stolen credentials of the web server can rewrite what
happened; triggers and the hash chain guard against the owner.

The server itself may be anybody's; config/embedded.py starts one where there is none.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import psycopg
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

__all__ = [
    "APPEND_ONLY_TABLES",
    "as_owner",
    "connection_address",
    "django_database",
    "grant_application_role",
    "prepare_server",
    "with_database",
]

APPEND_ONLY_TABLES = frozenset(
    {
        "procedures_ledgerentry",
        "workflows_remotesignature",
        "workflows_signercertificate",
        "workflows_timestamp",
        "workflows_archivestamp",
        "workflows_licencechange",
        "workflows_checkpoint",
        "workflows_listeddossier",
        "workflows_countersignature",
        "workflows_licenceuse",
    }
)
READ_ONLY_TABLES = frozenset({"django_migrations"})


def django_database(url: str, *, role: str = "") -> dict[str, Any]:
    """One entry of Django's DATABASES for a postgresql:// address; `role` is assumed after login.

    A Unix socket is written `postgresql://user@/name?host=/folder`; other query parameters go to libpq.
    """
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    port = options.pop("port", None) or str(parts.port or "")
    if role:
        options["assume_role"] = role
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def with_database(url: str, *, name: str) -> str:
    """The same address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def connection_address(connection: BaseDatabaseWrapper) -> str:
    """The postgresql:// address of a Django connection, for child processes; without the assumed role."""
    held = connection.settings_dict
    query = {key: value for key, value in held["OPTIONS"].items() if isinstance(value, str)}
    query.pop("assume_role", None)
    query |= {key: str(held[name]) for key, name in (("host", "HOST"), ("port", "PORT")) if held[name]}
    if held["PASSWORD"]:
        query["password"] = held["PASSWORD"]
    user = f"{held['USER']}@" if held["USER"] else ""
    return f"postgresql://{user}/{held['NAME']}?{urlencode(query)}"


@contextmanager
def as_owner(connection: BaseDatabaseWrapper, *, owner_url: str) -> Iterator[None]:
    """Log the connection in as the owner, without an assumed role, for the time of the block."""
    held = connection.settings_dict
    before = {key: held[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")}
    connection.close()
    try:
        if owner_url:
            held.update({key: value for key, value in django_database(owner_url).items() if key in before})
        else:
            held["OPTIONS"] = {key: value for key, value in held["OPTIONS"].items() if key != "assume_role"}
        yield
    finally:
        connection.close()
        held.update(before)


def prepare_server(*, owner_url: str, application_url: str, role: str) -> None:
    """Create what is missing of: the database, the application's role, its login, their bond. Idempotent.

    Connects as the owner. Raises psycopg.Error when something is missing and the owner may not create it.
    """
    application = urlsplit(application_url)
    name = unquote(application.path.lstrip("/"))
    login = unquote(application.username or "")
    try:
        connection = psycopg.connect(with_database(owner_url, name=name), autocommit=True)
    except psycopg.OperationalError:
        # Perhaps only the database is missing; if it is the server, this second attempt says so.
        with psycopg.connect(with_database(owner_url, name="postgres"), autocommit=True) as maintenance:
            _create(maintenance, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection = psycopg.connect(with_database(owner_url, name=name), autocommit=True)
    with connection:
        if not role:
            return
        _create_role(connection, role, sql.SQL("NOLOGIN"))
        login = login or connection.info.user
        if login != connection.info.user:
            password = unquote(application.password or "")
            secret = sql.SQL("PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
            _create_role(connection, login, sql.SQL("LOGIN NOINHERIT {}").format(secret))
        _make_member(connection, role=role, member=login)


def _create_role(connection: psycopg.Connection, name: str, kind: sql.Composable) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
        _create(connection, sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), kind))


def _make_member(connection: psycopg.Connection, *, role: str, member: str) -> None:
    # Since PostgreSQL 16 a creator administers a role without being allowed to assume it.
    right = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    if connection.execute("SELECT pg_has_role(%s, %s, %s)", [member, role, right]).fetchone() == (False,):
        statement = sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(member))
        connection.execute(statement)


def _create(connection: psycopg.Connection, statement: sql.Composed) -> None:
    """Run a CREATE which another process may run at the same moment."""
    errors = psycopg.errors
    with suppress(errors.DuplicateObject, errors.DuplicateDatabase, errors.UniqueViolation):
        connection.execute(statement)


def grant_application_role(connection: psycopg.Connection, *, role: str) -> None:
    """Give the application's role exactly its rights in schema public. Idempotent, one transaction; run as owner.

    SELECT, INSERT, UPDATE and DELETE on every table; SELECT and INSERT on APPEND_ONLY_TABLES; SELECT on
    READ_ONLY_TABLES; sequences may be used. Whatever else the role held in the schema is taken away.
    """
    who = sql.Identifier(role)
    with connection.transaction():
        # Two migrations at once would otherwise meet in the catalogue ("tuple concurrently updated").
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('motcua.grants'))")
        for statement in (
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "GRANT USAGE ON SCHEMA public TO {role}",
            "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        ):
            connection.execute(sql.SQL(statement).format(role=who))
        present = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in present:
            if table in APPEND_ONLY_TABLES:
                taken = "REVOKE UPDATE, DELETE ON {table} FROM {role}"
            elif table in READ_ONLY_TABLES:
                taken = "REVOKE INSERT, UPDATE, DELETE ON {table} FROM {role}"
            else:
                continue
            connection.execute(sql.SQL(taken).format(table=sql.Identifier(table), role=who))
