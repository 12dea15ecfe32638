"""A seeded ministry on a held working day, both single windows played in processes of their own, and a worker."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import connections

from integrations import delivery, registry
from integrations.models import Connector
from procedures.seed import accounts
from tests.integrations.played import Played
from tests.journeys.scenario import People
from workflows import outbox
from workflows.papers import pki

PAUSE = 0.25
"""Seconds between two looks of the worker into the outbox."""


@pytest.fixture(scope="session", autouse=True)
def _short_keys() -> Iterator[None]:
    """2048 bits are made several times faster than 4096, and nothing that is looked at here depends on the length."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pki, "KEY_BITS", 2048)
        yield


@pytest.fixture
def monday(committed_monday: None) -> None:
    """The seeded ministry, committed; the clock stands at Monday 2 March 2026, 09:00."""


@pytest.fixture(scope="session")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Played]]:
    """Customs' and the ASEAN window, over real HTTP."""
    started = {name: Played(name, folder=tmp_path_factory.mktemp(name)).start() for name in registry.NAMES}
    yield started
    for played in started.values():
        played.stop()


@pytest.fixture
def windows(monday: None, simulators: dict[str, Played]) -> dict[str, Played]:
    """Our lines lead to the simulators."""
    for name, played in simulators.items():
        played.ensure().behave("ok")
        row = registry.connector(name)
        Connector.objects.filter(pk=row.pk).update(endpoint=played.address, patience=10)
    return simulators


class Worker(threading.Thread):
    """What the relay and the deliverer do in processes of their own, here beside the server, on the same held clock."""

    def __init__(self) -> None:
        super().__init__(name="worker")
        self._over = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        """Work until told to stop; a failure is kept for the test."""
        try:
            while not self._over.wait(PAUSE):
                outbox.drain()
                delivery.sweep()
        except BaseException as failure:
            self.failure = failure
        finally:
            connections.close_all()

    def end(self) -> None:
        """Stop, and raise what went wrong."""
        self._over.set()
        self.join(60)
        assert not self.is_alive(), "the worker did not end"
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def at_work() -> Callable[[], AbstractContextManager[Worker]]:
    """A worker for the length of a block."""

    @contextmanager
    def working() -> Iterator[Worker]:
        worker = Worker()
        worker.start()
        try:
            yield worker
        finally:
            worker.end()

    return working


@pytest.fixture
def people() -> People:
    """The invented accounts, as the demonstration hands them out."""
    known: list[dict[str, Any]] = accounts()
    return People(
        passwords={one["username"]: one["password"] for one in known},
        secrets={one["username"]: one["totp_secret"] for one in known if one["totp_secret"]},
    )
