"""The relay as a process: woken by NOTIFY, and every few seconds anyway, until it is told to stop.

With a broker it hands leased ids to Celery and delivers nothing itself; without one a thread of its own delivers.
A lost database connection is opened again, a lost broker is waited for; no row is lost, or stuck longer than a lease.
LISTEN needs a session of its own, so the address must not lead through a pool in transaction mode.
"""

import logging
import threading
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, connection, connections
from django.db.utils import DEFAULT_DB_ALIAS

from workflows.outbox import relay
from workflows.outbox.rows import CHANNEL
from workflows.outbox.watching import backlog

__all__ = ["Deliverer", "hand_over", "run"]

PERIOD = 5.0
"""Seconds after which the relay looks even though nobody called: a pause has ended, or a worker has died."""
SLICE = 0.5
"""Seconds within which a request to stop is seen."""
OUTSTANDING = 200
"""Rows at most in the hands of the broker: a slow worker must not find the same row many times in its queue."""
HANDED_OVER_SECONDS = 300.0
"""How long a row may lie in the broker before it is handed over again."""
LAST_WORDS = 30.0
"""Seconds that a running delivery gets when the relay stops."""

log = logging.getLogger(__name__)


def run(*, stop: threading.Event, on_work: Callable[[], object]) -> None:
    """Call `on_work` at once, at every notification and every PERIOD, until `stop` is set."""
    while not stop.is_set():
        try:
            _listen(stop, on_work)
        except (OperationalError, InterfaceError):
            log.warning("the relay lost the database; it tries again", exc_info=True)
            connection.close()
            stop.wait(1.0)


def _listen(stop: threading.Event, on_work: Callable[[], object]) -> None:
    listener = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        with listener.cursor() as cursor:
            cursor.execute(f'LISTEN "{CHANNEL}"')
        while not stop.is_set():
            on_work()
            _wait(listener, stop)
    finally:
        listener.close()


def _wait(listener: object, stop: threading.Event) -> None:
    """Until somebody calls, the period is over, or the relay stops."""
    for _ in range(int(PERIOD / SLICE)):
        with listener.wrap_database_errors:  # type: ignore[attr-defined]
            called = list(listener.connection.notifies(timeout=SLICE, stop_after=1))  # type: ignore[attr-defined]
        if called or stop.is_set():
            return


def hand_over() -> int:
    """Lease what is due and hand the ids to Celery; returns how many. What it does not take is released."""
    from workflows.outbox.tasks import deliver

    room = OUTSTANDING - backlog().leased
    taken = relay.lease(limit=room, lease_seconds=HANDED_OVER_SECONDS) if room > 0 else []
    for number, one in enumerate(taken):
        try:
            deliver.apply_async(args=(one.row_id, str(one.token)), retry=False)
        except Exception:  # kombu's errors depend on the transport
            log.warning("the broker does not answer; %s rows wait", len(taken) - number, exc_info=True)
            for unused in taken[number:]:
                relay.release(taken=unused)
            return number
    return len(taken)


class Deliverer:
    """Delivers in a thread of this process, so that listening and stopping never wait for a handler."""

    def __init__(self) -> None:
        self._work = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-deliverer", daemon=True)

    def start(self) -> None:
        """Begin; the first look is at once."""
        self._thread.start()

    def wake(self) -> None:
        """There may be work."""
        self._work.set()

    def stop(self) -> bool:
        """End after the delivery under way, or leave it to its lease. Whether it ended in time."""
        self._stop.set()
        self._work.set()
        self._thread.join(timeout=LAST_WORDS)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._work.wait()
            self._work.clear()
            try:
                relay.drain(stopped=self._stop.is_set)
            except (OperationalError, InterfaceError):
                log.warning("the deliverer lost the database; it tries again", exc_info=True)
                connection.close()
                self._stop.wait(1.0)
                self._work.set()
            except Exception:
                log.exception("the deliverer goes on")
        connection.close()
