"""Silence decides only when the promised date has passed, running (the sector law that the version names)."""

from datetime import datetime

from procedures.errors import Reason
from procedures.law.life import Act, edge
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["check"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def check(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    """Reasons for which nothing is decided by silence yet."""
    if command.act not in (Act.TACIT_GRANT, Act.TACIT_REFUSAL):
        return []
    if facts.due_at is None or facts.due_at >= now:
        message = gettext_noop("The promised date has not passed.")
        return [Reason("not_due", message, article=edge(command.act).source)]
    return []
