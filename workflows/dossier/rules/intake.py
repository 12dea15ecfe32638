"""Reception and cashier: what must be true to accept a dossier and to record a fee."""

from procedures.errors import Reason
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts
from workflows.dossier.rules.applicant import pieces_missing

__all__ = ["may_accept", "may_pay"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def may_accept(facts: Facts) -> tuple[list[Reason], list[Reason]]:
    """A dossier is accepted only when complete (Decree 61/2018 Art. 17)."""
    return pieces_missing(facts)


def may_pay(facts: Facts, command: Command) -> tuple[list[Reason], list[Reason]]:
    """The money received is exactly what is owed."""
    payment = command.input.payment
    if payment is not None and payment.amount != facts.fee_total:
        return [
            Reason(
                "wrong_amount",
                gettext_noop("The fee is %(due)s đồng, but %(paid)s đồng were entered."),
                {"due": facts.fee_total, "paid": payment.amount, "field": "payment.amount"},
            )
        ], []
    return [], []
