"""The ministry of the demonstration, and the one definition that every fault is seeded into."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

from procedures import catalog
from procedures.definition import conditions
from procedures.definition.model import Definition
from procedures.models import User

# Shared machines are slow at odd moments; a deadline would fail good code.
settings.register_profile(
    "motcua", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("motcua")

conditions.holds("1 == 1", {}, scope={})
"""The CEL library raises the limit of recursion when it is first used, which Hypothesis must not see within a test."""

DEVICE_IMPORT = catalog.CATALOGUE / "device-import" / "2025-07-01"


@pytest.fixture
def ministry(monday_morning: None) -> None:
    """Everything that `manage.py seed` makes, on Monday 2 March 2026."""


@pytest.fixture
def person(ministry: None) -> Callable[[str], User]:
    """A seeded user by name."""
    return lambda username: User.objects.get(username=username)


@pytest.fixture(scope="session")
def device_import() -> Definition:
    """The import licence as the catalogue has it."""
    return catalog.load(DEVICE_IMPORT).definition


@pytest.fixture(scope="session")
def pristine() -> dict[str, Any]:
    """The import licence as plain data."""
    held: dict[str, Any] = yaml.safe_load((DEVICE_IMPORT / "procedure.yaml").read_text("utf-8"))
    return held


@pytest.fixture
def source(pristine: dict[str, Any]) -> dict[str, Any]:
    """The import licence as plain data of one's own, to seed faults into."""
    return copy.deepcopy(pristine)
