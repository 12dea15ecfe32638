"""Where each node and arrow of a route's diagram stands: lanes are roles, columns are the order of work. Pure.

The layout says what a reader asks first: who, in which order, and where the applicant must act. Therefore
- a step that only waits and returns to where it came from (a supplement, a fee) stands in the column of the step
  that it interrupts, not on the way forward;
- what the system does by itself (rendering, sealing) and gateways are left out, unless asked for;
- boxes never share a place: within a lane a taken column pushes the later box to the right.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from procedures.definition.model import Auto, End, Human, Outcome, Route, Wait
from procedures.definition.route import BACK, AnyNode, Gateway

__all__ = ["APPLICANT", "START", "SYSTEM", "Arrow", "Canvas", "Place", "Plan", "arrange", "lane_of"]

COLUMN, BOX_WIDTH, BOX_HEIGHT = 118, 102, 50
LANE, LANE_TITLE = 88, 112
"""Pixels of the picture at its natural size."""

START = "start"
APPLICANT = "applicant"
SYSTEM = "system"
PARTNER = "partner"


@dataclass(frozen=True)
class Place:
    """A box: which node, in which lane and column (both counted from 0)."""

    node: str
    lane: int
    column: int


@dataclass(frozen=True)
class Arrow:
    """One way from box to box, with every outcome that takes it.

    `kind`: main (forward), aside (into a step that only interrupts), return (out of it), back (sent back), exit (to an
    end that is not the result).
    """

    source: str
    target: str
    outcomes: tuple[Outcome, ...]
    kind: str


@dataclass(frozen=True)
class Plan:
    """The whole diagram: lane keys from top to bottom ("applicant", "system", "partner" or "role:unit")."""

    lanes: tuple[str, ...]
    places: tuple[Place, ...]
    arrows: tuple[Arrow, ...]
    columns: int

    def place(self, node: str) -> Place:
        """The box of that node; KeyError when it is not shown."""
        for place in self.places:
            if place.node == node:
                return place
        raise KeyError(node)


def lane_of(node: AnyNode) -> str:
    """The lane of a node: a role in a unit, or who is waited for; an end is the applicant's, a gateway the system's."""
    if isinstance(node, Human):
        return f"{node.role.value}:{node.unit}"
    if isinstance(node, Wait):
        return node.party
    return APPLICANT if isinstance(node, End) else SYSTEM


def arrange(route: Route, *, system: bool = False) -> Plan:
    """The plan of a route that the verifier has passed. `system`: show also what the system does by itself."""
    hidden = set() if system else {n.id for n in route.nodes if _unseen(n)}
    if route.first.id in hidden:
        hidden.discard(route.first.id)
    shown = [node for node in route.nodes if node.id not in hidden]
    links = _links(route, hidden)
    asides = _asides(shown, links, first=route.first.id)
    ends = {n.id for n in shown if isinstance(n, End)}
    column = _columns(shown, links, asides=asides, ends=ends, first=route.first.id)
    lanes = _lanes(shown, column)
    places, used = [Place(START, 0, 0)], {(0, 0)}
    order = {node.id: index for index, node in enumerate(shown)}
    for node in sorted(shown, key=lambda n: (column[n.id], n.id not in asides, order[n.id])):
        lane, at = lanes.index(lane_of(node)), column[node.id]
        while (lane, at) in used:
            at += 1
        used.add((lane, at))
        places.append(Place(node.id, lane, at))
    final = {p.node: p.column for p in places}
    arrows = [Arrow(START, route.first.id, (), "main")]
    for (source, target), outcomes in links.items():
        kind = _kind(source, target, final, asides=asides, ends=ends)
        arrows.append(Arrow(source, target, tuple(outcomes), kind))
    return Plan(tuple(lanes), tuple(places), tuple(arrows), max(final.values()) + 1)


def _unseen(node: AnyNode) -> bool:
    """What the system does by itself, and gateways, which are passed in a moment."""
    return isinstance(node, Auto | Gateway) or (isinstance(node, Wait) and node.party == SYSTEM)


def _links(route: Route, hidden: set[str]) -> dict[tuple[str, str], list[Outcome]]:
    """(source, target) → outcomes, with hidden nodes skipped over."""
    links: dict[tuple[str, str], list[Outcome]] = {}
    for node in route.nodes:
        if node.id in hidden:
            continue
        for outcome in node.outcomes:
            for target in _beyond(route, outcome.to, hidden, seen=frozenset()):
                links.setdefault((node.id, target), []).append(outcome)
    return links


def _beyond(route: Route, target: str, hidden: set[str], *, seen: frozenset[str]) -> list[str]:
    if target == BACK or target in seen:
        return []
    if target not in hidden:
        return [target]
    found: list[str] = []
    for outcome in route.node(target).outcomes:
        for beyond in _beyond(route, outcome.to, hidden, seen=seen | {target}):
            if beyond not in found:
                found.append(beyond)
    return found


def _asides(shown: Sequence[AnyNode], links: Iterable[tuple[str, str]], *, first: str) -> dict[str, str]:
    """Steps that are entered from one other step and lead only back to it (or out): step → the one it interrupts."""
    pairs, ends = list(links), {n.id for n in shown if isinstance(n, End)}
    asides = {}
    for node in shown:
        before = {s for s, t in pairs if t == node.id}
        after = {t for s, t in pairs if s == node.id and t not in ends}
        if node.id not in ends and node.id != first and len(before) == 1 and after == before:
            asides[node.id] = before.pop()
    return asides


def _columns(
    shown: Sequence[AnyNode],
    links: Iterable[tuple[str, str]],
    *,
    asides: dict[str, str],
    ends: set[str],
    first: str,
) -> dict[str, int]:
    """The longest way forward from the start; arrows that lead back count for nothing."""
    pairs = list(links)
    forward: dict[str, list[str]] = {}
    for source, target in pairs:
        if source not in asides and target not in asides and target not in ends:
            forward.setdefault(source, []).append(target)
    kept, state = [], dict.fromkeys((n.id for n in shown), 0)

    def walk(node: str) -> None:
        state[node] = 1
        for target in forward.get(node, ()):
            if state[target] != 1:
                kept.append((node, target))
            if state[target] == 0:
                walk(target)
        state[node] = 2

    walk(first)
    column = {first: 1}
    for _ in shown:
        for source, target in kept:
            if source in column:
                column[target] = max(column.get(target, 0), column[source] + 1)
    for node, host in asides.items():
        column[node] = column.get(host, 1)
    for end in ends:
        column[end] = max((column[s] + 1 for s, t in pairs if t == end and s in column), default=2)
    for other in shown:  # entered from outside at any time: beside the end to which it may lead
        if other.id not in column:
            column[other.id] = max(
                (column[t] + 1 for s, t in pairs if s == other.id and t in ends), default=2
            )
    return column


def _lanes(shown: Sequence[AnyNode], column: dict[str, int]) -> list[str]:
    """The applicant first, then who works, in the order of work; the system and partners last."""
    lanes = [APPLICANT]
    for node in sorted(shown, key=lambda n: column[n.id]):
        if lane_of(node) not in lanes:
            lanes.append(lane_of(node))
    last = [lane for lane in (PARTNER, SYSTEM) if lane in lanes]
    return [lane for lane in lanes if lane not in last] + last


def _kind(source: str, target: str, column: dict[str, int], *, asides: dict[str, str], ends: set[str]) -> str:
    if target in asides and asides[target] == source:
        return "aside"
    if source in asides and asides[source] == target:
        return "return"
    if target in ends:
        return "main" if column[target] == max(column.values()) and source not in asides else "exit"
    return "main" if column[target] > column[source] else "back"


class Canvas:
    """Turns places into coordinates and arrows into rectangular paths that go round the boxes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.taken = {(place.lane, place.column) for place in plan.places}

    def centre(self, place: Place) -> tuple[float, float]:
        return LANE_TITLE + place.column * COLUMN + COLUMN / 2, place.lane * LANE + LANE / 2

    def points(self, arrow: Arrow) -> list[tuple[float, float]]:
        """The corners of an arrow, from the edge of one box to the edge of the other."""
        source, target = self.plan.place(arrow.source), self.plan.place(arrow.target)
        (sx, sy), (tx, ty) = self.centre(source), self.centre(target)
        half, tall = BOX_WIDTH / 2, BOX_HEIGHT / 2
        if arrow.kind in {"aside", "return"} and source.column == target.column:
            x = sx - 16 if arrow.kind == "aside" else sx + 16
            sign = 1 if target.lane > source.lane else -1
            return [(x, sy + sign * tall), (x, ty - sign * tall)]
        if target.column > source.column:
            gap = sx + COLUMN / 2 + (4 if arrow.kind == "exit" else -3)
            between = any((target.lane, c) in self.taken for c in range(source.column + 1, target.column))
            if not between:
                return (
                    [(sx + half, sy), (tx - half, ty)]
                    if sy == ty
                    else [(sx + half, sy), (gap, sy), (gap, ty), (tx - half, ty)]
                )
            above = target.lane * LANE + 5
            if source.lane == target.lane:
                return [(sx + 8, sy - tall), (sx + 8, above), (tx, above), (tx, ty - tall)]
            return [(sx + half, sy), (gap, sy), (gap, above), (tx, above), (tx, ty - tall)]
        return self._backward(source, target)

    def _backward(self, source: Place, target: Place) -> list[tuple[float, float]]:
        """Along the edge of the target's lane that faces the source, so that it crosses no box of that lane."""
        (sx, sy), (tx, ty) = self.centre(source), self.centre(target)
        tall = BOX_HEIGHT / 2
        x, into = sx - 30, tx + 30
        if target.lane > source.lane:
            track = target.lane * LANE + 9
            return [(x, sy + tall), (x, track), (into, track), (into, ty - tall)]
        track = (target.lane + 1) * LANE - 9
        leave = sy + tall if target.lane == source.lane else sy - tall
        return [(x, leave), (x, track), (into, track), (into, ty + tall)]
