"""What waits for a decision over a list, for the officials who open lists."""

from procedures.definition.model import Definition
from procedures.policy import Actor
from workflows.dossier.listing import waiting
from workflows.dossier.permissions import permit_opening
from workflows.models import Dossier, Task
from workflows.selectors.versions import openings

__all__ = ["lists_to_open", "waiting_to_be_listed", "waits_to_be_listed"]

SHOWN = 300
"""More than the longest list holds."""


def waiting_to_be_listed(*, actor: Actor, definition: Definition) -> list[Task]:
    """The steps at which dossiers wait to be put on a list of this procedure, most urgent first, with their dossiers;
    none for who may not open one. Three queries."""
    if definition.lists is None or not permit_opening(actor, definition):
        return []
    return list(waiting(definition)[:SHOWN])


def lists_to_open(*, actor: Actor) -> list[tuple[Definition, int]]:
    """The procedures in force by which the actor may open a list, and how many dossiers wait for one."""
    mine = [definition for definition in openings(actor=actor) if definition.lists]
    return [(definition, waiting(definition).count()) for definition in mine]


def waits_to_be_listed(dossier: Dossier) -> bool:
    """Whether it stands at the step of a decision over a list. One query, none where its procedure knows no list."""
    listed_at = dossier.definition.listed_at
    tasks = Task.objects.filter(process=dossier, node__in=listed_at, finished__isnull=True)
    return bool(listed_at) and tasks.exists()
