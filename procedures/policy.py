"""Who may do what: `can` answers for one thing, `scope` for a list, and both deny by default.

A right reaches a person through a seat: a role in a unit, held by membership or by delegation on the very day.
This module knows no dossier; upper apps register their rules and scopes in `AppConfig.ready`. Superusers of Django
have no power here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from django.contrib.auth.models import AnonymousUser
from django.db.models import BigIntegerField, CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy

from procedures.definition.model import Role
from procedures.errors import Reason, Refused, Verdict, refused
from procedures.models import Delegation, Membership, Representation, User
from procedures.now import HANOI

__all__ = [
    "ANONYMOUS",
    "SYSTEM",
    "Actor",
    "Seat",
    "actor_of",
    "can",
    "holds",
    "must",
    "needs_role",
    "partner",
    "register",
    "register_scope",
    "registered_acts",
    "role_label",
    "scope",
]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Seat:
    """A role in a unit, held in one's own right or for somebody."""

    unit_code: str
    role: Role
    on_behalf_of: str = ""
    """Reference of the person who delegated it, e.g. "user:7"; empty: held in one's own right."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, with everything that rights depend on, as of one day."""

    kind: Literal["user", "system", "partner", "anonymous"]
    id: int | str | None = None
    """User id, or the partner's code."""
    name: str = ""
    seats: tuple[Seat, ...] = ()
    subjects: tuple[int, ...] = ()
    """Ids of the subjects for whom this person may file."""

    @property
    def ref(self) -> str:
        """The reference that the ledger keeps: "user:12", "partner:vnsw", "system", "anonymous"."""
        return self.kind if self.id is None else f"{self.kind}:{self.id}"

    @property
    def official(self) -> bool:
        """Whether the person holds any role."""
        return bool(self.seats)

    def seat(self, role: Role, unit_code: str) -> Seat | None:
        """The seat for that role in that unit, one's own before a delegated one; None when there is none."""
        held = [seat for seat in self.seats if seat.role == role and seat.unit_code == unit_code]
        return min(held, key=lambda seat: seat.on_behalf_of != "", default=None)


SYSTEM = Actor("system", name="system")
"""Our own timers and workers."""
ANONYMOUS = Actor("anonymous")
"""Somebody who has not signed in."""


def partner(*, code: str) -> Actor:
    """The actor that a partner system is."""
    return Actor("partner", code, code)


def actor_of(user: User | AnonymousUser, at: datetime) -> Actor:
    """The actor that a user is at a moment: seats and subjects valid on that day in Hanoi. One query.

    Somebody who is not signed in, or was deactivated, is ANONYMOUS.
    """
    if not isinstance(user, User) or not user.is_active:
        return ANONYMOUS
    day = at.astimezone(HANOI).date()
    giver_holds = Membership.objects.on(day).filter(
        user=OuterRef("giver"), unit=OuterRef("unit"), role=OuterRef("role")
    )
    none = Cast(Value(0), BigIntegerField())
    empty = Cast(Value(""), CharField())
    rows = (
        Membership.objects.on(day)
        .filter(user=user)
        .values_list(F("unit__code"), F("role"), none, none)
        .union(
            Delegation.objects.on(day)
            .filter(Exists(giver_holds), taker=user, giver__is_active=True)
            .values_list(F("unit__code"), F("role"), F("giver"), none),
            Representation.objects.on(day).filter(user=user).values_list(empty, empty, none, F("subject")),
            all=True,
        )
    )
    seats: list[Seat] = []
    subjects: list[int] = []
    for unit_code, role, giver, subject in rows:
        if subject:
            subjects.append(subject)
        else:
            seats.append(Seat(unit_code, Role(role), f"user:{giver}" if giver else ""))
    seats.sort(key=lambda seat: (seat.unit_code, seat.role, seat.on_behalf_of))
    return Actor("user", user.pk, user.full_name, tuple(dict.fromkeys(seats)), tuple(sorted(set(subjects))))


# -- rules ------------------------------------------------------------------------------------------------------------

