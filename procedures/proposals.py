"""What one person proposes and another applies: the part that every such decision has."""

from procedures.errors import Reason, Refused
from procedures.models import User
from procedures.models.calendar import Proposal
from procedures.now import now

__all__ = ["settle"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def settle(row: Proposal, *, by: User, apply: bool) -> None:
    """Apply an open proposal, or decline it, and save who did. Under its lock. Raises Refused for who proposed it.

    Whoever proposed it may decline it: that takes it back.
    """
    if apply and row.proposed_by_id == by.pk:
        message = gettext_noop("Whoever proposed it may not apply it: it takes two people.")
        raise Refused(Reason("same_person", message))
    if apply:
        row.apply()
    else:
        row.decline()
    row.decided_by, row.decided_at = by, now()
    row.save()
