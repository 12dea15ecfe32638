"""YAML and screen are two views of one text: what is changed is changed there, and every other byte stays."""

import copy
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from procedures import editing
from procedures.editing import MISSING, at
from procedures.errors import Invalid
from procedures.folders import BASE, DEFINITION, folders, load, source

pytestmark = pytest.mark.promise("designer.bytes")
PLACES = 3
"""Of each procedure; which, a fixed seed says."""


@pytest.fixture(params=folders(), ids=lambda path: path.parent.name)
def files(request: pytest.FixtureRequest) -> dict[str, str]:
    """A procedure of the catalogue as texts."""
    path: Path = request.param
    return dict(load(path).files)


def things(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(content, dict):
        yield path, content
        for key, value in content.items():
            yield from things(value, (*path, str(key)))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            if isinstance(value, dict):
                yield from things(value, (*path, str(value.get("id", index))))


def some(files: dict[str, str]) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    found = list(things(source(files)))
    return random.Random(len(found)).sample(found, PLACES)


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f'{value} khác: "x" # không'


def test_nothing_changed_is_no_byte_changed(files: dict[str, str]) -> None:
    for path, thing in some(files):
        plain = {key: value for key, value in thing.items() if not isinstance(value, dict | list)}
        assert editing.put(files, path, plain) == files
        assert editing.written(files, files[DEFINITION]) == files


def test_a_key_is_set_set_back_and_taken_away_and_all_else_stays(files: dict[str, str]) -> None:
    whole = source(files)
    for path, thing in some(files):
        for key, value in thing.items():
            if key in {"id", "base"} or not isinstance(value, str | int):
                continue
            wanted = copy.deepcopy(whole)
            at(wanted, path)[key] = other(value)
            changed = editing.put(files, path, {key: other(value)})
            assert source(changed) == wanted
            assert gaps(changed) == gaps(files)
            assert editing.put(changed, path, {key: value}) == files or repeats_the_base(files, path, key)
            del at(wanted, path)[key]
            without = editing.put(files, path, {key: MISSING})
            assert source(without) == wanted
            assert gaps(without) == gaps(files)


@pytest.mark.parametrize(
    "text",
    ["no", "yes", "Off", "y", "~", "null", "1:30", "0777", "1_000", "1e3", ".5", "0x1F", "2026-01-01", "=", "<<",
     "- a", "a: b", "{x}", "[x", "# x", "*a", "&a", "!t", "%", "@x", "`", "a\nb", "'", '"', "\\", "é\u00a0x", "?"],
)  # fmt: skip
def test_a_text_stays_the_text_that_was_typed(text: str) -> None:
    files = dict(load(folders()[0]).files)
    changed = editing.put(
        files, ("grounds", "not_eligible"), {"basis": text, "title": {"vi": text, "en": text}}
    )
    (ground,) = (one for one in source(changed)["grounds"] if one["id"] == "not_eligible")
    assert (ground["basis"], ground["title"]) == (text, {"vi": text, "en": text})


def gaps(files: dict[str, str]) -> list[str]:
    """Every comment, and how many blank lines there are."""
    lines = files[DEFINITION].splitlines()
    return [*(line for line in lines if line.lstrip().startswith("#")), str(lines.count(""))]


def repeats_the_base(files: dict[str, str], path: tuple[str, ...], key: str) -> bool:
    """A draft that says once more what its base says need not say it again."""
    return BASE in files and at(source({DEFINITION: files[BASE]}), (*path, key)) is not MISSING


def test_things_are_added_and_dropped_and_all_else_stays(files: dict[str, str]) -> None:
    whole = source(files)
    lists = [
        ((*path, key), value)
        for path, thing in things(whole)
        for key, value in thing.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    ]
    for path, held in random.Random(len(lists)).sample(lists, min(3, len(lists))):
        named = "id" in held[0]
        item = {"id": "moi", "title": {"vi": "Thử", "en": "Try"}} if named else copy.deepcopy(held[0])
        wanted = copy.deepcopy(whole)
        at(wanted, path).append(item)
        grown = editing.add(files, path, item)
        assert source(grown) == wanted
        name = "moi" if named else str(len(held))
        assert source(editing.drop(grown, (*path, name))) == whole
        wanted = copy.deepcopy(whole)
        gone = at(wanted, path).pop()
        dropped = editing.drop(files, (*path, str(gone["id"]) if named else str(len(held) - 1)))
        assert source(dropped) == wanted
        assert gaps(dropped) == gaps(files)


def order(files: Mapping[str, str], *path: str) -> list[str]:
    return [thing["id"] for thing in at(source(files), path)]


def test_order_is_changed_in_the_draft_s_own_lists_and_in_those_of_its_base() -> None:
    files = dict(load(folders()[0].parent.parent / "device-free-sale" / "2025-07-01").files)
    moved = editing.move(files, ("pieces", "iso_13485"), -1)
    assert order(moved, "pieces") == ["iso_13485", "circulation"]
    assert editing.move(moved, ("pieces", "iso_13485"), 1) == files
    route = ("route", "nodes")
    before = order(files, *route)
    seal, after = before.index("seal"), before[before.index("seal") + 1]
    moved = editing.move(files, (*route, "seal"), 1)
    assert order(moved, *route) == [*before[:seal], after, "seal", *before[seal + 2 :]]
    assert moved["procedure.yaml"].count("after:") == 1, "one mark is enough"
    assert editing.move(moved, (*route, "seal"), -1) == files
    for path, by in (
        ((*route, before[0]), -1),
        (("pieces", "iso_13485"), 1),
        (("papers", "decision"), 1),
    ):
        with pytest.raises(Invalid):
            editing.move(files, path, by)
    assert not editing.of_base(files, ("pieces", "iso_13485"))
    assert not editing.of_base(files, (*route, "seal"))


def test_any_order_of_a_base_s_list_can_be_had_and_undone() -> None:
    files = dict(load(folders()[0].parent.parent / "device-registration-cd" / "2025-07-01").files)
    place, dice = ("route", "nodes", "review", "outcomes"), random.Random(7)
    before = order(files, *place)
    now, wanted = files, list(before)
    for _turn in range(12):
        index = dice.randrange(len(wanted))
        by = dice.choice([way for way in (-2, -1, 1, 2) if 0 <= index + way < len(wanted)])
        name = wanted.pop(index)
        wanted.insert(index + by, name)
        now = editing.move(now, (*place, name), by)
        assert order(now, *place) == wanted
    for goal, name in enumerate(before):
        at_now = order(now, *place).index(name)
        now = editing.move(now, (*place, name), goal - at_now) if goal != at_now else now
    assert source(now) == source(files)


def test_a_place_that_is_gone_is_told() -> None:
    files = dict(load(folders()[0]).files)
    with pytest.raises(Invalid, match="not there any more"):
        editing.put(files, ("pieces", "nothing"), {"form": "copy"})
