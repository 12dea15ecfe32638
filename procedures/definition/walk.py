"""The walk: every position that a dossier can reach, as the product of marking and law. Pure.

A position is the marking (the open nodes, each with the branch it belongs to), the legal state, what is interrupted,
and the few facts that conditions ask for. Only the product shows that a node performs an act that the law does not
allow *there*. The walk is breadth first, so the way to a fault is a shortest one; it is finite because the counted
facts are capped.

Branches of a split take internal steps only (`procedures.definition.blocks` has seen to it): none of their steps
changes the state, a fact, or another branch. Their order therefore cannot matter, and one order is walked: of several
open branches the first goes on. So twelve branches cost twelve times one, not two to the twelfth. `every_order=True`
walks them all; a test compares the two. What a gateway decides by the answers may be anything, so every such way is
walked.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from procedures.definition import conditions
from procedures.definition.findings import Finding
from procedures.definition.model import (
    FACTS,
    Auto,
    Decide,
    Definition,
    End,
    Human,
    Join,
    Need,
    Outcome,
    PaperStep,
    Split,
    Step,
)
from procedures.definition.pieces import asked_by, holds_for
from procedures.definition.positions import Position, Token, Walk
from procedures.definition.route import BACK
from procedures.law.life import FINAL, INTERRUPTING, Act, Edge, State, edge

__all__ = [
    "Position",
    "Token",
    "Walk",
    "arrive",
    "beginning",
    "is_open",
    "states",
    "steps_from",
    "take",
    "walk",
]

LARGEST = 100_000

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
_TRACKED = frozenset(f"facts.{name}" for name in FACTS["facts"])
"""What a position knows; a condition on anything else may go either way."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def walk(definition: Definition, *, every_order: bool = False) -> list[Finding]:
    """Every fault that only walking shows. The route must be free of the faults that `shape` calls fatal.

    Raises ValueError for a route of more than 100,000 positions.
    """
    run = _explored(definition, every_order)
    _find_ways_without_end(run)
    _find_unreached(run)
    _find_ungranted(run)
    return list(run.findings.values())


def states(definition: Definition) -> dict[str, tuple[State, ...]]:
    """Node → the legal states in which a dossier may stand there, in the order of the law. A sound route only.

    What an interruption leaves open rests, and is not counted.
    """
    found: dict[str, set[State]] = {}
    for position in _explored(definition, every_order=False).came:
        standing = [(position.interrupting, "")] if position.interrupting else position.tokens
        for node, _branch in standing:
            found.setdefault(node, set()).add(position.state)
    return {node: tuple(state for state in State if state in seen) for node, seen in found.items()}


def _explored(definition: Definition, every_order: bool) -> Walk:
    """Every position that can be reached, breadth first."""
    nodes = {node.id: node for node in definition.route.nodes}
    run = Walk(definition, nodes, every_order, {}, set(), set(), {}, {})
    queue: deque[Position] = deque()
    free = not any(fee.amount or fee.by for fee in definition.fees)
    for settled in (True,) if free else (True, False):
        start = beginning(definition, fee_settled=settled)
        for first in arrive(run, start, definition.route.first.id, ""):
            if first not in run.came:
                run.came[first] = None
                queue.append(first)
    while queue:
        position = queue.popleft()
        run.onward[position] = set()
        for step, following in steps_from(run, position):
            run.onward[position].add(following)
            if following not in run.came:
                run.came[following] = (position, step)
                queue.append(following)
        if len(run.came) > LARGEST:
            raise ValueError(f"the route has more than {LARGEST} positions")
    return run


def beginning(definition: Definition, *, fee_settled: bool) -> Position:
    """Where a dossier stands once it has begun, before it enters the route."""
    state = edge(definition.beginning).target
    assert state is not None  # no act that begins goes back to anything
    return Position((), state, fee_settled=fee_settled)


