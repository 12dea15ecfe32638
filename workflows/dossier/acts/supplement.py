"""A supplement: asked for once, in full, and answered item by item."""

from procedures.law.life import Act
from procedures.law.terms import add
from workflows.dossier.context import Context
from workflows.models import Supplement, SupplementItem

__all__ = ["request", "supply"]


def request(ctx: Context) -> None:
    """Write the request with every item that is missing, and the date by which it must be answered."""
    stage = "intake" if ctx.act is Act.REQUEST_INTAKE_SUPPLEMENT else "appraisal"
    supplement = Supplement.objects.create(
        dossier=ctx.dossier,
        stage=stage,
        round=ctx.facts.rounds(stage) + 1,
        requested_by_id=ctx.person_id,
        requested_at=ctx.now,
        answer_by=add(ctx.facts.definition.terms.applicant, ctx.now, ctx.calendar),
    )
    SupplementItem.objects.bulk_create(
        SupplementItem(
            supplement=supplement, target=item.target, what=item.what, why=item.why, basis=item.basis
        )
        for item in ctx.input.items
    )
    ctx.data |= {
        "supplement": supplement.pk,
        "round": supplement.round,
        "items": [item.target for item in ctx.input.items],
    }


def supply(ctx: Context) -> None:
    """Close the open request with the applicant's explanations; its new papers are there already."""
    open_request = ctx.facts.open_supplement
    assert open_request is not None  # the rule has seen to it
    for item in SupplementItem.objects.filter(supplement_id=open_request.id):
        text = ctx.input.answers.get(item.pk, "").strip()
        if text:
            item.answer = text
            item.save(update_fields=["answer"])
    Supplement.objects.filter(pk=open_request.id).update(supplied_at=ctx.now)
    ctx.data |= {"supplement": open_request.id, "round": open_request.round}
