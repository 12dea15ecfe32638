"""What an application must contain and cost, given the answers: required pieces and fees. Pure."""

from collections.abc import Mapping
from typing import Any

from procedures.definition import conditions
from procedures.definition.forms import answer_scope
from procedures.definition.model import Definition, Fee, RequiredPiece
from procedures.law import fees

__all__ = ["fees_due", "required_pieces"]


def required_pieces(definition: Definition, answers: Mapping[str, Any]) -> tuple[RequiredPiece, ...]:
    """The pieces that these clean answers require, in the order of the definition."""
    scope = answer_scope(definition)
    return tuple(piece for piece in definition.pieces if conditions.holds(piece.when, answers, scope=scope))


def fees_due(definition: Definition, answers: Mapping[str, Any]) -> fees.Bill[Fee]:
    """The fees that these clean answers cost, with their sum in đồng."""
    scope = answer_scope(definition)
    return fees.bill(definition.fees, applies=lambda when: conditions.holds(when, answers, scope=scope))
