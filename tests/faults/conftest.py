"""Committed rows, so that real workers see them: the ministry and a draft to be copied, on a Monday."""

from collections.abc import Iterator

import pytest

from procedures.now import frozen
from tests import scenarios
from tests.workflows.acts.stages import Quick
from workflows.dossier.clock import forget_calendar


@pytest.fixture
def committed_draft(transactional_db: None) -> Iterator[Quick]:
    """A declared draft, committed."""
    forget_calendar()
    scenarios.world()
    with frozen(scenarios.MONDAY):
        yield Quick().declared()
    forget_calendar()


@pytest.fixture
def worker_environment(child_environment: dict[str, str]) -> dict[str, str]:
    """Of a worker on this database and data folder, on the same Monday."""
    return child_environment | {
        "FROZEN_NOW": scenarios.MONDAY.isoformat(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REDIS_URL": "",
    }
