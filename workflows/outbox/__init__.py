"""The outbox: what must be told to whom, told after the commit, in order, until it is done.

Acts write rows here in their own transaction; the relay (`manage.py relay`) hands them to the subscribers' handlers,
through Celery where there is a broker, else in its own process. The broker is never the truth.
"""

from workflows.outbox.registry import Event, Later, registry, subscribe
from workflows.outbox.relay import Drained, Outcome, drain
from workflows.outbox.rows import put, rows_for, wake
from workflows.outbox.watching import Backlog, backlog, given_up, retry

__all__ = [
    "Backlog",
    "Drained",
    "Event",
    "Later",
    "Outcome",
    "backlog",
    "drain",
    "given_up",
    "put",
    "registry",
    "retry",
    "rows_for",
    "subscribe",
    "wake",
]
