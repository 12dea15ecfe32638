"""Conditions: a small, safe part of CEL over known names."""

from typing import Any

import pytest

from procedures.definition.conditions import ConditionError, check, holds

SCOPE: dict[str, Any] = {
    "purpose": "",
    "count": 0,
    "urgent": False,
    "facts": {"rounds": 0, "settled": False},
    "devices": [{"name": "", "quantity": 0}],
}


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("", {}, True),
        ("purpose == 'aid'", {"purpose": "aid"}, True),
        ("purpose == 'aid'", {}, False),
        ("count > 2 && !urgent", {"count": 3}, True),
        ("count == 0", {}, True),
        ("urgent", {}, False),
        ("facts.rounds < 2 || facts.settled", {"facts": {"rounds": 2}}, False),
        ("facts.settled", {"facts": {"settled": True}}, True),
        ("devices.exists(d, d.quantity > 3)", {"devices": [{"quantity": 1}, {"quantity": 4}]}, True),
        ("devices.exists(d, d.quantity > 3)", {}, False),
        ("devices.all(d, d.name != '')", {"devices": [{"name": "x"}, {}]}, False),
        ("size(devices) == 2", {"devices": [{}, {}]}, True),
        ("purpose in ['aid', 'gift']", {"purpose": "gift"}, True),
        ("purpose.startsWith('a')", {"purpose": "aid"}, True),
        ("count == 1", {"count": True}, False),
        ("purpose == ''", {"purpose": ["a", "list"]}, True),
    ],
)
def test_conditions(source: str, values: dict[str, Any], expected: bool) -> None:
    check(source, scope=SCOPE)
    assert holds(source, values, scope=SCOPE) is expected


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("purpos == 'aid'", "unknown: purpos"),
        ("facts.paid", "unknown: facts.paid"),
        ("devices.exists(d, other == d.name)", "unknown: other"),
        ("devices.exists(d, d.price > 3)", "cannot be answered"),
        ("count", "yes-or-no"),
        ("purpose > 1", "cannot be answered"),
        ("purpose.matches('(a+)+$')", "may not call matches"),
        ("int(purpose) == 1", "may not call int"),
        ("{'a': 1}.size() == 1", "may not use"),
        ("1 +", "cannot be read"),
        ("x" * 501, "longer than"),
    ],
)
def test_what_cannot_be_asked(source: str, problem: str) -> None:
    with pytest.raises(ConditionError, match=problem):
        check(source, scope=SCOPE)


def test_an_unknown_name_is_an_error_also_when_asked() -> None:
    with pytest.raises(ConditionError, match="unknown"):
        holds("nope == 1", {"nope": 1}, scope=SCOPE)
