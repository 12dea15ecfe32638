"""One dossier, as its applicant and the officials may see it; and the applicant's lists."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q

from procedures import policy
from procedures.definition.model import Auto, Definition, Human, Need, PaperStep, Role, Wait
from procedures.definition.pieces import required_pieces
from procedures.errors import NotFound, Reason
from procedures.law.life import Act, State, edge
from procedures.law.terms import Explanation
from procedures.models import LedgerEntry, User
from procedures.now import now
from procedures.policy import Actor
from procedures.selectors import unit_names
from workflows.dossier import clock
from workflows.dossier.handovers import definition_at
from workflows.dossier.telling import (
    CONFIRMED,
    COPIED,
    CREDENTIAL,
    DUE_SOON,
    EXPIRED,
    OF_LICENCES,
    OVERDUE,
    RENEWABLE,
    RENEWAL_ENDS,
    REPORTED,
    SENT_BACK,
    USE_TAKEN_BACK,
    USED,
)
from workflows.dossier.wording import summary
from workflows.models import Dossier, Note, Notice, Paper, Piece, Task

__all__ = [
    "DossierRow",
    "Event",
    "PieceView",
    "Stage",
    "deadline",
    "dossier_of",
    "history",
    "holder",
    "ledger_heads",
    "my_dossiers",
    "notices_of",
    "pieces_of",
    "register_scopes",
    "tracker",
    "unread_notices",
]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


# -- who may see what ---------------------------------------------------------------------------------------

SEES_ALL = frozenset({Role.AUDITOR, Role.CONTROLLER})


def _dossier_scope(actor: Actor) -> Q:
    """An applicant sees those of the subjects they file for; an official those that came through their units."""
    own = Q(subject_id__in=actor.subjects)
    if not actor.seats:
        return own
    if any(seat.role in SEES_ALL for seat in actor.seats):
        return own | ~Q(state=State.DRAFT)
    units = {seat.unit_code for seat in actor.seats}
    return own | Q(pk__in=Task.objects.filter(unit__in=units).values("process"))


def register_scopes() -> None:
    """Tell the policy which dossiers a list may show."""
    policy.register_scope("dossiers", _dossier_scope)


def dossier_of(*, actor: Actor, ref: UUID) -> Dossier:
    """The dossier of that public identity. Raises NotFound also for one that the actor may not know of."""
    found: Dossier | None = (
        Dossier.objects.filter(policy.scope(actor, "dossiers"), ref=ref)
        .select_related("subject", "applicant", "handler", "version", "procedure")
        .defer(
            "version__content", "version__files", "version__search_text"
        )  # the catalogue keeps what it pins
        .first()
    )
    if found is None:
        raise NotFound(Reason("no_dossier", gettext_noop("There is no such dossier.")))
    return found


# -- the applicant's lists ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A dossier in a list."""

    dossier: Dossier
    title: str
    summary: str
    your_turn: bool
    """The applicant must act."""


YOUR_TURN = frozenset({State.DRAFT, State.INTAKE_SUPPLEMENT, State.SUPPLEMENT_REQUESTED, State.FEE_DUE})


def my_dossiers(
    *, actor: Actor, after: int | None = None, limit: int = 20, lang: str = "vi"
) -> tuple[list[DossierRow], int | None]:
    """The applicant's dossiers, newest first, and the key of the next page."""
    rows = (
        Dossier.objects.filter(subject_id__in=actor.subjects)
        .select_related("subject", "applicant")
        .order_by("-id")
    )
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: limit + 1])
    shown = found[:limit]
    return (
        [
            DossierRow(
                d, d.definition.title.get(lang), summary(d.definition, d.answers, lang), d.state in YOUR_TURN
            )
            for d in shown
        ],
        shown[-1].pk if len(found) > limit else None,
    )


def notices_of(*, actor: Actor, limit: int = 50) -> list[Notice]:
    """The newest notices to the actor's subjects."""
    return list(
        Notice.objects.filter(subject_id__in=actor.subjects)
        .select_related("dossier__subject")
        .order_by("-id")[:limit]
    )


def unread_notices(*, actor: Actor) -> int:
    """How many notices nobody of the actor's subjects has read. One query."""
    if not actor.subjects:
        return 0
    return Notice.objects.filter(subject_id__in=actor.subjects, read_at__isnull=True).count()


# -- one dossier --------------------------------------------------------------------------------------------


def deadline(dossier: Dossier) -> Explanation | None:
    """The date promised for the result, explained; None before acceptance."""
    return clock.explain(dossier=dossier, calendar=clock.working_calendar(), now=now())


