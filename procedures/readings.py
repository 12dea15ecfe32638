"""How an agency reads the evening hour: from when the term of what was taken in late counts. Changed by two people.

Decree 61/2018/ND-CP Article 18 hands over at the opening of the next working day what is taken in after the evening
hour; whether the term begins a day later too, it does not say. So an agency states its reading, once for all its
procedures. A reading begins on a later day, so that no date that was promised moves. Ledger subject: "agency" with
its id.
"""

from datetime import date

from django.db import IntegrityError, transaction

from procedures import ledger, policy
from procedures.errors import Conflict, Invalid, Reason
from procedures.models import Agency, TermReading, User
from procedures.now import now, today
from procedures.policy import Actor
from procedures.proposals import settle

__all__ = ["decide", "propose"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@transaction.atomic
def propose(
    *, agency: Agency, from_handover: bool, since: date, basis: str, by: User, actor: Actor
) -> TermReading:
    """How it shall be read, for somebody else to decide. Raises Refused; Invalid; Conflict while one is open."""
    policy.must(actor, "calendar.change")
    faults = [] if since > today() else [_too_early()]
    if not basis.strip():
        message = gettext_noop("Name the document by which the agency reads it so: its number and date.")
        faults.append(Reason("no_basis", message, {"field": "basis"}))
    if faults:
        raise Invalid(*faults)
    try:
        with transaction.atomic():
            row = TermReading.objects.create(
                agency=agency,
                from_handover=from_handover,
                since=since,
                basis=basis.strip(),
                proposed_by=by,
                proposed_at=now(),
            )
    except IntegrityError as error:
        message = gettext_noop("A reading of this agency is proposed already. Decide that one first.")
        raise Conflict(Reason("proposed_already", message)) from error
    _record(row, actor, "propose_reading")
    return row


@transaction.atomic
def decide(*, reading: TermReading, by: User, actor: Actor, apply: bool) -> None:
    """Another person applies the reading, or declines it.

    Raises Refused; Conflict where it was decided already, or where its first day has come meanwhile.
    """
    policy.must(actor, "calendar.decide")
    row = TermReading.objects.select_for_update().get(pk=reading.pk)
    if row.state != "proposed":
        message = gettext_noop("This reading was decided already.")
        raise Conflict(Reason("decided_already", message))
    if apply and row.since <= today():
        raise Conflict(_too_early())
    settle(row, by=by, apply=apply)
    _record(row, actor, "apply_reading" if apply else "decline_reading")


def _too_early() -> Reason:
    message = gettext_noop("A reading begins on a later day than today: no date that was promised may move.")
    return Reason("too_early", message, {"field": "since"})


def _record(row: TermReading, actor: Actor, act: str) -> None:
    ledger.append(
        subject_kind="agency",
        subject_id=row.agency_id,
        actor=actor.ref,
        act=act,
        data={
            "reading": row.pk,
            "from_handover": row.from_handover,
            "since": row.since.isoformat(),
            "basis": row.basis,
        },
    )
