"""Positions of a dossier on a route, and what a walk over them has found so far. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from procedures.definition.findings import Finding
from procedures.definition.model import Definition
from procedures.definition.route import AnyNode
from procedures.law.life import State

__all__ = ["Position", "Token", "Walk"]

Token = tuple[str, str]
"""An open node, and the branch it belongs to: "" outside every split, else "split_0" or "outer_1/inner_0"."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a dossier is."""

    tokens: tuple[Token, ...]
    """The marking, sorted; a safe one holds each node once a branch."""
    state: State
    interrupted: tuple[State, ...] = ()
    interrupting: str = ""
    """The node that decides on a withdrawal while all else rests."""
    fee_settled: bool = False
    intake_rounds: int = 0
    rounds: int = 0
    draft: str = ""
    """What the present draft decides: "grant", "refusal" or nothing yet."""
    assigned: bool = False
    paper: str = ""
    """How far the paper that decides has come; empty: there is none."""

    def facts(self, definition: Definition) -> dict[str, dict[str, bool | int | str]]:
        """What a condition of an outcome may ask."""
        return {
            "facts": {
                "fee_settled": self.fee_settled,
                "fee_total": sum(fee.amount for fee in definition.fees),
                "intake_rounds": self.intake_rounds,
                "rounds": self.rounds,
                "rounds_allowed": definition.terms.supplement_rounds,
                "drafted": self.draft,
            }
        }


@dataclass(slots=True)
class Walk:
    definition: Definition
    nodes: dict[str, AnyNode]
    every_order: bool
    came: dict[Position, tuple[Position, str] | None]
    taken: set[tuple[str, str]]
    """(node, outcome) that some dossier takes."""
    reached: set[str]
    onward: dict[Position, set[Position]]
    findings: dict[tuple[str, str], Finding]
    """The first finding of each kind and place: its way is the shortest."""
    answers: Mapping[str, Any] | None = None
    """What one application says, to play it; None: any application."""

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
