"""Decision tables: the first row that fits, proven complete, used by fees, pieces and routes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from procedures.definition.model import Definition, Table
from procedures.definition.pieces import fees_due, holds_for, table_result
from procedures.definition.tables import faults
from procedures.definition.verify import verify

TARIFF = {
    "title": {"vi": "Mức phí", "en": "Tariff"},
    "inputs": ["purpose", "facts.rounds"],
    "rows": [
        {"when": {"purpose": {"values": ["aid", "gift"]}}, "then": 500_000},
        {"when": {"facts.rounds": {"least": 2}}, "then": 3_000_000},
        {"then": 2_000_000},
    ],
}
KINDS = {"purpose": "", "facts.rounds": 0}


def table(**changes: Any) -> Table:
    return Table.model_validate({**TARIFF, **changes})


@pytest.mark.parametrize(
    ("purpose", "rounds", "amount"),
    [
        ("aid", 5, 500_000),
        ("gift", 0, 500_000),
        ("research", 2, 3_000_000),
        ("research", 1, 2_000_000),
        ("", 0, 2_000_000),
    ],
)
def test_the_first_row_that_fits_gives_the_result(purpose: str, rounds: int, amount: int) -> None:
    assert table().result({"purpose": purpose, "facts.rounds": rounds}) == amount


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"then": 1}, {"when": {"purpose": {"values": ["aid"]}}, "then": 2}], ("row_never_first", 2)),
        ([{"when": {"purpose": {"values": ["aid"]}}, "then": 2}], ("table_without_rest", 0)),
        (
            [
                {"when": {"facts.rounds": {"least": 1, "most": 3}}, "then": 1},
                {"when": {"facts.rounds": {"least": 2, "most": 3}}, "then": 2},
                {"then": 3},
            ],
            ("row_never_first", 2),
        ),
        ([{"when": {"purpose": {"least": 1}}, "then": 1}, {"then": 2}], ("cell_of_wrong_kind", 1)),
        ([{"when": {"facts.rounds": {"values": ["1"]}}, "then": 1}, {"then": 2}], ("cell_of_wrong_kind", 1)),
    ],
)
def test_a_fault_of_a_table_is_found(rows: list[Any], fault: tuple[str, int]) -> None:
    assert list(faults(table(), kinds=KINDS)) == []
    assert fault in list(faults(table(rows=rows), kinds=KINDS))


def test_a_table_too_large_to_prove_is_refused() -> None:
    inputs = [f"i{n}" for n in range(8)]
    rows = [{"when": {name: {"values": [str(v) for v in range(9)]}}, "then": 1} for name in inputs] + [
        {"then": 0}
    ]
    assert ("too_many_cases", 0) in list(faults(table(inputs=inputs, rows=rows), kinds={}))


@pytest.mark.parametrize(
    "rows",
    [
        [{"when": {"nobody": {"values": ["x"]}}, "then": 1}],
        [{"then": 1}, {"then": "two"}],
        [{"when": {"purpose": {}}, "then": 1}],
        [{"when": {"facts.rounds": {"least": 3, "most": 2}}, "then": 1}],
        [{"when": {"facts.rounds": {"values": ["x"], "least": 2}}, "then": 1}],
    ],
)
def test_a_table_that_makes_no_sense_is_not_read(rows: list[Any]) -> None:
    with pytest.raises(ValidationError):
        table(rows=rows)


numbers = st.integers(-3, 6)
bounds = st.one_of(
    st.builds(lambda a, b: {"least": min(a, b), "most": max(a, b)}, numbers, numbers),
    st.builds(lambda a: {"least": a}, numbers),
    st.builds(lambda a: {"values": None, "most": a}, numbers).map(lambda cell: {"most": cell["most"]}),
)
words = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True).map(lambda v: {"values": v})
rows = st.lists(
    st.builds(
        lambda when, then: {"when": when, "then": then},
        st.fixed_dictionaries({}, optional={"purpose": words, "facts.rounds": bounds}),
        numbers,
    ),
    min_size=1,
    max_size=6,
)


@given(rows)
@pytest.mark.promise("procedures.tables-complete")
def test_a_row_is_called_dead_exactly_when_no_input_reaches_it(made: list[Any]) -> None:
    """Against brute force over every input that could tell rows apart."""
    tried = table(rows=made)
    reached = {
        tried.row_for({"purpose": word, "facts.rounds": number})
        for word in ("a", "b", "c", "d")
        for number in range(-6, 10)
    }
    found = set(faults(tried, kinds=KINDS))
    assert {row - 1 for code, row in found if code == "row_never_first"} == set(range(len(made))) - reached
    assert (("table_without_rest", 0) in found) == (None in reached)


def test_fees_pieces_and_ways_ask_tables(source: dict[str, Any]) -> None:
    source["tables"] = {
        "tariff": {**TARIFF, "inputs": ["purpose"], "rows": [TARIFF["rows"][0], TARIFF["rows"][2]]},
        "risk": {
            "title": {"vi": "Rủi ro", "en": "Risk"},
            "inputs": ["purpose", "facts.rounds"],
            "rows": [
                {"when": {"purpose": {"values": ["aid"]}}, "then": "high"},
                {"when": {"facts.rounds": {"least": 1}}, "then": "high"},
                {"then": "low"},
            ],
        },
    }
    source["fees"][0] |= {"amount": 0, "by": "tariff"}
    source["pieces"][1]["when"] = "tables.risk == 'high'"
    definition = Definition.model_validate(source)
    assert verify(definition) == []
    assert fees_due(definition, {"purpose": "gift"}).total == 500_000
    assert fees_due(definition, {"purpose": "research"}).total == 2_000_000
    assert holds_for(definition, "tables.risk == 'high'", {"purpose": "aid"})
    assert not holds_for(definition, "tables.risk == 'high'", {"purpose": "gift"})
    assert table_result(definition, "risk", {"purpose": "gift"}, {"rounds": 1}) == "high"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"fees": [{"id": "f", "title": {"vi": "x", "en": "x"}, "by": "nobody"}]}, "fee_without_amount"),
        (
            {"fees": [{"id": "f", "title": {"vi": "x", "en": "x"}, "by": "tariff", "amount": 3}]},
            "fee_without_amount",
        ),
        ({"tables": {"tariff": {**TARIFF, "inputs": ["devices"], "rows": [{"then": 1}]}}}, "unknown_field"),
        ({"tables": {"tariff": {**TARIFF, "rows": [{"then": 1}, {"then": 2}]}}}, "row_never_first"),
    ],
)
def test_a_table_that_does_not_fit_the_definition_is_found(
    source: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    source["tables"] = {"tariff": TARIFF}
    source.update(change)
    assert code in {finding.code for finding in verify(Definition.model_validate(source))}
