"""Committed rows for a whole module, so that real workers see them: the ministry and a draft to be copied."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config.database import connection_address
from config.env import env
from procedures.now import frozen
from tests import scenarios
from tests.workflows.acts.stages import Quick
from workflows.dossier.clock import forget_calendar


@pytest.fixture(scope="module")
def committed_draft(django_db_setup: None, django_db_blocker: Any) -> Iterator[Quick]:
    """A declared draft; the whole database is emptied after the module."""
    with django_db_blocker.unblock():
        forget_calendar()
        try:
            scenarios.world()
            with frozen(scenarios.MONDAY):
                yield Quick().declared()
        finally:
            forget_calendar()
            call_command("flush", verbosity=0, interactive=False)


@pytest.fixture(scope="module")
def worker_environment(committed_draft: Quick) -> dict[str, str]:
    """Of a worker on this database and data folder, on the same Monday."""
    return os.environ | {
        "DATABASE_URL": connection_address(connection),
        "DATABASE_OWNER_URL": "",
        "DATABASE_ROLE": env.database_role,
        "DATA_DIR": str(settings.DATA_DIR),
        "FROZEN_NOW": scenarios.MONDAY.isoformat(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "REDIS_URL": "",
    }
