"""A definition in words: nothing that a version prescribes is left untold, so that no change goes unseen."""

import pytest
from pydantic import ValidationError

from procedures import catalog, folders
from procedures.definition.model import Definition
from procedures.definition.phrases import condition
from procedures.definition.words import CHAPTERS, differences, statements
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
