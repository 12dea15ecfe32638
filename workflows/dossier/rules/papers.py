"""The decision on its way: prepared once, signed as read, sealed as signed."""

from procedures.definition.model import Outcome, PaperStep
from procedures.errors import Reason
from procedures.law.life import FINAL, Act
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["NOT_AUTHORISED", "SIGNING_AWAY", "UNFIT", "check"]


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
    PaperStep.COUNTERSIGN: "rendered",
    PaperStep.COUNTERSIGNED: "countersigning",
    PaperStep.APPROVE: "rendered",
    PaperStep.SIGNED: "approved",
    PaperStep.CHECK: "signed",
    PaperStep.PUBLISH: "checked",
}
"""Step → the state in which the paper must be."""

_SIGNING = {PaperStep.APPROVE, PaperStep.CHECK}
"""Steps that put a signature."""

_FILES = {
    PaperStep.RENDERED: "rendered",
    PaperStep.COUNTERSIGNED: "countersigned",
    PaperStep.SIGNED: "signed",
    PaperStep.PUBLISH: "sealed",
}
"""Step → the file that the system must name."""


_ASK = gettext_noop("Ask whoever manages the signatures of your organisation for a certificate in force.")
UNFIT = {
    "not_yet": Reason(
        "certificate", gettext_noop("The certificate for this signature is not in force yet."), remedy=_ASK
    ),
    "expired": Reason(
        "certificate", gettext_noop("The certificate for this signature has expired."), remedy=_ASK
    ),
    "revoked": Reason(
        "certificate", gettext_noop("The certificate for this signature has been revoked."), remedy=_ASK
    ),
    "stranger": Reason(
        "certificate",
        gettext_noop("The certificate for this signature does not come from an authority that we trust."),
        remedy=_ASK,
    ),
    "missing": Reason(
        "certificate",
        gettext_noop("There is no key for this signature."),
        remedy=gettext_noop(
            "Ask whoever manages the signatures of your organisation to enter your certificate."
        ),
    ),
    "unknown": Reason(
        "certificate",
        gettext_noop("The list of revoked certificates is out of date, so nobody can sign for now."),
        remedy=gettext_noop(
            "The operators have to fetch the authority's new list. Nothing is lost meanwhile."
        ),
    ),
}
"""Why a certificate may not sign → what the person is told. Checked before it does (`workflows.papers.custody`)."""


SIGNING_AWAY = Reason(
    "signing_away",
    gettext_noop("Your signing service does not answer, so nothing was signed."),
    remedy=gettext_noop("Try again in a few minutes. If it lasts, tell the operators."),
)
NOT_AUTHORISED = Reason(
    "step_up",
    gettext_noop("Your key is at a signing service, and this signature was not authorised there."),
    {"field": "code"},
    remedy=gettext_noop("Open the page of the paper again and sign there."),
)


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
        if outcome.step is PaperStep.COUNTERSIGN and not facts.paper.to_countersign:
            return [
                Reason("countersigned", gettext_noop("This paper needs no countersignature any more."))
            ], []
        if outcome.step is PaperStep.APPROVE and facts.paper.to_countersign:
            return [
                Reason("not_countersigned", gettext_noop("This paper has to be countersigned first."))
            ], []
        if outcome.step in _SIGNING and facts.paper.unfit is not None:
            return [UNFIT[facts.paper.unfit]], []
    file = _FILES.get(outcome.step) if outcome.step else None
    if file is not None and not command.input.files.get(file):
        return [
            Reason("no_file", gettext_noop("The paper's file is missing."), {"field": f"files.{file}"})
        ], []
    if outcome.step is PaperStep.MAKE and not facts.draft_kind:
        return [Reason("no_draft", gettext_noop("There is no draft decision yet."))], []
    slip = facts.definition.papers.get(outcome.paper)
    if command.act in (Act.GRANT, Act.REFUSE) and not (slip is not None and slip.is_result):
        wanted = "decision" if command.act is Act.GRANT else "refusal"
        if facts.paper is None or facts.paper.kind != wanted:
            return [Reason("other_paper", gettext_noop("The paper decides otherwise."))], []
    return [], []
