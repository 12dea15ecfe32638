"""Opinions and minutes: what experts, councils and visits put on record on the way to a decision."""

from datetime import date
from typing import TypedDict, Unpack
from uuid import UUID

from workflows.dossier.context import Context
from workflows.models import Opinion

__all__ = ["give", "put_on_record"]


class _Said(TypedDict, total=False):
    text: str
    against: bool
    held_on: date
    place: str
    members: str
    meeting: UUID | None


def give(ctx: Context) -> None:
    """Keep an opinion for or against; a newer one of the same step supersedes it, and both stay."""
    given = ctx.input.opinion
    assert given is not None  # the rule has seen to it
    ctx.data["opinion"] = _keep(ctx, text=given.text, against=given.conclusion == "against")
    ctx.data["conclusion"] = given.conclusion


def put_on_record(ctx: Context) -> None:
    """Keep the minutes of a visit or a council."""
    minutes = ctx.input.minutes
    assert minutes is not None  # the rule has seen to it
    ctx.data["minutes"] = _keep(
        ctx,
        text=minutes.text,
        held_on=minutes.held_on,
        place=minutes.place,
        members=minutes.members,
        meeting=minutes.meeting,
    )
    if minutes.meeting is not None:
        ctx.data["meeting"] = str(minutes.meeting)
    ctx.data["held_on"] = minutes.held_on.isoformat()


def _keep(ctx: Context, **said: Unpack[_Said]) -> int:
    """The row of what was said in the step of this act; its id."""
    assert ctx.node is not None  # only an outcome of a step asks for it
    row = Opinion.objects.create(
        dossier=ctx.dossier,
        node=ctx.node.id,
        author_id=ctx.person_id,
        at=ctx.now,
        sequence=ctx.sequence,
        **said,
    )
    return row.pk
