"""Steps that one person may perform for several dossiers at once: a council's meeting, a list of decisions to sign.

Internal steps only, and assignment; what must be weighed one by one (a checklist, a draft, what is missing) is done on
the page of the dossier.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Count

from procedures import catalog
from procedures.definition.model import Definition, Human, Need, Outcome
from procedures.law.life import Act
from procedures.policy import Actor
from workflows.dossier.wording import summary
from workflows.models import RESULTS, Paper, Task
from workflows.selectors.inbox import MANY, mine

__all__ = ["MOST_TOGETHER", "Line", "Sitting", "Step", "sitting", "steps_together"]

MOST_TOGETHER = 50
"""Dossiers of one sitting."""
FITS = frozenset({Need.MINUTES, Need.ASSIGNEE, Need.STEP_UP, Need.OPINION, Need.HASH})
"""What can be given once for all, or in one line for each."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a procedure at which several dossiers wait for the actor."""

    procedure: str
    title: str
    node: str
    step: str
    outcomes: tuple[tuple[str, str], ...]
    """(id, title) of those that can be performed for several."""
    count: int


@dataclass(frozen=True, slots=True)
class Line:
    """One dossier of a sitting."""

    task: Task
    summary: str
    paper: Paper | None
    """The decision under way, where the step is about its bytes."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One outcome of one step, and the dossiers for which the actor may perform it."""

    definition: Definition
    """Of the first of them; the others' outcome asks for the same."""
    node: Human
    outcome: Outcome
    lines: tuple[Line, ...]
    """Most urgent first, at most MOST_TOGETHER."""


def _fit(node: object) -> Iterator[Outcome]:
    """The outcomes of a step that can be performed for several dossiers."""
    if isinstance(node, Human) and not node.interrupt:
        for outcome in node.outcomes:
            if set(outcome.needs) <= FITS and outcome.act in (None, Act.BEGIN):
                yield outcome


def steps_together(*, actor: Actor, lang: str) -> list[Step]:
    """Where two or more dossiers wait for the actor at one step. One query; further than MANY nobody looks."""
    first = Task.objects.filter(pk__in=mine(actor, MANY).values("pk"))
    rows = first.values_list("node", "process__definition_sha256").annotate(Count("pk"))
    counted: dict[tuple[str, str], int] = {}
    newest: dict[tuple[str, str], Definition] = {}
    for node, pinned, how_many in rows:
        definition = catalog.definition_of(pinned)
        place = (definition.code, node)
        counted[place] = counted.get(place, 0) + how_many
        if place not in newest or newest[place].version < definition.version:
            newest[place] = definition
    found = []
    for (code, node_id), count in counted.items():
        definition = newest[code, node_id]
        node = definition.route.node(node_id)
        outcomes = tuple((one.id, one.title.get(lang)) for one in _fit(node))
        if outcomes and count > 1:
            found.append(
                Step(code, definition.title.get(lang), node_id, node.title.get(lang), outcomes, count)
            )
    return sorted(found, key=lambda one: (one.title, one.step))


def sitting(
    *, actor: Actor, procedure: str, node: str, outcome: str, lang: str, first: Collection[int] = ()
) -> Sitting | None:
    """The dossiers that wait for the actor at a step, for one of its outcomes. None when there are none.

    Left out are those whose version asks for something else, and those that another person must do: the actor performed
    a step that this one must differ from. The tasks `first` come before more urgent ones. Three queries.
    """
    tasks = mine(actor, MANY, node=node, process__procedure__code=procedure).select_related(
        "process__subject"
    )
    found: list[tuple[Task, Human, Outcome]] = []
    for task in sorted(tasks[: 6 * MOST_TOGETHER], key=lambda task: task.pk not in first):
        definition = task.process.definition
        step = definition.route.node(node)
        chosen = next((one for one in _fit(step) if one.id == outcome), None)
        if (
            chosen is not None
            and isinstance(step, Human)
            and (not found or found[0][2].needs == chosen.needs)
        ):
            found.append((task, step, chosen))
    if not found:
        return None
    barred = _performed(actor, [task.process_id for task, _step, _outcome in found])
    kept = [
        (task, step, chosen)
        for task, step, chosen in found
        if not {(task.process_id, other) for other in step.different_from} & barred
    ][:MOST_TOGETHER]
    if not kept:
        return None
    papers = _papers([task.process_id for task, *_rest in kept]) if Need.HASH in kept[0][2].needs else {}
    first, step, chosen = kept[0]
    lines = tuple(
        Line(task, summary(task.process.definition, task.process.answers, lang), papers.get(task.process_id))
        for task, *_rest in kept
    )
    return Sitting(first.process.definition, step, chosen, lines)


def _performed(actor: Actor, dossiers: list[int]) -> set[tuple[int, str]]:
    """(dossier, node) of what the actor has performed."""
    return set(
        Task.objects.filter(process__in=dossiers, performer=actor.id).values_list("process_id", "node")
    )


def _papers(dossiers: list[int]) -> dict[int, Paper]:
    rows = Paper.objects.filter(dossier__in=dossiers, kind__in=RESULTS).exclude(state="void")
    rows = rows.select_related("number", "dossier").defer("snapshot").order_by("id")
    return {paper.dossier_id: paper for paper in rows}
