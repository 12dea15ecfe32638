"""What the applicant's own pages show besides the dossier itself: whose turn it is, what is asked and owed, papers."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from procedures.law.life import State
from procedures.models import Subject
from procedures.now import today
from procedures.policy import Actor
from workflows.dossier.answers import answers_sha256
from workflows.dossier.drafting import in_store
from workflows.dossier.rules.licence import ALLOWED
from workflows.models import RESULTS, Dossier, Licence, Note, Paper, Payment, Piece, Supplement

__all__ = [
    "RESULTS",
    "declaration_over",
    "licences_held",
    "open_request",
    "payments_due",
    "published_paper",
    "published_papers",
    "reason_of",
    "reusable",
    "subjects_of",
    "turns",
    "your_turn",
]

YOUR_TURN = frozenset(
    {State.DRAFT, State.INTAKE_SUPPLEMENT, State.SUPPLEMENT_REQUESTED, State.FEE_DUE, State.CONCLUDED}
)
"""States in which the applicant has something to do: go on, answer, pay, fetch the result."""


def your_turn(dossier: Dossier) -> bool:
    """Whether the dossier waits for the applicant."""
    return State(dossier.state) in YOUR_TURN


def turns(*, actor: Actor) -> int:
    """How many dossiers of the actor's subjects wait for the applicant. One query; none for who files for nobody."""
    if not actor.subjects:
        return 0
    waiting: int = Dossier.objects.filter(subject_id__in=actor.subjects, state__in=YOUR_TURN).count()
    return waiting


def subjects_of(*, actor: Actor, kinds: Iterable[str] = ()) -> list[Subject]:
    """Those for whom the actor may file, by name; `kinds` narrows to "enterprise" or "person". One query."""
    rows = Subject.objects.filter(pk__in=actor.subjects)
    if kinds:
        rows = rows.filter(kind__in=list(kinds))
    return list(rows.order_by("name", "pk"))


def open_request(dossier: Dossier) -> Supplement | None:
    """The request for a supplement that waits for its answer, with its items and their new papers. Three queries."""
    return (
        Supplement.objects.filter(dossier=dossier, supplied_at__isnull=True)
        .select_related("requested_by")
        .prefetch_related("items", "pieces__file")
        .first()
    )


def payments_due(dossier: Dossier) -> list[Payment]:
    """What is owed now. One query."""
    return list(Payment.objects.filter(dossier=dossier, state="due").order_by("id"))


def published_papers(dossier: Dossier) -> list[Paper]:
    """The published papers, newest first, the applicant's own declarations among them. One query."""
    return list(_published(dossier).order_by("-id"))


def published_paper(dossier: Dossier, *, ref: UUID) -> Paper | None:
    """A published paper of the dossier by its public identity."""
    return _published(dossier).filter(ref=ref).first()


def _published(dossier: Dossier) -> QuerySet[Paper]:
    """What was handed out; a slip on request is the office's own."""
    internal = [name for name, kind in dossier.definition.papers.items() if kind.on_request]
    papers = Paper.objects.filter(dossier=dossier, state="published").exclude(kind__in=internal)
    return papers.select_related("number")


def reusable(dossier: Dossier, *, limit: int = 3) -> dict[str, list[Piece]]:
    """Required paper → files that the subject handed in for it before, newest first, each content once. Two queries."""
    asked = [piece.id for piece in dossier.definition.pieces if piece.reusable]
    here = set(Piece.objects.filter(dossier=dossier, superseded_at__isnull=True).values_list("piece", "file"))
    held = in_store(subject=dossier.subject_id).filter(piece__in=asked).exclude(dossier=dossier)
    newest: dict[str, dict[int, Piece]] = {}
    for row in held.select_related("file", "dossier").order_by("-uploaded_at")[:200]:
        if (row.piece, row.file_id) not in here:
            newest.setdefault(row.piece, {}).setdefault(row.file_id, row)
    return {piece: list(rows.values())[:limit] for piece, rows in newest.items()}


def declaration_over(dossier: Dossier) -> Paper | None:
    """The declaration that is signed over exactly the present answers; None when there is none (any more)."""
    return (
        Paper.objects.filter(dossier=dossier, kind="declaration", state="published")
        .filter(answers_sha256=answers_sha256(dossier))
        .order_by("-id")
        .first()
    )


def reason_of(dossier: Dossier, *, sequence: int) -> str:
    """The words that go with an entry of the ledger; empty when there are none."""
    note = Note.objects.filter(dossier=dossier, sequence=sequence, kind="reason").first()
    return note.text if note else ""


def licences_held(dossier: Dossier) -> list[tuple[str, str]]:
    """(name, number with its day of issue) of the licences that a dossier could be about, newest first. The name is the
    number; of an older licence of that number, with its year, as `licence_named` reads it."""
    kind = dossier.definition.licence
    if kind is None or not kind.about:
        return []
    held = Licence.objects.filter(register=kind.register_id, subject=dossier.subject_id).order_by(
        "-issued_on", "-pk"
    )
    may, on = ALLOWED[kind.effect], today()
    found, seen = [], set()
    for row in held:
        if row.standing(on) in may:
            name = f"{row.number} ({row.issued_on.year})" if row.number in seen else row.number
            found.append((name, f"{row.number} ({row.issued_on:%d/%m/%Y})"))
        seen.add(row.number)
    return found
