"""The walk: every position that a dossier can reach, as the product of route and law. Pure.

A position is the open node, the legal state, what is interrupted, and the few facts that conditions ask for. Only
the product shows that a node performs an act that the law does not allow *there*. The walk is breadth first, so the
way to a fault is a shortest one; it is finite because the counted facts are capped.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from procedures.definition import conditions
from procedures.definition.findings import Finding
from procedures.definition.model import FACTS, Definition, End, Human, Need, Outcome, PaperStep, Wait
from procedures.law.life import FINAL, INTERRUPTING, Act, Edge, State, edge

__all__ = ["Position", "walk"]

LARGEST = 100_000
BACK = "back"

_PAPER_LIFE = {
    PaperStep.MAKE: ("", "made"),
    PaperStep.RENDERED: ("made", "rendered"),
    PaperStep.APPROVE: ("rendered", "approved"),
    PaperStep.SIGNED: ("approved", "signed"),
    PaperStep.CHECK: ("signed", "checked"),
    PaperStep.PUBLISH: ("checked", "published"),
}
"""Step → what the paper that decides must be before it, and is after it."""
_SIGNED = frozenset({"signed", "checked", "published"})


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


@dataclass(frozen=True, slots=True)
class Position:
    """Where a dossier is."""

    node: str
    state: State
    interrupted: tuple[State, ...] = ()
    suspended: str = ""
    """The node that waits while a withdrawal is decided."""
    fee_settled: bool = False
    intake_rounds: int = 0
    rounds: int = 0
    draft: str = ""
    """What the present draft decides: "grant", "refusal" or nothing yet."""
    assigned: bool = False
    paper: str = ""
    """How far the paper that decides has come; empty: there is none."""

    def facts(self, definition: Definition) -> dict[str, dict[str, bool | int]]:
        """What a condition of an outcome may ask."""
        return {
            "facts": {
                "fee_settled": self.fee_settled,
                "fee_total": sum(fee.amount for fee in definition.fees),
                "intake_rounds": self.intake_rounds,
                "rounds": self.rounds,
                "rounds_allowed": definition.terms.supplement_rounds,
            }
        }


@dataclass(slots=True)
class _Walk:
    definition: Definition
    nodes: dict[str, Human | Wait | End]
    came: dict[Position, tuple[Position, str] | None]
    taken: set[tuple[str, str]]
    """(node, outcome) that some dossier takes."""
    onward: dict[Position, set[Position]]
    findings: dict[tuple[str, str], Finding]
    """The first finding of each kind and place: its way is the shortest."""

    def way(self, position: Position, *more: str) -> tuple[str, ...]:
        steps: list[str] = []
        at: Position | None = position
        while at is not None:
            before = self.came[at]
            if before is None:
                break
            at, step = before
            steps.append(step)
        return (*reversed(steps), *more)

    def find(self, code: str, where: str, message: str, way: tuple[str, ...], **details: object) -> None:
        self.findings.setdefault((code, where), Finding(code, where, message, details, way))


def walk(definition: Definition) -> list[Finding]:
    """Every fault that only walking shows. The route must be free of dangling edges and bad conditions.

    Raises ValueError for a route of more than 100,000 positions.
    """
    nodes = {node.id: node for node in definition.route.nodes}
    run = _Walk(definition, nodes, {}, set(), {}, {})
    first = Position(definition.route.first.id, State.SUBMITTED)
    queue: deque[Position] = deque()
    for start in [replace(first, fee_settled=True)] + (
        [first] if any(fee.amount for fee in definition.fees) else []
    ):
        run.came[start] = None
        queue.append(start)
    while queue:
        position = queue.popleft()
        run.onward[position] = set()
        for step, following in _steps(run, position):
            run.onward[position].add(following)
            if following not in run.came:
                run.came[following] = (position, step)
                queue.append(following)
        if len(run.came) > LARGEST:
            raise ValueError(f"the route has more than {LARGEST} positions")
    _find_ways_without_end(run)
    _find_unreached(run)
    return list(run.findings.values())


def _steps(run: _Walk, position: Position) -> Iterator[tuple[str, Position]]:
    node = run.nodes[position.node]
    if isinstance(node, End):
        _judge_end(run, node, position)
        return
    _judge_node(run, node, position)
    open_ways = 0
    for outcome in node.outcomes:
        if not _is_open(run.definition, outcome, position):
            continue
        open_ways += 1
        run.taken.add((node.id, outcome.id))
        step = f"{node.id}.{outcome.id}"
        following = _take(run, node, outcome, position, step)
        if following is not None:
            yield step, following
    if not open_ways:
        message = gettext_noop("%(where)s: no way out is open; a dossier would be stuck here")
        run.find("deadlock", node.id, message, run.way(position))
    may_withdraw = position.state in edge(Act.REQUEST_WITHDRAWAL).sources and position.paper not in _SIGNED
    if not position.suspended and may_withdraw:
        for other in run.nodes.values():
            if isinstance(other, Human) and other.interrupt:
                interrupted = (*position.interrupted, position.state)
                yield (
                    "request_withdrawal",
                    replace(
                        position,
                        node=other.id,
                        state=State.WITHDRAWAL_REQUESTED,
                        interrupted=interrupted,
                        suspended=position.node,
                    ),
                )


def _is_open(definition: Definition, outcome: Outcome, position: Position) -> bool:
    """Whether the outcome can be taken: its condition holds, and it decides what the draft says."""
    if not conditions.holds(outcome.when, position.facts(definition), scope=FACTS):
        return False
    if outcome.act is Act.GRANT:
        return position.draft != "refusal"
    if outcome.act is Act.REFUSE:
        return position.draft != "grant"
    return True


def _take(run: _Walk, node: Human | Wait, outcome: Outcome, position: Position, step: str) -> Position | None:
    """The position after an outcome; None where the law does not allow it (a finding)."""
    following = position
    if outcome.act is not None:
        _judge_act(run, outcome, position, step)
        legal = _perform(edge(outcome.act), position)
        if legal is None:
            message = gettext_noop(
                "%(where)s: the law does not allow “%(act)s” for a dossier that is “%(state)s”"
            )
            run.find(
                "illegal_act",
                step,
                message,
                run.way(position, step),
                act=str(outcome.act),
                state=str(position.state),
            )
            return None
        following = _count(run, outcome, legal)
    elif position.state is not State.IN_PROCESS:
        message = gettext_noop(
            "%(where)s: is an internal step, but the dossier is “%(state)s” and work rests"
        )
        run.find("illegal_act", step, message, run.way(position, step), state=str(position.state))
        return None
    following = _advance_paper(run, outcome, following, run.way(position, step), step)
    if Need.DRAFT_GRANT in outcome.needs:
        following = replace(following, draft="grant")
    if Need.DRAFT_REFUSAL in outcome.needs:
        following = replace(following, draft="refusal")
    if Need.ASSIGNEE in outcome.needs:
        following = replace(following, assigned=True)
    if outcome.to == BACK:
        return replace(following, node=position.suspended, suspended="") if position.suspended else None
    if isinstance(run.nodes[outcome.to], End):
        return replace(following, node=outcome.to, suspended="")  # what was open is closed with it
    return replace(following, node=outcome.to)


def _advance_paper(
    run: _Walk, outcome: Outcome, position: Position, way: tuple[str, ...], step: str
) -> Position:
    if outcome.step is None:
        if outcome.act in {Act.GRANT, Act.REFUSE}:
            message = gettext_noop("%(where)s: decides without publishing a sealed paper")
            run.find("paper_out_of_step", step, message, way)
        return position
    if outcome.step is PaperStep.VOID:
        return replace(position, paper="")
    before, after = _PAPER_LIFE[outcome.step]
    if position.paper != before:
        message = gettext_noop("%(where)s: “%(step)s” does not fit a paper that is “%(paper)s”")
        run.find("paper_out_of_step", step, message, way, step=str(outcome.step), paper=position.paper or "-")
    return replace(position, paper=after)


def _perform(row: Edge, position: Position) -> Position | None:
    """One act by the legal table; None when it is illegal in this state."""
    if position.state not in row.sources:
        return None
    stack = position.interrupted
    if row.target is None:
        return replace(position, state=stack[-1], interrupted=stack[:-1]) if stack else None
    if row.target in INTERRUPTING:
        stack = (*stack, position.state)
    elif row.target in FINAL:
        stack = ()
    return replace(position, state=row.target, interrupted=stack)


def _count(run: _Walk, outcome: Outcome, position: Position) -> Position:
    allowed = run.definition.terms.supplement_rounds
    match outcome.act:
        case Act.REQUEST_INTAKE_SUPPLEMENT:
            return replace(position, intake_rounds=min(position.intake_rounds + 1, 2))
        case Act.REQUEST_SUPPLEMENT:
            return replace(position, rounds=min(position.rounds + 1, allowed + 1))
        case Act.PAY:
            return replace(position, fee_settled=True)
    return position


def _judge_act(run: _Walk, outcome: Outcome, position: Position, step: str) -> None:
    way = run.way(position, step)
    if outcome.act is Act.REQUEST_INTAKE_SUPPLEMENT and position.intake_rounds:
        message = gettext_noop("%(where)s: missing papers may be asked for once only, in full")
        run.find("asked_twice", step, message, way)
    allowed = run.definition.terms.supplement_rounds
    if outcome.act is Act.REQUEST_SUPPLEMENT and position.rounds >= allowed:
        message = gettext_noop("%(where)s: more supplements could be asked for than the %(allowed)s allowed")
        run.find("too_many_rounds", step, message, way, allowed=allowed)
    if outcome.act in {Act.GRANT, Act.REFUSE} and not position.fee_settled:
        message = gettext_noop("%(where)s: the dossier could be decided before the fee is settled")
        run.find("fee_forgotten", step, message, way)
    if outcome.act is Act.REFUSE and position.draft != "refusal" and Need.GROUNDS not in outcome.needs:
        message = gettext_noop("%(where)s: refuses without a legal ground")
        run.find("refusal_without_ground", step, message, way)


def _judge_node(run: _Walk, node: Human | Wait, position: Position) -> None:
    if isinstance(node, Human) and node.assigned and not position.assigned:
        message = gettext_noop("%(where)s: only the assigned person may act, but nobody has been assigned")
        run.find("nobody_assigned", node.id, message, run.way(position))
    waits = {State.FEE_DUE, State.INTAKE_SUPPLEMENT, State.SUPPLEMENT_REQUESTED}
    if isinstance(node, Human) and node.limit is None and position.state in waits:
        message = gettext_noop("%(where)s: waits for the applicant without a time limit")
        run.find("wait_without_limit", node.id, message, run.way(position))


def _judge_end(run: _Walk, node: End, position: Position) -> None:
    if position.state not in FINAL:
        message = gettext_noop("%(where)s: the route ends, but the dossier is still “%(state)s”")
        run.find("not_final", node.id, message, run.way(position), state=str(position.state))
    elif position.state not in node.states:
        message = gettext_noop("%(where)s: a dossier arrives “%(state)s”, which is not a state of this end")
        run.find("wrong_end", node.id, message, run.way(position), state=str(position.state))


def _find_ways_without_end(run: _Walk) -> None:
    """Positions from which no end can be reached any more; positions with a finding of their own are left out."""
    backward: dict[Position, set[Position]] = {}
    for position, followings in run.onward.items():
        for following in followings:
            backward.setdefault(following, set()).add(position)
    good = {position for position in run.came if isinstance(run.nodes[position.node], End)}
    queue = deque(good)
    while queue:
        for before in backward.get(queue.popleft(), ()):
            if before not in good:
                good.add(before)
                queue.append(before)
    named = {finding.where.split(".")[0] for finding in run.findings.values()}
    for position in run.came:
        if position not in good and position.node not in named:
            message = gettext_noop("%(where)s: from here no dossier ever reaches an end")
            run.find("no_end", position.node, message, run.way(position))


def _find_unreached(run: _Walk) -> None:
    reached = {position.node for position in run.came}
    for node in run.nodes.values():
        if node.id not in reached:
            run.find("dead_node", node.id, gettext_noop("%(where)s: no dossier ever comes here"), ())
        elif not isinstance(node, End):
            for outcome in node.outcomes:
                if (node.id, outcome.id) not in run.taken:
                    where = f"{node.id}.{outcome.id}"
                    message = gettext_noop("%(where)s: this way out is never open")
                    run.find("dead_outcome", where, message, ())
