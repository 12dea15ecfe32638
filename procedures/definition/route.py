"""The route of a procedure version: who does what, in which order, and which legal act each outcome performs. Pure.

Seven kinds of node. People, waits and the system's own steps have tasks: `human`, `wait`, `auto`. Gateways have none
and are passed in the same moment: `decision` takes the first outcome whose condition holds, `split` starts several
branches, `join` goes on when none of them is under way any more. `end` closes the route.

The legal position belongs to the whole dossier, never to a branch: between a split and its join there are internal
steps only, so their order cannot matter, and what an authority asks of the applicant it asks once, after the join.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from procedures.definition.base import Frozen, Id, Term, Text
from procedures.law.life import Act, State

__all__ = [
    "BACK",
    "AnyNode",
    "Auto",
    "Decide",
    "Desk",
    "End",
    "Gateway",
    "Human",
    "Join",
    "Need",
    "Node",
    "Outcome",
    "PaperStep",
    "Role",
    "Route",
    "Split",
    "Step",
    "Wait",
]

BACK = "back"
"""Where an interruption ends: what was open goes on."""


class Role(StrEnum):
    """Roles that officials hold in units."""

    RECEPTION = "reception"
    CASHIER = "cashier"
    HEAD = "head"
    SPECIALIST = "specialist"
    EXPERT = "expert"
    COUNCIL = "council"
    DIRECTOR = "director"
    LEADER = "leader"
    CLERK = "clerk"
    RESULT_DESK = "result_desk"
    CONTROLLER = "controller"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    INTEGRATION = "integration"


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
    NEW_DATE = "new_date"  # the one new date of an apology
    MINUTES = "minutes"  # of a visit or a council: when, where, who, what was concluded
    OPINION = "opinion"  # for or against, with reasons: of an expert, a council, a consulted agency


class PaperStep(StrEnum):
    """What an outcome does to the paper that it names."""

    MAKE = "make"  # reserve number and date, freeze the content, ask for the bytes
    RENDERED = "rendered"  # the system has the bytes
    COUNTERSIGN = "countersign"  # an official who answers for the content has read these bytes and signs them
    COUNTERSIGNED = "countersigned"  # the system has the countersigned bytes
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
    """CEL; empty: always open. A person's outcome may ask `facts`; a gateway's also the answers and `tables`."""
    by_list: bool = False
    """It is taken when a decision over a list takes effect that names the dossier (`Definition.lists`)."""


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

    @property
    def time(self) -> Term:
        """Within which it should be done: the limit where it waits for the applicant, else its share."""
        return self.limit or self.share


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

    @property
    def time(self) -> Term:
        """Within which it must be over."""
        return self.limit


class Auto(Frozen):
    """A step that the system performs by itself, in a transaction of its own: the first outcome that is open.

    One legal act an outcome, as everywhere; so what the law lets follow at once (a number given on receipt) is a chain
    of such steps, each with its entry in the ledger.
    """

    kind: Literal["auto"]
    id: Id
    title: Text
    outcomes: tuple[Outcome, ...] = Field(min_length=1)


class Decide(Frozen):
    """A gateway: the dossier goes the way of the first outcome whose condition holds. The last has no condition."""

    kind: Literal["decision"]
    id: Id
    title: Text
    outcomes: tuple[Outcome, ...] = Field(min_length=2)


class Split(Frozen):
    """A gateway that starts a branch for every outcome whose condition holds; with none, the join goes on at once."""

    kind: Literal["split"]
    id: Id
    title: Text
    outcomes: tuple[Outcome, ...] = Field(min_length=2)
    join: Id
    """Where the branches meet, and the only way out of them."""


class Join(Frozen):
    """A gateway that goes on when no branch of its split is under way any more."""

    kind: Literal["join"]
    id: Id
    title: Text
    to: Id

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The one way on, as every other node tells its ways."""
        return (Outcome(id="on", title=self.title, to=self.to),)


class End(Frozen):
    """The end of the route, in one of these final states."""

    kind: Literal["end"]
    id: Id
    title: Text
    states: tuple[State, ...] = Field(min_length=1)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """None: nothing follows."""
        return ()


Step = Human | Wait | Auto
"""Nodes that have tasks."""
Gateway = Decide | Split | Join
"""Nodes that are passed in the moment in which they are reached."""
AnyNode = Step | Gateway | End
Node = Annotated[AnyNode, Field(discriminator="kind")]


class Desk(Frozen):
    """Officials by what they are: the holders of a role in a unit."""

    role: Role
    unit: str
    """Key of `Route.units`."""


class Route(Frozen):
    """The graph of one version. The first node follows the act by which a dossier begins."""

    units: dict[str, str]
    """Key used by the nodes → code of the unit in the organisation."""
    opened_by: Desk | None = None
    """None: an applicant files. Else these officials open the dossier of the authority's own motion about a licence
    held, such as its revocation, and nobody can withdraw it."""
    nodes: tuple[Node, ...] = Field(min_length=2)

    def node(self, node_id: str) -> AnyNode:
        """The node of that id; KeyError when there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    @property
    def first(self) -> AnyNode:
        """Where a dossier starts."""
        return self.nodes[0]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The nodes that have tasks, in order."""
        return tuple(node for node in self.nodes if isinstance(node, Step))

    @property
    def countersigning(self) -> tuple[Human, ...]:
        """The steps at which a paper is countersigned, in the order of the route."""
        return tuple(
            node for node in self.people if any(o.step is PaperStep.COUNTERSIGN for o in node.outcomes)
        )

    @property
    def people(self) -> tuple[Human, ...]:
        """The steps that people perform, in order."""
        return tuple(node for node in self.nodes if isinstance(node, Human))
