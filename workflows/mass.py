"""Limits that pass: the sweep over due steps. One failure never stops it, and running it twice changes nothing."""

from collections.abc import Iterator

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Q

from procedures import catalog
from procedures.errors import MotcuaError
from procedures.now import now
from workflows import files, service
from workflows.models import Dossier, Task
from workflows.timers import every

__all__ = ["fire_limits", "sweep_files"]

log = structlog.get_logger(__name__)


@every(60, name="limits")
def fire_limits(*, batch: int = 500) -> int:
    """Fire the outcome of every step whose limit has passed; how many took effect.

    Each in a transaction of its own, under the dossier's lock, with an idempotency key of its task. A wait that only
    alarms is logged for the officials and stays open, and never stands in the way of those behind it. Only a lost
    database ends the sweep.
    """
    fired = 0
    for task in _late(batch):
        try:
            done = service.lapse(task=task)
        except MotcuaError as refusal:
            log.warning("a limit could not be fired", task=task.pk, reason=str(refusal))
            continue
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("a limit could not be fired", task=task.pk)
            continue
        if done is None:
            log.warning("a step waits beyond its limit", task=task.pk, node=task.node)
        elif not done.repeated:
            fired += 1
    return fired


def _late(batch: int) -> Iterator[Task]:
    """Every open step beyond its limit, the oldest first, read in pages: some stay open, so the next page goes on."""
    late = Task.objects.filter(
        Q(kind="wait") | Q(node__in=_limited_nodes()), due_at__lt=now(), finished__isnull=True
    ).order_by("due_at", "id")
    page = list(late.select_related("process")[:batch])
    while page:
        yield from page
        last = page[-1]
        behind = late.filter(Q(due_at__gt=last.due_at) | Q(due_at=last.due_at, id__gt=last.pk))
        page = list(behind.select_related("process")[:batch])


def _limited_nodes() -> set[str]:
    """Human steps that wait for the applicant in truth, e.g. a fee: those with a limit, in any version in use."""
    shas = Dossier.objects.exclude(state="draft").values_list("definition_sha256", flat=True).distinct()
    found: set[str] = set()
    for sha in shas:
        try:
            definition = catalog.definition_of(sha)
        except MotcuaError as lost:
            log.error("a version of running dossiers is gone", sha256=sha, reason=str(lost))
            continue
        found |= {
            node.id for node in definition.route.nodes if node.kind == "human" and node.limit is not None
        }
    return found


@every(3600, name="files")
def sweep_files() -> None:
    """Remove what nobody names, and check again what could not be checked."""
    files.sweep()
