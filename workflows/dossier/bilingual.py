"""A decision in Vietnamese and English, line for line: what its English says, beside the frozen Vietnamese content."""

from collections.abc import Mapping
from typing import Any

from procedures.definition.model import Definition, PaperKind
from procedures.definition.papers import fill_article
from procedures.models import Agency
from workflows.dossier.wording import tables

__all__ = ["IN_VIETNAMESE", "side_by_side"]

IN_VIETNAMESE = "Further conditions: see the Vietnamese text."
"""What nobody has translated is not passed over in silence."""


def side_by_side(
    definition: Definition,
    kind: PaperKind,
    base: Mapping[str, Any],
    *,
    answers: Mapping[str, Any],
    values: Mapping[str, str],
) -> dict[str, Any]:
    """What a paper in two languages says besides: the English, and each basis and article of `base` with it. An article
    that says nothing in Vietnamese has no English. One query: the agency."""
    english, ours = kind.translation, base["decision"]
    assert english is not None
    bases = [f"{text};" for text in english.bases] + (
        [f"Having considered dossier No. {base['dossier']['code']};"] if base["dossier"]["code"] else []
    )
    bases += [english.proposal] if kind.proposal else []
    said = [
        fill_article(theirs, values)
        for article, theirs in zip(kind.articles, english.articles, strict=True)
        if fill_article(article, values)
    ]
    agency = Agency.objects.select_related("parent").get(code=definition.agency)
    return {
        "translation": {
            "title": english.title,
            "authority": english.authority,
            "agency": agency.name_en,
            "parent": agency.parent.name_en if agency.parent else "",
        },
        "bilingual_bases": [{"vi": vi, "en": en} for vi, en in zip(ours["bases"], bases, strict=True)],
        "bilingual_articles": [{"vi": vi, "en": en} for vi, en in zip(ours["articles"], said, strict=True)],
        "tables": _both_languages(base["tables"], tables(definition, answers, lang="en")),
    }


def _both_languages(ours: Any, theirs: Any) -> Any:
    """Tables, or a part of one, in Vietnamese with the English behind each text that differs."""
    if isinstance(ours, dict):
        return {name: _both_languages(value, theirs[name]) for name, value in ours.items()}
    if isinstance(ours, list):
        return [_both_languages(one, other) for one, other in zip(ours, theirs, strict=True)]
    return ours if ours == theirs else f"{ours} / {theirs}"
