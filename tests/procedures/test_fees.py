"""Fees: which apply, and their sum."""

from dataclasses import dataclass
from typing import Any

import pytest

from procedures.definition.model import Definition
from procedures.definition.pieces import fees_due, required_pieces
from procedures.law.fees import bill, settled


@dataclass(frozen=True)
class Rule:
    amount: int
    when: str = ""


def test_only_the_fees_that_apply_are_summed() -> None:
    found = bill(
        [Rule(100), Rule(50, "urgent"), Rule(7, "never"), Rule(0)], applies=lambda w: w in {"", "urgent"}
    )
    assert [fee.amount for fee in found.fees] == [100, 50]
    assert found.total == 150


@pytest.mark.parametrize(("paid", "expected"), [(0, False), (149, False), (150, True), (200, True)])
def test_settled_when_nothing_is_left(paid: int, expected: bool) -> None:
    assert settled(total=150, paid=paid) is expected


def test_nothing_to_pay_is_settled() -> None:
    assert settled(total=0, paid=0)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, ["technical_summary", "iso_13485", "authorisation"]),
        ({"purpose": "aid"}, ["technical_summary", "iso_13485", "authorisation", "aid_approval"]),
        ({"purpose": "personal"}, ["technical_summary", "iso_13485", "prescription"]),
    ],
    ids=["nothing answered", "aid", "personal"],
)
def test_the_pieces_follow_the_answers(
    device_import: Definition, answers: dict[str, Any], expected: list[str]
) -> None:
    assert [piece.id for piece in required_pieces(device_import, answers)] == expected


def test_the_fee_of_the_import_licence(device_import: Definition) -> None:
    found = fees_due(device_import, {"purpose": "aid"})
    assert (found.total, [fee.id for fee in found.fees]) == (2_000_000, ["appraisal"])
