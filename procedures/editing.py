"""Changing a draft thing by thing: its YAML and the screen are two views of the same text.

What is not changed keeps its bytes: comments, quotes, order and layout stand as they were (ruamel.yaml, ADR 0031).
A draft that begins from a base keeps doing so: what is changed is laid over it, what is taken away is written as taken
away, and what is set back to what the base says is no longer written.

A place is a path of keys and ids: ("route", "nodes", "intake", "outcomes", "accept"). In a list without ids a part is
the index.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString, SingleQuotedScalarString

from procedures.errors import Invalid, Reason
from procedures.folders import BASE, DEFINITION, source
from procedures.reading import read_yaml

__all__ = [
    "MISSING",
    "Path",
    "Texts",
    "add",
    "at",
    "drop",
    "may_move",
    "move",
    "put",
    "written",
    "written_out",
]

Path = tuple[str, ...]
Texts = Mapping[str, str]
"""File name → text, as a version holds them."""


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()
"""Nothing is written there."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


# -- reading ----------------------------------------------------------------------------------------------------------


def at(content: Any, path: Sequence[str]) -> Any:
    """What stands at a place of plain content; MISSING where nothing does."""
    for part in path:
        if isinstance(content, Mapping):
            content = content.get(part, MISSING)
        elif isinstance(content, list):
            index = _index(content, part)
            content = content[index] if index is not None else MISSING
        else:
            return MISSING
    return content


def _index(items: list[Any], part: str) -> int | None:
    for index, item in enumerate(items):
        if isinstance(item, Mapping) and "id" in item and str(item["id"]) == part:
            return index
    if part.isdigit() and int(part) < len(items) and not _with_ids(items):
        return int(part)
    return None


def _with_ids(items: Sequence[Any]) -> bool:
    return bool(items) and all(isinstance(item, Mapping) and "id" in item for item in items)


# -- writing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """The text at hand, and the base that it is laid over (empty: none)."""

    own: CommentedMap
    base: dict[str, Any]


def put(files: Texts, path: Path, values: Mapping[str, Any], *, order: Sequence[str] = ()) -> dict[str, str]:
    """The files with these keys of the thing at `path` set; MISSING takes a key away, mappings are merged by key.

    `order` says where among the keys that are there a new one goes. Raises Invalid when nothing stands at the place.
    """

    def change(draft: _Draft) -> None:
        thing = _descend(draft, path)
        base = at(draft.base, path)
        _set_all(thing, base if isinstance(base, dict) else {}, values, order)

    return _changed(files, path, change)


def add(files: Texts, path: Path, item: Any, *, key: str = "") -> dict[str, str]:
    """The files with an item more in the list at `path`, or under `key` in the mapping there."""

    def change(draft: _Draft) -> None:
        holder = _descend(draft, path[:-1])
        held = holder.get(path[-1])
        base = at(draft.base, path)
        if key:
            if not isinstance(held, CommentedMap):
                held = holder[path[-1]] = CommentedMap()
            held[key] = _styled(item, None)
            return
        if not isinstance(held, CommentedSeq):
            held = CommentedSeq() if base is MISSING or _with_ids(base) else _styled(base, None)
            _insert(holder, path[-1], held)
        if not held:
            held.fa.set_block_style()
        held.append(_styled(item, held[0] if held else None))

    return _changed(files, path[:-1], change)


def drop(files: Texts, path: Path) -> dict[str, str]:
    """The files without the thing at `path`; one that the base gives is written as dropped."""

    def change(draft: _Draft) -> None:
        holder = _descend(draft, path[:-1])
        name, base = path[-1], at(draft.base, path)
        if isinstance(holder, CommentedSeq):
            index = _index(holder, name)
            if base is not MISSING:
                mark = CommentedMap({"id": name, "dropped": True})
                mark.fa.set_flow_style()
                if index is None:
                    holder.append(mark)
                else:
                    holder[index] = mark
            elif index is not None:
                del holder[index]
        elif base is not MISSING:
            holder[name] = None
        elif name in holder:
            del holder[name]

    return _changed(files, path[:-1], change)


def move(files: Texts, path: Path, by: int) -> dict[str, str]:
    """The files with the thing at `path` so many places further on in its list.

    What the base gives has the order that it has there. Raises Invalid for such a thing, and past the ends.
    """

    def change(draft: _Draft) -> None:
        held = _descend(draft, path[:-1])
        index = _index(held, path[-1]) if isinstance(held, CommentedSeq) else None
        if index is None or at(draft.base, path) is not MISSING:
            raise Invalid(
                Reason("order", gettext_noop("The base gives this its place; it cannot be moved here."))
            )
        to = index + by
        if not 0 <= to < len(held):
            raise Invalid(Reason("order", gettext_noop("There is no place further on.")))
        held.insert(to, held.pop(index))

    return _changed(files, path[:-1], change)


