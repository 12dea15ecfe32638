"""The model of a procedure definition: everything that one version of a procedure pins.

Frozen pydantic, pure Python. A definition is loaded from one folder (`procedure.yaml` and its paper templates);
`procedures.definition.verify` proves it sound. What nobody has checked against the text of the law carries
`illustrative: true`, and every screen says so.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from procedures.law.life import Act, State
from procedures.law.vocabulary import Unit

__all__ = [
    "FACTS",
    "ChecklistItem",
    "Choice",
    "Definition",
    "End",
    "Fee",
    "FieldType",
    "Field_",
    "Ground",
    "Human",
    "LegalBasis",
    "LicenceKind",
    "Need",
    "Node",
    "Outcome",
    "PaperKind",
    "PaperStep",
    "PartnerEvent",
    "RequiredPiece",
    "Role",
    "Route",
    "Section",
    "Term",
    "Terms",
    "Text",
    "Unit",
    "Wait",
]

FACTS: dict[str, object] = {
    "facts": {
        "fee_settled": False,
        "fee_total": 0,
        "intake_rounds": 0,
        "rounds": 0,
        "rounds_allowed": 0,
    }
}
"""What the condition of an outcome may ask about a dossier, with the value of nothing yet."""

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Frozen(BaseModel):
    """Immutable; unknown keys are errors, so that a typing slip never passes in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Frozen):
    """What people read, in both languages."""

    vi: str
    en: str

    def get(self, lang: str) -> str:
        """The text in `lang` ("vi" or "en")."""
        return self.en if lang == "en" else self.vi


class Sourced(Frozen):
    """A value that the law prescribes: it names its basis, or says that nobody has checked it."""

    basis: str = ""
    """The article, e.g. "Khoản 4 Điều 48 Nghị định 98/2021/NĐ-CP"."""
    illustrative: bool = False


class Term(Sourced):
    """A length of time, by rule."""

    length: int = Field(gt=0)
    unit: Unit


class Terms(Frozen):
    """Every time limit of the procedure."""

    intake: Term
    """For the answer to a submission: accept, ask, or refuse."""
    decision: Term
    """From valid receipt to the result: the date that the receipt slip promises."""
    after_supplement: Literal["restart", "resume"]
    """What the clock does when the applicant has supplied what was asked."""
    after_supplement_basis: str = ""
    supplement_notice: Term
    """Within which the authority must ask for a supplement."""
    supplement_rounds: int = Field(ge=1)
    applicant: Term
    """For the applicant to answer; afterwards the dossier lapses."""
    fee: Term
    """For the applicant to pay."""
    fee_stops_clock: bool = True
    handover_cutoff_hour: int = Field(15, ge=0, le=24)
    """A dossier taken in after this hour is handed over at the start of the next working day."""


class LegalBasis(Sourced):
    """A text that the procedure rests on; printed as a `Căn cứ` line of the decision."""

    text: str
    """As printed, in Vietnamese, without the closing mark."""
    issued: date | None = None


class Choice(Frozen):
    """One answer of a choice field."""

    value: str
    title: Text


class FieldType(StrEnum):
    """What a field takes."""

    TEXT = "text"
    TEXTAREA = "textarea"
    INTEGER = "integer"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    COUNTRY = "country"
    TAX_CODE = "tax_code"
    HS_CODE = "hs_code"
    PHONE = "phone"
    EMAIL = "email"


