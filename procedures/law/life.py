"""The legal life of a dossier: every state and every act, as ONE table for all procedures.

A procedure version may only *enable* acts of this table; it never invents a state. The FSM of the dossier, the
guard trigger of the database, the verifier, the diagrams and the tests all derive from `LIFE`. State codes are
those of the national public service portal. Pure Python: no Django, no database, no clock.

Source of the rows: Decree 61/2018/ND-CP Articles 17-20 as read; Decree 118/2025/ND-CP governs since 01/07/2025
and its text could not be had, so each row names the older article and is marked unchecked until it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "BEGINNINGS",
    "FINAL",
    "INTERRUPTING",
    "LIFE",
    "Act",
    "Clock",
    "Edge",
    "Party",
    "State",
    "edge",
    "legal_pairs",
]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


class State(StrEnum):
    """The legal position of a dossier."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INTAKE_SUPPLEMENT = "intake_supplement"
    NOT_ACCEPTED = "not_accepted"
    RECEIVED = "received"
    IN_PROCESS = "in_process"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    FEE_DUE = "fee_due"
    WITHDRAWAL_REQUESTED = "withdrawal_requested"
    STOPPED = "stopped"
    CONCLUDED = "concluded"
    RETURNED = "returned"

    @property
    def portal_code(self) -> int | None:
        """The national portal's status code (1 to 10), or None for a draft, which the portal never sees."""
        return _PORTAL_CODES[self]


_PORTAL_CODES: dict[State, int | None] = {
    State.DRAFT: None,
    State.SUBMITTED: 1,
    State.INTAKE_SUPPLEMENT: 5,
    State.NOT_ACCEPTED: 3,
    State.RECEIVED: 2,
    State.IN_PROCESS: 4,
    State.SUPPLEMENT_REQUESTED: 5,
    State.FEE_DUE: 6,
    State.WITHDRAWAL_REQUESTED: 7,
    State.STOPPED: 8,
    State.CONCLUDED: 9,
    State.RETURNED: 10,
}

FINAL: frozenset[State] = frozenset({State.NOT_ACCEPTED, State.STOPPED, State.CONCLUDED, State.RETURNED})
"""States in which a route may end. `concluded` still allows `return_result`."""


class Act(StrEnum):
    """An administrative act on a dossier. Its value is the name of the method that performs it."""

    SUBMIT = "submit"
    OPEN = "open"
    REQUEST_INTAKE_SUPPLEMENT = "request_intake_supplement"
    SUPPLY_INTAKE_SUPPLEMENT = "supply_intake_supplement"
    REFUSE_ACCEPTANCE = "refuse_acceptance"
    DEMAND_FEE = "demand_fee"
    PAY = "pay"
    ACCEPT = "accept"
    BEGIN = "begin"
    REQUEST_SUPPLEMENT = "request_supplement"
    SUPPLY_SUPPLEMENT = "supply_supplement"
    LAPSE = "lapse"
    REQUEST_WITHDRAWAL = "request_withdrawal"
    STOP = "stop"
    RESUME = "resume"
    EXTEND = "extend"
    GRANT = "grant"
    REFUSE = "refuse"
    TACIT_GRANT = "tacit_grant"
    TACIT_REFUSAL = "tacit_refusal"
    RETURN_RESULT = "return_result"


class Party(StrEnum):
    """Who performs an act."""

    APPLICANT = "applicant"
    OFFICIAL = "official"
    SYSTEM = "system"


class Clock(StrEnum):
    """What an act does to the statutory clock."""

    NONE = "none"
    INTAKE = "intake"  # the intake limit starts
    START = "start"  # the term of the procedure starts
    STOP = "stop"  # the running clock stops
    BACK = "back"  # what the interruption stopped goes on (the intake limit or the term)
    AS_PROCEDURE = "as_procedure"  # restarts from zero, or resumes: the version says which
    EXTEND = "extend"  # one new date, with an apology
    CLOSE = "close"  # met or missed, for ever


