"""A dossier played on a draft: who has it, what may be done, by when, and what the clock of the law does. Pure.

It is played on the model that the verifier walks, with the terms and the calendar of real dossiers, and with a clock
that one moves oneself. Nothing is written, so that a draft may be played that could not be published.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from procedures.definition.base import Term
from procedures.definition.model import Auto, Definition, End, Human, Wait
from procedures.definition.route import AnyNode
from procedures.definition.walk import Position
from procedures.definition.ways import Way, starts, ways
from procedures.errors import Invalid, Reason
from procedures.law.life import FINAL, Act, State, edge
from procedures.law.terms import Explanation, add
from procedures.law.vocabulary import HANOI, Unit
from procedures.law.working_time import Calendar
from workflows.dossier import clock
from workflows.models import ClockSpan

__all__ = ["EXTENSION", "Line", "Open", "Trial", "play"]

EXTENSION = Term(length=5, unit=Unit.WORKING_DAYS, illustrative=True)
"""How much later an apology promises the result in a trial; on a real dossier the official says the day."""
MOST = 200
"""Moves of one trial."""
LONGEST = timedelta(days=3 * 365)
"""From filing to the last moment to which its clock goes."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Line:
    """What happened."""

    at: datetime
    kind: Literal["filed", "done", "asked", "limit", "silence", "ended"]
    node: str
    outcome: str
    state: State
    papers: tuple[str, ...] = ()
    """The kinds of paper that were made or taken further."""


@dataclass(frozen=True, slots=True)
class Open:
    """A step that waits for somebody."""

    node: Human | Wait | Auto
    due: datetime
    late: bool
    ways: tuple[Way, ...]


