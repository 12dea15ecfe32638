"""What every test stands on: a database with the product's own rights, a browser, and a record of the results.

The test database is created and migrated by its owner. Tests then run in the role of the application, which may only
append to the ledger. Only the cleaning between transactional tests steps back to the owner.
"""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections
from playwright.sync_api import Browser, Playwright, sync_playwright

from config.database import connection_address, django_database
from config.env import env
from procedures.now import frozen
from tests import snapshots
from tests.record import Recorder
from tests.scenarios import MONDAY
from workflows.dossier.clock import forget_calendar


def pytest_configure(config: pytest.Config) -> None:
    """Record outcomes and promises where the runner asks for it (on the controller only, with xdist)."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder.from_environment(), "motcua-recorder")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the ids of promises travel with the reports, also from xdist's workers."""
    for item in items:
        for mark in item.iter_markers("promise"):
            item.user_properties.extend(("promise", str(promise)) for promise in mark.args)


# -- database ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Log in as the owner, without an assumed role, while the database is made."""
    held = connections["default"].settings_dict
    if env.database_owner_url:
        owner = django_database(env.database_owner_url)
        held.update({key: owner[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")})
    held["OPTIONS"].pop("assume_role", None)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """From here on every connection assumes the application's role; `migrate` has given it its rights."""
    held = connections["default"].settings_dict
    with django_db_blocker.unblock():
        snapshots.keep()
        held["OPTIONS"]["assume_role"] = env.database_role
        with pytest.MonkeyPatch.context() as patch:
            operations = type(connection.ops)
            patch.setattr(operations, "sql_flush", _flush_as_owner(operations.sql_flush))
            yield
        connection.close()
        snapshots.forget()
        del held["OPTIONS"]["assume_role"]


def _flush_as_owner(sql_flush: Any) -> Any:
    """TRUNCATE is refused to the application, and by triggers to everyone where a table may only grow."""
    guarded = (
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
        "WHERE NOT tgisinternal AND tgtype & 32 = 32 AND tgrelid::regclass::text = ANY(%s)"
    )

    def flush(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        emptied = sql_flush(self, style, tables, **options)
        if not emptied:
            return []
        with self.connection.cursor() as cursor:
            cursor.execute(guarded, [tables])
            closed = [self.quote_name(table) for (table,) in cursor.fetchall()]
        return [
            "RESET ROLE",
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in closed),
            *emptied,
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in closed),
            f"SET ROLE {self.quote_name(env.database_role)}",
        ]

    return flush


@pytest.fixture
def owner_connection(db: None) -> Iterator[psycopg.Connection]:
    """A second connection to the test database, as the owner of the tables, in autocommit.

    It does not see what the test's own open transaction wrote: use it with `transactional_db`.
    """
    with psycopg.connect(connection_address(connection), autocommit=True) as owner:
        yield owner


@pytest.fixture
def child_environment(transactional_db: None) -> dict[str, str]:
    """The environment for a child process (worker, relay, simulator) on this test's database and data folder."""
    return os.environ | {
        "DATABASE_URL": connection_address(connection),
        "DATABASE_OWNER_URL": "",
        "DATABASE_ROLE": env.database_role,
        "DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The ministry, seeded once a module; not for a module that has transactional tests."""
    with django_db_blocker.unblock(), snapshots.ministry_once():
        yield


@pytest.fixture
def committed_ministry(transactional_db: None) -> Iterator[None]:
    """The seeded ministry in committed rows, which every thread and process sees; the clock goes on."""
    snapshots.stand()
    yield
    forget_calendar()


@pytest.fixture
def committed_monday(committed_ministry: None) -> Iterator[None]:
    """The same; the clock stands at Monday 2 March 2026, 09:00."""
    with frozen(MONDAY):
        yield


@pytest.fixture
def monday_morning(seeded: None, db: None) -> Iterator[None]:
    """Monday 2 March 2026, 09:00, in the seeded ministry, for one test: whatever it does is undone."""
    forget_calendar()
    with frozen(MONDAY):
        yield
    forget_calendar()


@pytest.fixture(autouse=True)
def nobody_has_asked_yet() -> None:
    """Limits on asking and codes used before live in the cache, which tests of one process share."""
    cache.clear()


# -- browser ----------------------------------------------------------------------------------------------------------

CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, without any traffic of its own. Missing: a skip here, a failure in CI."""
    if not os.path.exists(CHROMIUM):
        sentence = f"{CHROMIUM} is missing: run `make doctor`"
        pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)
    # Playwright's loop runs in this thread, which Django mistakes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return browser_type_launch_args | {
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
        ],
    }


# pytest-playwright keeps one browser for the session, and with it a loop that counts as running in this thread: what
# comes later in the same process could not run a loop of its own, which reading a signature does. Here a browser ends
# with its module.


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one module."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(
    playwright: Playwright, browser_name: str, browser_type_launch_args: dict[str, Any]
) -> Iterator[Browser]:
    """A browser, for one module."""
    started = getattr(playwright, browser_name).launch(**browser_type_launch_args)
    yield started
    started.close()


@pytest.fixture(scope="module")
def browser_context_args() -> dict[str, Any]:
    """Vietnamese, in Hanoi."""
    return {"locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}
