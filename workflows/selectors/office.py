"""What officials read of one dossier besides its history: notes, papers, drafts, requests, money."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from procedures import policy
from procedures.definition.model import Definition
from procedures.definition.pieces import fees_due
from procedures.models import User
from procedures.now import now
from procedures.policy import Actor
from workflows.models import (
    RESULTS,
    Countersignature,
    Dossier,
    Draft,
    Note,
    Opinion,
    Paper,
    Payment,
    Piece,
    Supplement,
    Task,
)
from workflows.papers import custody
from workflows.papers.trust import Certificate

__all__ = [
    "amount_due",
    "annexes_of",
    "as_official",
    "certificate_of",
    "countersignatures",
    "draft_of",
    "may_note",
    "notes_of",
    "paper_of",
    "papers_of",
    "payments_of",
    "piece_file",
    "result_paper",
    "same_meeting",
    "supplements_of",
    "task_of",
]


def as_official(actor: Actor) -> Actor:
    """The same person without the subjects they may file for: an office shows nothing by that right."""
    return replace(actor, subjects=())


def notes_of(dossier: Dossier) -> list[Note]:
    """Internal notes, oldest first. One query."""
    return list(Note.objects.filter(dossier=dossier, kind="internal").select_related("author").order_by("id"))


def may_note(*, actor: Actor, dossier: Dossier) -> bool:
    """Whether the actor may add internal notes: only officials of the units on the route."""
    units = set(dossier.definition.route.units.values())
    return any(seat.unit_code in units for seat in actor.seats)


def papers_of(dossier: Dossier) -> list[Paper]:
    """Every paper, oldest first, whatever its state. One query."""
    return list(
        Paper.objects.filter(dossier=dossier)
        .select_related("number", "signer")
        .defer("snapshot")
        .order_by("id")
    )


def paper_of(dossier: Dossier, *, ref: UUID | str) -> Paper | None:
    """The paper of that public identity, if it belongs to the dossier."""
    return (
        Paper.objects.filter(dossier=dossier, ref=ref)
        .select_related("number", "signer")
        .defer("snapshot")
        .first()
    )


def result_paper(dossier: Dossier) -> Paper | None:
    """The decision or refusal under way or published; None before it is prepared, or when it was given up."""
    found = (
        Paper.objects.filter(dossier=dossier, kind__in=RESULTS)
        .exclude(state="void")
        .select_related("number", "signer")
        .defer("snapshot")
        .order_by("-id")
        .first()
    )
    if found is not None:
        found.dossier = dossier
    return found


def certificate_of(paper: Paper, *, agency: str, reader: Actor) -> Certificate | None:
    """The certificate that the next person signs or seals the paper with, the reader's where it is countersigned; None
    when none does, or it is made then."""
    ref = paper.signs_next(agency=agency)
    if paper.state == "rendered" and paper.to_countersign:
        username = User.objects.values_list("username", flat=True).filter(pk=reader.id or 0).first()
        ref = f"official:{username}"
    return custody.certificate_to_sign(ref, at=now(), by_hand=True) if ref else None


def countersignatures(paper: Paper) -> list[Countersignature]:
    """Who has countersigned the paper, in the order of signing. One query where it is countersigned at all."""
    if not paper.countersigners:
        return []
    return list(paper.countersignatures.select_related("signer").order_by("place"))


def annexes_of(paper: Paper, *, definition: Definition) -> list[Paper]:
    """The annexes of a paper, in their order; `definition` is its dossier's. One query where its kind has any."""
    if not definition.annexes_of(paper.kind):
        return []
    return list(paper.annexes.defer("snapshot").order_by("pk"))


def piece_file(dossier: Dossier, *, piece_id: int) -> Piece | None:
    """A piece that was handed in (superseded ones too), with its file, if it belongs to the dossier."""
    return Piece.objects.filter(dossier=dossier, pk=piece_id).select_related("file").first()


def draft_of(dossier: Dossier) -> Draft | None:
    """The newest draft decision with its checklist."""
    return Draft.objects.filter(dossier=dossier).select_related("author").order_by("-id").first()


def opinions_of(dossier: Dossier, *, lang: str) -> list[tuple[str, Opinion]]:
    """Every opinion and every minutes with the title of its step, newest first. One query."""
    route = dossier.definition.route
    rows = Opinion.objects.filter(dossier=dossier).select_related("author").order_by("-id")
    return [(route.node(row.node).title.get(lang), row) for row in rows]


def same_meeting(opinions: Iterable[Opinion], *, actor: Actor) -> dict[UUID, list[Dossier]]:
    """Meeting → the other dossiers that it was about, of those that the actor may read. At most one query."""
    asked = {row.meeting: row.dossier_id for row in opinions if row.meeting}
    if not asked:
        return {}
    rows = Opinion.objects.filter(meeting__in=asked).exclude(dossier__in=asked.values())
    reach = Dossier.objects.filter(policy.scope(as_official(actor), "dossiers")).values("pk")
    found: dict[UUID, list[Dossier]] = {}
    for row in rows.filter(dossier__in=reach).select_related("dossier").order_by("dossier"):
        assert row.meeting is not None  # it was asked for
        found.setdefault(row.meeting, []).append(row.dossier)
    return found


def supplements_of(dossier: Dossier) -> list[Supplement]:
    """Every request for a supplement with its items, newest first. Two queries."""
    return list(
        Supplement.objects.filter(dossier=dossier)
        .select_related("requested_by")
        .prefetch_related("items")
        .order_by("-id")
    )


def payments_of(dossier: Dossier) -> list[Payment]:
    """Fees that were demanded, oldest first."""
    return list(Payment.objects.filter(dossier=dossier).select_related("recorded_by").order_by("id"))


def amount_due(dossier: Dossier) -> int:
    """What the fees of these answers come to, in đồng."""
    return fees_due(dossier.definition, dossier.answers).total


def task_of(dossier: Dossier, *, task_id: int) -> Task | None:
    """A task of the dossier, open or done."""
    found: Task | None = Task.objects.filter(process=dossier, pk=task_id).first()
    return found