def steps_from(run: Walk, position: Position) -> Iterator[tuple[str, Position]]:
    if position.interrupting:
        yield from _outcomes(run, position, (position.interrupting, ""))
        return
    ended = [run.nodes[name] for name, _path in position.tokens if isinstance(run.nodes[name], End)]
    if ended:
        for end in ended:
            assert isinstance(end, End)
            _judge_end(run, end, position)
        return
    # Outside every split there is one token; of the tokens of branches one goes on, as their order cannot matter.
    for token in position.tokens if run.every_order else position.tokens[:1]:
        yield from _outcomes(run, position, token)
    asked = Act.REQUEST_WITHDRAWAL
    if (
        asked in run.definition.acts
        and position.state in edge(asked).sources
        and position.paper not in _SIGNED
    ):
        for other in run.definition.route.people:
            if other.interrupt:
                run.reached.add(other.id)
                interrupted = (*position.interrupted, position.state)
                yield (
                    "request_withdrawal",
                    replace(
                        position,
                        state=State.WITHDRAWAL_REQUESTED,
                        interrupted=interrupted,
                        interrupting=other.id,
                    ),
                )


def _outcomes(run: Walk, position: Position, token: Token) -> Iterator[tuple[str, Position]]:
    """Every way on from one open node."""
    node = run.nodes[token[0]]
    assert isinstance(node, Step)
    _judge_node(run, node, position)
    open_ways = 0
    for outcome in node.outcomes:
        if not is_open(run.definition, outcome, position):
            continue
        open_ways += 1
        run.taken.add((node.id, outcome.id))
        step = f"{node.id}.{outcome.id}"
        for following in take(run, token, outcome, position, step):
            yield step, following
        if isinstance(node, Auto):
            break  # the system takes the first that is open
    if not open_ways:
        message = gettext_noop("%(where)s: no way out is open; a dossier would be stuck here")
        run.find("deadlock", node.id, message, run.way(position))


def is_open(definition: Definition, outcome: Outcome, position: Position) -> bool:
    """Whether the outcome can be taken: its condition holds, and it decides what the draft says."""
    if not conditions.holds(outcome.when, position.facts(definition), scope=FACTS):
        return False
    if outcome.act is Act.GRANT:
        return position.draft != "refusal"
    if outcome.act is Act.REFUSE:
        return position.draft != "grant"
    return True


def take(run: Walk, token: Token, outcome: Outcome, position: Position, step: str) -> Iterator[Position]:
    """The positions after an outcome; none where the law does not allow it (a finding)."""
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
            return
        following = _count(run, outcome, legal)
    elif position.state is not State.IN_PROCESS:
        message = gettext_noop(
            "%(where)s: is an internal step, but the dossier is “%(state)s” and work rests"
        )
        run.find("illegal_act", step, message, run.way(position, step), state=str(position.state))
        return
    following = _advance_paper(run, outcome, following, run.way(position, step), step)
    if Need.DRAFT_GRANT in outcome.needs:
        following = replace(following, draft="grant")
    if Need.DRAFT_REFUSAL in outcome.needs:
        following = replace(following, draft="refusal")
    if Need.ASSIGNEE in outcome.needs:
        following = replace(following, assigned=True)
    if outcome.to == BACK:
        yield replace(following, interrupting="")
        return
    if position.interrupting:
        # An interruption that ends the route closes what was open; one that goes on would leave it behind.
        following = replace(following, interrupting="", tokens=())
    else:
        following = replace(following, tokens=tuple(other for other in position.tokens if other != token))
    yield from arrive(run, following, outcome.to, token[1])


def arrive(run: Walk, position: Position, target: str, branch: str) -> Iterator[Position]:
    """Every position after a token has come to `target`, passing gateways on the way."""
    node = run.nodes[target]
    run.reached.add(node.id)
    match node:
        case Decide():
            for outcome in node.outcomes:
                may = _may_hold(run, outcome.when, position)
                if may is not False:
                    run.taken.add((node.id, outcome.id))
                    yield from arrive(run, position, outcome.to, branch)
                if may is True:
                    break
        case Split():
            yield from _start_branches(run, node, position, branch)
        case Join():
            outer, _, own = branch.rpartition("/")
            split = own.rpartition("_")[0]
            siblings = f"{outer}/{split}_" if outer else f"{split}_"
            if any(path.startswith(siblings) for _name, path in position.tokens):
                yield position  # others are under way; the last of them goes on
            else:
                run.taken.add((node.id, "on"))
                yield from arrive(run, position, node.to, outer)
        case _:
            yield replace(position, tokens=tuple(sorted((*position.tokens, (target, branch)))))


