"""Is the dossier where the act supposes it to be? State, task, and the outcome's own condition."""

from procedures.definition.conditions import holds
from procedures.definition.model import FACTS, Outcome, Step
from procedures.errors import Reason
from procedures.law.life import Act, State, edge
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["check", "check_condition"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


_CLOSED_BY_CONDITION = {
    "facts.fee_settled": gettext_noop("The fee has not been paid yet."),
    "!facts.fee_settled": gettext_noop("The fee has already been paid."),
    "facts.intake_rounds == 0": gettext_noop("Missing papers may be asked for only once at intake, in full."),
    "facts.drafted == 'grant'": gettext_noop("The draft does not grant."),
    "facts.drafted == 'refusal'": gettext_noop("The draft does not refuse."),
    "!facts.extended": gettext_noop("The date has been moved once, and may be moved no further."),
    "facts.rounds < facts.rounds_allowed": gettext_noop("All rounds of supplement have been used."),
}
"""Plain sentences for the conditions that every route uses; any other is quoted as it stands."""


def check(facts: Facts, command: Command, node: Step | None, outcome: Outcome | None) -> list[Reason]:
    """Reasons for which the act does not fit the present position; empty when it fits."""
    if command.act is not None:
        row = edge(command.act)
        if command.act not in facts.definition.acts:
            return [
                Reason(
                    "not_enabled", gettext_noop("This procedure does not know this act."), article=row.source
                )
            ]
        if facts.state not in row.sources:
            return [
                Reason(
                    "wrong_state",
                    gettext_noop("This is not possible any more: the dossier has moved on."),
                    {"state": facts.state.value},
                    article=row.source,
                )
            ]
    elif outcome is not None and facts.state is not State.IN_PROCESS:
        # An internal step changes no legal state, so it needs the dossier to be in process: while the
        # applicant asks to withdraw, work rests.
        return [
            Reason(
                "resting",
                gettext_noop("Work on this dossier rests at the moment."),
                {"state": facts.state.value},
            )
        ]
    if node is not None:
        task = facts.open_task(node.id)
        if task is None or (command.task_id is not None and task.id != command.task_id):
            return [
                Reason("task_done", gettext_noop("This step has already been performed."), {"node": node.id})
            ]
    if (
        command.act is Act.REQUEST_WITHDRAWAL
        and facts.paper is not None
        and facts.paper.state
        in (
            "signed",
            "checked",
            "sealed",
            "published",
        )
    ):
        return [
            Reason(
                "already_signed",
                gettext_noop("The result has already been signed, so the dossier cannot be withdrawn."),
                article=edge(command.act).source,
            )
        ]
    return []


def check_condition(facts: Facts, outcome: Outcome) -> list[Reason]:
    """The outcome's own condition, as a sentence when it is closed."""
    if not outcome.when:
        return []
    if holds(outcome.when, {"facts": facts.for_conditions()}, scope=FACTS):
        return []
    message = _CLOSED_BY_CONDITION.get(outcome.when)
    if message:
        return [Reason("condition", message)]
    return [
        Reason("condition", gettext_noop("Condition not met: %(condition)s"), {"condition": outcome.when})
    ]
