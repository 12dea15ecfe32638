"""A definition in words: every rule of a version as a sentence-like line, and what differs between two versions. Pure.

What a jurist compares is not YAML: each line has a chapter, a name and what it says, in the reader's language, so that
two versions can be laid side by side rule by rule.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from procedures.definition.base import Text
from procedures.definition.chapters import TELLERS, Translate
from procedures.definition.model import Definition

__all__ = ["CHAPTERS", "Change", "Statement", "differences", "statements"]

Chapter = Literal[
    "general", "bases", "terms", "form", "pieces", "fees",
    "checklist", "grounds", "route", "papers", "licence", "partners",
]  # fmt: skip
CHAPTERS: Mapping[Chapter, Text] = {
    "general": Text(vi="Thông tin chung", en="In general"),
    "bases": Text(vi="Căn cứ pháp lý", en="Legal bases"),
    "terms": Text(vi="Thời hạn", en="Time limits"),
    "form": Text(vi="Tờ khai", en="Form"),
    "pieces": Text(vi="Giấy tờ", en="Papers to hand in"),
    "fees": Text(vi="Phí, lệ phí", en="Fees"),
    "checklist": Text(vi="Nội dung thẩm định", en="Appraisal"),
    "grounds": Text(vi="Căn cứ từ chối", en="Grounds of refusal"),
    "route": Text(vi="Các bước", en="Steps"),
    "papers": Text(vi="Văn bản", en="Papers issued"),
    "licence": Text(vi="Giấy phép", en="Licence"),
    "partners": Text(vi="Cơ quan được báo", en="Who is told"),
}


class Statement(NamedTuple):
    """One rule of a version."""

    chapter: Chapter
    key: str
    """The same rule has the same key in every version."""
    name: str
    text: str


class Change(NamedTuple):
    """One rule that differs. An empty text: the rule is not there."""

    chapter: Chapter
    name: str
    before: str
    after: str


def differences(
    before: Definition, after: Definition, *, lang: str, translate: Translate = str
) -> list[Change]:
    """Every rule that was added, taken away or changed, chapter by chapter, in the order of the later version."""
    old = {(one.chapter, one.key): one for one in statements(before, lang=lang, translate=translate)}
    new = {(one.chapter, one.key): one for one in statements(after, lang=lang, translate=translate)}
    found = [
        Change(one.chapter, one.name, old[key].text if key in old else "", one.text)
        for key, one in new.items()
        if key not in old or (old[key].text, old[key].name) != (one.text, one.name)
    ]
    found += [Change(one.chapter, one.name, one.text, "") for key, one in old.items() if key not in new]
    order = list(CHAPTERS)
    return sorted(found, key=lambda change: order.index(change.chapter))


def statements(definition: Definition, *, lang: str, translate: Translate = str) -> Iterator[Statement]:
    """Every rule of a version in words."""
    for chapter in CHAPTERS:
        for key, name, text in TELLERS[chapter](definition, lang, translate):
            yield Statement(chapter, key, name, text)
