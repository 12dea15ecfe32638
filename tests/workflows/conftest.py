"""The ministry, seeded once a test, and a held working day."""

from collections.abc import Iterator
from typing import Any

import pytest

from procedures.now import frozen
from tests import scenarios
from tests.workflows.acts.stages import Quick, declared_once
from workflows.dossier.clock import forget_calendar


@pytest.fixture
def ministry(db: None) -> Iterator[None]:
    """People, enterprises, calendar and the published procedure, on Monday 2 March 2026, 09:00."""
    forget_calendar()
    scenarios.world()
    with frozen(scenarios.MONDAY):
        yield
    forget_calendar()


@pytest.fixture(scope="module")
def declared_draft(django_db_setup: None, django_db_blocker: Any) -> Iterator[Quick]:
    """A draft ready to be submitted, made once a module; not for a module that has transactional tests."""
    with django_db_blocker.unblock(), declared_once() as draft:
        yield draft


@pytest.fixture
def declared_play(declared_draft: Quick, db: None) -> Iterator[Quick]:
    """That draft for one test, in a savepoint of its own."""
    with frozen(scenarios.MONDAY):
        yield declared_draft.again()
