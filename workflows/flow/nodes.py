"""Our nodes for viewflow's engine: they collect what changes instead of writing it.

viewflow walks the graph; each activation puts its task into the dossier's unit of work, and the act path flushes
that in a few statements. Inside an act nothing here touches the database, except to close what an end leaves open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from viewflow import this
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge, Node
from viewflow.workflow.status import PROCESS, STATUS

from procedures.definition.model import End, Human
from procedures.definition.model import Step as StepNode
from workflows.models import Dossier, Task


@dataclass
class Work:
    """What one act changes in the tasks of a dossier: the unit of work, flushed once."""

    now: datetime
    plan: "Plan"
    finished: list[Task] = field(default_factory=list)
    created: list[Task] = field(default_factory=list)
    ended: bool = False
    """The route has ended: whatever else is open is closed with it."""
    open_tokens: tuple[str, ...] = ()
    """The tokens of every task that is open besides the one being finished."""
    branches: dict[str, set[str]] = field(default_factory=dict)
    """Split, as the beginning of its branches' tokens → the branches still under way."""

    def under_way(self, siblings: str) -> set[str]:
        """The branches of a split that have not met the join yet, e.g. {"start/experts_0"} for "start/experts_"."""
        if siblings not in self.branches:
            begun = {token for token in self.open_tokens if token.startswith(siblings)}
            self.branches[siblings] = {
                siblings + token.removeprefix(siblings).split("/")[0] for token in begun
            }
        return self.branches[siblings]


class Plan:
    """What a new task needs to know and only the act path can tell. Documented for those who implement it."""

    def due_at(self, node: StepNode) -> datetime:
        """When a task of this node is due."""
        raise NotImplementedError

    def late(self, node: StepNode) -> bool:
        """Whether the unit of a task of this node has it in hand only at the next opening."""
        raise NotImplementedError

    def owner_id(self, node: Human) -> int | None:
        """The person to whom a task of this node belongs, or None for anyone of the role."""
        raise NotImplementedError

    def holds(self, when: str) -> bool:
        """Whether the condition of a gateway holds for the dossier as it is now."""
        raise NotImplementedError


def work_of(process: Dossier) -> Work:
    """The unit of work of the act that is under way."""
    work: Work = process.__dict__["_work"]
    return work


class StepActivation(Activation):
    """A task that somebody outside the engine finishes: a person, or what a wait waits for."""

    def __hash__(self) -> int:
        return id(self)  # the base hashes by primary key, which a task in memory does not have yet

    def __eq__(self, other: object) -> bool:
        return self is other

    @classmethod
    def create(
        cls, flow_task: Any, prev_activation: Activation, token: Any, data: Any = None, seed: Any = None
    ) -> "StepActivation":
        process = prev_activation.process
        work = work_of(process)
        node = flow_task.definition
        human = isinstance(node, Human)
        previous = prev_activation.task
        task = Task(
            process=process,
            flow_task=flow_task,
            flow_task_type=flow_task.task_type,
            token=token,
            status=STATUS.NEW,
            created=work.now,
            node=node.id,
            kind=node.kind,
            role=node.role if human else "",
            unit=flow_task.unit if human else previous.unit,
            owner_id=work.plan.owner_id(node) if human else None,
            due_at=work.plan.due_at(node),
            late=work.plan.late(node),
            prev=previous if previous.pk else previous.prev,
        )
        work.created.append(task)
        return cls(task)

    @Activation.status.super()  # type: ignore[untyped-decorator]
    def activate(self) -> None:
        """Nothing: the task waits for `finish`."""

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)  # type: ignore[untyped-decorator]
    def complete(self) -> None:
        """Never reached: a step is finished by `finish`, not by the walk."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.DONE)  # type: ignore[untyped-decorator]
    def finish(self, outcome: str, performer_id: int | None) -> None:
        """Close the task with an outcome; the walk then follows that outcome's edge."""
        work = work_of(self.process)
        self.task.outcome = outcome
        self.task.performer_id = performer_id
        self.task.finished = work.now
        work.finished.append(self.task)

    @Activation.status.transition(source=STATUS.DONE)  # type: ignore[untyped-decorator]
    def create_next(self) -> Iterator[Activation]:
        target = self.flow_task.targets[self.task.outcome]
        if target is not None:
            yield target._create(self, self.task.token)


class Step(Node):
    """A node of the definition that has tasks: a person's step, a wait or the system's, with one edge an outcome."""

    task_type = "HUMAN"
    activation_class = StepActivation
    bpmn_element = "userTask"

    def __init__(self, definition: StepNode, unit: str = "") -> None:
        super().__init__()
        self.definition = definition
        self.unit = unit
        self.task_type = definition.kind.upper()
        self.targets: dict[str, Node | None] = {}

    def _resolve(self, instance: Any) -> None:
        self.targets = {
            outcome.id: None if outcome.to == "back" else this.resolve(instance, getattr(this, outcome.to))
            for outcome in self.definition.outcomes
        }

    def _outgoing(self) -> Iterator[Edge]:
        for outcome in self.definition.outcomes:
            target = self.targets[outcome.id]
            if target is not None:
                yield Edge(src=self, dst=target, edge_class="next", label=outcome.title.vi)


class FinishActivation(Activation):
    """The end of the route. It leaves no row: the ledger says what happened."""

    __hash__ = StepActivation.__hash__
    __eq__ = StepActivation.__eq__

    @classmethod
    def create(
        cls, flow_task: Any, prev_activation: Activation, token: Any, data: Any = None, seed: Any = None
    ) -> "FinishActivation":
        return cls(Task(process=prev_activation.process, flow_task=flow_task, token=token, status=STATUS.NEW))

    @Activation.status.super()  # type: ignore[untyped-decorator]
    def activate(self) -> None:
        work = work_of(self.process)
        work.ended = True
        self.process.status = PROCESS.DONE
        self.process.finished = work.now

    @Activation.status.super()  # type: ignore[untyped-decorator]
    def complete(self) -> None:
        """Done; nothing to save."""

    @Activation.status.super()  # type: ignore[untyped-decorator]
    def create_next(self) -> list[Activation]:
        return []


class Finish(Node):
    """An end node of the definition."""

    task_type = "END"
    activation_class = FinishActivation
    bpmn_element = "endEvent"

    def __init__(self, definition: End) -> None:
        super().__init__()
        self.definition = definition

    def _outgoing(self) -> Iterator[Edge]:
        return iter(())


class EnterActivation(Activation):
    """The start, and the entry of an interruption: in memory only."""

    __hash__ = StepActivation.__hash__
    __eq__ = StepActivation.__eq__

    @Activation.status.super()  # type: ignore[untyped-decorator]
    def create_next(self) -> Iterator[Activation]:
        yield self.flow_task.target._create(self, self.task.token)


class Enter(Node):
    """Where the route is entered from outside: by `submit`, or by an act that interrupts."""

    task_type = "START"
    activation_class = EnterActivation
    bpmn_element = "startEvent"

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target
        self.target: Node | None = None

    def _resolve(self, instance: Any) -> None:
        self.target = this.resolve(instance, getattr(this, self._target))

    def _outgoing(self) -> Iterator[Edge]:
        yield Edge(src=self, dst=self.target, edge_class="next")

    def run(self, process: Dossier) -> None:
        """Enter the route: create the first task, or the interruption's, beside whatever is open."""
        activation = EnterActivation(Task(process=process, flow_task=self, status=STATUS.DONE))
        activation.activate_next()
