"""What races are run over."""

from collections.abc import Iterator

import pytest

from procedures.now import frozen
from tests import scenarios
from workflows.dossier.clock import forget_calendar


@pytest.fixture
def ministry(transactional_db: None) -> Iterator[None]:
    """The ministry in committed rows, so that every thread sees them."""
    forget_calendar()
    scenarios.world()
    with frozen(scenarios.MONDAY):
        yield
    forget_calendar()