@dataclass(frozen=True, slots=True)
class PieceView:
    """A required piece with the papers handed in for it."""

    id: str
    title: str
    hint: str
    form: str
    basis: str
    illustrative: bool
    formats: tuple[str, ...]
    files: tuple[Piece, ...]
    """Current ones, oldest first."""
    superseded: tuple[Piece, ...]

    @property
    def state(self) -> Literal["missing", "checking", "ready", "failed"]:
        """What to say of it."""
        if not self.files:
            return "missing"
        states = {piece.file.state for piece in self.files}
        return "failed" if "refused" in states else "checking" if "quarantined" in states else "ready"


def pieces_of(dossier: Dossier, *, lang: str) -> list[PieceView]:
    """The pieces that the answers require, with their files. One query."""
    handed_in = list(
        Piece.objects.filter(dossier=dossier).select_related("file", "uploaded_by").order_by("id")
    )
    return [
        PieceView(
            id=required.id,
            title=required.title.get(lang),
            hint=required.hint.get(lang) if required.hint else "",
            form=required.form,
            basis=required.basis,
            illustrative=required.illustrative,
            formats=required.formats,
            files=tuple(p for p in handed_in if p.piece == required.id and p.superseded_at is None),
            superseded=tuple(p for p in handed_in if p.piece == required.id and p.superseded_at is not None),
        )
        for required in required_pieces(dossier.definition, dossier.answers)
    ]


StageId = Literal["submitted", "received", "appraisal", "signing", "result"]
_DRAFTED: tuple[StageId, ...] = ("appraisal", "signing")
"""Stages of a route in which somebody drafts a decision."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the public stages."""

    id: StageId
    state: Literal["done", "current", "stopped", "todo"]
    at: datetime | None


_ACTS_OF_STAGE = {"submitted": ("submit",), "received": ("accept", "open"), "appraisal": ("begin",)}


def tracker(dossier: Dossier, events: Iterable["Event"]) -> list[Stage]:
    """The public stages that the route has, never internal steps: from the legal position and the ledger."""
    at = {event.act: event.at for event in reversed(list(events))}
    state = State(dossier.state)
    outcomes = [(f"{n.id}.{o.id}", o) for n in dossier.definition.route.steps for o in n.outcomes]
    drafted = any({Need.DRAFT_GRANT, Need.DRAFT_REFUSAL} & set(o.needs) for _act, o in outcomes)
    prepared = next((at[act] for act, o in outcomes if o.step is PaperStep.MAKE and act in at), None)
    filed: tuple[StageId, ...] = () if dossier.definition.opened_by else ("submitted",)
    ids: list[StageId] = [*filed, "received", *(_DRAFTED if drafted else ()), "result"]
    if state in (State.CONCLUDED, State.RETURNED):
        reached = len(ids)
    elif prepared is not None and "begin" in at:
        reached = ids.index("signing")
    else:
        reached = len(filed) + 1 if {"accept", "open"} & at.keys() else len(filed) if "submit" in at else 0
    stages = []
    for number, name in enumerate(ids):
        when = next((at[act] for act in _ACTS_OF_STAGE.get(name, ()) if act in at), None)
        if name == "signing":
            when = prepared
        elif name == "result":
            when = at.get("grant") or at.get("refuse")
        if number < reached:
            stages.append(Stage(name, "done", when))
        elif number == reached:
            standing = state in clock.STANDING or state in (
                State.WITHDRAWAL_REQUESTED,
                State.STOPPED,
                State.NOT_ACCEPTED,
            )
            stages.append(Stage(name, "stopped" if standing else "current", when))
        else:
            stages.append(Stage(name, "todo", None))
    return stages


