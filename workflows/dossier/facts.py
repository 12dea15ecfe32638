"""The facts that rules judge: one frozen snapshot of a dossier. Pure; `workflows.dossier.loading` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from procedures.definition.model import Definition, Need, Outcome, PaperStep, Step
from procedures.law.life import BEGINNINGS, Act, State

__all__ = [
    "GATEWAY_PARTS",
    "Facts",
    "LicenceFact",
    "ListingFact",
    "PaperFact",
    "PieceFact",
    "SupplementFact",
    "TaskFact",
    "node_and_outcome",
    "wants",
]


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
    due_at: datetime | None = None
    """When it should be done, or when its limit fires; None for a task that is only supposed."""
    token: str = "start"  # noqa: S105 - viewflow's word for a branch
    """The branch it belongs to: "start", or "start/experts_1" for the second branch of the split `experts`."""


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
    unfit: str | None = None
    """Why the certificate that signs or seals it next may not (`workflows.papers.trust.Unfit`)."""
    to_countersign: int = 0
    """How many countersignatures are still to come."""


@dataclass(frozen=True, slots=True)
class LicenceFact:
    """The licence that the subject holds and the dossier is about."""

    id: int
    number: str
    state: str
    """As it stands today: "expired" from the day after its last one."""
    issued_on: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class TakerFact:
    """Who takes the licence over, as this register of subjects knows them."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class ListingFact:
    """The list on which the dossier stands, and how far the decision over it has come."""

    code: str
    place: int
    number: str
    """Of the decision; empty before there is one."""
    on: date | None
    paper_state: str


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
    opinions_against: int = 0
    """How many of the newest opinions, one a step, are against."""
    received: bool = False
    """It was validly received, and bears its code."""
    extended: bool = False
    """Whether an apology with a new date has gone out."""
    due_at: datetime | None = None
    """When the result is due; None while the clock stands, or where nothing asked for it."""
    passes: int = 0
    """How many results in a row were granted before, as the version's `history` counts."""
    licence: LicenceFact | None = None
    taker: TakerFact | None = None
    """Of a transfer: the enterprise or person with the tax code that was given."""
    listing: ListingFact | None = None
    """Where it waits for a decision over a list: the list on which it stands."""
    left: tuple[str, ...] = ()
    """Of a list: codes of the dossiers on it that do not wait for it any more."""
    leaving: tuple[str, ...] = ()
    """Of a list: codes of the dossiers on it whose applicant asks to withdraw, and has no answer yet."""
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
        """The `facts` map of a condition, as `procedures.definition.model.GATEWAY_FACTS` names it."""
        return {
            "opinions_against": self.opinions_against,
            "passes": self.passes,
            "extended": self.extended,
            "drafted": self.draft_kind,
            "fee_settled": self.fee_settled,
            "fee_total": self.fee_total,
            "intake_rounds": self.rounds("intake"),
            "rounds": self.rounds("appraisal"),
            "rounds_allowed": self.definition.terms.supplement_rounds,
        }


GATEWAY_PARTS = frozenset({"money", "supplements", "opinions", "history", "draft"})
"""The parts of the facts that the condition of a gateway may ask."""


def wants(outcome: Outcome | None, act: Act | None) -> frozenset[str]:
    """Which parts of the facts a command can need."""
    parts: set[str] = set()
    if outcome is not None:
        if outcome.when:
            parts |= {"money", "supplements"}
            parts |= {"draft"} if "facts.drafted" in outcome.when else set()
        if Need.ITEMS in outcome.needs:
            parts |= {"supplements"}
        if outcome.step is PaperStep.MAKE or (outcome.paper and outcome.step is None):
            parts |= {"licence"}  # what a paper says may speak of it
        if outcome.by_list:
            parts |= {"draft"}
        if outcome.step is not None or Need.HASH in outcome.needs:
            parts |= {"paper", "draft"}
    if act in BEGINNINGS:
        parts |= {"pieces", "licence"}
    if act is Act.SUBMIT:
        parts |= {"declaration"}
    if act in (Act.GRANT, Act.TACIT_GRANT):
        parts |= {"licence"}
    if act in (Act.SUPPLY_INTAKE_SUPPLEMENT, Act.SUPPLY_SUPPLEMENT):
        parts |= {"supplements", "pieces"}
    if act is Act.ACCEPT:
        parts |= {"pieces"}
    if act in (Act.EXTEND, Act.TACIT_GRANT, Act.TACIT_REFUSAL):
        parts |= {"deadline"}
    if act is Act.PAY:
        parts |= {"money"}
    if act in (Act.REQUEST_WITHDRAWAL, Act.STOP, Act.TACIT_GRANT, Act.TACIT_REFUSAL):
        parts |= {"paper"}
    return frozenset(parts)


def node_and_outcome(definition: Definition, node_id: str, outcome_id: str) -> tuple[Step, Outcome] | None:
    """The node and the outcome of a command; None when the version knows no such thing."""
    try:
        node = definition.route.node(node_id)
    except KeyError:
        return None
    if not isinstance(node, Step):
        return None
    outcome = next((o for o in node.outcomes if o.id == outcome_id), None)
    return (node, outcome) if outcome else None
