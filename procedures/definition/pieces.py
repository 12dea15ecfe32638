"""What an application must contain and cost, given the answers: required pieces and fees. Pure.

Conditions here, and those of gateways, may ask the answers and the decision tables: `tables.<id>` is the result.
"""

from collections.abc import Mapping
from typing import Any

from procedures.definition import conditions
from procedures.definition.forms import answer_scope
from procedures.definition.model import GATEWAY_FACTS, LICENCE_FACTS, Definition, Fee, RequiredPiece
from procedures.law import fees

__all__ = [
    "asked_by",
    "case_scope",
    "fees_due",
    "holds_for",
    "required_pieces",
    "table_inputs",
    "table_result",
]


def case_scope(definition: Definition) -> conditions.Scope:
    """The names that a condition about a whole application may use: its answers and `tables`."""
    return {
        **answer_scope(definition),
        "tables": {name: table.empty for name, table in definition.tables.items()},
    }


def table_inputs(definition: Definition, name: str) -> dict[str, object]:
    """What a table may ask, with the value of no answer: single fields, and `facts.…`: of a dossier, or where the
    table plans inspections, of a licence."""
    single = {name: empty for name, empty in answer_scope(definition).items() if not isinstance(empty, list)}
    plans = definition.licence is not None and definition.licence.inspection == name
    facts = LICENCE_FACTS if plans else GATEWAY_FACTS["facts"]
    return single | {f"facts.{key}": empty for key, empty in facts.items() if not isinstance(empty, bool)}


def table_result(
    definition: Definition, name: str, answers: Mapping[str, Any], facts: Mapping[str, Any] | None = None
) -> str | int:
    """The result of a decision table for clean answers (and facts). KeyError for an unknown table."""
    empty = table_inputs(definition, name)
    given = {f"facts.{key}": value for key, value in (facts or {}).items()}
    table = definition.tables[name]
    return table.result({key: given.get(key, answers.get(key, empty.get(key))) for key in table.inputs})


def asked_by(definition: Definition, when: str) -> frozenset[str]:
    """The answers and facts that a condition asks, those of its decision tables among them."""
    found: set[str] = set()
    for name in conditions.names(when) if when else ():
        place, _dot, table = name.partition(".")
        found |= set(definition.tables[table].inputs) if place == "tables" else {name}
    return frozenset(found)


def holds_for(
    definition: Definition, when: str, answers: Mapping[str, Any], facts: Mapping[str, Any] | None = None
) -> bool:
    """Whether a condition about a whole application holds; with `facts`, it may ask these too. Empty: True."""
    if not when:
        return True
    values = dict(answers)
    if "tables." in when:
        values["tables"] = {
            name: table_result(definition, name, answers, facts) for name in definition.tables
        }
    scope = dict(case_scope(definition))
    if facts is not None:
        scope |= GATEWAY_FACTS
        values["facts"] = facts
    return conditions.holds(when, values, scope=scope)


def required_pieces(definition: Definition, answers: Mapping[str, Any]) -> tuple[RequiredPiece, ...]:
    """The pieces that these clean answers require, in the order of the definition."""
    return tuple(piece for piece in definition.pieces if holds_for(definition, piece.when, answers))


def fees_due(definition: Definition, answers: Mapping[str, Any]) -> fees.Bill[Fee]:
    """The fees that these clean answers cost, with their sum in đồng; an amount by table is filled in."""
    priced = [
        fee.model_copy(update={"amount": int(table_result(definition, fee.by, answers))}) if fee.by else fee
        for fee in definition.fees
    ]
    return fees.bill(priced, applies=lambda when: holds_for(definition, when, answers))
