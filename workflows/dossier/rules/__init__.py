"""Pure rules: (facts, command, now) → Verdict, with every reason, its article and its remedy.

No database, no clock, no actor: who may act is asked in workflows.dossier.permissions.
"""

from datetime import datetime

from procedures.definition.model import Outcome, Step
from procedures.errors import ALLOWED, Reason, Verdict, refused
from procedures.law.life import Act
from procedures.law.vocabulary import HANOI
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts
from workflows.dossier.rules import (
    applicant,
    extension,
    intake,
    licence,
    limits,
    listing,
    needs,
    papers,
    position,
    tacit,
)

__all__ = ["judge"]


def judge(
    facts: Facts, command: Command, node: Step | None, outcome: Outcome | None, now: datetime
) -> Verdict:
    """May the act be performed, given who does it is right? Undetermined counts as not yet."""
    position_reasons = position.check(facts, command, node, outcome) or limits.check(
        facts, node, outcome, now
    )
    if position_reasons:
        return refused(*position_reasons)
    reasons: list[Reason] = []
    undetermined: list[Reason] = []
    if outcome is not None:
        reasons += position.check_condition(facts, outcome)
        reasons += needs.check(facts, command, outcome, now)
    match command.act:
        case Act.SUBMIT:
            more, open_ = applicant.may_submit(facts)
        case Act.OPEN:
            more, open_ = applicant.may_open(facts)
        case Act.SUPPLY_INTAKE_SUPPLEMENT | Act.SUPPLY_SUPPLEMENT:
            more, open_ = applicant.may_supply(facts, command)
        case Act.ACCEPT:
            more, open_ = intake.may_accept(facts)
        case Act.PAY:
            more, open_ = intake.may_pay(facts, command)
        case _:
            more, open_ = papers.check(facts, command, outcome)
    reasons += more
    reasons += licence.check(facts, command, now.astimezone(HANOI).date())
    reasons += listing.check(facts, command, outcome)
    reasons += extension.check(facts, command, now)
    reasons += tacit.check(facts, command, now)
    undetermined += open_
    if reasons:
        return refused(*reasons)
    if undetermined:
        return Verdict(None, tuple(undetermined))
    return ALLOWED