Rule = Callable[[Actor, Any], Verdict]
Scope = Callable[[Actor], Q]

_rules: dict[str, Rule] = {}
_scopes: dict[str, Scope] = {}

NOTHING = Q(pk__in=())
"""The scope of those who may see nothing."""


def register(act: str, rule: Rule) -> None:
    """Say who may perform an act. Raises ValueError for a second rule of one act."""
    if _rules.setdefault(act, rule) is not rule:
        raise ValueError(f"{act} has a rule already")


def register_scope(name: str, fn: Scope) -> None:
    """Say which rows of a list an actor may see. Raises ValueError for a second scope of one name."""
    if _scopes.setdefault(name, fn) is not fn:
        raise ValueError(f"{name} has a scope already")


def registered_acts() -> frozenset[str]:
    """Every act that has a rule; what is not here is denied to everybody."""
    return frozenset(_rules)


def can(actor: Actor, act: str, obj: object = None) -> Verdict:
    """Whether the actor may perform the act on the thing, with the reasons of a refusal. Denies by default."""
    rule = _rules.get(act)
    if rule is None:
        message = gettext_noop("Nobody may do this: no rule allows “%(act)s”.")
        return refused(Reason("no_rule", message, {"act": act}))
    verdict = rule(actor, obj)
    if verdict.allowed is not True and not verdict.reasons:
        return refused(Reason("not_permitted", gettext_noop("You may not do this.")))
    return verdict


def must(actor: Actor, act: str, obj: object = None) -> None:
    """Raise Refused with every reason unless `can` allows."""
    verdict = can(actor, act, obj)
    if not verdict:
        raise Refused(*verdict.reasons)


def scope(actor: Actor, name: str) -> Q:
    """The rows of that list which the actor may see, as a filter. Without a registered scope: none."""
    chosen = _scopes.get(name)
    return chosen(actor) if chosen else NOTHING


def holds(actor: Actor, role: Role, unit_code: str) -> bool:
    """Whether the actor holds the role in the unit, by membership or delegation."""
    return actor.seat(role, unit_code) is not None


_ROLE_LABELS = {
    Role.RECEPTION: gettext_lazy("reception"),
    Role.CASHIER: gettext_lazy("the cashier"),
    Role.HEAD: gettext_lazy("the head of division"),
    Role.SPECIALIST: gettext_lazy("a specialist"),
    Role.EXPERT: gettext_lazy("an expert"),
    Role.COUNCIL: gettext_lazy("the council"),
    Role.DIRECTOR: gettext_lazy("a director"),
    Role.LEADER: gettext_lazy("the leader who signs"),
    Role.CLERK: gettext_lazy("the clerk"),
    Role.RESULT_DESK: gettext_lazy("the result desk"),
    Role.CONTROLLER: gettext_lazy("the controller of procedures"),
    Role.ADMINISTRATOR: gettext_lazy("an administrator"),
    Role.AUDITOR: gettext_lazy("an auditor"),
    Role.INTEGRATION: gettext_lazy("an integration officer"),
}


def role_label(role: Role) -> str:
    """The role inside a sentence, in the reader's language; resolved when it is shown."""
    return cast(str, _ROLE_LABELS[role])


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(map(str, labels))


_listed_lazily = lazy(_listed, str)


def needs_role(actor: Actor, *, roles: tuple[Role, ...], unit_code: str | None = None) -> Verdict:
    """Allowed to holders of one of the roles (in that unit, or in any); a refusal names who may."""
    for seat in actor.seats:
        if seat.role in roles and unit_code in (None, seat.unit_code):
            return Verdict(True)
    params: dict[str, object] = {
        "roles": _listed_lazily([role_label(role) for role in roles]),
        "unit": unit_code or "",
    }
    if actor.kind == "anonymous":
        return refused(Reason("sign_in", gettext_noop("Sign in first."), params))
    if unit_code is None:
        return refused(Reason("needs_role", gettext_noop("Only %(roles)s may do this."), params))
    return refused(Reason("needs_role", gettext_noop("Only %(roles)s of %(unit)s may do this."), params))
