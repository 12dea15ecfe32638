"""What may be chosen for a key of a thing: words of the language in the reader's words, and what the draft has."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from onestop.components.states import STATES
from onestop.office.words import ROLES
from procedures.definition import diagram, phrases
from procedures.definition.base import Frozen, Term, Text
from procedures.definition.chapter_route import STEPS
from procedures.definition.model import (
    GATEWAY_FACTS,
    LICENCE_FACTS,
    ChecklistItem,
    Definition,
    Desk,
    Fee,
    FieldType,
    History,
    Human,
    LicenceKind,
    Outcome,
    PaperKind,
    Section,
    Split,
    Wait,
)
from procedures.definition.route import BACK, Join, Route
from procedures.definition.tables import Table
from procedures.definition.things import Leaf
from procedures.law.life import Act, edge
from procedures.law.vocabulary import Unit
from procedures.models import Agency
from procedures.models import Unit as UnitRow

__all__ = ["choices_of", "said"]

Choices = list[tuple[str, str]]
_BOTH: Mapping[str, Mapping[Any, Text]] = {
    "type": phrases.KINDS,
    "form": phrases.FORMS,
    "signers": phrases.SIGNERS,
    "effect": phrases.EFFECTS,
    "needs": phrases.NEEDS,
    "applicants": phrases.WHO,
    "channels": phrases.CHANNELS,
    "service_level": phrases.LEVELS,
    "step": STEPS,
    "after_supplement": {
        "restart": Text(vi="tính lại từ đầu", en="counted anew"),
        "resume": Text(vi="tính tiếp", en="goes on"),
    },
    "outcome": {
        "grant": Text(vi="chấp thuận", en="granted"),
        "refusal": Text(vi="từ chối", en="refused"),
    },
    "party": {
        "applicant": Text(vi="người nộp", en="the applicant"),
        "system": Text(vi="hệ thống", en="the system"),
        "partner": Text(vi="cơ quan bên ngoài", en="a partner"),
    },
    "partner": {
        "vnsw": Text(vi="Cơ chế một cửa quốc gia", en="the national single window"),
        "asw": Text(vi="Cơ chế một cửa ASEAN", en="the ASEAN single window"),
    },
}


def said(definition: Definition, name: str, lang: str) -> str:
    """What a name of a condition is called, with the name itself, which conditions use."""
    words = phrases.asked(definition, name, lang)
    return name if words == name else f"{words} ({name})"


def choices_of(
    definition: Definition,
    kind: type[Frozen],
    leaf: Leaf,
    content: Mapping[str, Any],
    templates: Sequence[str],
    lang: str,
) -> Choices:
    """The choices for a key of the thing that `content` says; none where anything may be written."""
    if leaf.words:
        return [(word, _word(kind, leaf.key, word, lang)) for word in leaf.words]
    if (kind, leaf.key) == (PaperKind, "template"):
        return [(name, name) for name in templates]
    own = _OF_DRAFT.get((kind, leaf.key))
    found = list(own(definition, content, lang)) if own else []
    known = {value for value, _words in found}
    now = content.get(leaf.key)
    for value in [now] if isinstance(now, str) else now if isinstance(now, list) else ():
        if found and value and value not in known:
            # What stands there stays to be seen, and the verifier says what is wrong.
            found.append((value, value))
    return found


def _word(kind: type[Frozen], key: str, word: str, lang: str) -> str:
    if kind is Term and key == "unit":
        return diagram.unit_title(Unit(word), lang=lang)
    if key in {"act", "after"}:
        return gettext(edge(Act(word)).title)
    if key == "role":
        return str(ROLES[word]).capitalize()
    if key == "states":
        return str(STATES[word].office)
    if key == "type":
        return phrases.KINDS[FieldType(word)].get(lang).capitalize()
    both = _BOTH.get(key, {}).get(word)
    return both.get(lang).capitalize() if both else word


def _nodes(definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [(node.id, node.title.get(lang)) for node in definition.route.nodes]


def _targets(definition: Definition, content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [*_nodes(definition, content, lang), (BACK, gettext("back to what was open"))]


def _joins(definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [(node.id, node.title.get(lang)) for node in definition.route.nodes if isinstance(node, Join)]


def _people(definition: Definition, content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [
        (node.id, node.title.get(lang)) for node in definition.route.people if node.id != content.get("id")
    ]


def _outcomes(_definition: Definition, content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    ways = content.get("outcomes") or ()
    return [(str(way["id"]), str((way.get("title") or {}).get(lang, way["id"]))) for way in ways]


def _at_limit(definition: Definition, content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [
        *_outcomes(definition, content, lang),
        ("alarm", gettext("somebody is warned, nothing is decided")),
    ]


def _fields(definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    for section in definition.form:
        if section.repeat:
            yield section.id, section.title.get(lang)
        else:
            for field in section.fields:
                yield field.id, field.title.get(lang)


def _pieces(definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [(piece.id, piece.title.get(lang)) for piece in definition.pieces]


def _inputs(definition: Definition, content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    yield from _fields(definition, content, lang)
    for name in (*GATEWAY_FACTS["facts"], *LICENCE_FACTS):
        yield f"facts.{name}", phrases.asked(definition, f"facts.{name}", lang)


def _tables(definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [(name, table.title.get(lang)) for name, table in definition.tables.items()]


def _row_names(definition: Definition, content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [
        (str(field["id"]), str((field.get("title") or {}).get(lang, "")))
        for field in content.get("fields") or ()
    ]


def _papers(definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    kinds = [(name, kind.title.get(lang)) for name, kind in definition.papers.items()]
    return [*kinds, ("result", gettext("the decision or the refusal, as drafted"))]


def _agencies(_definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    return [(row.code, row.name_vi) for row in Agency.objects.order_by("name_vi")]


def _unit_rows(_definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    rows = UnitRow.objects.select_related("agency").order_by("agency__name_vi", "name_vi")
    return [(row.code, f"{row.name_vi} ({row.agency.short})") for row in rows]


def _own_units(definition: Definition, _content: Mapping[str, Any], lang: str) -> Iterable[tuple[str, str]]:
    codes = definition.route.units
    names = {row.code: row.name_vi for row in UnitRow.objects.filter(code__in=codes.values())}
    return [(key, f"{names.get(code, code)} ({key})") for key, code in codes.items()]


_OF_DRAFT: Mapping[
    tuple[type[Frozen], str], Callable[[Definition, Mapping[str, Any], str], Iterable[tuple[str, str]]]
] = {
    (Definition, "agency"): _agencies,
    (Definition, "named_by"): _fields,
    (Section, "row_title"): _row_names,
    (Section, "pieces"): _pieces,
    (ChecklistItem, "piece"): _pieces,
    (Fee, "by"): _tables,
    (Table, "inputs"): _inputs,
    (Route, "units"): _unit_rows,
    (Human, "unit"): _own_units,
    (Desk, "unit"): _own_units,
    (Human, "different_from"): _people,
    (Human, "at_limit"): _outcomes,
    (Wait, "at_limit"): _at_limit,
    (Outcome, "to"): _targets,
    (Join, "to"): _nodes,
    (Split, "join"): _joins,
    (Outcome, "paper"): _papers,
    (LicenceKind, "fields"): _fields,
    (LicenceKind, "about"): _fields,
    (LicenceKind, "to"): _fields,
    (LicenceKind, "inspection"): _tables,
    (History, "same"): _fields,
}  # fmt: skip
