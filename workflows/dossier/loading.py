"""Reading the facts of a dossier, under its lock.

Only what the command can need is read, so that a step stays within its number of queries.
"""

from functools import cache
from typing import Any

from django.db import connection

from procedures import catalog
from procedures.definition.model import Definition
from procedures.definition.pieces import fees_due
from procedures.law.life import State
from workflows.dossier.answers import answers_sha256
from workflows.dossier.facts import Facts, PaperFact, PieceFact, SupplementFact, TaskFact
from workflows.models import Dossier, Draft, Opinion, Paper, Payment, Piece, Supplement, Task

__all__ = ["load", "tasks_of"]


def load(dossier: Dossier, parts: frozenset[str], *, tasks: tuple[TaskFact, ...] | None = None) -> Facts:
    """Read the snapshot: one query for the tasks, unless they are given, and one for each wanted part."""
    definition = catalog.definition_of(dossier.definition_sha256)
    money = _money(dossier, definition) if "money" in parts else (False, 0)
    return Facts(
        dossier_id=dossier.pk,
        definition=definition,
        state=State(dossier.state),
        interrupted=tuple(State(state) for state in dossier.interrupted),
        subject_id=dossier.subject_id,
        applicant_id=dossier.applicant_id,
        handler_id=dossier.handler_id,
        answers=dossier.answers,
        tasks=tasks_of(dossier.pk) if tasks is None else tasks,
        pieces=_pieces(dossier) if "pieces" in parts and definition.pieces else (),
        supplements=_supplements(dossier) if "supplements" in parts else (),
        fee_settled=money[0],
        fee_total=money[1],
        paper=_paper(dossier) if "paper" in parts else None,
        draft_kind=_draft_kind(dossier) if "draft" in parts else "",
        opinions_against=_opinions_against(dossier) if "opinions" in parts else 0,
        declared=_declared(dossier) if "declaration" in parts else False,
        loaded=parts,
    )


def tasks_of(dossier_id: int) -> tuple[TaskFact, ...]:
    """Every task of a dossier in the order in which they were made. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_tasks_query(), [dossier_id])
        return tuple(
            TaskFact(id_, node, kind, unit, role, owner, finished is None, outcome, performer, due_at, token)
            for id_, node, kind, unit, role, owner, finished, outcome, performer, due_at, token in cursor
        )


@cache
def _tasks_query() -> str:
    """The ORM writes it once a process: every act needs it, and writing it costs more than running it."""
    rows: Any = Task.objects.filter(process_id=0).order_by("id")
    rows = rows.values_list(
        "id",
        "node",
        "kind",
        "unit",
        "role",
        "owner_id",
        "finished",
        "outcome",
        "performer_id",
        "due_at",
        "token",
    )
    return str(rows.query.sql_with_params()[0])


def _pieces(dossier: Dossier) -> tuple[PieceFact, ...]:
    rows = Piece.objects.filter(dossier=dossier, superseded_at__isnull=True).order_by("id")
    return tuple(
        PieceFact(piece, name, state, supplement)
        for piece, name, state, supplement in rows.values_list(
            "piece", "name", "file__state", "supplement_id"
        )
    )


def _supplements(dossier: Dossier) -> tuple[SupplementFact, ...]:
    rows = Supplement.objects.filter(dossier=dossier).prefetch_related("items").order_by("id")
    return tuple(
        SupplementFact(
            row.pk,
            row.stage,
            row.round,
            row.supplied_at is None,
            row.answer_by,
            tuple((item.pk, item.target, bool(item.answer)) for item in row.items.all()),
        )
        for row in rows
    )


def _money(dossier: Dossier, definition: Definition) -> tuple[bool, int]:
    bill = fees_due(definition, dossier.answers)
    settled = set(Payment.objects.filter(dossier=dossier, state="settled").values_list("fee", flat=True))
    return all(fee.id in settled for fee in bill.fees), bill.total


def _paper(dossier: Dossier) -> PaperFact | None:
    paper = (
        Paper.objects.filter(dossier=dossier, kind__in=["decision", "refusal"])
        .exclude(state="void")
        .order_by("-id")
        .first()
    )
    if paper is None:
        return None
    return PaperFact(
        paper.pk,
        paper.kind,
        paper.state,
        paper.sealed_sha256 or paper.signed_sha256 or paper.rendered_sha256,
        paper.signer_id,
    )


def _draft_kind(dossier: Dossier) -> str:
    return Draft.objects.filter(dossier=dossier).order_by("-id").values_list("kind", flat=True).first() or ""


def _opinions_against(dossier: Dossier) -> int:
    newest = dict(Opinion.objects.filter(dossier=dossier).order_by("id").values_list("node", "against"))
    return sum(1 for against in newest.values() if against)


def _declared(dossier: Dossier) -> bool:
    return Paper.objects.filter(
        dossier=dossier, kind="declaration", state="published", answers_sha256=answers_sha256(dossier)
    ).exists()