def may_move(files: Texts, path: Path) -> bool:
    """Whether a thing stands in a list, and in an order that is the draft's own."""
    base = read_yaml(files[BASE]) if BASE in files else {}
    return bool(path) and isinstance(at(source(files), path[:-1]), list) and at(base, path) is MISSING


def written(files: Texts, text: str, name: str = DEFINITION) -> dict[str, str]:
    """The files with another text of one of them, as typed: line ends are normalised, nothing else."""
    return {**files, name: text.replace("\r\n", "\n").rstrip("\n") + "\n"}


def written_out(files: Texts) -> dict[str, str]:
    """The same definition without a base: everything stands in procedure.yaml, in the order of the base."""
    whole = source(files)
    out = _dumped(_styled(whole, None))
    return {name: text for name, text in files.items() if name != BASE} | {DEFINITION: out}


def _changed(files: Texts, needed: Path, change: Callable[[_Draft], None]) -> dict[str, str]:
    whole = source(files)  # read within bounds, before the other reader sees it
    if needed and at(whole, needed) is MISSING:
        raise Invalid(
            Reason(
                "place",
                gettext_noop("“%(place)s” is not there any more; somebody else has changed the draft."),
                {"place": ".".join(needed)},
            )
        )
    own = _yaml().load(files[DEFINITION])
    base = read_yaml(files[BASE]) if BASE in files and "base" in own else {}
    draft = _Draft(own, base)
    change(draft)
    _prune(own, base, needed)
    return {**files, DEFINITION: _dumped(own, files[DEFINITION])}


def _prune(here: Any, base: Any, path: Path) -> None:
    """Take away what only led to the place and says nothing that the base does not say."""
    if not path or base is MISSING:
        return
    part, below = path[0], at(base, path[:1])
    if isinstance(here, CommentedSeq):
        index = _index(here, part)
        if index is None:
            return
        _prune(here[index], below, path[1:])
        if below is not MISSING and set(here[index]) <= {"id"}:
            del here[index]
    elif isinstance(here, CommentedMap) and isinstance(here.get(part), CommentedMap | CommentedSeq):
        _prune(here[part], below, path[1:])
        if below is not MISSING and not here[part]:
            del here[part]


def _descend(draft: _Draft, path: Path) -> Any:
    """The place in the draft's own text, with what leads there made where only the base has it."""
    here: Any = draft.own
    base: Any = draft.base
    for part in path:
        below = at(base, (part,)) if base is not MISSING else MISSING
        if isinstance(here, CommentedSeq):
            index = _index(here, part)
            if index is None:
                here.append(CommentedMap({"id": part}))
                here = here[-1]
            else:
                here = here[index]
        else:
            if not isinstance(here.get(part), CommentedMap | CommentedSeq):
                like_list = isinstance(below, list) or (below is MISSING and part in _LISTS)
                empty = CommentedSeq() if like_list else CommentedMap()
                made = _styled(below, None) if like_list and below and not _with_ids(below) else empty
                _insert(here, part, made)
            here = here[part]
        base = below
    return here


_LISTS = frozenset(
    {"form", "pieces", "fees", "checklist", "grounds", "nodes", "outcomes", "fields", "choices", "rows",
     "legal_bases", "partners"}
)  # fmt: skip
"""Keys under which lists of things stand, for where neither text has one yet."""


def _set_all(
    thing: CommentedMap, base: Mapping[str, Any], values: Mapping[str, Any], order: Sequence[str]
) -> None:
    for key, value in values.items():
        if key == "id":
            continue  # a thing keeps the name by which others speak of it
        below = base.get(key, MISSING)
        mine = thing.get(key, MISSING)
        if mine is not MISSING and value is not MISSING and _plain(mine) == _plain(value):
            continue
        if isinstance(value, Mapping) and isinstance(below, dict):
            # Laid over the base key by key; what the base alone says stays unwritten.
            inner = mine if isinstance(mine, CommentedMap) else CommentedMap()
            fresh = inner is not mine
            if fresh:
                inner.fa.set_flow_style()
            gone = {name: MISSING for name in below if name not in value}
            _set_all(inner, below, {**value, **gone}, tuple(value))
            if fresh and inner:
                _insert(thing, key, inner, order)
            elif not fresh and not inner:
                del thing[key]
        elif isinstance(value, Mapping) and isinstance(mine, CommentedMap):
            gone = {name: MISSING for name in mine if name not in value}
            _set_all(mine, {}, {**value, **gone}, tuple(value))
        elif value is MISSING and below is not MISSING:
            if mine is not None:
                _insert(thing, key, None, order)
        elif value is MISSING or (below is not MISSING and _plain(below) == _plain(value)):
            if mine is not MISSING:
                del thing[key]
        else:
            _insert(thing, key, _styled(value, None if mine is MISSING else mine), order)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    return str(value) if isinstance(value, str) else value


