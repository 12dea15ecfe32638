"""The door of this room for the act path: enter a route, finish a step, tell what changed."""

from typing import Any

from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from workflows.flow import compiled
from workflows.flow.compile import START, class_name, enter_name
from workflows.flow.nodes import Plan, StepActivation, Work
from workflows.models import Dossier, Task

__all__ = ["FINISHED", "OUTERMOST", "Plan", "Work", "close", "enter", "finish", "flow_of", "node_of"]

OUTERMOST = "start"
"""viewflow's word for the token that belongs to no branch."""

FINISHED = frozenset({"status", "outcome", "performer", "finished"})
"""The columns in which a finished task differs from an open one."""


def flow_of(dossier: Dossier) -> Any:
    """The compiled flow class of the dossier's pinned version."""
    return getattr(compiled, class_name(dossier.definition.code, dossier.definition.version))


def node_of(flow: Any, node: str) -> Any:
    """The node of a compiled flow. Raises KeyError; never viewflow's silent "obsolete" node."""
    found = flow.instance.node(node, no_obsolete=True)
    if found is None:
        raise KeyError(node)
    return found


def enter(*, dossier: Dossier, work: Work, node: str = "") -> None:
    """Enter the route at its start, or at the interrupting node `node`, beside whatever is open."""
    dossier.__dict__["_work"] = work
    flow = flow_of(dossier)
    dossier.flow_class = flow
    flow.instance.node(enter_name(node) if node else START, no_obsolete=True).run(dossier)


def finish(
    *, dossier: Dossier, work: Work, task: Task, token: str, outcome: str, performer_id: int | None
) -> None:
    """Finish an open task, which belongs to the branch `token`, with an outcome and walk on."""
    dossier.__dict__["_work"] = work
    task.process, task.token = dossier, Token(token)
    activation = StepActivation(task)
    activation.finish(outcome, performer_id)
    activation.activate_next()


def close(dossier: Dossier, work: Work) -> None:
    """After the finished and the created tasks are written: whatever an end leaves open is closed with it."""
    if work.ended:
        Task.objects.filter(process=dossier, finished__isnull=True).update(
            status=STATUS.CANCELED, finished=work.now
        )
    dossier.__dict__.pop("_work", None)
