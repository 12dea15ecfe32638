"""What a definition is made of, place by place: which model stands there, what it holds, and a first one to write on.

Read off the models, so that what the language can say an editor can change. A place is a path of keys and ids, as in
`procedures.editing`; content is plain, as YAML gives it. Pure.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic_core import PydanticUndefined

from procedures.definition.base import Frozen, Term, Text
from procedures.definition.model import Definition, Field_, PaperKind, Section
from procedures.definition.route import Auto, Decide, End, Human, Join, Node, Outcome, Split, Wait
from procedures.definition.tables import Row, Table

__all__ = ["NODES", "Held", "Leaf", "Shape", "blank", "held", "kind_at", "leaves"]

Path = tuple[str, ...]
NODES: Mapping[str, type[Frozen]] = {
    "human": Human, "wait": Wait, "auto": Auto, "decision": Decide, "split": Split, "join": Join, "end": End,
}  # fmt: skip
"""The kinds of node of a route."""

Shape = Literal[
    "text", "both", "lines", "yes_no", "number", "day", "one", "many", "inner", "units", "cells", "result"
]
"""How a value is given: a text, a text in both languages, several texts, one or many of some words, a thing inside…"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One key of a thing that is not a collection of further things."""

    key: str
    shape: Shape
    optional: bool
    """Nothing may stand there."""
    default: Any
    """Plain; None where the key must be written or nothing is the default."""
    words: tuple[str, ...] = ()
    """What may be chosen, where the model says it."""
    inner: type[Frozen] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A collection of things under a key."""

    key: str
    kind: type[Frozen] | None
    """None: nodes of a route, each of its own kind."""
    by: Literal["id", "key", "index"]
    """How one of them is named: by its id, by its key in a mapping, by its place in the list."""


def _bare(annotation: Any) -> tuple[Any, bool]:
    """The annotation without Annotated and None, and whether None was among it."""
    optional = False
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in {Union, types.UnionType} and type(None) in get_args(annotation):
            optional = True
            rest = [one for one in get_args(annotation) if one is not type(None)]
            annotation = rest[0] if len(rest) == 1 else Union[tuple(rest)]  # noqa: UP007 - made while running
        else:
            return annotation, optional


def _is_thing(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Frozen)


def held(kind: type[Frozen]) -> list[Held]:
    """The collections of things in a thing of a kind, in their order."""
    found = []
    for key, field in kind.model_fields.items():
        annotation, _optional = _bare(field.annotation)
        arguments = get_args(annotation)
        if get_origin(annotation) is tuple:
            item, _ = _bare(arguments[0])
            if kind.__name__ == "Route" and key == "nodes":
                found.append(Held(key, None, "id"))
            elif _is_thing(item):
                found.append(Held(key, item, "id" if "id" in item.model_fields else "index"))
        elif get_origin(annotation) is dict and _is_thing(arguments[1]) and kind is not Row:
            found.append(Held(key, arguments[1], "key"))
    return found


def leaves(kind: type[Frozen]) -> list[Leaf]:
    """The keys of a thing of a kind that hold no further things, its title first and its source
    last, without its id and kind."""
    collections = {one.key for one in held(kind)}
    names = {"id", "kind"} | ({"code", "version"} if kind is Definition else set())
    keys = [key for key in kind.model_fields if key not in collections | names]
    keys.sort(key=lambda key: (key in {"basis", "illustrative"}, key != "title"))
    return [found for key in keys if (found := _leaf(kind, key)) is not None]


def _leaf(kind: type[Frozen], key: str) -> Leaf | None:
    field = kind.model_fields[key]
    annotation, optional = _bare(field.annotation)
    default = None if field.is_required() else _plain(field.get_default(call_default_factory=True))
    optional = optional or not field.is_required()

    def leaf(shape: Shape, words: tuple[str, ...] = (), inner: type[Frozen] | None = None) -> Leaf:
        return Leaf(key, shape, optional, default, words, inner)

    if kind is Definition and key in {"route", "terms", "licence", "history"}:
        return None  # pages of their own
    if (kind, key) == (Row, "when"):
        return leaf("cells")
    if (kind, key) == (Row, "then"):
        return leaf("result")
    if annotation is Text:
        return leaf("both")
    if _is_thing(annotation):
        return leaf("inner", inner=annotation)
    if annotation is bool:
        return leaf("yes_no")
    if annotation is int:
        return leaf("number")
    if annotation is date:
        return leaf("day")
    if get_origin(annotation) is dict:
        return leaf("units")
    if get_origin(annotation) is tuple:
        item, _ = _bare(get_args(annotation)[0])
        words = _words(item)
        return leaf("many", words) if words else leaf("lines")
    words = _words(annotation)
    return leaf("one", words) if words else leaf("text")


def _words(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return tuple(one.value for one in annotation)
    return ()


def _plain(value: Any) -> Any:
    if value is PydanticUndefined:
        return None
    if isinstance(value, Frozen):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, StrEnum):
        return value.value
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def kind_at(path: Path, content: Mapping[str, Any]) -> type[Frozen]:
    """The model of the thing at a place of a definition. Raises KeyError where no thing can stand.

    `content` is the whole definition, plain: of a node it says which kind it is.
    """
    annotation: Any = Definition
    here: Any = content
    for part in path:
        annotation, _optional = _bare(annotation)
        below = None
        if isinstance(here, Mapping):
            below = here.get(part)
        elif isinstance(here, list):
            named = [one for one in here if isinstance(one, Mapping) and one.get("id") == part]
            below = (
                named[0] if named else here[int(part)] if part.isdecimal() and int(part) < len(here) else None
            )
        if _is_thing(annotation):
            annotation = annotation.model_fields[part].annotation
        elif get_origin(annotation) is tuple:
            annotation = get_args(annotation)[0]
            if annotation is Node:
                annotation = NODES.get(below.get("kind", "") if isinstance(below, Mapping) else "", End)
        elif get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        else:
            raise KeyError(part)
        here = below
    annotation, _optional = _bare(annotation)
    if not _is_thing(annotation):
        raise KeyError(".".join(path))
    kind: type[Frozen] = annotation
    return kind


# -- something to begin with ------------------------------------------------------------------------------------------


def blank(kind: type[Frozen], content: Mapping[str, Any], *, ident: str, title: str) -> dict[str, Any]:
    """A thing of a kind that can be read, to be filled in: what must be there is, and nothing else. Plain.

    `content` is the definition that it will stand in, whose units, steps and templates it begins with.
    """
    made: dict[str, Any] = {}
    if kind in NODES.values():
        made["kind"] = next(name for name, one in NODES.items() if one is kind)
    for key, field in kind.model_fields.items():
        if key == "id":
            made["id"] = ident
        elif field.is_required() and key != "kind":
            made[key] = _first(kind, key, content, ident, title)
    if kind is Field_ and "type" in made:
        made["type"] = "text"
    if "illustrative" in kind.model_fields:
        made["illustrative"] = True  # until somebody has read the article
    return made


def _first(kind: type[Frozen], key: str, content: Mapping[str, Any], ident: str, title: str) -> Any:
    route = content.get("route") or {}
    nodes = [one["id"] for one in route.get("nodes") or () if isinstance(one, Mapping) and "id" in one]
    given: Any = _GIVEN.get((kind, key))
    if given is not None:
        return given
    if key == "to" or (kind, key) == (Split, "join"):
        joins = [one["id"] for one in route.get("nodes") or () if one.get("kind") == "join"]
        return (joins or nodes or [ident])[0] if key == "join" else (nodes or [ident])[-1]
    if (kind, key) == (Human, "unit"):
        return next(iter(route.get("units") or {}), "")
    if key == "outcomes":
        ways = ("done",) if kind not in {Decide, Split} else ("first", "rest")
        return [blank(Outcome, content, ident=way, title=title) for way in ways]
    if (kind, key) == (Section, "fields"):
        return [blank(Field_, content, ident=f"{ident}_1"[-40:], title=title)]
    if kind is Table:
        first = next(
            (field["id"] for part in content.get("form") or () for field in part["fields"]), "facts.rounds"
        )
        return {
            "title": {"vi": title, "en": title},
            "inputs": [first],
            "rows": [{"then": 0, "illustrative": True}],
        }[key]
    annotation, _optional = _bare(kind.model_fields[key].annotation)
    if annotation is Text:
        return {"vi": title, "en": title}
    if annotation is Term:
        return {"length": 1, "unit": "working_days", "illustrative": True}
    if _is_thing(annotation):
        return blank(annotation, content, ident=ident, title=title)
    return (
        _words(annotation) or (1 if annotation is int else title if key in {"text", "document"} else ident,)
    )[0]


_GIVEN: Mapping[tuple[type[Frozen], str], Any] = {
    (Human, "role"): "specialist",
    (Wait, "at_limit"): "alarm",
    (End, "states"): ["concluded"],
    (PaperKind, "template"): "decision.html",
}
