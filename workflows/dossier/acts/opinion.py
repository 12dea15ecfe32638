"""Opinions and minutes: what experts, councils and visits put on record on the way to a decision."""

from workflows.dossier.context import Context
from workflows.models import Opinion

__all__ = ["give", "put_on_record"]


def give(ctx: Context) -> None:
    """Keep an opinion for or against; a newer one of the same step supersedes it, and both stay."""
    given = ctx.input.opinion
    assert given is not None  # the rule has seen to it
    assert ctx.node is not None
    row = Opinion.objects.create(
        dossier=ctx.dossier,
        node=ctx.node.id,
        author_id=ctx.person_id,
        at=ctx.now,
        against=given.conclusion == "against",
        text=given.text,
        sequence=ctx.sequence,
    )
    ctx.data |= {"opinion": row.pk, "conclusion": given.conclusion}


def put_on_record(ctx: Context) -> None:
    """Keep the minutes of a visit or a council."""
    minutes = ctx.input.minutes
    assert minutes is not None  # the rule has seen to it
    assert ctx.node is not None
    row = Opinion.objects.create(
        dossier=ctx.dossier,
        node=ctx.node.id,
        author_id=ctx.person_id,
        at=ctx.now,
        held_on=minutes.held_on,
        place=minutes.place,
        members=minutes.members,
        text=minutes.text,
        sequence=ctx.sequence,
    )
    ctx.data |= {"minutes": row.pk, "held_on": minutes.held_on.isoformat()}
