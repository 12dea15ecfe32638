"""Where things stand in the designer: its chapters, the outline of one, and which place a finding speaks of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from procedures.definition import things
from procedures.definition.labels import SINGULAR
from procedures.definition.words import CHAPTERS
from procedures.editing import Path, at

__all__ = ["CHAPTER", "Entry", "chapter_of", "entries", "place_of", "roots", "singular", "spelled", "titled"]

CHAPTER = "|".join(CHAPTERS)
"""The chapters that an address may name, as a pattern."""
ROOTS: Mapping[str, tuple[Path, ...]] = {
    "general": (),
    "bases": (("legal_bases",),),
    "terms": (),
    "form": (("form",),),
    "pieces": (("pieces",),),
    "fees": (("fees",), ("tables",)),
    "checklist": (("checklist",),),
    "grounds": (("grounds",),),
    "route": (("route", "nodes"),),
    "papers": (("papers",),),
    "licence": (),
    "partners": (("partners",),),
}
"""Chapter → the collections that its outline lists."""
SINGLE: Mapping[str, tuple[Path, ...]] = {
    "general": ((),),
    "terms": (("terms",),),
    "route": (("route",),),
    "licence": (("licence",), ("history",)),
}
"""Chapter → the things of it that there is one of."""
_OPENED = {"nodes"}
"""Collections whose things show what they hold only when chosen: a route is long enough."""


@dataclass(slots=True)
class Entry:
    """A line of the outline."""

    path: Path
    title: str
    depth: int
    current: bool = False
    faults: int = 0

    @property
    def place(self) -> str:
        """As an address names it."""
        return spelled(self.path)


def spelled(path: Path) -> str:
    """A place as an address names it."""
    return ".".join(path)


def roots(chapter: str) -> tuple[Path, ...]:
    """The collections of a chapter."""
    return ROOTS[chapter]


def singular(path: Path) -> str:
    """The key of `labels.SINGULAR` for one thing of the collection at a place."""
    return "Section.fields" if path[-1] == "fields" and path[0] == "form" else path[-1]


def titled(thing: Any, lang: str, fallback: str = "") -> str:
    """What a thing is called: its title, or the text, the answer or the document that it is."""
    if not isinstance(thing, Mapping):
        return fallback
    title = thing.get("title")
    if isinstance(title, Mapping):
        return str(title.get(lang) or title.get("vi") or fallback)
    for key in ("text", "document", "value"):
        if thing.get(key):
            return str(thing[key])
    return str(fallback)


def entries(
    content: Mapping[str, Any], chapter: str, here: Path, lang: str
) -> list[tuple[str, Path, list[Entry]]]:
    """The collections of a chapter: what one thing is called, the place, and its things, those inside them indented."""
    return [
        (SINGULAR[singular(root)].get(lang), root, list(_entries(content, root, here, lang, 0)))
        for root in roots(chapter)
    ]


def _entries(content: Mapping[str, Any], root: Path, here: Path, lang: str, depth: int) -> Iterator[Entry]:
    held = at(content, root)
    if isinstance(held, Mapping):
        items = [(key, thing) for key, thing in held.items() if thing is not None]
    else:
        items = [
            (_name(thing, index), thing) for index, thing in enumerate(held if isinstance(held, list) else ())
        ]
    for number, (name, thing) in enumerate(items, 1):
        path = (*root, name)
        yield Entry(path, _shown(thing, lang, root, number, name), depth, current=path == here)
        kind = things.kind_at(path, content)
        if root[-1] not in _OPENED or here[: len(path)] == path:
            for collection in things.held(kind):
                if collection.key in {"fields", "outcomes", "rows"}:
                    yield from _entries(content, (*path, collection.key), here, lang, depth + 1)


def _shown(thing: Any, lang: str, root: Path, number: int, name: str) -> str:
    if root[-1] == "rows" and isinstance(thing, Mapping):
        return f"{SINGULAR['rows'].get(lang)} {number}: {thing.get('then')}"
    return titled(thing, lang, name)


def _name(thing: Any, index: int) -> str:
    return str(thing["id"]) if isinstance(thing, Mapping) and "id" in thing else str(index)


_CHAPTER_OF: Mapping[str, str] = {
    "legal_bases": "bases", "terms": "terms", "form": "form", "pieces": "pieces", "fees": "fees", "tables": "fees",
    "checklist": "checklist", "grounds": "grounds", "route": "route", "papers": "papers", "licence": "licence",
    "history": "licence", "partners": "partners",
}  # fmt: skip


def chapter_of(path: Path) -> str:
    """The chapter in which the designer shows a place."""
    return _CHAPTER_OF.get(path[0], "general") if path else "general"


def place_of(where: str, content: Mapping[str, Any]) -> Path:
    """The thing that a finding speaks of; the nearest that there is."""
    parts = tuple(where.split("."))
    if parts[0] in _CHAPTER_OF and parts != ("route",):
        wanted = (parts[0], *parts[1:])
        if parts[0] == "form" and len(parts) > 2:
            wanted = ("form", parts[1], "fields", parts[2])
        elif parts[0] == "tables" and len(parts) > 2:
            wanted = ("tables", parts[1], "rows", str(int(parts[2]) - 1))
    elif any(node.get("id") == parts[0] for node in at(content, ("route", "nodes")) or ()):
        wanted = ("route", "nodes", parts[0], *(("outcomes", parts[1]) if len(parts) > 1 else ()))
    else:
        wanted = ("route",) if parts[0] == "route" else ()
    while wanted:
        try:
            things.kind_at(wanted, content)
        except (KeyError, ValueError, IndexError):
            wanted = wanted[:-1]
            continue
        if isinstance(at(content, wanted), Mapping):
            return wanted
        wanted = wanted[:-1]
    return ()
