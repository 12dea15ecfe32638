"""The model of a procedure definition: everything that one version of a procedure pins.

Frozen pydantic, pure Python. A definition is loaded from one folder (`procedure.yaml` and its paper templates);
`procedures.definition.verify` proves it sound. What nobody has checked against the text of the law carries
`illustrative: true`, and every screen says so.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from procedures.definition.base import Frozen, Id, Retention, Sourced, Term, Text
from procedures.definition.licence import ConditionKind, LicenceKind
from procedures.definition.route import (
    Auto,
    Decide,
    Desk,
    End,
    Human,
    Join,
    Need,
    Node,
    Outcome,
    PaperStep,
    Role,
    Route,
    Split,
    Step,
    Wait,
)
from procedures.definition.tables import Table
from procedures.law.life import Act
from procedures.law.vocabulary import Unit

__all__ = [
    "FACTS",
    "GATEWAY_FACTS",
    "LICENCE_FACTS",
    "Auto",
    "ChecklistItem",
    "Choice",
    "Column",
    "ConditionKind",
    "Decide",
    "Definition",
    "Desk",
    "End",
    "Fee",
    "FieldType",
    "Field_",
    "Ground",
    "History",
    "Human",
    "Join",
    "LegalBasis",
    "LicenceKind",
    "Listing",
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
    "Split",
    "Step",
    "Table",
    "Term",
    "Terms",
    "Text",
    "Translation",
    "Unit",
    "Wait",
]

FACTS: dict[str, dict[str, object]] = {
    "facts": {
        "fee_settled": False,
        "fee_total": 0,
        "intake_rounds": 0,
        "rounds": 0,
        "rounds_allowed": 0,
        "extended": False,
        "drafted": "",
    }
}
"""What the condition of a step's outcome may ask about a dossier, with the value of nothing yet. The verifier follows
these facts exactly. `drafted`: what the present draft decides, "grant" or "refusal"."""

GATEWAY_FACTS: dict[str, dict[str, object]] = {
    "facts": {**FACTS["facts"], "opinions_against": 0, "passes": 0}
}
"""What a gateway may ask, besides the answers and `tables`. What the verifier does not follow, it takes both ways.

`opinions_against`: how many of the newest opinions, one a step, are against. `passes`: how many results in a row were
granted before, as `Definition.history` counts them.
"""

LICENCE_FACTS: dict[str, object] = {"overdue": 0, "suspensions": 0, "findings": 0}
"""What the table of `LicenceKind.inspection` may ask about a licence, besides its answers, as `facts.…`.

`overdue`: conditions whose day has passed unmet. `suspensions`: how often it was suspended. `findings`: 1 when its last
inspection ended with findings.
"""


class Tacit(Sourced):
    """What silence decides when the promised date has passed: only where sector law says so."""

    outcome: Literal["grant", "refusal"]
    appeal: Text
    """Before whom, and until when, the outcome can be challenged; stands on the notice."""


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
    tacit: Tacit | None = None
    """None: silence decides nothing, and the authority is late."""
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
    CITIZEN_NUMBER = "citizen_number"
    LICENCE = "licence"  # the number of a licence that the subject holds
    AGENCY_CODE = "agency_code"  # of a state agency, in the long or the short form
    TABLE = "table"  # a few rows of short values, typed or pasted as lines


class Column(Frozen):
    """A column of a table that is one answer."""

    id: Id
    title: Text
    type: Literal["text", "integer", "money", "date"] = "text"
    required: bool = True


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
    columns: tuple[Column, ...] = ()
    """Of a table, in order."""
    minimum: int | None = None
    maximum: int | None = None
    """Of a number; of a table, how many rows: at most 100 where nothing is said."""
    max_length: int = Field(250, gt=0, le=5000)
    prefill: str = ""
    """Where a first value comes from, which the applicant may change: "subject.name" (the profile), "licence.<fact>"
    (what the register shows of the licence that the dossier is about), "earlier" (the subject's last dossier of this
    procedure)."""

    @property
    def cells(self) -> tuple["Field_", ...]:
        """Of a table: each column as the field that reads and shows its cells."""
        return tuple(
            Field_(id=one.id, type=FieldType(one.type), title=one.title, required=one.required)
            for one in self.columns
        )

    @property
    def is_year(self) -> bool:
        """A whole number that can only be a year, which people write without marks of thousands."""
        return (
            self.type is FieldType.INTEGER and (self.minimum or 0) >= 1900 and (self.maximum or 9999) <= 2200
        )


class Section(Frozen):
    """One page of the form. With `repeat`, its answers are a list of rows under the section's id."""

    id: Id
    title: Text
    intro: Text | None = None
    fields: tuple[Field_, ...] = Field(min_length=1)
    repeat: bool = False
    row_title: str = ""
    """Field id whose value names a row in summaries."""
    prefill: str = ""
    """Of a repeated section: where its first rows come from, as for a field."""
    pieces: tuple[Id, ...] = ()
    """Required papers that are handed in on this page, below its questions; the others wait on a page of their own."""
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
    amount: int = Field(0, ge=0)
    by: str = ""
    """Id of the table that gives the amount, instead of `amount`."""
    when: str = ""


class Ground(Sourced):
    """A legal ground of refusal or of refusing acceptance."""

    id: Id
    title: Text


