"""Limits that pass: the sweep over due steps. One failure never stops it, and running it twice changes nothing."""

import structlog
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
    alarms is logged for the officials and stays open.
    """
    fired = 0
    late = (
        Task.objects.filter(
            Q(kind="wait") | Q(node__in=_limited_nodes()), due_at__lt=now(), finished__isnull=True
        )
        .select_related("process")
        .order_by("due_at", "id")[:batch]
    )
    for task in late:
        try:
            done = service.lapse(task=task)
        except MotcuaError as refusal:
            log.warning("a limit could not be fired", task=task.pk, reason=str(refusal))
            continue
        if done is None:
            log.warning("a step waits beyond its limit", task=task.pk, node=task.node)
        elif not done.repeated:
            fired += 1
    return fired


def _limited_nodes() -> set[str]:
    """Human steps that wait for the applicant in truth, e.g. a fee: those with a limit, in any version in use."""
    shas = Dossier.objects.exclude(state="draft").values_list("definition_sha256", flat=True).distinct()
    return {
        node.id
        for sha in shas
        for node in catalog.definition_of(sha).route.nodes
        if node.kind == "human" and node.limit is not None
    }


@every(3600, name="files")
def sweep_files() -> None:
    """Remove what nobody names, and check again what could not be checked."""
    files.sweep()