def _insert(thing: CommentedMap, key: str, value: Any, order: Sequence[str] = ()) -> None:
    """Put a key in its place; one that is there keeps it, and not the quotes of what it said before."""
    names = list(thing)
    if key in names:
        place = names.index(key)
        del thing[key]
    else:
        before = set(order[: order.index(key)]) if key in order else set(names)
        place = max((index + 1 for index, name in enumerate(names) if name in before), default=0)
    thing.insert(place, key, value)


_STR = "tag:yaml.org,2002:str"
_RESOLVE: Any = yaml.SafeLoader("").resolve
"""What the reader of definitions, which follows YAML 1.1, takes a plain scalar for; the writer follows 1.2."""


# -- how things are written -------------------------------------------------------------------------------------------


def _styled(value: Any, like: Any) -> Any:
    """A plain value in the manner of what it replaces or stands beside."""
    if isinstance(value, Mapping):
        made = CommentedMap()
        for key, held in value.items():
            made[key] = _styled(held, like.get(key) if isinstance(like, Mapping) else None)
        flow = like.fa.flow_style() if isinstance(like, CommentedMap) else None
        simple = not any(isinstance(held, CommentedMap | CommentedSeq) for held in made.values())
        if flow or (flow is None and simple and len(made) <= 6):
            made.fa.set_flow_style()
            for key, held in made.items():
                if key in {"vi", "en"}:
                    made[key] = DoubleQuotedScalarString(held)
        return made
    if isinstance(value, list | tuple):
        items = CommentedSeq(_styled(held, None) for held in value)
        flow = like.fa.flow_style() if isinstance(like, CommentedSeq) else None
        short = all(isinstance(held, str | int) and len(str(held)) <= 30 for held in value)
        if flow or (flow is None and short):
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and ("\n" in value or _RESOLVE(yaml.ScalarNode, value, (True, False)) != _STR):
        # In one line, as everything; and what the reader would take for something else (no, 1:30) is quoted.
        return DoubleQuotedScalarString(value)
    if (
        isinstance(value, str)
        and isinstance(like, ScalarString)
        and not isinstance(like, SingleQuotedScalarString)
    ):
        return type(like)(value)  # single quotes the writer gives by itself, where a text needs them
    return value


def _yaml() -> YAML:
    made = YAML()
    made.preserve_quotes = True
    made.width = 1_000_000
    made.indent(mapping=2, sequence=4, offset=2)
    made.representer.add_representer(
        type(None), lambda self, _value: self.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return made


def _dumped(own: CommentedMap, before: str = "") -> str:
    """The text, with the blank lines and comment lines of the text before in front of what they stood in front of."""
    out = io.StringIO()
    _yaml().dump(own, out)
    made = out.getvalue()
    old, new = _lines(before), _lines(made)
    bare_old, bare_new = [line for line, _gap in old], [line for line, _gap in new]
    gaps: dict[int, list[str]] = {}
    for _kind, start, end, to, _to_end in SequenceMatcher(
        None, bare_old, bare_new, autojunk=False
    ).get_opcodes():
        for index in range(start, end):
            following = to + index - start if _kind == "equal" else to
            gaps.setdefault(following, []).extend(old[index][1])
    text = "".join(line for index, one in enumerate(bare_new) for line in (*gaps.get(index, ()), one))
    return (
        text if read_yaml(text) == read_yaml(made) else made
    )  # a text of many lines may hold what looks like a gap


def _lines(text: str) -> list[tuple[str, list[str]]]:
    """Each line that says something, with the blank lines and comments in front of it."""
    found: list[tuple[str, list[str]]] = []
    gap: list[str] = []
    for line in text.splitlines(keepends=True):
        if not line.strip() or line.lstrip().startswith("#"):
            gap.append(line)
        else:
            found.append((line, gap))
            gap = []
    found.append(("", gap))
    return found
