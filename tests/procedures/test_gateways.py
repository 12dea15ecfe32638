"""Splits, joins and decisions: parallel work is proven sound, and each way of getting it wrong is named."""

import copy
import time
from collections.abc import Callable
from typing import Any

import pytest

from procedures.definition.model import Definition
from procedures.definition.shape import shape
from procedures.definition.verify import verify
from procedures.definition.walk import walk
from tests.experts import expert, with_experts

Source = dict[str, Any]


def built(source: Source) -> Definition:
    return Definition.model_validate(source)


@pytest.fixture
def experts(source: Source) -> Source:
    return with_experts(source)


def node(source: Source, node_id: str) -> Source:
    found: Source = next(n for n in source["route"]["nodes"] if n["id"] == node_id)
    return found


def test_the_route_with_experts_is_sound(experts: Source) -> None:
    assert verify(built(experts)) == []


def test_walking_one_order_of_branches_finds_what_walking_all_finds(experts: Source) -> None:
    """With every expert made a dead end, a lost act or a stranger in turn, so that there is something to find."""
    faults: list[Callable[[Source], None]] = [
        lambda s: None,
        lambda s: node(s, "council")["outcomes"][0].update(to="sign"),
        lambda s: node(s, "weigh")["outcomes"][1].update(to="stopped"),
        lambda s: node(s, "experts_met").update(to="review"),
        lambda s: node(s, "legal")["outcomes"].pop(0),
        lambda s: node(s, "begin_work")["outcomes"][0].update(act="resume"),
    ]
    for fault in faults:
        broken = copy.deepcopy(experts)
        fault(broken)
        definition = built(broken)
        assert {(f.code, f.where) for f in walk(definition)} == {
            (f.code, f.where) for f in walk(definition, every_order=True)
        }


@pytest.mark.promise("procedures.parallel-work-sound")
def test_twelve_branches_of_two_steps_are_proven_within_a_second(source: Source) -> None:
    many = with_experts(source, *(f"expert{n}" for n in range(12)))
    for n in range(12):
        first = node(many, f"expert{n}")
        first["outcomes"][0]["to"] = f"second{n}"
        many["route"]["nodes"].append(expert(f"second{n}"))
    definition = built(many)
    verify(definition)  # conditions are parsed once a process
    began = time.process_time()
    assert verify(definition) == []
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(
    ("where", "change", "code"),
    [
        ("experts", {"join": "weigh"}, "join_of_its_own"),
        ("quality", {"to": "clinical"}, "branch_shared"),
        ("quality", {"to": "stopped"}, "branch_leaves"),
        ("quality", {"to": "quality"}, "branch_leaves"),
        ("quality", {"to": "experts"}, "branch_leaves"),
        ("quality", {"act": "grant"}, "act_in_branch"),
        ("quality", {"needs": ["draft_grant"]}, "act_in_branch"),
        ("quality", {"paper": "result", "step": "make"}, "act_in_branch"),
        ("council", {"to": "quality"}, "branch_entered"),
        ("council", {"to": "experts_met"}, "branch_entered"),
        ("experts", {"to": "experts_met"}, "branch_empty"),
        ("weigh", {"when": ""}, "decision_without_rest"),
        ("weigh", {"act": "begin"}, "gateway_acts"),
        ("weigh", {"to": "weigh"}, "gateway_loop"),
        ("weigh", {"when": "nobody == 1"}, "bad_condition"),
        ("weigh", {"when": "facts.fee_total < 0"}, "dead_outcome"),
        ("quality", {"when": "facts.opinions_against > 0"}, "bad_condition"),
        ("decide_withdrawal", {"to": "appraise"}, "interruption_goes_on"),
    ],
)
@pytest.mark.promise("procedures.parallel-work-sound")
def test_a_fault_of_parallel_work_is_found_and_named(
    experts: Source, where: str, change: dict[str, Any], code: str
) -> None:
    target = node(experts, where)
    (target if "join" in change else target["outcomes"][0]).update(change)
    assert code in {finding.code for finding in verify(built(experts))}


def test_a_join_without_a_split_is_found(experts: Source) -> None:
    experts["route"]["nodes"].append(
        {"kind": "join", "id": "lonely", "title": {"vi": "x", "en": "x"}, "to": "weigh"}
    )
    found = shape(built(experts), templates=None, roles=None, placeholders=None, sources=None)
    assert ("join_of_its_own", "lonely") in {(finding.code, finding.where) for finding in found}
