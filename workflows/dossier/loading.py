"""Reading the facts of a dossier, under its lock.

Only what the command can need is read, so that a step stays within its number of queries.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from itertools import takewhile
from typing import Any

from procedures import catalog
from procedures.definition.model import Definition
from procedures.definition.pieces import fees_due
from procedures.law.life import State
from procedures.law.working_time import month_later
from procedures.models import Subject
from procedures.now import now, today
from workflows.dossier import clock
from workflows.dossier.answers import answers_sha256
from workflows.dossier.facts import (
    Facts,
    LicenceFact,
    PaperFact,
    PieceFact,
    SupplementFact,
    TakerFact,
    TaskFact,
)
from workflows.dossier.listing import absent, listing_of
from workflows.models import Dossier, Draft, Licence, Opinion, Paper, Payment, Piece, Supplement, Task
from workflows.models.statements import hot
from workflows.papers import custody

__all__ = ["licence_name", "licence_named", "load", "tasks_of"]


def load(dossier: Dossier, parts: frozenset[str], *, tasks: tuple[TaskFact, ...] | None = None) -> Facts:
    """Read the snapshot: one query for the tasks, unless they are given, and one for each wanted part."""
    definition = catalog.definition_of(dossier.definition_sha256)
    money = _money(dossier, definition) if "money" in parts else (False, 0)
    if tasks is None:
        tasks = tasks_of(dossier.pk)
    stands_listed = bool(definition.listed_at) and any(
        task.open and task.node in definition.listed_at for task in tasks
    )
    left, leaving = absent(dossier) if definition.lists and "paper" in parts else ((), ())
    return Facts(
        dossier_id=dossier.pk,
        definition=definition,
        state=State(dossier.state),
        interrupted=tuple(State(state) for state in dossier.interrupted),
        subject_id=dossier.subject_id,
        applicant_id=dossier.applicant_id,
        handler_id=dossier.handler_id,
        answers=dossier.answers,
        tasks=tasks,
        pieces=_pieces(dossier) if "pieces" in parts and definition.pieces else (),
        supplements=_supplements(dossier) if "supplements" in parts else (),
        fee_settled=money[0],
        fee_total=money[1],
        paper=_paper(dossier, definition) if "paper" in parts else None,
        draft_kind=_draft_kind(dossier) if "draft" in parts else "",
        received=bool(dossier.code),
        extended=dossier.extended_to is not None,
        due_at=_due_at(dossier) if "deadline" in parts else None,
        passes=_passes(dossier, definition) if "history" in parts and definition.history else 0,
        licence=_licence(dossier, definition) if "licence" in parts else None,
        taker=_taker(dossier, definition) if "licence" in parts else None,
        listing=listing_of(dossier) if stands_listed else None,
        left=left,
        leaving=leaving,
        opinions_against=_opinions_against(dossier) if "opinions" in parts else 0,
        declared=_declared(dossier) if "declaration" in parts else False,
        loaded=parts,
    )


def tasks_of(dossier_id: int) -> tuple[TaskFact, ...]:
    """Every task of a dossier in the order in which they were made. One query."""
    with hot() as cursor:
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
    return str(rows.query.sql_with_params()[0]).replace("%s", "$1")


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


def _paper(dossier: Dossier, definition: Definition) -> PaperFact | None:
    paper = (
        Paper.objects.select_related("signer")
        .filter(dossier=dossier, kind__in=["decision", "refusal"])
        .exclude(state="void")
        .order_by("-id")
        .first()
    )
    if paper is None:
        return None
    paper.dossier = dossier
    ref = paper.signs_next(agency=definition.agency)
    certificate = custody.certificate_to_sign(ref, at=now(), by_hand=True) if ref else None
    return PaperFact(
        paper.pk,
        paper.kind,
        paper.state,
        paper.file_sha256,
        paper.signer_id,
        certificate.unfit if certificate else None,
        paper.to_countersign,
    )


def _draft_kind(dossier: Dossier) -> str:
    return Draft.objects.filter(dossier=dossier).order_by("-id").values_list("kind", flat=True).first() or ""


def _opinions_against(dossier: Dossier) -> int:
    newest = dict(Opinion.objects.filter(dossier=dossier).order_by("id").values_list("node", "against"))
    return sum(1 for against in newest.values() if against)


def _due_at(dossier: Dossier) -> datetime | None:
    explained = clock.explain(dossier=dossier, calendar=clock.working_calendar(), now=now())
    return explained.due_at if explained else None


def _passes(dossier: Dossier, definition: Definition) -> int:
    """Granted results in a row, newest first, back to the first refusal."""
    history = definition.history
    assert history is not None
    same = {f"answers__{name}": dossier.answers.get(name) for name in history.same}
    since = month_later(today(), -history.months)
    earlier = (
        Dossier.objects.filter(procedure=dossier.procedure_id, subject=dossier.subject_id, **same)
        .exclude(pk=dossier.pk)
        .filter(papers__kind__in=["decision", "refusal"], papers__published_at__date__gt=since)
        .order_by("-papers__published_at")
        .values_list("papers__kind", flat=True)
    )
    return sum(1 for _kind in takewhile(lambda kind: kind == "decision", earlier))


_OF_A_YEAR = re.compile(r"(.*\S) \((\d{4})\)")
"""How an older licence of a number is named: numbers begin anew each year."""


def licence_named(definition: Definition, answers: Mapping[str, Any], subject_id: int) -> Licence | None:
    """The licence that the answers name, where the subject holds it: of several of one number the newest, unless they
    say the year, as `licence_name` does."""
    kind = definition.licence
    number = answers.get(kind.about) if kind and kind.about else None
    if kind is None or not number:
        return None
    held = Licence.objects.filter(register=kind.register_id, subject=subject_id)
    of_a_year = _OF_A_YEAR.fullmatch(str(number))
    if of_a_year is not None:
        return held.filter(number=of_a_year[1], issued_on__year=int(of_a_year[2])).first()
    return held.filter(number=number).order_by("-issued_on").first()


def licence_name(licence: Licence) -> str:
    """How a dossier names a licence: its number, with the year where its holder has a newer one of it. One query."""
    newer = Licence.objects.filter(
        register=licence.register,
        subject=licence.subject_id,
        number=licence.number,
        issued_on__gt=licence.issued_on,
    )
    return f"{licence.number} ({licence.issued_on.year})" if newer.exists() else licence.number


def _licence(dossier: Dossier, definition: Definition) -> LicenceFact | None:
    row = licence_named(definition, dossier.answers, dossier.subject_id)
    if row is None:
        return None
    return LicenceFact(row.pk, row.number, row.standing(today()), row.issued_on, row.valid_until)


def _taker(dossier: Dossier, definition: Definition) -> TakerFact | None:
    kind = definition.licence
    code = dossier.answers.get(kind.to) if kind and kind.to else None
    found = Subject.objects.filter(tax_code=code).values_list("pk", "name").first() if code else None
    return TakerFact(*found) if found else None


def _declared(dossier: Dossier) -> bool:
    return Paper.objects.filter(
        dossier=dossier, kind="declaration", state="published", answers_sha256=answers_sha256(dossier)
    ).exists()
