"""Dossiers and the versions of their procedure: what a version would have changed, and who could be moved to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procedures import catalog
from procedures import selectors as organisation
from procedures.definition.model import Definition
from procedures.errors import Verdict
from procedures.models import ProcedureVersion
from procedures.policy import Actor
from workflows.dossier import clock
from workflows.dossier.migration import Standing, may_move, standings
from workflows.dossier.opening import first_answers, openable
from workflows.dossier.permissions import permit_opening
from workflows.dossier.simulation import Simulated, simulate
from workflows.dossier.trying import Trial, play
from workflows.models import Dossier

__all__ = [
    "Move",
    "first_answers",
    "in_force",
    "movable",
    "openable",
    "openings",
    "permit_opening",
    "steps_without_counterpart",
    "trial",
    "try_out",
]

Move = tuple[Dossier, Verdict]
"""A running dossier and whether it can be moved."""


def trial(version: ProcedureVersion, *, lang: str, limit: int = 100) -> list[Simulated]:
    """The newest dossiers that went by another version, as this one would have had them."""
    past = Dossier.objects.filter(procedure=version.procedure_id, head_sequence__gt=0).exclude(
        version=version
    )
    newest = past.select_related("subject").order_by("-pk")[:limit]
    return simulate(catalog.definition_of(version.sha256), newest, lang=lang)


def movable(version: ProcedureVersion, *, steps: Mapping[str, str], limit: int = 500) -> list[Move]:
    """The running dossiers on other versions, oldest first, each with what stands in the way: the dry run."""
    definition = catalog.definition_of(version.sha256)
    return [(one.dossier, may_move(one, definition, steps)) for one in _running(version, limit)]


def steps_without_counterpart(version: ProcedureVersion, *, limit: int = 500) -> dict[str, str]:
    """Node → Vietnamese title of the open steps that the version calls otherwise, or has not."""
    definition: Definition = catalog.definition_of(version.sha256)
    known = {(node.id, node.kind) for node in definition.route.nodes}
    found = {}
    for standing in _running(version, limit):
        for task in standing.tasks:
            node = standing.dossier.definition.route.node(task.node)
            if (node.id, node.kind) not in known:
                found[node.id] = node.title.vi
    return found


def try_out(
    definition: Definition,
    *,
    filed: datetime,
    moves: Sequence[str],
    answers: Mapping[str, Any] | None = None,
) -> tuple[Trial, int]:
    """A dossier played on a definition by today's calendar and the agency's reading, as `dossier.trying.play` says.

    Nothing is written.
    """
    return play(
        definition,
        calendar=clock.working_calendar(),
        filed=filed,
        moves=moves,
        answers=answers,
        readings=organisation.term_readings(agency=definition.agency),
    )


def in_force() -> list[Definition]:
    """Every procedure as it stands today."""
    return [catalog.definition_of(version.sha256) for version in organisation.search(text="")]


def openings(*, actor: Actor) -> list[Definition]:
    """The procedures in force whose dossiers the actor opens for the authority."""
    return [definition for definition in in_force() if permit_opening(actor, definition)]


def _running(version: ProcedureVersion, limit: int) -> list[Standing]:
    rows = Dossier.objects.filter(
        procedure=version.procedure_id, finished__isnull=True, head_sequence__gt=0
    ).exclude(version=version)
    return standings(list(rows.select_related("subject").order_by("pk")[:limit]))
