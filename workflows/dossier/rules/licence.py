"""What a dossier about a licence needs: one that is there, held by the subject, and in a state that allows it."""

from datetime import date

from procedures.definition.licence import RenewalWindow
from procedures.errors import Reason
from procedures.law.life import BEGINNINGS, Act
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["ALLOWED", "check"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


ALLOWED = {
    "amend": {"in_force"},
    "renew": {"in_force", "expired"},
    "reissue": {"in_force", "expired"},
    "transfer": {"in_force"},
    "suspend": {"in_force"},
    "reinstate": {"suspended"},
    "surrender": {"in_force", "suspended"},
    "revoke": {"in_force", "suspended"},
    "annul": {"in_force", "suspended", "expired"},
    "inspect": {"in_force", "suspended"},
}
"""What a grant would do → the states of the licence in which it may be asked for."""
_STANDS = {
    "in_force": gettext_noop("This licence is in force, so this cannot be asked for."),
    "suspended": gettext_noop("This licence is suspended, so this cannot be asked for."),
    "expired": gettext_noop("This licence has expired, so this cannot be asked for."),
    "replaced": gettext_noop("Another licence stands in the place of this one. Name that one."),
    "revoked": gettext_noop("This licence was revoked, so this cannot be asked for."),
    "surrendered": gettext_noop("This licence was given back, so this cannot be asked for."),
    "annulled": gettext_noop("A court annulled this licence, so this cannot be asked for."),
}


def check(facts: Facts, command: Command, on: date) -> list[Reason]:
    """Reasons for which the licence named does not allow it; asked when a dossier begins and once more on granting, but
    whether it is the time to ask only when it begins. `on`: the day in Hanoi."""
    kind = facts.definition.licence
    if kind is None or kind.effect == "new" or command.act not in {*BEGINNINGS, Act.GRANT}:
        return []
    where = {"field": f"{_section(facts, kind.about)}.{kind.about}"}
    if facts.licence is None:
        message = gettext_noop("You hold no licence of this number in the register.")
        return [Reason("no_licence", message, where)]
    if facts.licence.state not in ALLOWED[kind.effect]:
        return [Reason("licence_state", _STANDS[facts.licence.state], where)]
    if kind.window and facts.licence.valid_until and command.act in BEGINNINGS:
        return _in_time(kind.window, facts.licence.valid_until, on, where)
    return _taker(facts, kind.to) if kind.to else []


def _in_time(window: RenewalWindow, ends: date, on: date, where: dict[str, str]) -> list[Reason]:
    first, last = window.days(ends)
    if on < first:
        message = gettext_noop("The renewal of this licence can be asked for from %(day)s.")
        return [Reason("renewal_too_early", message, where | {"day": first}, article=window.basis)]
    if last is not None and on > last:
        message = gettext_noop("The renewal of this licence could be asked for until %(day)s.")
        remedy = gettext_noop("Apply for a new licence instead.")
        return [
            Reason("renewal_too_late", message, where | {"day": last}, article=window.basis, remedy=remedy)
        ]
    return []


def _taker(facts: Facts, field: str) -> list[Reason]:
    where = {"field": f"{_section(facts, field)}.{field}"}
    if facts.taker is None:
        message = gettext_noop(
            "Nobody with this tax code has an account here. The new holder registers first."
        )
        return [Reason("no_new_holder", message, where)]
    if facts.taker.id == facts.subject_id:
        message = gettext_noop("This is your own tax code. Give that of the new holder.")
        return [Reason("same_holder", message, where)]
    return []


def _section(facts: Facts, field: str) -> str:
    return next(
        section.id for section in facts.definition.form for item in section.fields if item.id == field
    )
