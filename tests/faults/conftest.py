"""Committed rows, so that real workers see them: the ministry and a draft to be copied, on a Monday."""

import pytest

from tests import scenarios
from tests.workflows.acts.stages import Quick


@pytest.fixture
def committed_draft(committed_monday: None) -> Quick:
    """A declared draft, committed."""
    return Quick().declared()


@pytest.fixture
def worker_environment(child_environment: dict[str, str]) -> dict[str, str]:
    """Of a worker on this database and data folder, on the same Monday."""
    return child_environment | {
        "FROZEN_NOW": scenarios.MONDAY.isoformat(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REDIS_URL": "",
    }