@dataclass(frozen=True, slots=True)
class Edge:
    """One row of the table: an act, from where, to where.

    `target` None means: back to what the interrupted state remembers.
    """

    act: Act
    sources: frozenset[State]
    target: State | None
    clock: Clock
    party: Party
    title: str
    """English message id; what people read goes through gettext."""
    source: str
    """The article that the row rests on; unchecked against Decree 118/2025."""

    @property
    def interrupts(self) -> bool:
        """True when the act moves into a state that remembers what it interrupted."""
        return self.target in INTERRUPTING and self.target not in self.sources


INTERRUPTING: frozenset[State] = frozenset({State.FEE_DUE, State.WITHDRAWAL_REQUESTED})
"""States that remember what they interrupted."""

_S = State
_OPEN = frozenset(
    {
        _S.SUBMITTED,
        _S.INTAKE_SUPPLEMENT,
        _S.RECEIVED,
        _S.IN_PROCESS,
        _S.SUPPLEMENT_REQUESTED,
        _S.FEE_DUE,
    }
)


def _row(
    act: Act,
    sources: set[State] | frozenset[State],
    target: State | None,
    clock: Clock,
    party: Party,
    *text: str,
) -> Edge:
    return Edge(act, frozenset(sources), target, clock, party, text[0], text[1])


_A, _O, _Y = Party.APPLICANT, Party.OFFICIAL, Party.SYSTEM
_D61 = "Decree 61/2018/ND-CP Art. "

