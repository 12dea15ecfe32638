"""An apology with a new date: once, in time, and for a later day (Decree 61/2018/ND-CP Art. 19)."""

from datetime import datetime

from procedures.errors import Reason
from procedures.law.life import Act, edge
from procedures.law.vocabulary import HANOI
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["check"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def check(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    """Reasons for which the date cannot be moved."""
    if command.act is not Act.EXTEND:
        return []
    article = edge(Act.EXTEND).source
    if facts.due_at is None:
        return [
            Reason(
                "no_due_date",
                gettext_noop("There is no date to move: the clock stands still."),
                article=article,
            )
        ]
    due = facts.due_at.astimezone(HANOI)
    reasons = []
    if now.astimezone(HANOI).date() >= due.date():
        message = gettext_noop("An apology must go out at least one day before the date, which is %(at)s.")
        reasons.append(Reason("apology_too_late", message, {"at": due}, article=article))
    given = command.input.new_date
    if given is not None and given <= due.date():
        message = gettext_noop("The new date must be later than %(at)s.")
        reasons.append(Reason("not_later", message, {"at": due, "field": "new_date"}, article=article))
    return reasons
