"""The ways on from one position, one by one: to play a dossier on the very model that the verifier walks. Pure."""

from dataclasses import dataclass

from procedures.definition.model import Definition, Outcome, Step
from procedures.definition.walk import Position, Walk, arrive, beginning, is_open, steps_from, take

__all__ = ["Way", "starts", "ways"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a position."""

    node: str
    outcome: Outcome | None
    """None: the applicant asks to withdraw, and `node` decides on it."""
    following: tuple[Position, ...]
    """Where it leads: several, where a gateway decides by what a position does not know; none, where the law forbids
    it there."""


def starts(definition: Definition) -> list[Position]:
    """Where a dossier that was just filed may stand; with a fee, before it is paid. Of a route that can be walked."""
    run = Walk(definition, {node.id: node for node in definition.route.nodes}, True, {}, set(), set(), {}, {})
    free = not any(fee.amount or fee.by for fee in definition.fees)
    return list(arrive(run, beginning(definition, fee_settled=free), definition.route.first.id, ""))


def ways(definition: Definition, position: Position) -> list[Way]:
    """Every way on from a position, one by one: to play a dossier. Of a route that can be walked."""
    nodes = {node.id: node for node in definition.route.nodes}
    run = Walk(definition, nodes, True, {position: None}, set(), set(), {}, {})
    tokens = [(position.interrupting, "")] if position.interrupting else list(position.tokens)
    found = []
    for token in tokens:
        node = nodes[token[0]]
        for outcome in node.outcomes if isinstance(node, Step) else ():
            if is_open(definition, outcome, position):
                step = f"{node.id}.{outcome.id}"
                followings = tuple(dict.fromkeys(take(run, token, outcome, position, step)))
                found.append(Way(node.id, outcome, followings))
    if not position.interrupting:
        asked = [after for step, after in steps_from(run, position) if step == "request_withdrawal"]
        found += [Way(after.interrupting, None, (after,)) for after in asked]
    return found
