"""The decision on its way: prepared once, signed as read, sealed as signed."""

from procedures.definition.model import Outcome, PaperStep
from procedures.errors import Reason
from procedures.law.life import FINAL, Act
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["check"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def _may_be_asked_for(facts: Facts, kind: str) -> list[Reason]:
    """A slip about how the dossier was handled: of one that was validly received. What is owed: once it has ended."""
    slip = facts.definition.papers.get(kind)
    if slip is None:
        return [Reason("no_slip", gettext_noop("This procedure has no such slip."))]
    if not (facts.received if slip.on_request else facts.state in FINAL):
        return [Reason("not_received", gettext_noop("The dossier has not been accepted yet."))]
    return []


_EXPECTED = {
    PaperStep.RENDERED: "reserved",
    PaperStep.APPROVE: "rendered",
    PaperStep.SIGNED: "approved",
    PaperStep.CHECK: "signed",
    PaperStep.PUBLISH: "checked",
}
"""Step → the state in which the paper must be."""

_FILES = {PaperStep.RENDERED: "rendered", PaperStep.SIGNED: "signed", PaperStep.PUBLISH: "sealed"}
"""Step → the file that the system must name."""


def check(facts: Facts, command: Command, outcome: Outcome | None) -> tuple[list[Reason], list[Reason]]:
    """The paper is in the state that the outcome needs; what a grant publishes is what was drafted."""
    if command.slip:
        return _may_be_asked_for(facts, command.slip), []
    if outcome is None:
        return [], []
    expected = _EXPECTED.get(outcome.step) if outcome.step else None
    if expected is not None:
        if facts.paper is None:
            return [Reason("no_paper", gettext_noop("There is no paper to sign yet."))], []
        if facts.paper.state != expected:
            return [], [
                Reason("paper_not_ready", gettext_noop("The paper is still being made. Wait a moment."))
            ]
    file = _FILES.get(outcome.step) if outcome.step else None
    if file is not None and not command.input.files.get(file):
        return [
            Reason("no_file", gettext_noop("The paper's file is missing."), {"field": f"files.{file}"})
        ], []
    if outcome.step is PaperStep.MAKE and not facts.draft_kind:
        return [Reason("no_draft", gettext_noop("There is no draft decision yet."))], []
    slip = facts.definition.papers.get(outcome.paper)
    if command.act in (Act.GRANT, Act.REFUSE) and not (slip is not None and slip.on_receipt):
        wanted = "decision" if command.act is Act.GRANT else "refusal"
        if facts.paper is None or facts.paper.kind != wanted:
            return [Reason("other_paper", gettext_noop("The paper decides otherwise."))], []
    return [], []