@dataclass(slots=True)
class Trial:
    """A dossier under way: where it stands, and how it came there."""

    definition: Definition
    calendar: Calendar
    at: datetime
    """The trial's own present."""
    position: Position
    answers: Mapping[str, Any] = field(default_factory=dict)
    """What the application says, as far as it was answered; where a gateway asks more, the player chooses."""
    readings: clock.Readings = ()
    """How the agency counts the term of what is taken in after the evening hour."""
    since: dict[str, datetime] = field(default_factory=dict)
    spans: list[ClockSpan] = field(default_factory=list)
    extended_to: datetime | None = None
    ended: bool = False
    lines: list[Line] = field(default_factory=list)

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def promised(self) -> Explanation | None:
        """The promised date, explained; None before valid receipt."""
        return clock.explain_spans(
            definition=self.definition,
            spans=self.spans,
            clock="decision",
            calendar=self.calendar,
            now=self.at,
            extended_to=self.extended_to,
        )

    @property
    def standing(self) -> list[str]:
        """The nodes at which it stands."""
        if self.position.interrupting:
            return [self.position.interrupting]
        return list(dict.fromkeys(name for name, _branch in self.position.tokens))

    def open(self) -> list[Open]:
        """The steps that wait, with what may be done at each."""
        found: dict[str, list[Way]] = {name: [] for name in self.standing}
        for way in self._ways():
            if way.outcome is not None:
                found.setdefault(way.node, []).append(way)
        steps = []
        for name, onward in found.items():
            node = self.definition.route.node(name)
            if isinstance(node, Human | Wait | Auto):
                since = self.since.get(name, self.at)
                due = since if isinstance(node, Auto) else add(node.time, since, self.calendar)
                steps.append(Open(node, due, self.at > due, tuple(onward)))
        return steps

    def withdrawals(self) -> list[Way]:
        """How the applicant may ask to withdraw."""
        return [way for way in self._ways() if way.outcome is None]

    def _ways(self) -> list[Way]:
        if self.ended:
            return []
        extended = self.extended_to is not None
        return [
            way
            for way in ways(self.definition, self.position, self.answers)
            if not (extended and way.outcome is not None and way.outcome.act is Act.EXTEND)
        ]

    def next_limit(self) -> datetime | None:
        """The next moment at which something is due."""
        coming = [one.due for one in self.open() if one.due > self.at]
        promised = self.promised
        if promised and promised.due_at and promised.due_at > self.at:
            coming.append(promised.due_at)
        return min(coming, default=None)

    # -- playing ------------------------------------------------------------------------------------------------------

    def take(self, node: str, outcome: str, pick: int = 0) -> None:
        """Perform an outcome of an open step; `pick`: which of the places that it may lead to. Raises Invalid."""
        for way in self._ways():
            if way.node == node and (way.outcome.id if way.outcome else "withdraw") == outcome:
                if way.outcome is None:
                    self._ask(way)
                else:
                    self._perform(way, pick, "done")
                return
        raise Invalid(
            Reason(
                "trial", gettext_noop("That cannot be done there: %(move)s."), {"move": f"{node}.{outcome}"}
            )
        )

    def until(self, moment: datetime) -> None:
        """Move the clock on; limits that pass take their effect at their moment. Raises Invalid for a way back."""
        if not self.at <= moment <= self.lines[0].at + LONGEST:
            raise Invalid(
                Reason("trial", gettext_noop("The clock only goes on, and for three years at most."))
            )
        for _round in range(MOST):
            due = self._first_due(moment)
            if due is None:
                break
            self.at, way = due
            if way is None:
                tacit = self.definition.terms.tacit
                assert tacit is not None  # nothing else has no way
                act = Act.TACIT_GRANT if tacit.outcome == "grant" else Act.TACIT_REFUSAL
                self.position = replace(self.position, state=edge(act).target or self.position.state)
                self.ended = True
                self._turn(act)
                self.lines.append(Line(self.at, "silence", "", act.value, self.position.state))
            else:
                self._perform(way, 0, "limit")
        self.at = max(self.at, moment)

    def _first_due(self, moment: datetime) -> tuple[datetime, Way | None] | None:
        """The first limit that fires by a moment: when, and the way that it takes; no way: silence decides."""
        found: list[tuple[datetime, Way | None]] = []
        for one in self.open():
            if not isinstance(one.node, Human | Wait) or one.due > moment:
                continue
            limited = isinstance(one.node, Wait) or one.node.limit is not None
            for way in one.ways:
                if (
                    limited
                    and way.outcome is not None
                    and way.outcome.id == one.node.at_limit
                    and way.following
                ):
                    found.append((max(one.due, self.at), way))
        promised = self.promised
        due = promised.due_at if promised and self.definition.terms.tacit and not self.ended else None
        if due and self.at <= due < moment and self.position.state not in FINAL:
            found.append((due, None))
        return min(found, key=lambda one: one[0], default=None)

    def _ask(self, way: Way) -> None:
        self.position = way.following[0]
        self._turn(Act.REQUEST_WITHDRAWAL)
        self.since[way.node] = self.at
        self.lines.append(Line(self.at, "asked", way.node, "request_withdrawal", self.position.state))

    def _perform(self, way: Way, pick: int, kind: Literal["done", "limit"]) -> None:
        outcome = way.outcome
        assert outcome is not None
        if pick >= len(way.following):
            message = gettext_noop("The law does not allow that here: %(move)s.")
            raise Invalid(Reason("trial", message, {"move": f"{way.node}.{outcome.id}"}))
        before = set(self.standing)
        self.position = way.following[pick]
        if outcome.act is Act.EXTEND:
            promised = self.promised
            self.extended_to = add(
                EXTENSION, promised.due_at if promised and promised.due_at else self.at, self.calendar
            )
        elif outcome.act is not None:
            self._turn(outcome.act)
        late, node = self._evening(outcome.act), self.definition.route.node
        for name in self.standing:
            if name not in before or name == way.node:
                handed = late is not None and clock.hands_over(node(way.node), node(name))
                self.since[name] = late.handed_over_at if late and handed else self.at
        papers = (outcome.paper,) if outcome.paper else ()
        self.lines.append(Line(self.at, kind, way.node, outcome.id, self.position.state, papers))
        self._settle()

    def _settle(self) -> None:
        """What follows at once: the system's own steps, and the end."""
        for name in self.standing:
            node: AnyNode = self.definition.route.node(name)
            if isinstance(node, End):
                self.ended = True
                self.lines.append(Line(self.at, "ended", name, "", self.position.state))
                return
            if isinstance(node, Auto):
                first = next((way for way in self._ways() if way.node == name), None)
                if first is not None and len(self.lines) < MOST:
                    self._perform(first, 0, "done")
                return

    def _turn(self, act: Act) -> None:
        last = next((span.clock for span in reversed(self.spans) if span.until is None), "intake")
        turned = clock.turn(definition=self.definition, act=act, state=self.position.state, last=last)
        if turned is clock.UNTOUCHED:
            return
        for span in self.spans:
            span.until = span.until or self.at
        if turned:
            self.spans.append(clock.stretch(turned, act=act.value, at=self.at, late=self._evening(act)))

    def _evening(self, act: Act | None) -> clock.Evening | None:
        """What follows where the act takes the dossier in after the evening hour."""
        return clock.evening(
            definition=self.definition,
            act=act,
            now=self.at,
            calendar=self.calendar,
            readings=lambda: self.readings,
        )


def play(
    definition: Definition,
    *,
    calendar: Calendar,
    filed: datetime,
    moves: Sequence[str],
    answers: Mapping[str, Any] | None = None,
    readings: clock.Readings = (),
) -> tuple[Trial, int]:
    """A dossier filed at a moment (aware) and moved on; and how many moves were done before the first that was not
    possible. `answers`: clean ones, as far as they are known; `readings`: how the agency counts what is taken in after
    the evening hour.

    A move is "node.outcome", "node.outcome~1" for the second place that it may lead to, "node.withdraw", or
    "@2026-03-05T10:00" (Hanoi) for the clock. The route must be one that can be walked.
    """
    given = answers or {}
    trial = Trial(definition, calendar, filed, starts(definition, given)[0], given, readings)
    trial._turn(definition.beginning)
    trial.since = dict.fromkeys(trial.standing, filed)
    trial.lines.append(Line(filed, "filed", "", definition.beginning.value, trial.position.state))
    trial._settle()
    for count, move in enumerate(moves[:MOST]):
        try:
            if move.startswith("@"):
                trial.until(datetime.fromisoformat(move[1:]).replace(tzinfo=HANOI))
            else:
                step, _tilde, pick = move.partition("~")
                node, _dot, outcome = step.partition(".")
                trial.take(node, outcome, int(pick) if pick.isdigit() else 0)
        except (Invalid, ValueError):
            return trial, count
    return trial, min(len(moves), MOST)
