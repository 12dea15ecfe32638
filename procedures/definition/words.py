"""A version in words: every rule of it as a sentence-like line, and what differs between two versions. Pure.

What a jurist compares is not YAML: each line has a chapter, a name and what it says, in the reader's language, so that
two versions can be laid side by side rule by rule.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from procedures.definition.base import Text
from procedures.definition.chapters import TELLERS, Translate
from procedures.definition.model import Definition

__all__ = ["CHAPTERS", "Change", "Statement", "differences", "statements", "template_differences"]

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
    """Every rule that was added, taken away or changed, chapter by chapter, in the order of the later version.

    A rule that reads the same in `lang` and differs in the other language is told in the other.
    """
    other = "en" if lang == "vi" else "vi"
    found: dict[tuple[Chapter, str], Change] = {}
    for tongue in (other, lang):  # what the reader reads goes last, and so wins
        old = {(one.chapter, one.key): one for one in statements(before, lang=tongue, translate=translate)}
        new = {(one.chapter, one.key): one for one in statements(after, lang=tongue, translate=translate)}
        for key in [*new, *(key for key in old if key not in new)]:
            was, now = old.get(key), new.get(key)
            if (was and (was.name, was.text)) != (now and (now.name, now.text)):
                named = now or was
                assert named is not None  # of one of the two
                found[key] = Change(
                    named.chapter, named.name, was.text if was else "", now.text if now else ""
                )
    order = list(CHAPTERS)
    return sorted(found.values(), key=lambda change: order.index(change.chapter))


def template_differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """The lines of each paper's template that were taken away or added. Both: file name → text."""
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, "").splitlines(), after.get(name, "").splitlines()
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        found += [
            Change("papers", name, "\n".join(old[a:b]), "\n".join(new[c:d]))
            for kind, a, b, c, d in blocks
            if kind != "equal"
        ]
    return found


def statements(definition: Definition, *, lang: str, translate: Translate = str) -> Iterator[Statement]:
    """Every rule of a version in words."""
    for chapter in CHAPTERS:
        for key, name, text in TELLERS[chapter](definition, lang, translate):
            yield Statement(chapter, key, name, text)
