"""The state of the outbox, for people: what waits, what was given up, and trying again."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from workflows.models.outbox import OutboxRow
from workflows.outbox.rows import wake

__all__ = ["Backlog", "backlog", "given_up", "retry"]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Figures for the dashboard and the alarm."""

    queued: int
    """Rows not done, those under way included."""
    leased: int
    """Rows that somebody holds now."""
    dead: int
    oldest_seconds: float
    """Since the oldest event that is not told yet happened; 0 when there is none."""


_BACKLOG = """
SELECT count(*) FILTER (WHERE state = 'queued'),
       count(*) FILTER (WHERE state = 'queued' AND leased_until > clock_timestamp()),
       count(*) FILTER (WHERE state = 'dead'),
       coalesce(extract(epoch FROM clock_timestamp() - min(created_at) FILTER (WHERE state = 'queued')), 0)
FROM workflows_outboxrow WHERE state IN ('queued', 'dead')
"""


def backlog() -> Backlog:
    """How much waits, and for how long."""
    with connection.cursor() as cursor:
        cursor.execute(_BACKLOG)
        queued, leased, dead, oldest = cursor.fetchone()
    return Backlog(queued=queued, leased=leased, dead=dead, oldest_seconds=max(float(oldest), 0.0))


def given_up() -> QuerySet[OutboxRow]:
    """The rows that nobody tries any more, oldest first; each holds its last error."""
    return OutboxRow.objects.filter(state=OutboxRow.State.DEAD).order_by("pk")


def retry(*, row_id: int) -> bool:
    """Queue a given-up row again with a fresh count of attempts. False when it is not given up (any more).

    Later events of its partition may have been delivered meanwhile; the handler sees that by `sequence`.
    """
    changed = OutboxRow.objects.filter(pk=row_id, state=OutboxRow.State.DEAD).update(
        state=OutboxRow.State.QUEUED, attempts=0, due_at=None, lease_token=None, leased_until=None
    )
    if changed:
        wake()
    return bool(changed)
