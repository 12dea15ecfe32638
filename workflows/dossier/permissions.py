"""Who may perform an act on a dossier. Deny by default, and say who may instead.

django-fsm's own permission check answers True where none is declared and stops nobody; this is the gate.
"""

from procedures import policy
from procedures.definition.model import Definition, Human, Role, Step
from procedures.errors import ALLOWED, Reason, Verdict, refused
from procedures.law.life import Act, Party, edge
from procedures.policy import Actor
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts, TaskFact

__all__ = ["permit", "permit_opening", "permit_task"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def permit(actor: Actor, facts: Facts, command: Command, node: Step | None) -> Verdict:
    """May this actor do this at all? State and rules are judged elsewhere."""
    if isinstance(node, Human):
        if command.act is not None and edge(command.act).party is Party.SYSTEM:
            return _only(actor, "system")
        if any(outcome.by_list for outcome in node.outcomes if outcome.id == command.outcome):
            return _only(actor, "system")
        task = facts.open_task(node.id)
        if task is None:
            # Somebody was faster, or never: the rule says which. The role must fit all the same.
            unit = facts.definition.route.units[node.unit]
            task = TaskFact(0, node.id, node.kind, unit, node.role, None, False, "", None)
        return permit_task(actor, facts, node, task)
    if command.slip:
        kind = facts.definition.papers.get(command.slip)
        owed = kind is not None and not kind.on_request
        return _only(actor, "system") if owed else _of_the_route(actor, facts)
    if command.act is not None:
        party = edge(command.act).party
        if command.act is Act.OPEN:
            return permit_opening(actor, facts.definition)
        if party is Party.APPLICANT:
            return _applicant(actor, facts)
        if command.act is Act.RETURN_RESULT and actor.kind == "user":
            return _applicant(actor, facts)
    return _only(actor, "system")


def permit_opening(actor: Actor, definition: Definition) -> Verdict:
    """May this actor open dossiers of the procedure, of the authority's own motion?"""
    opening = definition.opened_by
    if opening is not None and policy.holds(actor, opening.role, definition.route.units[opening.unit]):
        return ALLOWED
    return refused(Reason("wrong_role", gettext_noop("Only the officials whom the procedure names open it.")))


def permit_task(actor: Actor, facts: Facts, node: Human, task: TaskFact) -> Verdict:
    """May this actor perform this step: role, unit, assignment, separation of duties."""
    reasons: list[Reason] = []
    if not policy.holds(actor, Role(task.role), task.unit):
        reasons.append(
            Reason(
                "wrong_role",
                gettext_noop("This step belongs to another role or unit."),
                {"role": task.role, "unit": task.unit},
            )
        )
    if task.owner_id is not None and task.owner_id != actor.id:
        reasons.append(
            Reason(
                "assigned_to_other",
                gettext_noop("The dossier is assigned to somebody else."),
                {"owner_id": task.owner_id},
            )
        )
    for other in node.different_from:
        if actor.id in facts.performers(other):
            reasons.append(
                Reason(
                    "same_person",
                    gettext_noop("Whoever performed “%(step)s” may not perform this step."),
                    {"step": facts.definition.route.node(other).title.vi, "node": other},
                )
            )
    return refused(*reasons) if reasons else ALLOWED


def _applicant(actor: Actor, facts: Facts) -> Verdict:
    if actor.kind == "user" and facts.subject_id in actor.subjects:
        return ALLOWED
    return refused(Reason("not_applicant", gettext_noop("Only the applicant may do this.")))


def _of_the_route(actor: Actor, facts: Facts) -> Verdict:
    units = set(facts.definition.route.units.values())
    if any(seat.unit_code in units for seat in actor.seats):
        return ALLOWED
    return refused(Reason("wrong_role", gettext_noop("Only officials on the route may ask for this slip.")))


def _only(actor: Actor, kind: str) -> Verdict:
    if actor.kind == kind:
        return ALLOWED
    return refused(Reason("system_only", gettext_noop("The system does this by itself.")))
