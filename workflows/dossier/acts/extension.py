"""The one new date, with an apology (Decree 61/2018/ND-CP Art. 19)."""

from workflows.dossier.context import Context

__all__ = ["extend"]


def extend(ctx: Context) -> None:
    """Keep the new date; one that is no working day moves on to the next. The ledger says the old one too."""
    given, before = ctx.input.new_date, ctx.facts.due_at
    assert given is not None  # the rule has seen to both
    assert before is not None
    after = ctx.calendar.closing(ctx.calendar.next_working(given))
    ctx.set(extended_to=after)
    ctx.data |= {"due_before": before.isoformat(), "due_after": after.isoformat()}
