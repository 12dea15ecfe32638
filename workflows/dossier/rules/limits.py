"""Is it still, or already, the time for the act? What counts is the limit itself, never when a sweep came by."""

from datetime import datetime

from procedures.definition.model import Auto, Outcome, Step, Wait
from procedures.errors import Reason
from workflows.dossier.facts import Facts

__all__ = ["check"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def check(facts: Facts, node: Step | None, outcome: Outcome | None, now: datetime) -> list[Reason]:
    """A limit fires only when it has passed; after it the applicant's answer comes too late.

    Nothing is too late for a wait whose limit only alarms: there nobody else would go on. Nor for the cashier,
    who records when the money came, not when it was entered.
    """
    if node is None or outcome is None or isinstance(node, Auto) or node.at_limit in (None, "alarm"):
        return []
    task = facts.open_task(node.id)
    if task is None or task.due_at is None:
        return []
    passed = task.due_at < now
    if outcome.id == node.at_limit and not passed:
        return [
            Reason(
                "not_due",
                gettext_noop("The limit has not passed yet: it ends at %(at)s."),
                {"at": task.due_at},
            )
        ]
    if outcome.id != node.at_limit and passed and isinstance(node, Wait) and node.party == "applicant":
        return [
            Reason(
                "limit_passed",
                gettext_noop("The time to answer ended at %(at)s, so the dossier is being closed."),
                {"at": task.due_at},
                article=node.limit.basis,
                remedy=gettext_noop("Hand in a new application; your papers can be used again."),
            )
        ]
    return []
