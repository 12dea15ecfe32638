"""Which acts are open to me on a dossier, and why the others are closed. The same permissions and rules as the acts."""

from collections.abc import Sequence
from dataclasses import dataclass

from procedures.definition.model import Human, Need, Outcome
from procedures.errors import Reason, Verdict
from procedures.law.life import Act, Party, edge
from procedures.now import now
from procedures.policy import Actor
from workflows.dossier.command import Command
from workflows.dossier.facts import GATEWAY_PARTS, TaskFact
from workflows.dossier.loading import load, tasks_of
from workflows.dossier.permissions import permit, permit_task
from workflows.dossier.rules import judge, position
from workflows.models import Dossier

__all__ = ["OpenAct", "first_open", "may_perform", "may_withdraw", "open_acts"]

ALL_PARTS = frozenset({"money", "supplements", "paper", "draft", "pieces"})


@dataclass(frozen=True, slots=True)
class OpenAct:
    """An outcome of an open step: open, or closed with every reason."""

    task: TaskFact
    node: Human
    outcome: Outcome
    title: str
    mine: bool
    """The step is mine: role, unit, assignment, separation of duties."""
    reasons: tuple[Reason, ...]
    """Why it is closed now; empty when it is open. What the form asks for is not a reason."""
    needs: frozenset[Need]

    @property
    def open(self) -> bool:
        """May be performed now, once its form is filled."""
        return self.mine and not self.reasons


def open_acts(*, actor: Actor, dossier: Dossier, lang: str = "vi") -> list[OpenAct]:
    """Every outcome of every open human step, mine first. The system's own outcomes are left out."""
    tasks = tasks_of(dossier.pk)
    extends = {
        node.id for node in dossier.definition.route.people for o in node.outcomes if o.act is Act.EXTEND
    }
    dated = any(task.open and task.node in extends for task in tasks)
    facts = load(dossier, ALL_PARTS | {"deadline"} if dated else ALL_PARTS, tasks=tasks)
    present = now()
    found: list[OpenAct] = []
    for task in facts.tasks:
        if not task.open or task.kind != "human":
            continue
        node = facts.definition.route.node(task.node)
        assert isinstance(node, Human)
        permission = permit_task(actor, facts, node, task)
        for outcome in node.outcomes:
            if outcome.by_list or (outcome.act is not None and edge(outcome.act).party is Party.SYSTEM):
                continue
            command = Command(outcome.act, node=node.id, outcome=outcome.id, task_id=task.id)
            reasons = list(permission.reasons)
            reasons += position.check(facts, command, node, outcome)
            if not reasons:
                verdict = judge(facts, command, node, outcome, present)
                asked = {"missing", "step_up", "other_bytes"}
                reasons += [r for r in verdict.reasons if r.code not in asked]
            found.append(
                OpenAct(
                    task,
                    node,
                    outcome,
                    outcome.title.get(lang),
                    bool(permission),
                    tuple(reasons),
                    frozenset(outcome.needs),
                )
            )
    return sorted(found, key=lambda act: (not act.mine, bool(act.reasons)))


def may_perform(*, actor: Actor, dossier: Dossier, node: Human, outcome: Outcome, task_id: int) -> Verdict:
    """Whether the step is the actor's at all, open or done; state and rules are judged when it is performed."""
    command = Command(outcome.act, node=node.id, outcome=outcome.id, task_id=task_id)
    return permit(actor, load(dossier, frozenset()), command, node)


def may_withdraw(*, actor: Actor, dossier: Dossier) -> bool:
    """Whether the applicant may ask to withdraw now."""
    facts = load(dossier, frozenset({"paper"}))
    command = Command(Act.REQUEST_WITHDRAWAL)
    return bool(permit(actor, facts, command, None)) and bool(judge(facts, command, None, None, now()))


def first_open(*, dossier: Dossier, outcomes: Sequence[Outcome]) -> Outcome:
    """The first outcome whose condition holds now. LookupError when none does, which the verifier rules out."""
    facts = load(dossier, GATEWAY_PARTS)
    for outcome in outcomes:
        if not position.check_condition(facts, outcome):
            return outcome
    raise LookupError("no outcome is open")
