"""Changing a draft thing by thing: its YAML and the screen are two views of the same text.

What is not changed keeps its bytes: comments, quotes, order and layout stand as they were (ruamel.yaml, ADR 0031).
A draft that begins from a base keeps doing so: what is changed is laid over it, what is taken away is written as taken
away, and what is set back to what the base says is no longer written.

A place is a path of keys and ids: ("route", "nodes", "intake", "outcomes", "accept"). In a list without ids a part is
the index.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from procedures.errors import Invalid, Reason
from procedures.folders import AFTER, BASE, DEFINITION, laid_over, source
from procedures.reading import read_yaml
from procedures.writing import dumped, loaded, styled

__all__ = [
    "MISSING",
    "Path",
    "Texts",
    "add",
    "at",
    "drop",
    "move",
    "of_base",
    "put",
    "written",
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
    if part.isdecimal() and int(part) < len(items) and not _with_ids(items):
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
            held[key] = styled(item, None)
            return
        if not isinstance(held, CommentedSeq):
            held = CommentedSeq() if base is MISSING or _with_ids(base) else styled(base, None)
            _insert(holder, path[-1], held)
        if not held:
            held.fa.set_block_style()
        held.append(styled(item, held[0] if held else None))

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

    In a list that the base has too, the thing says behind which other it stands. Raises Invalid past the ends, and for
    a list of the base whose things have no names.
    """

    def change(draft: _Draft) -> None:
        base = at(draft.base, path[:-1])
        if isinstance(base, list) and not _with_ids(base):
            message = gettext_noop("The base gives this its place; it cannot be moved here.")
            raise Invalid(Reason("order", message))
        whole = at(source(files), path[:-1])
        index = _index(whole, path[-1]) if isinstance(whole, list) else None
        if index is None or not 0 <= index + by < len(whole):
            raise Invalid(Reason("order", gettext_noop("There is no place further on.")))
        held = _descend(draft, path[:-1])
        if isinstance(base, list):
            names = [str(thing["id"]) for thing in whole]
            names.insert(index + by, names.pop(index))
            _put_in_order(draft, path[:-1], base, names)
        else:
            held.insert(index + by, held.pop(index))

    return _changed(files, path[:-1], change)


def _put_in_order(draft: _Draft, place: Path, base: list[Any], names: list[str]) -> None:
    """As few marks as give the things of a list this order: none, that of one thing, or one each."""
    held = _descend(draft, place)
    for thing in list(held):
        thing.pop(AFTER, None)
        if set(thing) == {"id"}:  # it said nothing else
            held.remove(thing)

    def there() -> list[str]:
        return [thing["id"] for thing in laid_over(base, _plain(held))]

    def mark(name: str) -> CommentedMap:
        behind = names[names.index(name) - 1] if names.index(name) else ""
        thing: CommentedMap = _descend(draft, (*place, name))
        thing[AFTER] = behind
        return thing

    if there() == names:
        return
    for name in names:
        known = _index(held, name) is not None
        thing = mark(name)
        if there() == names:
            return
        del thing[AFTER]
        if not known:
            held.remove(thing)
    for name in names:
        mark(name)


def of_base(files: Texts, path: Path) -> bool:
    """Whether the base fixes the place of a thing: it is one of a list of the base's whose things have no names."""
    if BASE not in files:
        return False
    base = at(read_yaml(files[BASE]), path[:-1])
    return isinstance(base, list) and not _with_ids(base) and at(base, path[-1:]) is not MISSING


def written(files: Texts, text: str, name: str = DEFINITION) -> dict[str, str]:
    """The files with another text of one of them, as typed: line ends are normalised, nothing else."""
    return {**files, name: text.replace("\r\n", "\n").rstrip("\n") + "\n"}


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
    own = loaded(files[DEFINITION])
    base = read_yaml(files[BASE]) if BASE in files and "base" in own else {}
    draft = _Draft(own, base)
    change(draft)
    _prune(own, base, needed)
    return {**files, DEFINITION: dumped(own, files[DEFINITION])}


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
                made = styled(below, None) if like_list and below and not _with_ids(below) else empty
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
            _insert(thing, key, styled(value, None if mine is MISSING else mine), order)


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