@dataclass(frozen=True, slots=True)
class Event:
    """An entry of the ledger, for people."""

    sequence: int
    at: datetime
    act: str
    """Legal act, or "<node>.<outcome>" for an internal step, or "partner.accepted"."""
    title: str
    """In the reader's language for steps of the definition; an English message id for legal acts."""
    actor: str
    """Name, or empty for the system."""
    actor_title: str
    on_behalf_of: str
    reason: str
    """What the person wrote; empty for the applicant where it is internal."""
    papers: tuple[Paper, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    internal: bool = False
    hash: str = ""


PUBLIC = {
    EXPIRED: gettext_noop("Licence expired"),
    CREDENTIAL: gettext_noop("Licence put into a wallet"),
    COPIED: gettext_noop("Copy of the licence made from the register"),
    RENEWABLE: gettext_noop("Told that the renewal can be asked for"),
    RENEWAL_ENDS: gettext_noop("Reminded of the renewal"),
    USED: gettext_noop("Quantities of the licence used"),
    USE_TAKEN_BACK: gettext_noop("Use of the licence taken back"),
    REPORTED: gettext_noop("Reported on a condition of the licence"),
    CONFIRMED: gettext_noop("Condition of the licence met"),
    SENT_BACK: gettext_noop("Report on a condition sent back"),
    DUE_SOON: gettext_noop("Reminded of a condition of the licence"),
    OVERDUE: gettext_noop("Condition of the licence overdue"),
    "recount": gettext_noop("Dates counted anew: the calendar was corrected"),
    "migrate": gettext_noop("Moved to another version of the procedure"),
}
"""What the system enters besides legal acts, and everybody may see: act → English message id."""


def history(dossier: Dossier, *, internal: bool, lang: str) -> list[Event]:
    """What happened, newest first. `internal` includes steps and reasons that the applicant does not see.

    A fixed number of queries: entries, people, words, papers.
    """
    rows = list(
        LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier.pk).order_by("-sequence")
    )
    ids = {int(ref[5:]) for row in rows for ref in (row.actor, row.on_behalf_of) if ref.startswith("user:")}
    people = User.objects.in_bulk(ids)
    words = {note.sequence: note.text for note in Note.objects.filter(dossier=dossier, kind="reason")}
    papers: dict[str, Paper] = {
        str(paper.ref): paper for paper in Paper.objects.filter(dossier=dossier).select_related("number")
    }
    annexes: dict[int, list[Paper]] = {}
    for one in papers.values():
        if one.annex_of_id is not None:
            annexes.setdefault(one.annex_of_id, []).append(one)
    legal = {act.value for act in Act}
    events = []
    for row in rows:
        data = json.loads(row.data)
        is_internal = row.act not in legal and row.act not in PUBLIC and not row.act.startswith("partner.")
        # What its new holder does with a licence that was transferred is no business of who filed for that.
        is_internal |= row.act in OF_LICENCES and dossier.definition.effect == "transfer"
        if is_internal and not internal:
            continue
        person = people.get(int(row.actor[5:])) if row.actor.startswith("user:") else None
        behalf = people.get(int(row.on_behalf_of[5:])) if row.on_behalf_of.startswith("user:") else None
        paper = papers.get(data.get("paper", ""))
        shown = (
            (paper, *annexes.get(paper.pk, ())) if paper and (internal or paper.state == "published") else ()
        )
        events.append(
            Event(
                sequence=row.sequence,
                at=row.at,
                act=row.act,
                title=_title(definition_at(row, dossier), row, legal, lang),
                actor=person.full_name
                if person
                else ("" if row.actor == "system" else row.actor.removeprefix("partner:")),
                actor_title=person.title if person else "",
                on_behalf_of=behalf.full_name if behalf else "",
                reason=words.get(row.sequence, ""),
                papers=shown,
                data=data,
                internal=is_internal,
                hash=row.hash,
            )
        )
    return events


def _title(definition: Definition, row: LedgerEntry, legal: set[str], lang: str) -> str:
    if row.act in legal:
        # What the system does by itself is called as the route calls it: nobody assigned anything.
        own = definition.route.node(row.node) if row.node else None
        if isinstance(own, Auto):
            return next((o.title.get(lang) for o in own.outcomes if o.act == row.act), row.act)
        return edge(Act(row.act)).title
    if row.act in PUBLIC:
        return PUBLIC[row.act]
    if row.act.startswith("slip."):
        return definition.papers[row.act.removeprefix("slip.")].title.get(lang)
    if row.act.startswith("partner."):
        return gettext_noop("Answer of a partner")
    node_id, _, outcome_id = row.act.partition(".")
    node = definition.route.node(node_id)
    if isinstance(node, Human | Wait):
        for outcome in node.outcomes:
            if outcome.id == outcome_id:
                return outcome.title.get(lang)
    return row.act


def holder(dossier: Dossier, *, lang: str) -> list[tuple[Task, str, str, str]]:
    """Who holds it now: (task, step, person or role in words, unit) for each open task. Two queries."""
    tasks = list(Task.objects.filter(process=dossier, finished__isnull=True).select_related("owner"))
    names = unit_names(codes=[task.unit for task in tasks if task.unit], lang=lang)
    return [
        (
            task,
            dossier.definition.route.node(task.node).title.get(lang),
            task.owner.full_name if task.owner else "",
            names.get(task.unit, ""),
        )
        for task in tasks
    ]


def ledger_heads() -> Iterable[tuple[str, int, int, str]]:
    """The heads that dossiers keep, for the ledger's verification."""
    rows = Dossier.objects.filter(head_sequence__gt=0).values_list("pk", "head_sequence", "head_hash")
    for pk, sequence, digest in rows.iterator():
        yield "dossier", pk, sequence, digest