LIFE: tuple[Edge, ...] = (
    _row(Act.SUBMIT, {_S.DRAFT}, _S.SUBMITTED, Clock.INTAKE, _A, gettext_noop("Submit"), _D61 + "17"),
    _row(
        Act.OPEN,
        {_S.DRAFT},
        _S.RECEIVED,
        Clock.START,
        _O,
        gettext_noop("Open by the authority"),
        gettext_noop("the sector law of the procedure version"),
    ),
    _row(
        Act.REQUEST_INTAKE_SUPPLEMENT,
        {_S.SUBMITTED},
        _S.INTAKE_SUPPLEMENT,
        Clock.STOP,
        _O,
        gettext_noop("Ask for missing papers at intake"),
        _D61 + "17",
    ),
    _row(
        Act.SUPPLY_INTAKE_SUPPLEMENT,
        {_S.INTAKE_SUPPLEMENT},
        _S.SUBMITTED,
        Clock.INTAKE,
        _A,
        gettext_noop("Send the missing papers"),
        _D61 + "17",
    ),
    _row(
        Act.REFUSE_ACCEPTANCE,
        {_S.SUBMITTED},
        _S.NOT_ACCEPTED,
        Clock.CLOSE,
        _O,
        gettext_noop("Refuse to accept"),
        _D61 + "17",
    ),
    _row(
        Act.DEMAND_FEE,
        {_S.SUBMITTED, _S.IN_PROCESS},
        _S.FEE_DUE,
        Clock.STOP,
        _O,
        gettext_noop("Ask for the fee"),
        _D61 + "17",
    ),
    _row(Act.PAY, {_S.FEE_DUE}, None, Clock.BACK, _O, gettext_noop("Record the fee"), _D61 + "17"),
    _row(
        Act.ACCEPT,
        {_S.SUBMITTED},
        _S.RECEIVED,
        Clock.START,
        _O,
        gettext_noop("Accept the dossier"),
        _D61 + "17",
    ),
    _row(
        Act.BEGIN,
        {_S.RECEIVED},
        _S.IN_PROCESS,
        Clock.NONE,
        _O,
        gettext_noop("Assign the dossier"),
        _D61 + "18-19",
    ),
    _row(
        Act.REQUEST_SUPPLEMENT,
        {_S.IN_PROCESS},
        _S.SUPPLEMENT_REQUESTED,
        Clock.STOP,
        _O,
        gettext_noop("Ask for a supplement"),
        _D61 + "19",
    ),
    _row(
        Act.SUPPLY_SUPPLEMENT,
        {_S.SUPPLEMENT_REQUESTED},
        _S.IN_PROCESS,
        Clock.AS_PROCEDURE,
        _A,
        gettext_noop("Send the supplement"),
        _D61 + "19",
    ),
    _row(
        Act.LAPSE,
        {_S.INTAKE_SUPPLEMENT, _S.SUPPLEMENT_REQUESTED, _S.FEE_DUE},
        _S.STOPPED,
        Clock.CLOSE,
        _Y,
        gettext_noop("Close because the applicant's limit has passed"),
        gettext_noop("the limit of the procedure version"),
    ),
    _row(
        Act.REQUEST_WITHDRAWAL,
        _OPEN,
        _S.WITHDRAWAL_REQUESTED,
        Clock.STOP,
        _A,
        gettext_noop("Ask to withdraw"),
        _D61 + "20",
    ),
    _row(
        Act.STOP,
        {_S.WITHDRAWAL_REQUESTED},
        _S.STOPPED,
        Clock.CLOSE,
        _O,
        gettext_noop("Agree to the withdrawal"),
        _D61 + "20",
    ),
    _row(
        Act.RESUME,
        {_S.WITHDRAWAL_REQUESTED},
        None,
        Clock.BACK,
        _O,
        gettext_noop("Decline the withdrawal"),
        _D61 + "20",
    ),
    _row(
        Act.EXTEND,
        {_S.IN_PROCESS},
        _S.IN_PROCESS,
        Clock.EXTEND,
        _O,
        gettext_noop("Apologise and set one new date"),
        _D61 + "19",
    ),
    _row(Act.GRANT, {_S.IN_PROCESS}, _S.CONCLUDED, Clock.CLOSE, _O, gettext_noop("Grant"), _D61 + "19"),
    _row(Act.REFUSE, {_S.IN_PROCESS}, _S.CONCLUDED, Clock.CLOSE, _O, gettext_noop("Refuse"), _D61 + "19"),
    _row(
        Act.TACIT_GRANT,
        {_S.IN_PROCESS},
        _S.CONCLUDED,
        Clock.CLOSE,
        _Y,
        gettext_noop("Granted by silence"),
        gettext_noop("the sector law of the procedure version"),
    ),
    _row(
        Act.TACIT_REFUSAL,
        {_S.IN_PROCESS},
        _S.CONCLUDED,
        Clock.CLOSE,
        _Y,
        gettext_noop("Refused by silence"),
        gettext_noop("the sector law of the procedure version"),
    ),
    _row(
        Act.RETURN_RESULT,
        {_S.CONCLUDED},
        _S.RETURNED,
        Clock.NONE,
        _Y,
        gettext_noop("Hand over the result"),
        _D61 + "20",
    ),
)

_BY_ACT: dict[Act, Edge] = {row.act: row for row in LIFE}
BEGINNINGS: frozenset[Act] = frozenset(row.act for row in LIFE if State.DRAFT in row.sources)
"""The acts by which a dossier begins: the applicant's, and the authority's own."""


def edge(act: Act) -> Edge:
    """The one row of an act."""
    return _BY_ACT[act]


def targets(row: Edge) -> frozenset[State]:
    """Where an act can lead: its target, or everything that the interrupted state may remember."""
    if row.target is not None:
        return frozenset({row.target})
    remembered: set[State] = set()
    for interrupting in row.sources & INTERRUPTING:
        for other in LIFE:
            if other.target == interrupting:
                remembered |= other.sources
    return frozenset(remembered)


def legal_pairs() -> Iterator[tuple[State, State]]:
    """Every (old, new) pair that the table allows; the guard trigger of the database is made from these."""
    seen: set[tuple[State, State]] = set()
    for row in LIFE:
        for source in sorted(row.sources):
            for target in sorted(targets(row)):
                if (source, target) not in seen:
                    seen.add((source, target))
                    yield source, target