class Translation(Frozen):
    """A decision in English, printed beside the Vietnamese text, which alone is binding. Line for line the same."""

    title: str
    """What follows "Về việc", in English, e.g. "On the grant of a certificate of free sale"."""
    authority: str = ""
    bases: tuple[str, ...] = ()
    """One for each legal basis, in their order."""
    proposal: str = ""
    articles: tuple[str, ...] = ()
    """One for each article, with the same {names}."""


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
    countersigners: int = Field(0, ge=0, le=3)
    """How many officials countersign before the leader, each at a step of the route: they answer for the content."""
    annex_of: str = ""
    """The kind of paper of which this is an annex: a file of its own with its number, sealed by the agency alone."""
    is_result: bool = False
    """This slip is itself the result, and no decision is drafted for the dossier: the law gives it on receipt, without
    appraisal, or a decision over a list has given it."""
    on_request: bool = False
    """A slip that no step makes: an official of the route asks for it, any time after valid receipt."""
    subtitle: str = ""
    """What follows "Về việc"."""
    authority: str = ""
    """The line that names who decides, e.g. "CỤC TRƯỞNG CỤC HẠ TẦNG VÀ THIẾT BỊ Y TẾ"."""
    articles: tuple[str, ...] = ()
    """Điều 1…n, with {names} of `procedures.definition.papers.places`."""
    proposal: str = ""
    """Who proposed the decision, the last of its bases: "Theo đề nghị của …"."""
    recipients: tuple[str, ...] = ()
    """Nơi nhận, with {names} too."""
    retention: Retention | None = None
    """None: kept for ever. An annex is kept with its paper."""
    translation: Translation | None = None
    """Printed side by side by a template that extends the layout bilingual.html."""

    @property
    def signatures(self) -> tuple[str, ...]:
        """Who signs, one word a signature, in the order of signing: the countersigners, then the signers."""
        return (*("countersigner",) * self.countersigners, *self.signers)


class ChecklistItem(Sourced):
    """One question of the appraisal."""

    id: Id
    title: Text
    piece: str = ""
    """The piece that answers it; empty: the form."""


class Listing(Frozen):
    """Several dossiers of a procedure, decided by one decision of this one."""

    procedure: str
    """Code of the procedure whose dossiers wait to be listed."""
    section: Id
    """The repeated page of the form that has a row for each of them, filled in by the system."""
    most: int = Field(100, gt=0, le=300)
    """Dossiers in one decision."""


class PartnerEvent(Frozen):
    """Who outside is told when an act takes effect."""

    after: Act
    partner: Literal["vnsw", "asw"]
    document: str


class History(Frozen):
    """Which earlier results count as `facts.passes`: of this procedure, for the same subject and the same answers."""

    same: tuple[str, ...] = ()
    """Fields whose answers must be the same."""
    months: int = Field(12, gt=0)
    """Further back than this nothing counts. A refusal ends the count."""


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
    """Who may file; of a procedure that the authority opens, whose licences it is about."""
    channels: tuple[Literal["portal", "counter", "national_portal", "single_window"], ...]
    channels_illustrative: bool = False
    form: tuple[Section, ...] = Field(min_length=1)
    named_by: str = ""
    """The field, or the repeated section, by which lists name a dossier; empty: the first repeated section."""
    pieces: tuple[RequiredPiece, ...]
    fees: tuple[Fee, ...]
    tables: dict[Id, Table] = Field(default_factory=dict)
    """Decision tables, asked as `tables.<id>` in conditions and by fees."""
    terms: Terms
    checklist: tuple[ChecklistItem, ...] = ()
    grounds: tuple[Ground, ...] = Field(min_length=1)
    route: Route
    papers: dict[str, PaperKind]
    licence: LicenceKind | None = None
    lists: Listing | None = None
    """Its decision is over several dossiers of another procedure, which an official gathers; None: over its own."""
    partners: tuple[PartnerEvent, ...] = ()
    history: History | None = None

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
    def takes_own_conditions(self) -> bool:
        """Whether a draft may add conditions with days: it gives a right, and a desk reads reports on it."""
        return self.licence is not None and not self.licence.alters and self.licence.supervised_by is not None

    def retention_of(self, kind: str) -> Retention | None:
        """How long papers of a kind are kept; None: for ever, or the version has no such kind."""
        paper = self.papers.get(kind)
        main = self.papers.get(paper.annex_of, paper) if paper else None
        return main.retention if main else None

    def annexes_of(self, kind: str) -> tuple[str, ...]:
        """The kinds of paper that are annexes of `kind`, in their order."""
        return tuple(name for name, paper in self.papers.items() if paper.annex_of == kind)

    @property
    def acts(self) -> frozenset[Act]:
        """The legal acts that this version enables."""
        used = {o.act for n in self.route.steps for o in n.outcomes if o.act}
        withdrawn = set() if self.opened_by else {Act.REQUEST_WITHDRAWAL}
        return frozenset(used | self.silent | withdrawn | {self.beginning, Act.RETURN_RESULT})

    @property
    def opened_by(self) -> Desk | None:
        """Who opens its dossiers of the authority's own motion; None: applicants file them."""
        return self.route.opened_by

    @property
    def listed_at(self) -> frozenset[str]:
        """The steps at which its dossiers wait for a decision over a list."""
        return frozenset(node.id for node in self.route.people if any(o.by_list for o in node.outcomes))

    @property
    def effect(self) -> str:
        """What a grant does to a right, as `LicenceKind.effect` says; "" where it gives none."""
        return self.licence.effect if self.licence else ""

    @property
    def beginning(self) -> Act:
        """The act by which its dossiers begin."""
        return Act.OPEN if self.opened_by else Act.SUBMIT

    @property
    def silent(self) -> frozenset[Act]:
        """The act that silence performs; none in most versions."""
        tacit = self.terms.tacit
        if tacit is None:
            return frozenset()
        return frozenset({Act.TACIT_GRANT if tacit.outcome == "grant" else Act.TACIT_REFUSAL})