def _start_branches(run: Walk, split: Split, position: Position, branch: str) -> Iterator[Position]:
    """With every branch that may start, and with only those that must: as they are independent, that shows all."""
    paths = [f"{branch}/{split.id}_{index}".lstrip("/") for index in range(len(split.outcomes))]
    certain = [_may_hold(run, outcome.when, position) for outcome in split.outcomes]
    most = tuple(index for index, may in enumerate(certain) if may is not False)
    least = tuple(index for index in most if certain[index])
    for chosen in (most, least) if least != most else (most,):
        positions = [position]
        for index in chosen:
            outcome = split.outcomes[index]
            run.taken.add((split.id, outcome.id))
            positions = [
                after for before in positions for after in arrive(run, before, outcome.to, paths[index])
            ]
        yield from positions if chosen else arrive(run, position, split.join, paths[0])


def _may_hold(run: Walk, when: str, position: Position) -> bool | None:
    """Whether a gateway's condition holds here; None: it depends on what the walk does not follow."""
    if not when:
        return True
    if conditions.names(when) <= _TRACKED:
        return conditions.holds(when, position.facts(run.definition), scope=FACTS)
    if run.answers is not None and asked_by(run.definition, when) <= _TRACKED | run.answers.keys():
        return holds_for(run.definition, when, run.answers, position.facts(run.definition)["facts"])
    return None


def _advance_paper(
    run: Walk, outcome: Outcome, position: Position, way: tuple[str, ...], step: str
) -> Position:
    if outcome.step is None:
        kind = run.definition.papers.get(outcome.paper)
        result = outcome.act is Act.GRANT and kind is not None and kind.is_result
        if outcome.act in {Act.GRANT, Act.REFUSE} and not result:
            message = gettext_noop("%(where)s: decides without publishing a sealed paper")
            run.find("paper_out_of_step", step, message, way)
        return position
    if outcome.step is PaperStep.VOID:
        return replace(position, paper="")
    before, after = _paper_life(run, outcome.step, position)
    if position.paper != before:
        message = gettext_noop("%(where)s: “%(step)s” does not fit a paper that is “%(paper)s”")
        run.find("paper_out_of_step", step, message, way, step=str(outcome.step), paper=position.paper or "-")
    return replace(position, paper=after)


def _paper_life(run: Walk, step: PaperStep, position: Position) -> tuple[str, str]:
    """What the paper must be before the step, and is after it: countersignatures are counted."""
    before, after = _PAPER_LIFE.get(step, ("", ""))
    kind = run.definition.papers.get("refusal" if position.draft == "refusal" else "decision")
    wanted = kind.countersigners if kind else 0
    had = int(position.paper.rpartition(" ")[2]) if " " in position.paper else 0
    if step is PaperStep.COUNTERSIGN:
        # One too many is out of step, and counted no further: the walk must end.
        return (_read(had) if had < wanted else "never"), f"countersigning {min(had, wanted) + 1}"
    if step is PaperStep.COUNTERSIGNED:
        return f"countersigning {had}", _read(had)
    return (_read(wanted), after) if step is PaperStep.APPROVE else (before, after)


def _read(countersigned: int) -> str:
    """A paper that lies before the next who reads and signs it."""
    return f"countersigned {countersigned}" if countersigned else "rendered"


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


def _count(run: Walk, outcome: Outcome, position: Position) -> Position:
    allowed = run.definition.terms.supplement_rounds
    match outcome.act:
        case Act.REQUEST_INTAKE_SUPPLEMENT:
            return replace(position, intake_rounds=min(position.intake_rounds + 1, 2))
        case Act.REQUEST_SUPPLEMENT:
            return replace(position, rounds=min(position.rounds + 1, allowed + 1))
        case Act.PAY:
            return replace(position, fee_settled=True)
    return position


def _judge_act(run: Walk, outcome: Outcome, position: Position, step: str) -> None:
    way = run.way(position, step)
    if outcome.act is Act.REQUEST_INTAKE_SUPPLEMENT and position.intake_rounds:
        message = gettext_noop("%(where)s: missing papers may be asked for once only, in full")
        run.find("asked_twice", step, message, way)
    allowed = run.definition.terms.supplement_rounds
    if outcome.act is Act.REQUEST_SUPPLEMENT and position.rounds >= allowed:
        message = gettext_noop("%(where)s: more supplements could be asked for than the %(allowed)s allowed")
        run.find("too_many_rounds", step, message, way, allowed=allowed)
    if outcome.act is Act.DEMAND_FEE and position.fee_settled:
        message = gettext_noop("%(where)s: the fee could be asked for when it is settled")
        run.find("fee_asked_twice", step, message, way)
    if outcome.act in {Act.GRANT, Act.REFUSE} and not position.fee_settled:
        message = gettext_noop("%(where)s: the dossier could be decided before the fee is settled")
        run.find("fee_forgotten", step, message, way)
    if outcome.act is Act.REFUSE and position.draft != "refusal" and Need.GROUNDS not in outcome.needs:
        message = gettext_noop("%(where)s: refuses without a legal ground")
        run.find("refusal_without_ground", step, message, way)