class Field_(Frozen):
    """A field of the form. Its answer lives under its id."""

    id: Id
    type: FieldType
    title: Text
    hint: Text | None = None
    required: bool = True
    when: str = ""
    """CEL over the answers; empty: always shown. A field not shown is neither asked nor kept."""
    choices: tuple[Choice, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    max_length: int = Field(250, gt=0, le=5000)
    prefill: str = ""
    """Where a first value comes from: "subject.name", "subject.tax_code", "subject.address"…"""


class Section(Frozen):
    """One page of the form. With `repeat`, its answers are a list of rows under the section's id."""

    id: Id
    title: Text
    intro: Text | None = None
    fields: tuple[Field_, ...] = Field(min_length=1)
    repeat: bool = False
    row_title: str = ""
    """Field id whose value names a row in summaries."""
    min_rows: int = 1
    max_rows: int = 100


class RequiredPiece(Sourced):
    """A paper that the applicant must hand in."""

    id: Id
    title: Text
    hint: Text | None = None
    when: str = ""
    """CEL over the answers; empty: always required."""
    form: Literal["original", "copy", "electronic", "certified_copy"] = "electronic"
    reusable: bool = False
    formats: tuple[str, ...] = ("pdf",)


class Fee(Sourced):
    """An amount in whole đồng."""

    id: Id
    title: Text
    amount: int = Field(ge=0)
    when: str = ""


class Ground(Sourced):
    """A legal ground of refusal or of refusing acceptance."""

    id: Id
    title: Text


class Role(StrEnum):
    """Roles that officials hold in units."""

    RECEPTION = "reception"
    CASHIER = "cashier"
    HEAD = "head"
    SPECIALIST = "specialist"
    DIRECTOR = "director"
    LEADER = "leader"
    CLERK = "clerk"
    RESULT_DESK = "result_desk"
    CONTROLLER = "controller"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Need(StrEnum):
    """What an outcome asks of the person who performs it."""

    REASON = "reason"  # free text, read by the receiver
    ITEMS = "items"  # defects, each naming a piece or a section: what is missing and why
    ASSIGNEE = "assignee"  # a person of the unit
    CHECKLIST = "checklist"  # a conclusion for every line of the checklist
    DRAFT_GRANT = "draft_grant"  # the draft decision that grants
    DRAFT_REFUSAL = "draft_refusal"  # the draft decision that refuses, with at least one ground
    GROUNDS = "grounds"  # at least one legal ground
    PAYMENT = "payment"  # amount, receipt number, payer
    STEP_UP = "step_up"  # a fresh one-time code
    HASH = "hash"  # the fingerprint of the exact bytes that were read


class PaperStep(StrEnum):
    """What an outcome does to the paper that it names."""

    MAKE = "make"  # reserve number and date, freeze the content, ask for the bytes
    RENDERED = "rendered"  # the system has the bytes
    APPROVE = "approve"  # the signer has read exactly these bytes and signs them
    SIGNED = "signed"  # the system has the signed bytes
    CHECK = "check"  # the clerk has checked the signed bytes and seals them
    PUBLISH = "publish"  # the sealed paper takes effect
    VOID = "void"  # a paper under way is given up, its number void with the reason


class Outcome(Frozen):
    """One way out of a node."""

    id: Id
    title: Text
    act: Act | None = None
    """The legal act that this outcome performs; None: an internal step, which never changes the legal state."""
    to: Id
    """The next node; "back" ends an interruption and lets what was open go on."""
    needs: tuple[Need, ...] = ()
    paper: str = ""
    """The kind of paper that this outcome makes or advances. A slip is made, signed and published by the system at
    once; a decision goes through the steps below. "result": the decision or the refusal, as the draft says."""
    step: PaperStep | None = None
    when: str = ""
    """CEL over `facts`; empty: always open."""


class Human(Frozen):
    """A step that a person of a role in a unit performs."""

    kind: Literal["human"]
    id: Id
    title: Text
    role: Role
    unit: str
    """Key of `Route.units`."""
    share: Term
    """The time that this step may take of the whole."""
    outcomes: tuple[Outcome, ...] = Field(min_length=1)
    assigned: bool = False
    """Only the person to whom the dossier was assigned may act."""
    different_from: tuple[Id, ...] = ()
    """Nodes whose performers may not perform this one (separation of duties)."""
    limit: Term | None = None
    """When the step in truth waits for the applicant (a fee): after this, `at_limit` fires."""
    at_limit: Id | None = None
    interrupt: bool = False
    """Entered from outside by `request_withdrawal`, beside whatever was open."""


class Wait(Frozen):
    """A step that waits for something from outside, and never without a limit."""

    kind: Literal["wait"]
    id: Id
    title: Text
    party: Literal["applicant", "system", "partner"]
    limit: Term
    outcomes: tuple[Outcome, ...] = Field(min_length=1)
    at_limit: Id | Literal["alarm"]
    """The outcome that the limit fires, or "alarm": a person is warned, nothing is decided."""


class End(Frozen):
    """The end of the route, in one of these final states."""

    kind: Literal["end"]
    id: Id
    title: Text
    states: tuple[State, ...] = Field(min_length=1)


Node = Annotated[Human | Wait | End, Field(discriminator="kind")]


class Route(Frozen):
    """The graph of one version. The first node follows `submit`."""

    units: dict[str, str]
    """Key used by the nodes → code of the unit in the organisation."""
    nodes: tuple[Node, ...] = Field(min_length=2)

    def node(self, node_id: str) -> Human | Wait | End:
        """The node of that id; KeyError when there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    @property
    def first(self) -> Human | Wait | End:
        """Where a submitted dossier starts."""
        return self.nodes[0]


class PaperKind(Frozen):
    """A kind of paper that this version can make."""

    template: str
    """File name beside procedure.yaml."""
    title: Text
    series: str = ""
    """Number series; empty: an unnumbered paper."""
    pattern: str = ""
    """E.g. "{n:02d}/GPNK-BYT"."""
    signers: tuple[Literal["leader", "officer", "applicant", "seal"], ...] = ("officer", "seal")
    subtitle: str = ""
    """What follows "Về việc"."""
    authority: str = ""
    """The line that names who decides, e.g. "CỤC TRƯỞNG CỤC HẠ TẦNG VÀ THIẾT BỊ Y TẾ"."""
    articles: tuple[str, ...] = ()
    """Điều 1…n, with {placeholders} of `procedures.definition.papers.PLACEHOLDERS`."""
    proposal: str = ""
    """Who proposed the decision, the last of its bases: "Theo đề nghị của …"."""
    recipients: tuple[str, ...] = ()
    """Nơi nhận."""


class LicenceKind(Sourced):
    """The right that a grant gives."""

    register_id: Id
    title: Text
    number: str
    """The licence bears the number of its decision ("{paper}") or a pattern of its own."""
    validity_months: int | None = None
    """None: no expiry."""
    fields: tuple[str, ...] = ()
    """Answers that the register shows."""


class ChecklistItem(Sourced):
    """One question of the appraisal."""

    id: Id
    title: Text
    piece: str = ""
    """The piece that answers it; empty: the form."""


class PartnerEvent(Frozen):
    """Who outside is told when an act takes effect."""

    after: Act
    partner: Literal["vnsw", "asw"]
    document: str


class Sector(Frozen):
    """Lĩnh vực."""

    code: str
    title: Text


class Definition(Frozen):
    """One version of one procedure."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$", max_length=40)]
    """Words joined by hyphens; each begins with a letter, so that a class can be named after it."""
    version: date
    """Also the first day in force."""
    effective_to: date | None = None
    national_code: str
    national_code_illustrative: bool = False
    title: Text
    abstract: Text
    keywords: tuple[str, ...] = ()
    sector: Sector
    agency: str
    """Code of the agency that decides."""
    result: Text
    service_level: Literal["full", "partial"]
    legal_bases: tuple[LegalBasis, ...] = Field(min_length=1)
    applicants: tuple[Literal["enterprise", "person"], ...]
    channels: tuple[Literal["portal", "counter", "national_portal", "single_window"], ...]
    channels_illustrative: bool = False
    form: tuple[Section, ...] = Field(min_length=1)
    pieces: tuple[RequiredPiece, ...]
    fees: tuple[Fee, ...]
    terms: Terms
    checklist: tuple[ChecklistItem, ...] = ()
    grounds: tuple[Ground, ...] = Field(min_length=1)
    route: Route
    papers: dict[str, PaperKind]
    licence: LicenceKind | None = None
    partners: tuple[PartnerEvent, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Definition":
        for what, ids in {
            "section": [s.id for s in self.form],
            "piece": [p.id for p in self.pieces],
            "fee": [f.id for f in self.fees],
            "node": [n.id for n in self.route.nodes],
            "ground": [g.id for g in self.grounds],
            "checklist item": [c.id for c in self.checklist],
        }.items():
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"{what} id used twice: {', '.join(twice)}")
        return self

    def section(self, section_id: str) -> Section:
        """The section of that id; KeyError when there is none."""
        return {s.id: s for s in self.form}[section_id]

    def piece(self, piece_id: str) -> RequiredPiece:
        """The required piece of that id; KeyError when there is none."""
        return {p.id: p for p in self.pieces}[piece_id]

    @property
    def acts(self) -> frozenset[Act]:
        """The legal acts that this version enables."""
        used = {o.act for n in self.route.nodes if not isinstance(n, End) for o in n.outcomes if o.act}
        return frozenset(used | {Act.SUBMIT, Act.REQUEST_WITHDRAWAL, Act.RETURN_RESULT})
