"""The facts that rules judge: one frozen snapshot of a dossier, read under its lock.

Only what the command can need is read, so that a step stays within its number of queries.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from procedures import catalog
from procedures.definition.model import Definition, End, Human, Need, Outcome, Wait
from procedures.definition.pieces import fees_due
from procedures.law.life import Act, State
from workflows.dossier.answers import answers_sha256
from workflows.models import Dossier, Draft, Paper, Payment, Piece, Supplement, Task

__all__ = ["Facts", "PaperFact", "PieceFact", "SupplementFact", "TaskFact", "load", "wants"]


@dataclass(frozen=True, slots=True)
class TaskFact:
    """A task, open or done."""

    id: int
    node: str
    kind: str
    unit: str
    role: str
    owner_id: int | None
    open: bool
    outcome: str
    performer_id: int | None


@dataclass(frozen=True, slots=True)
class PieceFact:
    """A paper handed in and not superseded."""

    piece: str
    name: str
    file_state: str
    supplement_id: int | None


@dataclass(frozen=True, slots=True)
class SupplementFact:
    """A request for a supplement. `items` are (id, target, answered)."""

    id: int
    stage: str
    round: int
    open: bool
    answer_by: datetime
    items: tuple[tuple[int, str, bool], ...]


@dataclass(frozen=True, slots=True)
class PaperFact:
    """The decision under way."""

    id: int
    kind: str
    state: str
    sha256: str
    """Of the bytes that a person would read now."""
    signer_id: int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """One dossier at one moment."""

    dossier_id: int
    definition: Definition
    state: State
    interrupted: tuple[State, ...]
    subject_id: int
    applicant_id: int
    handler_id: int | None
    answers: Mapping[str, object]
    tasks: tuple[TaskFact, ...]
    pieces: tuple[PieceFact, ...] = ()
    supplements: tuple[SupplementFact, ...] = ()
    fee_settled: bool = False
    fee_total: int = 0
    paper: PaperFact | None = None
    draft_kind: str = ""
    declared: bool = False
    """The declaration is signed over exactly the present answers."""
    loaded: frozenset[str] = field(default_factory=frozenset)

    def open_task(self, node: str) -> TaskFact | None:
        """The open task of a node."""
        return next((task for task in self.tasks if task.open and task.node == node), None)

    def performers(self, node: str) -> frozenset[int]:
        """Everyone who ever finished a task of that node."""
        return frozenset(t.performer_id for t in self.tasks if t.node == node and t.performer_id)

    def rounds(self, stage: str) -> int:
        """How many supplements were asked for at "intake" or "appraisal"."""
        return sum(1 for supplement in self.supplements if supplement.stage == stage)

    @property
    def open_supplement(self) -> SupplementFact | None:
        """The request that the applicant has not answered."""
        return next((s for s in self.supplements if s.open), None)

    def for_conditions(self) -> dict[str, object]:
        """The `facts` map of a condition: fee_settled, fee_total, intake_rounds, rounds, rounds_allowed."""
        return {
            "fee_settled": self.fee_settled,
            "fee_total": self.fee_total,
            "intake_rounds": self.rounds("intake"),
            "rounds": self.rounds("appraisal"),
            "rounds_allowed": self.definition.terms.supplement_rounds,
        }


def wants(outcome: Outcome | None, act: Act | None) -> frozenset[str]:
    """Which parts of the facts a command can need."""
    parts: set[str] = set()
    if outcome is not None:
        if outcome.when:
            parts |= {"money", "supplements"}
        if Need.ITEMS in outcome.needs:
            parts |= {"supplements"}
        if outcome.step is not None or Need.HASH in outcome.needs:
            parts |= {"paper", "draft"}
    if act is Act.SUBMIT:
        parts |= {"pieces", "declaration"}
    if act in (Act.SUPPLY_INTAKE_SUPPLEMENT, Act.SUPPLY_SUPPLEMENT):
        parts |= {"supplements", "pieces"}
    if act is Act.ACCEPT:
        parts |= {"pieces"}
    if act is Act.PAY:
        parts |= {"money"}
    if act in (Act.REQUEST_WITHDRAWAL, Act.STOP):
        parts |= {"paper"}
    return frozenset(parts)


def load(dossier: Dossier, parts: frozenset[str]) -> Facts:
    """Read the snapshot: one query for the tasks and one for each wanted part."""
    definition = catalog.definition_of(dossier.definition_sha256)
    tasks = tuple(
        TaskFact(id_, node, kind, unit, role, owner, finished is None, outcome, performer)
        for id_, node, kind, unit, role, owner, finished, outcome, performer in Task.objects.filter(
            process_id=dossier.pk
        )
        .order_by("id")
        .values_list("id", "node", "kind", "unit", "role", "owner_id", "finished", "outcome", "performer_id")
    )
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
        tasks=tasks,
        pieces=_pieces(dossier) if "pieces" in parts else (),
        supplements=_supplements(dossier) if "supplements" in parts else (),
        fee_settled=money[0],
        fee_total=money[1],
        paper=_paper(dossier) if "paper" in parts else None,
        draft_kind=_draft_kind(dossier) if "draft" in parts else "",
        declared=_declared(dossier) if "declaration" in parts else False,
        loaded=parts,
    )


def _pieces(dossier: Dossier) -> tuple[PieceFact, ...]:
    rows = Piece.objects.filter(dossier=dossier, superseded_at__isnull=True).order_by("id")
    return tuple(
        PieceFact(piece, name, state, supplement)
        for piece, name, state, supplement in rows.values_list("piece", "name", "file__state", "supplement_id")
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
    return (
        Draft.objects.filter(dossier=dossier).order_by("-id").values_list("kind", flat=True).first() or ""
    )


def _declared(dossier: Dossier) -> bool:
    return Paper.objects.filter(
        dossier=dossier, kind="declaration", state="published", answers_sha256=answers_sha256(dossier)
    ).exists()


def node_and_outcome(
    definition: Definition, node_id: str, outcome_id: str
) -> tuple[Human | Wait, Outcome] | None:
    """The node and the outcome of a command; None when the version knows no such thing."""
    try:
        node = definition.route.node(node_id)
    except KeyError:
        return None
    if isinstance(node, End):
        return None
    outcome = next((o for o in node.outcomes if o.id == outcome_id), None)
    return (node, outcome) if outcome else None
