"""The ministry, seeded once a test, and a held working day."""

from collections.abc import Iterator

import pytest

from procedures.now import frozen
from tests import scenarios
from workflows.dossier.clock import forget_calendar


@pytest.fixture
def ministry(db: None) -> Iterator[None]:
    """People, enterprises, calendar and the published procedure, on Monday 2 March 2026, 09:00."""
    forget_calendar()
    scenarios.world()
    with frozen(scenarios.MONDAY):
        yield
    forget_calendar()
