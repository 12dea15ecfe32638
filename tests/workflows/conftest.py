"""The ministry, seeded once a test, and a held working day."""

from collections.abc import Iterator
from typing import Any

import pytest

from procedures.now import frozen
from tests import scenarios
from tests.workflows.acts.stages import Quick, declared_once


@pytest.fixture
def ministry(db: None) -> Iterator[None]:
    """The ministry on its Monday, seeded for one test: for modules that have transactional tests too."""
    with scenarios.world_once():
        yield


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
