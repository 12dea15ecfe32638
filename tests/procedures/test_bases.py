"""A definition that begins from a base: what is laid over what, what the hash pins, and what is refused."""

import shutil
from pathlib import Path

import pytest

from procedures import catalog, folders
from procedures.errors import Invalid

pytestmark = pytest.mark.promise("catalogue.bases")

ITEMS = [{"id": "a", "n": 1, "ways": [{"id": "x", "to": "p"}, {"id": "y", "to": "q"}]}, {"id": "b", "n": 2}]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A catalogue with one procedure and the base that it begins from."""
    for name in ("bases", "device-free-sale"):
        shutil.copytree(catalog.CATALOGUE / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def folder(shelf: Path) -> Path:
    return shelf / "device-free-sale" / "2025-07-01"


@pytest.mark.parametrize(
    ("own", "whole"),
    [
        ({"k": {"b": 2}}, {"k": {"a": 1, "b": 2}, "l": [1, 2]}),
        ({"k": {"a": 5}}, {"k": {"a": 5}, "l": [1, 2]}),
        ({"k": None}, {"l": [1, 2]}),
        ({"l": [3]}, {"k": {"a": 1}, "l": [3]}),
        ({"m": 1}, {"k": {"a": 1}, "l": [1, 2], "m": 1}),
    ],
    ids=["key added", "key changed", "key taken away", "list replaced", "key new"],
)
def test_mappings_are_laid_over_by_key(own: object, whole: object) -> None:
    assert folders.laid_over({"k": {"a": 1}, "l": [1, 2]}, own) == whole


def test_lists_of_things_with_ids_go_by_id_at_every_depth() -> None:
    own = [
        {"id": "c", "n": 3},
        {"id": "a", "ways": [{"id": "y", "to": "z"}, {"id": "x", "dropped": True}]},
    ]
    assert folders.laid_over(ITEMS, own) == [
        {"id": "a", "n": 1, "ways": [{"id": "y", "to": "z"}]},
        {"id": "b", "n": 2},
        {"id": "c", "n": 3},
    ]
    assert folders.laid_over(ITEMS, [{"id": "b", "dropped": True}]) == ITEMS[:1]


@pytest.mark.parametrize(
    ("own", "order"),
    [
        ([{"id": "c", "after": "a"}], "acb"),
        ([{"id": "c", "after": ""}], "cab"),
        ([{"id": "a", "after": "b"}], "ba"),
        ([{"id": "d", "after": "c"}, {"id": "c", "after": "a"}], "acdb"),
        ([{"id": "c", "after": "a"}, {"id": "b", "dropped": True}], "ac"),
        ([{"id": "c", "after": "nobody"}], "abc"),
        ([{"id": "c", "after": "d"}, {"id": "d", "after": "c"}], "abcd"),
    ],
)
def test_a_thing_may_say_behind_which_other_it_stands(own: list[dict[str, str]], order: str) -> None:
    laid = folders.laid_over(ITEMS, own)
    assert "".join(thing["id"] for thing in laid) == order
    assert not any("after" in thing for thing in laid)


def test_a_version_pins_its_base_and_every_file_of_it(folder: Path, shelf: Path) -> None:
    first = catalog.load(folder)
    assert {"base.yaml", "procedure.yaml", "receipt.html", "decision.html"} <= set(first.files)
    assert folders.parse(first.files) == first.definition
    base = shelf / "bases" / "one-stop" / "receipt.html"
    base.write_text(base.read_text("utf-8") + " ", "utf-8")
    assert catalog.load(folder).sha256 != first.sha256
    (folder / "receipt.html").write_text(
        first.files["receipt.html"], "utf-8"
    )  # its own stands before the base's
    assert catalog.load(folder).sha256 == first.sha256


def test_a_base_that_is_not_there_is_told(folder: Path) -> None:
    file = folder / "procedure.yaml"
    text = file.read_text("utf-8")
    for wrong in ("two-stop", "../one-stop", "one-stop/..", "[one-stop]"):
        file.write_text(text.replace("base: one-stop", f"base: {wrong}"), "utf-8")
        with pytest.raises(Invalid, match="base"):
            catalog.load(folder)


def test_what_is_wrong_in_a_base_is_named_there(folder: Path, shelf: Path) -> None:
    base = shelf / "bases" / "one-stop" / "base.yaml"
    base.write_text("terms: [", "utf-8")
    with pytest.raises(Invalid, match=r"base\.yaml"):
        catalog.load(folder)
