"""The first page, the catalogue of procedures, and one procedure in full."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onestop.access import public
from onestop.asking import asked
from onestop.portal.words import fee_fact, form_words, language, term_words, when_words
from procedures import catalog, selectors
from procedures.definition.diagram import term_text
from procedures.definition.lanes import lane_of
from procedures.definition.model import Definition, Human
from procedures.definition.phrases import CHANNELS, LEVELS, WHO
from procedures.models import Agency, ProcedureVersion
from procedures.now import today

__all__ = ["home", "in_force", "procedure", "procedures"]

SECTOR_ICONS = {"TTB": "device", "DUOC": "pill", "ATTP": "leaf", "PB": "flask", "KCB": "heart", "MP": "medal"}


class Sector(NamedTuple):
    """A sector with the number of its procedures in force."""

    code: str
    title: str
    icon: str
    titles: list[str]
    total: int


class Option(NamedTuple):
    """One box of a filter."""

    value: str
    title: Any
    total: int
    chosen: bool


def _sectors(found: Iterable[Definition], lang: str) -> list[Sector]:
    by_code: dict[str, list[Definition]] = {}
    for definition in found:
        by_code.setdefault(definition.sector.code, []).append(definition)
    return sorted(
        (
            Sector(
                code,
                of[0].sector.title.get(lang),
                SECTOR_ICONS.get(code, "list"),
                [definition.title.get(lang) for definition in of[:2]],
                len(of),
            )
            for code, of in by_code.items()
        ),
        key=lambda sector: selectors.folded(sector.title),
    )


def _definitions(found: Iterable[ProcedureVersion]) -> list[Definition]:
    """Those that an applicant may file."""
    known = [catalog.definition_of(version.sha256) for version in found]
    return [definition for definition in known if definition.opened_by is None]


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What one may do here. Figures are counted now, never invented."""
    found = _definitions(selectors.search(text=""))
    context = {"sectors": _sectors(found, language()), "count": len(found)}
    return render(request, "portal/home.html", context)


@public
@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """The catalogue, searched with or without diacritics and narrowed by what is chosen beside it."""
    text = asked(request, "q")
    lang = language()
    found = _definitions(selectors.search(text=text))
    chosen = {name: set(request.GET.getlist(name)) for name in ("nguoi-nop", "muc-do", "linh-vuc")}
    kept = [
        definition
        for definition in found
        if (not chosen["nguoi-nop"] or chosen["nguoi-nop"] & set(definition.applicants))
        and (not chosen["muc-do"] or definition.service_level in chosen["muc-do"])
        and (not chosen["linh-vuc"] or definition.sector.code in chosen["linh-vuc"])
    ]
    who: Counter[str] = Counter(kind for definition in found for kind in definition.applicants)
    level: Counter[str] = Counter(definition.service_level for definition in found)
    context = {
        "section": "procedures",
        "text": text,
        "found": [_found(definition, lang) for definition in kept],
        "count": len(kept),
        "narrowed": len(found) - len(kept),
        "filters": [
            (
                "nguoi-nop",
                _("Who files"),
                [Option(k, capfirst(t.get(lang)), who[k], k in chosen["nguoi-nop"]) for k, t in WHO.items()],
            ),
            (
                "muc-do",
                _("Level"),
                [
                    Option(k, capfirst(t.get(lang)), level[k], k in chosen["muc-do"])
                    for k, t in LEVELS.items()
                ],
            ),
            (
                "linh-vuc",
                _("Sector"),
                [
                    Option(s.code, s.title, s.total, s.code in chosen["linh-vuc"])
                    for s in _sectors(found, lang)
                ],
            ),
        ],
    }
    return render(request, "portal/procedures.html", context)


def _found(definition: Definition, lang: str) -> dict[str, Any]:
    return {
        "code": definition.code,
        "title": definition.title.get(lang),
        "abstract": definition.abstract.get(lang),
        "sector": definition.sector.title.get(lang),
        "national_code": definition.national_code,
        "national_code_illustrative": definition.national_code_illustrative,
        "term": term_words(definition.terms.decision),
        "term_illustrative": definition.terms.decision.illustrative,
        "fee": fee_fact(definition),
        "level": capfirst(LEVELS[definition.service_level].get(lang)),
    }


def in_force(code: str) -> tuple[ProcedureVersion, Definition]:
    """The version of a procedure in force today. Raises NotFound."""
    version = catalog.in_force(code, today())
    return version, catalog.definition_of(version.sha256)


@public
@require_safe
def procedure(request: HttpRequest, code: str) -> HttpResponse:
    """One procedure: time, fee, where, result; papers, route, legal bases."""
    version, definition = in_force(code)
    lang = language()
    agency = Agency.objects.get(code=definition.agency)
    units = selectors.unit_names(codes=definition.route.units.values(), lang=lang)
    lanes = {
        lane_of(node): units.get(definition.route.units[node.unit], "")
        for node in definition.route.nodes
        if isinstance(node, Human)
    }
    context = {
        "section": "procedures",
        "definition": definition,
        "version": version,
        "title": definition.title.get(lang),
        "abstract": definition.abstract.get(lang),
        "sector": definition.sector.title.get(lang),
        "catalogue": f"{reverse('portal:procedures')}?linh-vuc={definition.sector.code}",
        "agency": agency.name(lang),
        "facts": _facts(definition, lang),
        "pieces": [
            {
                "title": piece.title.get(lang),
                "hint": piece.hint.get(lang) if piece.hint else "",
                "when": when_words(definition, piece.when, lang=lang),
                "form": form_words(piece),
                "basis": piece.basis,
                "illustrative": piece.illustrative,
                "reusable": piece.reusable,
            }
            for piece in definition.pieces
        ],
        "names": {key: name for key, name in lanes.items() if name},
        "bases": definition.legal_bases,
        "applicants": [capfirst(WHO[kind].get(lang)) for kind in definition.applicants],
        "applicant_term": term_text(definition.terms.applicant, lang=lang),
        "rounds": definition.terms.supplement_rounds,
        "rounds_illustrative": definition.terms.applicant.illustrative,
    }
    return render(request, "portal/procedure.html", context)


def _facts(definition: Definition, lang: str) -> list[dict[str, Any]]:
    fee = fee_fact(definition)
    others = [CHANNELS[channel].get(lang) for channel in definition.channels if channel != "portal"]
    intake = definition.terms.intake
    opened = definition.opened_by is not None
    begins = (
        _("from the day on which it is opened")
        if opened
        else _("from valid receipt; intake answers within %(term)s") % {"term": term_words(intake)}
    )
    time = {
        "icon": "clock",
        "label": _("Time allowed"),
        "value": term_words(definition.terms.decision),
        "note": begins,
        "illustrative": definition.terms.decision.illustrative,
    }
    filing = [
        {
            "icon": "fee",
            "label": _("Fee"),
            "value": fee.amount,
            "note": _("more with some answers") if fee.conditional else "",
            "illustrative": fee.illustrative,
        },
        {
            "icon": "home",
            "label": _("Where to file"),
            "value": capfirst(LEVELS[definition.service_level].get(lang)),
            "note": _("or at %(places)s") % {"places": _(" or ").join(others)} if others else "",
            "illustrative": definition.channels_illustrative,
        },
    ]
    result = {
        "icon": "medal",
        "label": _("Result"),
        "value": definition.result.get(lang),
        "note": _("signed and sealed, checkable by its QR code"),
    }
    return [time, *([] if opened else filing), result]
