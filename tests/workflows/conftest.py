"""The ministry, seeded once a test, and a held working day."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procedures.now import frozen
from tests import snapshots
from tests.scenarios import MONDAY
from tests.workflows.acts.stages import Quick, declared_once
from workflows.dossier.clock import forget_calendar
from workflows.papers import pki


@pytest.fixture
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The seeded ministry in the database, before a test's own transaction begins."""
    with django_db_blocker.unblock():
        snapshots.stand()
        yield
        snapshots.clear()


@pytest.fixture
def ministry(standing: None, db: None) -> Iterator[None]:
    """The ministry on its Monday, for one test: for modules that have transactional tests too."""
    forget_calendar()
    with frozen(MONDAY):
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
    with frozen(MONDAY):
        yield declared_draft.again()


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The roots and authorities, with short keys, which are made faster."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pki, "KEY_BITS", 2048)
        folder = tmp_path_factory.mktemp("authorities")
        pki.ensure(folder)
        yield folder


@pytest.fixture
def keys(authorities: Path, tmp_path: Path, settings: Any) -> Path:
    """Keys of one test alone, for it revokes them."""
    folder = tmp_path / "keys"
    shutil.copytree(authorities, folder)
    settings.KEYS_DIR = folder
    return folder
