"""Fees: demanded, and recorded by the cashier with a receipt."""

from procedures.definition.pieces import fees_due
from workflows.dossier.context import Context
from workflows.models import Payment

__all__ = ["demand_fee", "pay"]


def demand_fee(ctx: Context) -> None:
    """Owe every fee that the procedure asks of these answers."""
    bill = fees_due(ctx.facts.definition, ctx.facts.answers)
    Payment.objects.bulk_create(
        [
            Payment(
                dossier=ctx.dossier,
                fee=fee.id,
                title=fee.title.vi,
                amount=fee.amount,
                demanded_at=ctx.now,
            )
            for fee in bill.fees
        ],
        ignore_conflicts=True,
    )
    ctx.data |= {"fees": [fee.id for fee in bill.fees], "amount": bill.total}


def pay(ctx: Context) -> None:
    """Settle what is owed; the amount was checked by the rule."""
    payment_input = ctx.input.payment
    assert payment_input is not None  # the rule has seen to it
    for payment in (
        Payment.objects.select_for_update().filter(dossier=ctx.dossier, state="due").order_by("id")
    ):
        payment.settle()
        payment.settled_at = ctx.now
        payment.payer = payment_input.payer
        payment.receipt_no = payment_input.receipt_no
        payment.recorded_by_id = ctx.user_id
        payment.save(update_fields=["state", "settled_at", "payer", "receipt_no", "recorded_by"])
    ctx.data["amount"] = payment_input.amount
