"""Who may publish procedures, change the calendar, and give rights: the acts of this app, for `procedures.policy`."""

from procedures import policy
from procedures.definition.model import Role
from procedures.errors import ALLOWED, Verdict
from procedures.policy import SYSTEM, Actor

__all__ = ["register"]


def may_load_procedure(actor: Actor, obj: object) -> Verdict:
    """Loading drafts puts nothing in force: administrators, and the system itself."""
    return (
        ALLOWED if actor == SYSTEM else policy.needs_role(actor, roles=(Role.ADMINISTRATOR, Role.CONTROLLER))
    )


def may_publish_procedure(actor: Actor, obj: object) -> Verdict:
    """Checking, publishing and retiring a version; that two people do it is the catalogue's own rule."""
    return policy.needs_role(actor, roles=(Role.CONTROLLER, Role.ADMINISTRATOR))


def may_change_calendar(actor: Actor, obj: object) -> Verdict:
    """The calendar moves deadlines: the controller of procedures, and the system when it seeds."""
    return ALLOWED if actor == SYSTEM else policy.needs_role(actor, roles=(Role.CONTROLLER,))


BOOK_KEEPERS = (Role.RECEPTION, Role.HEAD, Role.CLERK, Role.CONTROLLER, Role.LEADER, Role.DIRECTOR)


def may_extract_register(actor: Actor, obj: object) -> Verdict:
    """A signed extract of the register of dossiers: those who keep it, and those who answer for it."""
    return policy.needs_role(actor, roles=BOOK_KEEPERS)


def may_decide_calendar(actor: Actor, obj: object) -> Verdict:
    """Applying a change that another person has proposed: the controller or an administrator."""
    return policy.needs_role(actor, roles=(Role.CONTROLLER, Role.ADMINISTRATOR))


def may_change_rights(actor: Actor, obj: object) -> Verdict:
    """Administrators, and the system when it seeds."""
    return ALLOWED if actor == SYSTEM else policy.needs_role(actor, roles=(Role.ADMINISTRATOR,))


def register() -> None:
    """Tell the policy. Called once, when the app is ready."""
    policy.register("procedure.load", may_load_procedure)
    policy.register("procedure.check", may_publish_procedure)
    policy.register("procedure.publish", may_publish_procedure)
    policy.register("procedure.retire", may_publish_procedure)
    policy.register("register.extract", may_extract_register)
    policy.register("dossier.migrate", may_publish_procedure)
    policy.register("calendar.change", may_change_calendar)
    policy.register("calendar.decide", may_decide_calendar)
    policy.register("rights.change", may_change_rights)
