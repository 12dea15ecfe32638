"""A definition in words: nothing that a version prescribes is left untold, so that no change goes unseen."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from procedures import catalog, folders
from procedures.definition.model import Definition
from procedures.definition.phrases import condition
from procedures.definition.words import CHAPTERS, differences, statements, template_differences
from tests.procedures.mutations import OPERATORS, mutants

pytestmark = pytest.mark.promise("procedures.compared-in-words")

SHOWN = ("device-registration-cd", "food-import-inspection", "device-import-amendment")
NOT_A_CHANGE = {"field_twice"}
"""The same field written down twice says the same twice."""


def loaded(code: str) -> catalog.Loaded:
    return catalog.load(catalog.CATALOGUE / code / "2025-07-01")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_version_does_not_differ_from_itself_and_every_chapter_is_told(lang: str) -> None:
    told = set()
    for folder in catalog.folders():
        definition = catalog.load(folder).definition
        assert differences(definition, definition, lang=lang) == []
        rules = list(statements(definition, lang=lang))
        keys = [(rule.chapter, rule.key) for rule in rules]
        assert len(keys) == len(set(keys))
        told |= {rule.chapter for rule in rules}
    assert told == set(CHAPTERS)


@pytest.mark.parametrize("code", SHOWN)
def test_every_mutant_is_seen_in_the_comparison(code: str) -> None:
    """Whatever somebody changes in a version, the person who compares reads it."""
    whole = loaded(code)
    source = folders.source(whole.files)
    unseen = []
    for name in sorted(set(OPERATORS) - NOT_A_CHANGE):
        for where, mutant in mutants(name, source):
            try:
                definition = Definition.model_validate(mutant)
            except ValidationError:
                continue
            if not differences(whole.definition, definition, lang="vi"):
                unseen.append(f"{name} at {where}")
    assert unseen == []


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every scalar of a definition with the way to it."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def others(value: Any) -> list[Any]:
    """What might stand in the place of a value."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, str):
        return [f"{value} x", f"{value}x", *(word for word in WORDS if word != value)]
    return []


WORDS = [
    "working_days", "calendar_days", "pause", "restart", "original", "electronic", "leader", "seal", "head", "officer",
    "clerk", "full", "partial", "enterprise", "person", "portal", "counter", "text", "textarea", "pdf", "png",
    "new", "renew", "reason", "grounds", "applicant", "partner", "2030-01-01",
]  # fmt: skip


def without_effect(content: Any, path: tuple[Any, ...]) -> bool:
    """What no rule hangs on: the name of the version itself; limits of what is not there; a unit without steps."""
    holder = content
    for key in path[:-1]:
        holder = holder[key]
    match path:
        case ("code",) | ("version",) | (_, _, "repeat"):
            return True
        case ("fees", _, "amount"):
            return "by" in holder
        case (*_, "max_length"):
            return holder["type"] not in {"text", "textarea"}
        case (*_, "min_rows" | "max_rows"):
            return not holder.get("repeat")
        case (*_, "at_limit"):
            return holder.get("limit") is None
        case ("route", "units", name):
            return all(node.get("unit") != name for node in content["route"]["nodes"])
    return False


@pytest.mark.parametrize("code", SHOWN)
def test_every_leaf_that_is_changed_is_seen_in_the_comparison(code: str) -> None:
    whole = loaded(code)
    content = whole.definition.model_dump(mode="json", exclude_defaults=True)
    unseen, seen = [], 0
    for path, value in leaves(content):
        for other in others(value):
            changed = deepcopy(content)
            holder: Any = changed
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = other
            try:
                definition = Definition.model_validate(changed)
            except ValidationError:
                continue
            if definition == whole.definition or without_effect(content, path):
                break
            seen += 1
            if not differences(whole.definition, definition, lang="vi"):
                unseen.append((path, value, other))
            break
    assert unseen == []
    assert seen > 200


def test_a_template_is_compared_line_by_line() -> None:
    before = {"decision.html": "<p>Căn cứ</p>\n<p>Điều 1</p>\n", "slip.html": "<p>Phiếu</p>\n"}
    after = {"decision.html": "<p>Căn cứ</p>\n<p>Điều 1a</p>\n<p>Điều 2</p>\n", "notice.html": "<p>Báo</p>\n"}
    assert [(one.name, one.before, one.after) for one in template_differences(before, after)] == [
        ("decision.html", "<p>Điều 1</p>", "<p>Điều 1a</p>\n<p>Điều 2</p>"),
        ("notice.html", "", "<p>Báo</p>"),
        ("slip.html", "<p>Phiếu</p>", ""),
    ]
    assert template_differences(before, before) == []


def test_what_is_new_gone_or_changed_stands_side_by_side() -> None:
    before = loaded("food-import-inspection").definition
    source = folders.source(loaded("food-import-inspection").files)
    source["terms"]["decision"]["length"] = 7
    source["pieces"] = source["pieces"][:2]
    source["checklist"].append({"id": "cold", "title": {"vi": "Bảo quản lạnh", "en": "Kept cold"}})
    found = differences(before, Definition.model_validate(source), lang="en")
    assert [(one.chapter, one.before[:14], one.after[:14]) for one in found] == [
        ("terms", "9 working days", "7 working days"),
        ("pieces", "certified copy", ""),
        ("checklist", "", "Kept cold"),
    ]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (
            "invasive == 'yes' || device_class == 'd'",
            "“Có cấy ghép hoặc xâm nhập cơ thể người không?” là “Có” "
            "hoặc “Loại trang thiết bị y tế” là “Loại D”",
        ),
        ("owner_country != 'VN'", "“Nước của chủ sở hữu” không phải là “VN”"),
        ("!facts.fee_settled", "chưa: phí đã nộp đủ"),
        ("facts.rounds < facts.rounds_allowed", "số lần yêu cầu bổ sung ít hơn số lần được phép"),
        ("facts.intake_rounds == 0", "số lần yêu cầu bổ sung khi tiếp nhận bằng 0"),
    ],
)  # fmt: skip
def test_conditions_are_told_as_the_form_and_the_law_speak(when: str, said: str) -> None:
    assert condition(loaded("device-registration-cd").definition, when, lang="vi") == said
