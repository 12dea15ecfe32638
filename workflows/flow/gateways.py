"""Gateways for viewflow's engine: passed in memory, in the moment in which they are reached; they leave no row.

A branch is a token: "start/experts_1" is the second branch of the split `experts`. Splits nest, and so do tokens.
"""

from collections.abc import Iterator
from typing import Any

from viewflow import this
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge, Node
from viewflow.workflow.status import STATUS
from viewflow.workflow.token import Token

from procedures.definition.model import Decide, Join, Split
from procedures.definition.route import Gateway
from workflows.flow.nodes import StepActivation, work_of
from workflows.models import Task


class GatewayActivation(Activation):
    """Reaching a gateway and going on from it. `prev` carries the last real task over it."""

    __hash__ = StepActivation.__hash__
    __eq__ = StepActivation.__eq__

    @classmethod
    def create(
        cls, flow_task: Any, prev_activation: Activation, token: Any, data: Any = None, seed: Any = None
    ) -> "GatewayActivation":
        process = prev_activation.process
        task = Task(process=process, flow_task=flow_task, token=token, status=STATUS.DONE)
        before = prev_activation.task
        task.unit, task.prev = before.unit, before if before.pk else before.prev
        activation = cls(task)
        activation.work = work_of(process)
        activation.arrive(str(token))
        return activation

    def arrive(self, token: str) -> None:
        """What reaching the gateway means at once, before anything goes on from it."""

    def next_nodes(self) -> Iterator[tuple[Node, str]]:
        """Each way on, with its token."""
        raise NotImplementedError

    @Activation.status.transition(source=STATUS.DONE)  # type: ignore[untyped-decorator]
    def create_next(self) -> Iterator[Activation]:
        for target, token in self.next_nodes():
            yield target._create(self, Token(token))


class DecideActivation(GatewayActivation):
    """The first way whose condition holds; the verifier has seen that the last has none."""

    def next_nodes(self) -> Iterator[tuple[Node, str]]:
        for outcome in self.flow_task.definition.outcomes:
            if self.work.plan.holds(outcome.when):
                yield self.flow_task.targets[outcome.id], str(self.task.token)
                return


class SplitActivation(GatewayActivation):
    """Every way whose condition holds, as branches of their own; with none, straight to what follows the join."""

    def arrive(self, token: str) -> None:
        node = self.flow_task.definition
        siblings = f"{token}/{node.id}_"
        self.chosen = {
            outcome.id: f"{siblings}{index}"
            for index, outcome in enumerate(node.outcomes)
            if self.work.plan.holds(outcome.when)
        }
        self.work.branches[siblings] = set(self.chosen.values()) or {f"{siblings}0"}

    def next_nodes(self) -> Iterator[tuple[Node, str]]:
        for outcome, token in self.chosen.items():
            yield self.flow_task.targets[outcome], token
        if not self.chosen:
            yield self.flow_task.join, f"{self.task.token}/{self.flow_task.definition.id}_0"


class JoinActivation(GatewayActivation):
    """Goes on when no branch of the split is under way any more: it asks which, and never counts arrivals."""

    def arrive(self, token: str) -> None:
        self.outer, _, branch = token.rpartition("/")
        siblings = f"{self.outer}/{branch.rpartition('_')[0]}_"
        under_way = self.work.under_way(siblings)
        under_way.discard(token)
        self.last = not under_way

    def next_nodes(self) -> Iterator[tuple[Node, str]]:
        if self.last:
            yield self.flow_task.targets["on"], self.outer


class Pass(Node):
    """A gateway of the definition, with one edge an outcome."""

    task_type = "GATEWAY"
    bpmn_element = "exclusiveGateway"

    def __init__(self, definition: Gateway) -> None:
        super().__init__()
        self.definition = definition
        self.activation_class = {Decide: DecideActivation, Split: SplitActivation, Join: JoinActivation}[
            type(definition)
        ]
        self.bpmn_element = "exclusiveGateway" if isinstance(definition, Decide) else "parallelGateway"
        self.targets: dict[str, Node] = {}
        self.join: Node | None = None

    def _resolve(self, instance: Any) -> None:
        self.targets = {
            outcome.id: this.resolve(instance, getattr(this, outcome.to))
            for outcome in self.definition.outcomes
        }
        if isinstance(self.definition, Split):
            self.join = this.resolve(instance, getattr(this, self.definition.join))

    def _outgoing(self) -> Iterator[Edge]:
        for outcome in self.definition.outcomes:
            yield Edge(src=self, dst=self.targets[outcome.id], edge_class="next", label=outcome.title.vi)
