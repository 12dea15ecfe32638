"""The writers of who exists: rights of people and mandates. Each change is ledgered.

Rights reach people only through here, so that "who gave whom which right, when" can be answered for ever. Ledger
subject: "rights" with the user's id.
"""

from datetime import date

from django.db import transaction

from procedures import ledger, policy
from procedures.definition.model import Role
from procedures.models import (
    Delegation,
    Membership,
    Representation,
    Subject,
    Unit,
    User,
)
from procedures.now import today
from procedures.policy import Actor

__all__ = ["appoint", "authorise", "delegate", "dismiss"]


def _record_right(user: User, act: str, by: Actor, **data: str | int | None) -> None:
    ledger.append(subject_kind="rights", subject_id=user.pk, actor=by.ref, act=act, data=data)


@transaction.atomic
def appoint(
    *, user: User, unit: Unit, role: Role, by: Actor, since: date | None = None, until: date | None = None
) -> Membership:
    """Give a person a role in a unit from a day on (today when left out). Raises Refused."""
    policy.must(by, "rights.change", user)
    seat = Membership.objects.create(user=user, unit=unit, role=role, since=since or today(), until=until)
    _record_right(
        user,
        "appoint",
        by,
        role=role.value,
        unit=unit.code,
        since=seat.since.isoformat(),
        until=until.isoformat() if until else None,
    )
    return seat


@transaction.atomic
def dismiss(*, membership: Membership, last_day: date, by: Actor) -> Membership:
    """End a membership; the last day still counts. Raises Refused."""
    policy.must(by, "rights.change", membership.user)
    membership.until = last_day
    membership.save(update_fields=["until"])
    _record_right(
        membership.user,
        "dismiss",
        by,
        role=membership.role,
        unit=membership.unit.code,
        until=last_day.isoformat(),
    )
    return membership


@transaction.atomic
def delegate(
    *, giver: User, taker: User, unit: Unit, role: Role, since: date, until: date, basis: str, by: Actor
) -> Delegation:
    """Lend a role that `giver` holds to `taker` for a period. It holds only while the giver holds the role."""
    policy.must(by, "rights.change", giver)
    row = Delegation.objects.create(
        giver=giver, taker=taker, unit=unit, role=role, since=since, until=until, basis=basis
    )
    _record_right(
        taker,
        "delegate",
        by,
        role=role.value,
        unit=unit.code,
        giver=giver.pk,
        since=since.isoformat(),
        until=until.isoformat(),
    )
    return row


@transaction.atomic
def authorise(
    *,
    user: User,
    subject: Subject,
    basis: str,
    by: Actor,
    since: date | None = None,
    until: date | None = None,
) -> Representation:
    """Let a user file for a subject from a day on. Raises Refused."""
    policy.must(by, "rights.change", user)
    row = Representation.objects.create(
        user=user, subject=subject, since=since or today(), until=until, basis=basis
    )
    _record_right(user, "authorise", by, subject=subject.pk, since=row.since.isoformat())
    return row
