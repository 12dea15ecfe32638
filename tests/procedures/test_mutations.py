"""Seeded faults: every mutation operator over every definition of the catalogue. What survives is explained.

A survivor is a mutant that the verifier passes. EXPLAINED says why each kind may: it is another rule, not a fault.
"""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from procedures import catalog, folders
from procedures.definition.conditions import names
from procedures.definition.model import Definition
from procedures.definition.verify import verify
from procedures.demo_ministry import PEOPLE
from tests.procedures.mutations import OPERATORS, Source, mutants

HELD = {(role, unit): {1, 2} for person in PEOPLE for role, unit in person.seats}
FOLDERS = [pytest.param(folder, id=folder.parent.name) for folder in catalog.folders()]


def outcome_at(source: Source, where: str) -> Source:
    node_id, _, outcome_id = where.partition(".")
    node = next(n for n in source["route"]["nodes"] if n["id"] == node_id)
    found: Source = next(o for o in node["outcomes"] if o["id"] == outcome_id)
    return found


def no_law_demands_it(source: Source, where: str) -> bool:
    """Nothing obliges an authority to send back, to conclude in two ways, to decline a withdrawal or to extend."""
    return outcome_at(source, where).get("act") in {None, "resume", "extend"}


def asks_the_answers(source: Source, where: str) -> bool:
    """Whether the law wants class C or class D there, no machine knows."""
    return any(not name.startswith("facts.") for name in names(outcome_at(source, where)["when"]))


def nothing_to_void(source: Source, where: str) -> bool:
    """A clerk who sends back before a number is reserved voids nothing: with or without the step, it is the same."""
    return where == "prepare.send_back" and outcome_at(source, where)["step"] == "void"


EXPLAINED: dict[str, Callable[[Source, str], bool]] = {
    "outcome_gone": no_law_demands_it,
    "condition_dropped": asks_the_answers,
    "condition_turned_round": asks_the_answers,
    "paper_step_forgotten": nothing_to_void,
}


@pytest.mark.promise("procedures.mutants-killed")
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_mutant_is_found_or_explained(folder: Path) -> None:
    loaded = catalog.load(folder)
    source = folders.source(loaded.files)
    assert verify(loaded.definition, templates=loaded.files, roles=HELD) == []
    unexplained = []
    for name in OPERATORS:
        for where, mutant in mutants(name, source):
            try:
                definition = Definition.model_validate(mutant)
            except ValidationError:
                continue  # not even readable
            if verify(definition, templates=loaded.files, roles=HELD):
                continue
            explained = EXPLAINED.get(name)
            if explained is None or not explained(source, where):
                unexplained.append(f"{name} at {where}")
    assert unexplained == []


def test_there_are_operators_enough_and_each_finds_a_site() -> None:
    shown = [
        folders.source(catalog.load(catalog.CATALOGUE / code / "2025-07-01").files)
        for code in ("device-registration-cd", "food-import-inspection", "narcotic-import")
    ]
    assert len(OPERATORS) >= 25
    for name in OPERATORS:
        assert any(next(mutants(name, source), None) for source in shown), name


def test_an_operator_leaves_the_definition_as_it_was() -> None:
    source = folders.source(catalog.load(catalog.CATALOGUE / "device-import" / "2025-07-01").files)
    before = copy.deepcopy(source)
    for name in OPERATORS:
        for _where, mutant in mutants(name, source):
            assert mutant != before
            break
    assert source == before
