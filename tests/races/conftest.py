"""What races are run over."""

import pytest


@pytest.fixture
def ministry(committed_monday: None) -> None:
    """The ministry in committed rows, so that every thread sees them."""
