"""Moving a running dossier to another version of its procedure: dry run, then in the open, whole or not at all.

A dossier stays on its version unless it is moved (design): under its lock, with an entry in its ledger, in one
transaction. Whoever moves says for each step that the new version calls otherwise what it is called there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from procedures import catalog, policy
from procedures.definition.model import Auto, Definition, Human, Wait
from procedures.errors import Conflict, Reason, Verdict, refused
from procedures.law.terms import add
from procedures.models import ProcedureVersion
from procedures.now import now
from procedures.policy import Actor
from workflows.dossier import clock
from workflows.dossier.entering import enter
from workflows.flow import engine
from workflows.flow.lock import locked
from workflows.models import RESULTS, Dossier, Paper, Task

__all__ = ["MIGRATE", "Standing", "may_move", "move", "standings"]

MIGRATE = "migrate"
"""How the ledger calls it."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a running dossier stands."""

    dossier: Dossier
    tasks: tuple[Task, ...]
    """What is open, oldest first."""
    decision_under_way: bool


def standings(dossiers: Sequence[Dossier]) -> list[Standing]:
    """Where each of the dossiers stands. Two queries."""
    tasks: dict[int, list[Task]] = {}
    for task in Task.objects.filter(process__in=dossiers, finished__isnull=True).order_by("id"):
        tasks.setdefault(task.process_id, []).append(task)
    papers = Paper.objects.filter(dossier__in=dossiers, kind__in=RESULTS)
    under_way = set(papers.exclude(state__in=["published", "void"]).values_list("dossier", flat=True))
    return [Standing(one, tuple(tasks.get(one.pk, ())), one.pk in under_way) for one in dossiers]


def may_move(standing: Standing, definition: Definition, steps: Mapping[str, str]) -> Verdict:
    """Whether the dossier can go on under the version, with every reason why not. `steps`: node → its name there."""
    dossier = standing.dossier
    reasons = []
    if dossier.finished is not None or not dossier.head_sequence:
        reasons.append(Reason("not_running", gettext_noop("It is not running.")))
    if standing.decision_under_way:
        message = gettext_noop("A decision is under way: its number and text are fixed.")
        reasons.append(Reason("decision_under_way", message))
    nodes = {node.id: node for node in definition.route.nodes}
    for task in standing.tasks:
        old = dossier.definition.route.node(task.node)
        new = nodes.get(steps.get(task.node, task.node))
        params: dict[str, object] = {"step": old.title.vi, "node": task.node}
        if str(task.token) != engine.OUTERMOST:
            message = gettext_noop("“%(step)s” is one of several branches under way.")
            reasons.append(Reason("in_branch", message, params))
        elif new is None or new.kind != old.kind:
            message = gettext_noop(
                "“%(step)s” has no counterpart in the version: say which step it is there."
            )
            reasons.append(Reason("no_counterpart", message, params))
        elif isinstance(old, Human) and isinstance(new, Human) and old.interrupt != new.interrupt:
            message = gettext_noop("“%(step)s” interrupts the route in one version only.")
            reasons.append(Reason("interrupts", message, params))
    return refused(*reasons) if reasons else Verdict(True)


def move(*, actor: Actor, dossier_id: int, version: ProcedureVersion, steps: Mapping[str, str]) -> bool:
    """Move one dossier; False when it is on the version already. Raises Refused; Conflict with why it cannot go on."""
    policy.must(actor, "dossier.migrate", version)
    with transaction.atomic():
        dossier = locked(dossier_id)
        if dossier.version_id == version.pk:
            return False
        definition = catalog.definition_of(version.sha256)
        (standing,) = standings([dossier])
        verdict = may_move(standing, definition, steps)
        if not verdict:
            raise Conflict(*verdict.reasons)
        at, before = now(), dossier.definition_sha256
        _rename_done(dossier, steps)
        dossier.version, dossier.definition_sha256 = version, version.sha256
        dossier.__dict__.pop("definition", None)
        dossier.flow_class = flow = engine.flow_of(dossier)
        for task in standing.tasks:
            node = definition.route.node(steps.get(task.node, task.node))
            _place(task, node, definition, flow)
        if dossier.due_at is not None:
            explained = clock.explain(dossier=dossier, calendar=clock.working_calendar(), now=at)
            due_at = explained.due_at if explained else None
        else:
            due_at = None
        data: dict[str, object] = {
            "from": before,
            "to": version.sha256,
            "steps": {name: there for name, there in sorted(steps.items()) if name != there},
        }
        if dossier.due_at is not None and due_at is not None and dossier.due_at != due_at:
            data |= {"due_before": dossier.due_at.isoformat(), "due_after": due_at.isoformat()}
        dossier.due_at = due_at
        moved = ["version", "definition_sha256", "flow_class", "due_at"]
        enter(dossier, act=MIGRATE, actor=actor.ref, at=at, data=data, changed=moved, tell={})
        return True


def _rename_done(dossier: Dossier, steps: Mapping[str, str]) -> None:
    """Steps that are done are known by their new names too: who performed them is asked by the new version."""
    for name, there in steps.items():
        if name != there:
            Task.objects.filter(process=dossier, node=name, finished__isnull=False).update(node=there)


def _place(task: Task, node: object, definition: Definition, flow: type) -> None:
    """The open step as the version has it: its unit, role and time, counted from when it was opened."""
    assert isinstance(node, Human | Wait | Auto)  # `may_move` has seen to it
    task.node = node.id
    task.flow_task = engine.node_of(flow, node.id)
    columns = ["node", "flow_task"]
    calendar = clock.working_calendar()
    if isinstance(node, Human):
        task.role, task.unit = node.role.value, definition.route.units[node.unit]
        task.due_at = add(node.time, clock.in_hand(task, calendar), calendar)
        columns += ["role", "unit", "due_at"]
    elif isinstance(node, Wait):
        task.due_at = add(node.time, clock.in_hand(task, calendar), calendar)
        columns.append("due_at")
    task.save(update_fields=columns)
