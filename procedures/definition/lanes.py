"""Where each node and arrow of a route's diagram stands: lanes are roles, columns are the order of work. Pure.

The layout says what a reader asks first: who, in which order, and where the applicant must act. Therefore
- a step that only waits and returns to where it came from (a supplement, a fee) stands in the column of the step
  that it interrupts, not on the way forward;
- what the system does by itself (rendering, sealing) and gateways are left out, unless asked for;
- boxes never share a place: within a lane a taken column pushes the later box to the right.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from procedures.definition.model import Auto, End, Human, Outcome, Route, Wait
from procedures.definition.route import BACK, AnyNode, Gateway

__all__ = [
    "APPLICANT",
    "START",
    "SYSTEM",
    "Arrow",
    "Canvas",
    "Place",
    "Plan",
    "arrange",
    "lane_of",
    "start_lane",
]

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


def start_lane(route: Route) -> str:
    """Whose act begins a dossier: the applicant's, or of the officials who open it."""
    by = route.opened_by
    return f"{by.role.value}:{by.unit}" if by else APPLICANT


def arrange(route: Route, *, system: bool = False) -> Plan:
    """The plan of a route that the verifier has passed. `system`: show also what the system does by itself."""
    begins = start_lane(route)
    hidden = set() if system else {n.id for n in route.nodes if _unseen(n)}
    if route.first.id in hidden:
        hidden.discard(route.first.id)
    shown = [node for node in route.nodes if node.id not in hidden]
    links = _links(route, hidden)
    asides = _asides(shown, links, first=route.first.id)
    ends = {n.id for n in shown if isinstance(n, End)}
    backward = _backward_links(route, hidden)
    forward = [pair for pair in links if pair not in backward]
    final = _columns(shown, links, forward, asides=asides, ends=ends, first=route.first.id, begins=begins)
    lanes = _lanes(shown, final, begins)
    places = [
        Place(START, lanes.index(begins), 0),
        *(Place(n.id, lanes.index(lane_of(n)), final[n.id]) for n in shown),
    ]
    final[START] = 0
    arrows = [Arrow(START, route.first.id, (), "main")]
    for (source, target), outcomes in links.items():
        kind = _kind(source, target, final, asides=asides, ends=ends)
        arrows.append(Arrow(source, target, tuple(outcomes), kind))
    return Plan(tuple(lanes), tuple(places), tuple(arrows), max(final.values()) + 1)


def _unseen(node: AnyNode) -> bool:
    """What the system does by itself, and gateways, which are passed in a moment."""
    return isinstance(node, Auto | Gateway) or (isinstance(node, Wait) and node.party == SYSTEM)


def _links(
    route: Route, hidden: set[str], *, without: Collection[tuple[str, str]] = ()
) -> dict[tuple[str, str], list[Outcome]]:
    """(source, target) → outcomes, with hidden nodes skipped over; `without` these steps from node to node."""
    links: dict[tuple[str, str], list[Outcome]] = {}
    for node in route.nodes:
        if node.id in hidden:
            continue
        for outcome in node.outcomes:
            if (node.id, outcome.to) in without:
                continue
            for target in _beyond(route, outcome.to, hidden, without, seen=frozenset()):
                if (
                    target != node.id
                ):  # what leaves everything where it is (a new date) is told by the table alone
                    links.setdefault((node.id, target), []).append(outcome)
    return links


def _beyond(
    route: Route,
    target: str,
    hidden: set[str],
    without: Collection[tuple[str, str]],
    *,
    seen: frozenset[str],
) -> list[str]:
    if target == BACK or target in seen:
        return []
    if target not in hidden:
        return [target]
    found: list[str] = []
    for outcome in route.node(target).outcomes:
        if (target, outcome.to) in without:
            continue
        for beyond in _beyond(route, outcome.to, hidden, without, seen=seen | {target}):
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
    forward: Iterable[tuple[str, str]],
    *,
    asides: dict[str, str],
    ends: set[str],
    first: str,
    begins: str,
) -> dict[str, int]:
    """Each box one column behind those before it, and behind any that has its place in the lane already.

    First the way forward, then the steps that only interrupt, beside their host; then the ends, and at last what is
    entered from outside at any time, beside the end to which it may lead. Arrows that lead back count for nothing.
    """
    pairs, outside = list(links), {*asides, *ends}
    kept = [(s, t) for s, t in forward if s not in outside and t not in outside]
    ahead = _ahead(kept, first=first)
    order = {node.id: index for index, node in enumerate(shown)}
    lane = {node.id: lane_of(node) for node in shown}
    column: dict[str, int] = {}
    used = {(begins, 0)}

    def settle(node: str, at: int) -> None:
        while (lane[node], at) in used:
            at += 1
        used.add((lane[node], at))
        column[node] = at

    for node in sorted(ahead, key=lambda n: (ahead[n], order[n])):
        settle(node, max([ahead[node], *(column[s] + 1 for s, t in kept if t == node)]))
    for node, host in asides.items():
        settle(node, column.get(host, 1))
    for end in sorted(ends, key=lambda e: max((column.get(s, 0) for s, t in pairs if t == e), default=0)):
        settle(end, max((column[s] + 1 for s, t in pairs if t == end and s in column), default=2))
    for other in (node.id for node in shown if node.id not in column):
        settle(other, max((column[t] + 1 for s, t in pairs if s == other and t in ends), default=2))
    return column


def _ahead(forward: Sequence[tuple[str, str]], *, first: str) -> dict[str, int]:
    """The longest way forward to each step from the start."""
    ahead = {first: 1}
    for _ in forward:
        for source, target in forward:
            if source in ahead:
                ahead[target] = max(ahead.get(target, 0), ahead[source] + 1)
    return ahead


def _backward_links(route: Route, hidden: set[str]) -> set[tuple[str, str]]:
    """Links all of whose ways go back to where the walk still is: judged with gateways, which a loop may pass."""
    back: set[tuple[str, str]] = set()
    open_, done = set[str](), set[str]()

    def walk(node: AnyNode) -> None:
        open_.add(node.id)
        for outcome in node.outcomes:
            if outcome.to in open_:
                back.add((node.id, outcome.to))
            elif outcome.to != BACK and outcome.to not in done:
                walk(route.node(outcome.to))
        open_.discard(node.id)
        done.add(node.id)

    walk(route.first)
    onward = _links(route, hidden, without=back)
    return {pair for pair in _links(route, hidden) if pair not in onward}


def _lanes(shown: Sequence[AnyNode], column: dict[str, int], begins: str) -> list[str]:
    """The applicant first, then who begins and who works, in the order of work; the system and partners last."""
    lanes = list(dict.fromkeys([APPLICANT, begins]))
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
