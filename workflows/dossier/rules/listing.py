"""Decisions over lists: what stands on a signed one stays, and none is signed over dossiers that have left it."""

from procedures.definition.model import Outcome, PaperStep
from procedures.errors import Reason
from procedures.law.life import Act
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts, ListingFact

__all__ = ["check"]

_FIXES = {PaperStep.MAKE, PaperStep.COUNTERSIGN, PaperStep.APPROVE}
"""Steps that fix what the list says: its number and text, and who answers for it."""
_SIGNED = ("approved", "signed", "checked", "sealed", "published")


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def _signed(listing: ListingFact | None) -> bool:
    """Whether the leader has signed the decision over the list, or is signing it: then nothing leaves the list."""
    return listing is not None and listing.paper_state in _SIGNED


def check(facts: Facts, command: Command, outcome: Outcome | None) -> list[Reason]:
    """Both sides: the list itself, and a dossier that waits at its step to be listed."""
    issues = facts.paper.kind == "decision" if facts.paper else facts.draft_kind == "grant"
    fixes = issues and outcome is not None and outcome.step in _FIXES
    if fixes and facts.left:
        message = gettext_noop("Dossier %(codes)s has left this list.")
        remedy = gettext_noop(
            "Send the list back with a draft that does not issue it, and open one without it."
        )
        return [Reason("list_changed", message, {"codes": ", ".join(facts.left)}, remedy=remedy)]
    if fixes and facts.leaving:
        message = gettext_noop("The applicant of dossier %(codes)s, on this list, asks to withdraw it.")
        remedy = gettext_noop("Have the request answered first.")
        return [Reason("list_changed", message, {"codes": ", ".join(facts.leaving)}, remedy=remedy)]
    if outcome is not None and outcome.by_list:
        decided = facts.listing is not None and facts.listing.paper_state == "published"
        if decided and facts.draft_kind == "grant":
            return []
        message = gettext_noop("No decision over a list that names this dossier is in force.")
        return [Reason("not_listed", message)]
    leaves = command.act in (Act.REQUEST_WITHDRAWAL, Act.STOP) or (
        outcome is not None and _at_the_list(facts, command)
    )
    if leaves and _signed(facts.listing):
        assert facts.listing is not None
        message = gettext_noop(
            "The decision over list %(code)s, on which this dossier stands, is signed already."
        )
        return [Reason("list_signed", message, {"code": facts.listing.code})]
    return []


def _at_the_list(facts: Facts, command: Command) -> bool:
    return command.node in facts.definition.listed_at