_ANSWERS = {
    State.FEE_DUE: Act.PAY,
    State.INTAKE_SUPPLEMENT: Act.SUPPLY_INTAKE_SUPPLEMENT,
    State.SUPPLEMENT_REQUESTED: Act.SUPPLY_SUPPLEMENT,
}
"""While it is the applicant's turn: the act by which what was asked is given."""


def _judge_node(run: Walk, node: Step, position: Position) -> None:
    if isinstance(node, Human) and node.assigned and not position.assigned:
        message = gettext_noop("%(where)s: only the assigned person may act, but nobody has been assigned")
        run.find("nobody_assigned", node.id, message, run.way(position))
    if position.draft != "grant" and any(outcome.by_list for outcome in node.outcomes):
        message = gettext_noop("%(where)s: a dossier would wait to be listed whose draft does not grant")
        run.find("listed_ungranted", node.id, message, run.way(position))
    answer = _ANSWERS.get(position.state)
    if answer is not None and answer not in {outcome.act for outcome in node.outcomes}:
        message = gettext_noop("%(where)s: the applicant is asked here, and no way out is the answer")
        run.find("no_answer", node.id, message, run.way(position))
    if isinstance(node, Human) and node.limit is None and answer is not None:
        message = gettext_noop("%(where)s: waits for the applicant without a time limit")
        run.find("wait_without_limit", node.id, message, run.way(position))


def _judge_end(run: Walk, node: End, position: Position) -> None:
    if position.state not in FINAL:
        message = gettext_noop("%(where)s: the route ends, but the dossier is still “%(state)s”")
        run.find("not_final", node.id, message, run.way(position), state=str(position.state))
    elif position.state not in node.states:
        message = gettext_noop("%(where)s: a dossier arrives “%(state)s”, which is not a state of this end")
        run.find("wrong_end", node.id, message, run.way(position), state=str(position.state))


def _find_ways_without_end(run: Walk) -> None:
    """Positions from which no end can be reached any more; positions with a finding of their own are left out."""
    backward: dict[Position, set[Position]] = {}
    for position, followings in run.onward.items():
        for following in followings:
            backward.setdefault(following, set()).add(position)
    good = {
        position
        for position in run.came
        if any(isinstance(run.nodes[name], End) for name, _ in position.tokens)
    }
    queue = deque(good)
    while queue:
        for before in backward.get(queue.popleft(), ()):
            if before not in good:
                good.add(before)
                queue.append(before)
    named = {finding.where.split(".")[0] for finding in run.findings.values()}
    for position in run.came:
        where = position.interrupting or (position.tokens[0][0] if position.tokens else "")
        if position not in good and where not in named:
            message = gettext_noop("%(where)s: from here no dossier ever reaches an end")
            run.find("no_end", where, message, run.way(position))


def _find_unreached(run: Walk) -> None:
    for node in run.nodes.values():
        if node.id not in run.reached:
            run.find("dead_node", node.id, gettext_noop("%(where)s: no dossier ever comes here"), ())
        elif not isinstance(node, End):
            for outcome in node.outcomes:
                if (node.id, outcome.id) not in run.taken:
                    where = f"{node.id}.{outcome.id}"
                    message = gettext_noop("%(where)s: this way out is never open")
                    run.find("dead_outcome", where, message, ())


def _find_ungranted(run: Walk) -> None:
    """A draft that grants leads to a grant somewhere: withdrawing or lapsing is no end of it."""
    ways = [(node.id, outcome) for node in run.definition.route.steps for outcome in node.outcomes]
    taken = [(node, outcome) for node, outcome in ways if (node, outcome.id) in run.taken]
    granted = any(outcome.act is Act.GRANT for _node, outcome in taken)
    for node, outcome in taken:
        if Need.DRAFT_GRANT in outcome.needs and not granted:
            message = gettext_noop("%(where)s: what is drafted here is never granted")
            run.find("never_granted", f"{node}.{outcome.id}", message, ())
