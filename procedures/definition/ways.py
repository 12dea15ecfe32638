"""The ways on from one position, one by one: to play a dossier on the very model that the verifier walks. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from procedures.definition.conditions import ConditionError
from procedures.definition.model import Definition, Field_, Outcome, Step
from procedures.definition.pieces import asked_by, fees_due
from procedures.definition.route import Gateway
from procedures.definition.walk import Position, Walk, arrive, beginning, is_open, steps_from, take

__all__ = ["Way", "deciding_fields", "starts", "ways"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way on from a position."""

    node: str
    outcome: Outcome | None
    """None: the applicant asks to withdraw, and `node` decides on it."""
    following: tuple[Position, ...]
    """Where it leads: several, where a gateway decides by what a position does not know; none, where the law forbids
    it there."""


def deciding_fields(definition: Definition) -> tuple[Field_, ...]:
    """The questions on whose answers the route or the fee depends, in the order of the form; no repeated ones."""
    asked = set(_asked_by_fees(definition))
    for node in definition.route.nodes:
        for outcome in getattr(node, "outcomes", ()) if isinstance(node, Gateway) else ():
            asked |= asked_by(definition, outcome.when)
    return tuple(
        field
        for section in definition.form
        if not section.repeat
        for field in section.fields
        if field.id in asked
    )


def starts(definition: Definition, answers: Mapping[str, Any] | None = None) -> list[Position]:
    """Where a dossier that was just filed may stand; with a fee, before it is paid. Of a route that can be walked.

    `answers`: those of the application, as far as they are known.
    """
    run = _run(definition, {}, answers)
    free = not any(fee.amount or fee.by for fee in definition.fees)
    if answers is not None and _asked_by_fees(definition) <= answers.keys():
        free = not fees_due(definition, answers).total
    return list(arrive(run, beginning(definition, fee_settled=free), definition.route.first.id, ""))


def ways(definition: Definition, position: Position, answers: Mapping[str, Any] | None = None) -> list[Way]:
    """Every way on from a position, one by one: to play a dossier. Of a route that can be walked.

    `answers`: those of the application, as far as they are known; a gateway that asks others may go either way.
    """
    run = _run(definition, {position: None}, answers)
    tokens = [(position.interrupting, "")] if position.interrupting else list(position.tokens)
    found = []
    for token in tokens:
        node = run.nodes[token[0]]
        for outcome in node.outcomes if isinstance(node, Step) else ():
            if is_open(definition, outcome, position):
                step = f"{node.id}.{outcome.id}"
                followings = tuple(dict.fromkeys(take(run, token, outcome, position, step)))
                found.append(Way(node.id, outcome, followings))
    if not position.interrupting:
        asked = [after for step, after in steps_from(run, position) if step == "request_withdrawal"]
        found += [Way(after.interrupting, None, (after,)) for after in asked]
    return found


def _run(
    definition: Definition,
    came: dict[Position, tuple[Position, str] | None],
    answers: Mapping[str, Any] | None,
) -> Walk:
    nodes = {node.id: node for node in definition.route.nodes}
    return Walk(definition, nodes, True, came, set(), set(), {}, {}, answers)


def _asked_by_fees(definition: Definition) -> frozenset[str]:
    """What the fees depend on; a fee whose condition or table cannot be read depends on what nobody can answer."""
    asked: set[str] = set()
    for fee in definition.fees:
        table = definition.tables.get(fee.by)
        gives_amounts = table is not None and not isinstance(table.empty, str)
        asked |= set(table.inputs) if table and gives_amounts else {fee.by} - {""}
        try:
            asked |= asked_by(definition, fee.when)
        except ConditionError:
            asked.add(fee.when)
    return frozenset(asked)
