"""What one act is working on: handed to every effect, flushed at the end by `_perform`."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from procedures.definition.model import Auto, Human, Outcome, Step
from procedures.definition.pieces import holds_for
from procedures.law.life import Act, State
from procedures.law.terms import add
from procedures.law.working_time import Calendar
from procedures.now import HANOI
from procedures.policy import Actor
from procedures.selectors import term_readings
from workflows.dossier.clock import Evening, evening, hands_over, working_calendar
from workflows.dossier.command import Command, Input
from workflows.dossier.facts import GATEWAY_PARTS, Facts, TaskFact
from workflows.dossier.loading import load
from workflows.flow.engine import Plan, Work
from workflows.models import ClockSpan, Dossier, Draft, Note, Paper

__all__ = ["Context"]


@dataclass
class Context(Plan):
    """One act in progress, inside its transaction, the dossier locked."""

    dossier: Dossier
    facts: Facts
    command: Command
    actor: Actor
    now: datetime
    node: Step | None
    outcome: Outcome | None
    task: TaskFact | None
    before: State
    data: dict[str, Any] = field(default_factory=dict)
    """What the ledger entry says: references and fingerprints, no personal data."""
    dirty: set[str] = field(default_factory=set)
    """Columns of the dossier to save."""
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(kind, payload) for the outbox, besides the act itself."""
    notes: list[Note] = field(default_factory=list)
    span: ClockSpan | None = None
    """The stretch of the clock that the act opens."""
    paper: Paper | None = None
    """The decision under way, when an effect has read or made it."""

    def __post_init__(self) -> None:
        others = tuple(task.token for task in self.facts.tasks if task.open and task is not self.task)
        self.work = Work(now=self.now, plan=self, open_tokens=others)

    @property
    def input(self) -> Input:
        """What the person gave."""
        return self.command.input

    @property
    def act(self) -> Act | None:
        """The legal act, or None for an internal step."""
        return self.command.act

    @property
    def sequence(self) -> int:
        """The ledger sequence that this act will have."""
        return self.dossier.head_sequence + 1

    @property
    def user_id(self) -> int | None:
        """The acting person's id; None for the system."""
        return self.actor.id if isinstance(self.actor.id, int) else None

    @property
    def person_id(self) -> int:
        """The acting person's id. Raises LookupError for the system, which asks and drafts nothing."""
        if self.user_id is None:
            raise LookupError("only a person does this")
        return self.user_id

    @cached_property
    def draft(self) -> Draft | None:
        """The newest draft of the decision. One query."""
        return Draft.objects.filter(dossier=self.dossier).order_by("-id").first()

    @property
    def own_conditions(self) -> list[dict[str, str]]:
        """The conditions with days that the draft adds, `due_on` and `text` of each."""
        return list(self.draft.body.get("own_conditions", ())) if self.draft else []

    @property
    def today(self) -> date:
        """The date in Hanoi."""
        return self.now.astimezone(HANOI).date()

    @cached_property
    def calendar(self) -> Calendar:
        """The working calendar."""
        return working_calendar()

    @cached_property
    def evening(self) -> Evening | None:
        """What follows where this act takes the dossier in after the evening hour."""
        definition = self.facts.definition
        return evening(
            definition=definition,
            act=self.act,
            now=self.now,
            calendar=self.calendar,
            readings=lambda: term_readings(agency=definition.agency),
        )

    def set(self, **columns: object) -> None:
        """Set columns of the dossier and remember to save them."""
        for name, value in columns.items():
            setattr(self.dossier, name, value)
            self.dirty.add(name)

    def note(self, text: str, *, kind: str) -> None:
        """Keep free text beside the ledger entry, where it can be erased."""
        self.notes.append(
            Note(
                dossier=self.dossier,
                author_id=self.user_id,
                at=self.now,
                text=text,
                kind=kind,
                sequence=self.sequence,
            )
        )

    # -- Plan: what new tasks need to know ------------------------------------------------------------------

    def due_at(self, node: Step) -> datetime:
        """The end of the step's share of time, or of the wait's limit; what the system does is due at once."""
        if isinstance(node, Auto):
            return self.now
        at = self.evening.handed_over_at if self.late(node) and self.evening else self.now
        return add(node.time, at, self.calendar)

    def late(self, node: Step) -> bool:
        """Whether the step was handed to another unit by a receipt after the evening hour."""
        return self.evening is not None and hands_over(self.node, node)

    def answered(self, when: str) -> bool:
        """Whether a condition about the whole application holds, for its answers and tables."""
        return holds_for(self.facts.definition, when, self.dossier.answers)

    def holds(self, when: str) -> bool:
        """Whether a gateway's condition holds, for the answers and the facts as the act leaves them."""
        return holds_for(self.facts.definition, when, self.dossier.answers, self._facts_left)

    @cached_property
    def _facts_left(self) -> dict[str, object]:
        """What gateways may ask, read anew: the act itself may have given an opinion or settled the fee."""
        return load(self.dossier, GATEWAY_PARTS, tasks=self.facts.tasks).for_conditions()

    def owner_id(self, node: Human) -> int | None:
        """The handler for an assigned step; the signer named on the paper for the step that signs."""
        if node.assigned:
            handler: int | None = self.dossier.handler_id
            return handler
        if any(outcome.step == "approve" for outcome in node.outcomes):
            if self.paper is not None:
                signer: int | None = self.paper.signer_id
                return signer
            return self.facts.paper.signer_id if self.facts.paper else None
        return None
