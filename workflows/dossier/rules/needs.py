"""Did the person give what the outcome asks for? One check a need; each names its field."""

from datetime import datetime, timedelta

from procedures.definition.model import Need, Outcome
from procedures.errors import Reason
from procedures.law.vocabulary import HANOI
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["STEP_UP_LIFETIME", "check"]

STEP_UP_LIFETIME = timedelta(minutes=5)
"""How long a second factor counts for signing."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def check(facts: Facts, command: Command, outcome: Outcome, now: datetime) -> list[Reason]:
    """Every need that is not met."""
    reasons: list[Reason] = []
    for need in outcome.needs:
        reasons += _CHECKS[need](facts, command, now)
    return reasons


def _missing(field: str, message: str, **params: object) -> list[Reason]:
    return [Reason("missing", message, {"field": field, **params})]


def _reason(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    if command.input.reason:
        return []
    return _missing("reason", gettext_noop("Give the reason; whoever receives the dossier reads it."))


def _items(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    if not command.input.items:
        return _missing("items", gettext_noop("Name at least one thing that is missing."))
    reasons: list[Reason] = []
    pieces = {piece.id for piece in facts.definition.pieces}
    sections = {section.id for section in facts.definition.form}
    for item in command.input.items:
        kind, _, target = item.target.partition(":")
        if target not in (pieces if kind == "piece" else sections):
            reasons += _missing(
                "items", gettext_noop("“%(target)s” is not part of this procedure."), target=item.target
            )
    return reasons


def _assignee(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    if command.input.assignee_id is not None:
        return []
    return _missing("assignee_id", gettext_noop("Choose the person who will appraise the dossier."))


def _checklist(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    open_items = [item for item in facts.definition.checklist if item.id not in command.input.checklist]
    return [
        reason
        for item in open_items
        for reason in _missing(
            "checklist", gettext_noop("Conclude on “%(item)s”."), item=item.title.vi, id=item.id
        )
    ]


def _draft_grant(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    failed = [
        item
        for item in facts.definition.checklist
        if (entry := command.input.checklist.get(item.id)) and entry.conclusion == "fail"
    ]
    return [
        reason
        for item in failed
        for reason in _missing(
            "checklist",
            gettext_noop("“%(item)s” is not met, so a licence cannot be drafted."),
            item=item.title.vi,
            id=item.id,
        )
    ] + _own_conditions(facts, command, now)


def _own_conditions(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    """Only where somebody reads reports on the licence, and only by a day that is still to come."""
    given = command.input.own_conditions
    if given and not facts.definition.takes_own_conditions:
        message = gettext_noop("Nobody reads reports on this licence, so it gets no condition with a day.")
        return _missing("own_conditions", message)
    today = now.astimezone(HANOI).date()
    return [
        reason
        for one in given
        if one.due_on <= today
        for reason in _missing(
            "own_conditions", gettext_noop("%(day)s is no day to come."), day=f"{one.due_on:%d/%m/%Y}"
        )
    ]


def _grounds(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    known = {ground.id for ground in facts.definition.grounds}
    if not command.input.grounds:
        return _missing("grounds", gettext_noop("Choose at least one legal ground."))
    return [
        reason
        for ground in command.input.grounds
        if ground not in known
        for reason in _missing(
            "grounds", gettext_noop("“%(ground)s” is not a ground of this procedure."), ground=ground
        )
    ]


def _draft_refusal(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    return _grounds(facts, command, now) + _reason(facts, command, now)


def _payment(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    if command.input.payment is not None:
        return []
    return _missing("payment", gettext_noop("Enter the amount and the payer."))


def _opinion(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    if command.input.opinion is not None:
        return []
    return _missing("opinion", gettext_noop("Say whether you are for or against, and why."))


def _minutes(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    minutes = command.input.minutes
    if minutes is None:
        return _missing(
            "minutes", gettext_noop("Enter when, where and with whom it was held, and what came out.")
        )
    if minutes.held_on > now.astimezone(HANOI).date():
        return _missing("minutes.held_on", gettext_noop("The minutes are of a day that has not come yet."))
    return []


def _new_date(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    if command.input.new_date is not None:
        return []
    return _missing("new_date", gettext_noop("Enter the new date."))


def _step_up(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    at = command.input.stepped_up_at
    if at is not None and timedelta(0) <= now - at <= STEP_UP_LIFETIME:
        return []
    return [
        Reason(
            "step_up",
            gettext_noop("Enter a fresh one-time code to sign."),
            {"field": "code"},
            remedy=gettext_noop("Open your authenticator and enter its six digits."),
        )
    ]


def _hash(facts: Facts, command: Command, now: datetime) -> list[Reason]:
    if facts.paper is not None and command.input.paper_sha256 == facts.paper.sha256:
        return []
    return [
        Reason(
            "other_bytes",
            gettext_noop("The paper has changed since you opened it. Read it again, then act."),
            {"field": "paper_sha256"},
        )
    ]


_CHECKS = {
    Need.REASON: _reason,
    Need.ITEMS: _items,
    Need.ASSIGNEE: _assignee,
    Need.CHECKLIST: _checklist,
    Need.DRAFT_GRANT: _draft_grant,
    Need.DRAFT_REFUSAL: _draft_refusal,
    Need.GROUNDS: _grounds,
    Need.PAYMENT: _payment,
    Need.OPINION: _opinion,
    Need.MINUTES: _minutes,
    Need.NEW_DATE: _new_date,
    Need.STEP_UP: _step_up,
    Need.HASH: _hash,
}
