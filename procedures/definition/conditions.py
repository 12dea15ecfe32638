"""Conditions of a definition: a small, safe part of CEL (Common Expression Language), compiled once. Pure.

A condition may compare, combine with `&&`, `||`, `!`, ask for `size`, `contains`, `startsWith`, `endsWith`, `in`, and
look into lists with `exists` and `all`. It cannot call anything else, loop, or name what nobody knows. What has not
been answered yet counts as empty: "", 0, false or an empty list, as the scope says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError
from lark import Token, Tree

__all__ = ["ConditionError", "Scope", "check", "holds", "names"]

Scope = Mapping[str, Any]
"""Every name that a condition may use, with the value it has while nobody has answered; nested for `facts.rounds`."""

MAX_SOURCE = 500
MAX_TEXT = 5000
_FUNCTIONS = frozenset({"size"})
_METHODS = frozenset({"size", "contains", "startsWith", "endsWith"})
_MACROS = frozenset({"exists", "all"})
_REFUSED = frozenset({"dot_ident", "dot_ident_arg", "member_object", "map_lit"})


class ConditionError(ValueError):
    """A condition that cannot be used: it does not parse, names what is unknown, or is not a yes-or-no question."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    program: Any
    names: frozenset[str]
    """Dotted names that it asks for: "purpose", "facts.rounds"."""


@lru_cache(maxsize=2048)
def _parse(source: str) -> _Parsed:
    if len(source) > MAX_SOURCE:
        raise ConditionError(f"longer than {MAX_SOURCE} characters")
    environment = celpy.Environment()
    try:
        tree = environment.compile(source)
    except CELParseError as error:
        raise ConditionError(f"cannot be read: {str(error).splitlines()[0]}") from error
    names = frozenset(_names(tree, frozenset()))
    return _Parsed(environment.program(tree), names)


def _names(node: Tree[Token] | Token, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Token):
        return
    if node.data in _REFUSED:
        raise ConditionError(f"may not use {node.data}")
    if node.data == "ident":
        name = str(node.children[0])
        if name not in bound:
            yield name
        return
    if node.data == "ident_arg" and str(node.children[0]) not in _FUNCTIONS:
        raise ConditionError(f"may not call {node.children[0]}")
    if node.data == "member_dot":
        path = _path(node)
        if path is not None:
            if path.split(".")[0] not in bound:
                yield path
            return
    if node.data == "member_dot_arg":
        method = str(node.children[1])
        if method in _MACROS:
            yield from _names(_tree(node.children[0]), bound)
            variable, body = _tree(node.children[2]).children
            yield from _names(_tree(body), bound | set(_names(_tree(variable), frozenset())))
            return
        if method not in _METHODS:
            raise ConditionError(f"may not call {method}")
    for child in node.children:
        yield from _names(child, bound)


def _tree(node: Any) -> Tree[Token]:
    if not isinstance(node, Tree):
        raise ConditionError("cannot be read")
    return node


def _path(node: Tree[Token] | Token) -> str | None:
    """`facts.rounds` of a chain of names; None where the chain begins with anything but a name."""
    if isinstance(node, Tree) and node.data == "member_dot":
        before = _path(_tree(node.children[0]))
        return None if before is None else f"{before}.{node.children[1]}"
    while isinstance(node, Tree) and node.data in {"member", "primary"} and len(node.children) == 1:
        node = node.children[0]
        if isinstance(node, Tree) and node.data == "member_dot":
            return _path(node)
    return str(node.children[0]) if isinstance(node, Tree) and node.data == "ident" else None


def _known(scope: Scope, path: str) -> bool:
    held: Any = scope
    for step in path.split("."):
        if not isinstance(held, Mapping) or step not in held:
            return False
        held = held[step]
    return True


def names(source: str) -> frozenset[str]:
    """The dotted names that a condition asks for, e.g. "purpose", "facts.rounds". Raises ConditionError."""
    return _parse(source).names if source else frozenset()


def check(source: str, *, scope: Scope) -> None:
    """Raise ConditionError unless the condition is a yes-or-no question about names of the scope. Empty: fine.

    It is tried once with the values of the scope; a list of the scope should therefore hold one sample row.
    """
    if not source:
        return
    unknown = sorted(name for name in _parse(source).names if not _known(scope, name))
    if unknown:
        raise ConditionError(f"names what is unknown: {', '.join(unknown)}")
    _evaluate(source, scope)


def holds(source: str, values: Mapping[str, Any], *, scope: Scope) -> bool:
    """Whether the condition holds for the values; names of the scope without a value count as empty. Empty: True.

    Raises ConditionError for unknown names, and where values of a wrong type cannot be compared.
    """
    if not source:
        return True
    names = _parse(source).names
    unknown = sorted(name for name in names if not _known(scope, name))
    if unknown:
        raise ConditionError(f"names what is unknown: {', '.join(unknown)}")
    given = {root: _filled(root, values, scope) for root in {name.split(".")[0] for name in names}}
    return _evaluate(source, given)


def _filled(name: str, values: Mapping[str, Any], scope: Scope) -> Any:
    empty = scope[name]
    value = values.get(name)
    if isinstance(empty, Mapping):
        held = value if isinstance(value, Mapping) else {}
        return {key: _plain(held.get(key), default) for key, default in empty.items()}
    if isinstance(empty, list | tuple):
        sample = empty[0] if empty else {}
        rows = value if isinstance(value, list | tuple) else ()
        return [
            {key: _plain(row.get(key), default) for key, default in sample.items()}
            for row in rows
            if isinstance(row, Mapping)
        ]
    return _plain(value, empty)


def _plain(value: Any, empty: Any) -> Any:
    """The value if it is of the kind that the scope says, else what counts as unanswered."""
    if value is None or type(value) is not type(empty):
        return empty
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _evaluate(source: str, values: Mapping[str, Any]) -> bool:
    return _cached(source, _key(values))


def _key(value: Any) -> Any:
    """A hashable twin of plain values; bool and int are told apart, which Python's own equality does not."""
    if isinstance(value, Mapping):
        return ("map", tuple(sorted((key, _key(item)) for key, item in value.items())))
    if isinstance(value, list | tuple):
        return ("list", tuple(_key(item) for item in value))
    return (type(value).__name__, value)


def _value(key: Any) -> Any:
    kind, held = key
    if kind == "map":
        return {name: _value(item) for name, item in held}
    if kind == "list":
        return [_value(item) for item in held]
    return held


@lru_cache(maxsize=8192)
def _cached(source: str, key: Any) -> bool:
    values = {name: json_to_cel(value) for name, value in _value(key).items()}
    try:
        result = _parse(source).program.evaluate(values)
    except CELEvalError as error:
        raise ConditionError(f"cannot be answered: {error.args[0]}") from error
    if not isinstance(result, celtypes.BoolType):
        raise ConditionError("is not a yes-or-no question")
    return bool(result)
