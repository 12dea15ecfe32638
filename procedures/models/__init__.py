"""Who and what exists: people, agencies, applicants, procedures, the calendar, and the ledger's rows."""

from procedures.models.applicant import Representation, Subject
from procedures.models.calendar import CalendarDay, CalendarProposal, CalendarYear, TermReading
from procedures.models.ledger import LedgerEntry
from procedures.models.organisation import Agency, Delegation, Membership, Unit, User
from procedures.models.procedure import Procedure, ProcedureVersion

__all__ = [
    "Agency",
    "CalendarDay",
    "CalendarProposal",
    "CalendarYear",
    "Delegation",
    "LedgerEntry",
    "Membership",
    "Procedure",
    "ProcedureVersion",
    "Representation",
    "Subject",
    "TermReading",
    "Unit",
    "User",
]
