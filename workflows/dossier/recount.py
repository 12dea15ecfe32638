"""Dates counted anew when the calendar was corrected: in the open, on the dossiers that still run, never on others."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from procedures.definition.model import Human, Wait
from procedures.law.terms import add
from procedures.models import LedgerEntry
from procedures.now import now
from procedures.policy import SYSTEM
from workflows.dossier import clock
from workflows.dossier.entering import enter
from workflows.flow.lock import locked
from workflows.models import Supplement, Task

__all__ = ["RECOUNT", "calendar_heads", "recount"]

RECOUNT = "recount"
"""How the ledger calls it."""


def calendar_heads() -> dict[str, int]:
    """Year → ledger sequence of the last change that every process works by: what the dates rest on.

    A process may use a calendar for `clock.CALENDAR_SECONDS` after it has changed, so a change counts from then on.
    """
    known = now() - timedelta(seconds=clock.CALENDAR_SECONDS)
    changes = LedgerEntry.objects.filter(subject_kind="calendar", act__in=["load", "apply"], at__lt=known)
    rows = changes.order_by("sequence")
    return {str(year): sequence for year, sequence in rows.values_list("subject_id", "sequence")}


def recount(*, dossier_id: int, heads: Mapping[str, int]) -> bool:
    """Count the dates of a running dossier by the calendar of today, known by its `heads`; whether one has moved.

    The ledger keeps the old and the new date and which calendar they rest on, and the applicant is told when the
    promised date moves. An ended dossier keeps the date by which it was measured; a date that has passed stays passed,
    for what was late or lapsed was so by the calendar that was in force.
    """
    with transaction.atomic():
        dossier = locked(dossier_id)
        if dossier.finished is not None or not dossier.head_sequence:
            return False
        calendar, at = clock.working_calendar(), now()
        before, after = dossier.due_at, dossier.due_at
        if before is None or before > at:
            explained = clock.explain(dossier=dossier, calendar=calendar, now=at)
            after = explained.due_at if explained else None
        if before is None and after is not None:  # of a dossier that is older than the column: no date moves
            dossier.due_at = before = after
            dossier.save(update_fields=["due_at"])
        moved = [
            (task, due)
            for task in Task.objects.filter(process=dossier, finished__isnull=True, due_at__gt=at)
            if (due := _due(dossier.definition, task, calendar)) != task.due_at
        ]
        if before == after and not moved:
            return False
        data: dict[str, Any] = {
            "calendar": dict(heads),
            "tasks": [[task.pk, _iso(task.due_at), _iso(due)] for task, due in moved],
        }
        if before is not None and after is not None and before != after:
            data |= {"due_before": _iso(before), "due_after": _iso(after)}
        for task, due in moved:
            Supplement.objects.filter(
                dossier=dossier, supplied_at__isnull=True, answer_by=task.due_at
            ).update(answer_by=due)
            task.due_at = due
            task.save(update_fields=["due_at"])
        dossier.due_at = after
        told: dict[str, str] | None = {} if "due_after" in data else None
        enter(dossier, act=RECOUNT, actor=SYSTEM.ref, at=at, data=data, changed=["due_at"], tell=told)
        return True


def _due(definition: Any, task: Task, calendar: Any) -> datetime:
    """When the open step should be done, as it would be set today."""
    node = definition.route.node(task.node)
    return (
        add(node.time, clock.in_hand(task, calendar), calendar)
        if isinstance(node, Human | Wait)
        else task.due_at
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
