"""What mutation operators are made with: the sites of a definition's plain data, and a change at each of them."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

__all__ = [
    "OPERATORS",
    "Mutant",
    "Source",
    "any_outcome",
    "changed",
    "kind",
    "mutants",
    "nodes",
    "of_nodes",
    "of_outcomes",
    "operator",
    "sites",
    "without",
]

Source = dict[str, Any]
Mutant = tuple[str, Source]
Operator = Callable[[Source], Iterator[Mutant]]

OPERATORS: dict[str, Operator] = {}


def operator(make: Operator) -> Operator:
    """Register an operator under its name."""
    OPERATORS[make.__name__] = make
    return make


def mutants(name: str, source: Source) -> Iterator[Mutant]:
    """Every mutant of one operator."""
    yield from OPERATORS[name](source)


def nodes(source: Source) -> list[Source]:
    found: list[Source] = source["route"]["nodes"]
    return found


def sites(source: Source) -> Iterator[tuple[int, int, Source, Source]]:
    """(node index, outcome index, node, outcome) of every outcome."""
    for n, node in enumerate(nodes(source)):
        for o, outcome in enumerate(node.get("outcomes", ())):
            yield n, o, node, outcome


def changed(source: Source, change: Callable[[Source], None]) -> Source:
    mutant = copy.deepcopy(source)
    change(mutant)
    return mutant


def of_outcomes(
    source: Source, wanted: Callable[[Source, Source], bool], change: Callable[[Source], None]
) -> Iterator[Mutant]:
    """One mutant for each outcome that is wanted."""
    for n, o, node, outcome in sites(source):
        if wanted(node, outcome):
            mutant = copy.deepcopy(source)
            change(nodes(mutant)[n]["outcomes"][o])
            yield f"{node['id']}.{outcome['id']}", mutant


def of_nodes(
    source: Source, wanted: Callable[[Source], bool], change: Callable[[Source], None]
) -> Iterator[Mutant]:
    """One mutant for each node that is wanted."""
    for n, node in enumerate(nodes(source)):
        if wanted(node):
            mutant = copy.deepcopy(source)
            change(nodes(mutant)[n])
            yield node["id"], mutant


def without(things: list[Any], *gone: Any) -> list[Any]:
    return [thing for thing in things if thing not in gone]


def kind(*kinds: str) -> Callable[[Source], bool]:
    return lambda node: node["kind"] in kinds


def any_outcome(node: Source, outcome: Source) -> bool:
    return True
