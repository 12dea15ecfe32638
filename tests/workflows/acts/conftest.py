"""One declared draft for the whole folder; each class walks it to its stage, each test from there, and all is undone.

Everything lies in one transaction that is never committed; classes and tests live in savepoints of it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from procedures.now import frozen, now
from tests.workflows.acts.stages import Quick, declared_once


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A class's table `strangers` feeds the argument `stranger`, and so on: each row becomes a test with its id."""
    for argument, table in (("stranger", "strangers"), ("lack", "lacks"), ("spoiled", "spoils")):
        if argument in metafunc.fixturenames:
            rows: dict[str, Any] = getattr(metafunc.cls, table)
            metafunc.parametrize(argument, list(rows.values()), ids=list(rows))


@pytest.fixture(scope="package")
def declared(django_db_setup: None, django_db_blocker: Any) -> Iterator[Quick]:
    """The ministry on its Monday, and a draft that is ready to be submitted."""
    with django_db_blocker.unblock(), declared_once() as draft:
        yield draft


@pytest.fixture(scope="class")
def arrived(request: pytest.FixtureRequest, declared: Quick) -> Iterator[Quick]:
    """The dossier at the stage of the class."""
    with frozen(now()), transaction.atomic():
        play = declared.again()
        stage = getattr(request.cls, "stage", "")
        yield play.to(stage, refuse=getattr(request.cls, "refuse", False)) if stage else play
        transaction.set_rollback(True)


@pytest.fixture
def play(arrived: Quick, db: None) -> Iterator[Quick]:
    """The same for one test, in the savepoint that `db` makes; the clock is the test's own."""
    with frozen(now()):
        yield arrived.again()
