"""What the authority does of its own motion about a licence: found in the registers, and a dossier opened about it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from onestop.access import actor, officials
from onestop.answering import AnswerForm, asked_fields, typed_values
from onestop.asking import asked
from onestop.components.states import LICENCE_STATES
from onestop.errors import sentence
from onestop.forms import ErrorLink, error_links
from onestop.keeping import Received, received
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures import catalog
from procedures.definition.forms import FieldError, validate
from procedures.definition.model import Definition, Field_, RequiredPiece, Section
from procedures.errors import Busy, Conflict, Invalid, Refused
from procedures.now import today
from workflows import selectors, service
from workflows.models import Licence
from workflows.service import Done

__all__ = ["ROWS", "Sheet", "draw", "licences", "open_dossier", "sent", "to_open", "tried"]


@require_safe
@officials
def licences(request: HttpRequest) -> HttpResponse:
    """The licences that the actor's procedures can be about, by number, holder or device, with what may be opened."""
    lang = language()
    text = asked(request, "q")
    mine = selectors.openings(actor=actor(request))
    registers = {definition.licence.register_id for definition in mine if definition.licence}
    pages = [selectors.register(text=text, kind=name) for name in sorted(registers if text else ())]
    found = [row for rows, _following in pages for row in rows]
    with_rail(request)
    context = {
        "text": text,
        "mine": [definition.title.get(lang) for definition in mine if definition.licence],
        "lists": [
            (definition.title.get(lang), reverse("office:list", args=[definition.code]), count)
            for definition, count in selectors.lists_to_open(actor=actor(request))
        ],
        "rows": [
            {
                "licence": row,
                "about": selectors.summary(row.dossier.definition, row.dossier.answers, lang),
                "state": LICENCE_STATES[row.standing(today())],
                "acts": [
                    (definition.title.get(lang), reverse("office:open", args=[definition.code, row.ref]))
                    for definition in mine
                    if selectors.openable(definition, row)
                ],
            }
            for row in found
        ],
        "more": any(following for _rows, following in pages),
    }
    return render(request, "office/openings.html", context)


ROWS = "danh-muc"
"""Id of the dossiers that are put on a list, on its page."""


@dataclass
class Sheet:
    """What stands on the page: typed answers with their errors, and files that are here already."""

    values: dict[str, str] = field(default_factory=dict)
    wrong: list[FieldError] = field(default_factory=list)
    papers: dict[str, Received] = field(default_factory=dict)
    """Piece → its files, and what is wrong with them."""
    said: list[ErrorLink] = field(default_factory=list)
    """What is about none of them."""
    status: int = 200
    key: str = field(default_factory=lambda: str(uuid4()))
    """By which it is opened once."""


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def open_dossier(request: HttpRequest, code: str, ref: UUID) -> HttpResponse:
    """Fill in why, add the papers, and open the dossier; what is wrong comes back beside what was typed."""
    definition = to_open(request, code)
    licence = selectors.licence_of(ref=ref)
    if licence is None or definition.licence is None or definition.licence.register_id != licence.register:
        raise Http404
    if request.method != "POST":
        first = Sheet(selectors.first_answers(definition, licence))
        return _show(request, definition, licence, first)
    sheet = sent(request, definition)
    done = tried(sheet, definition, partial(service.open_dossier, actor=actor(request), licence=licence))
    if done is None:
        return _show(request, definition, licence, sheet)
    messages.success(request, _("The dossier is open, and the holder of the licence is told."))
    return see_other(reverse("office:dossier", args=[done.ref]))


def to_open(request: HttpRequest, code: str) -> Definition:
    """The procedure in force, whose dossiers the actor may open. Raises Http404, Refused."""
    definition = catalog.definition_of(catalog.in_force(code, today()).sha256)
    if definition.opened_by is None:
        raise Http404
    allowed = selectors.permit_opening(actor(request), definition)
    if not allowed:
        raise Refused(*allowed.reasons)
    return definition


def tried(sheet: Sheet, definition: Definition, opening: Callable[..., Done]) -> Done | None:
    """Open what the sheet says; None where something is wrong, which then stands on the sheet."""
    if any(given.errors for given in sheet.papers.values()):
        _clean, errors = validate(definition, sheet.values)
        asked = {one.id for _section, fields in typed(definition) for one in fields}
        sheet.wrong = [error for error in errors if error.field in asked]
        return None
    files = [(piece, file, name) for piece, given in sheet.papers.items() for file, name in given.files]
    try:
        return opening(
            procedure=definition.code, answers=sheet.values, files=files, idempotency_key=sheet.key
        )
    except (Invalid, Busy, Conflict) as error:
        _place(sheet, definition, error)
        return None


def typed(definition: Definition) -> Iterator[tuple[Section, list[Field_]]]:
    """The pages with the fields that the official fills in: all but the licence, which was chosen before, and the rows
    of a list."""
    about = definition.licence.about if definition.licence else ""
    rows = definition.lists.section if definition.lists else ""
    for section in definition.form:
        if section.id != rows:
            yield section, [one for one in section.fields if one.id != about]


def sent(request: HttpRequest, definition: Definition) -> Sheet:
    """What was typed, the files sent now, and those that an earlier try left here."""
    sheet = Sheet()
    sheet.key = request.POST.get("key", "")[:100] or sheet.key
    for _section, fields in typed(definition):
        sheet.values |= typed_values(fields, request.POST)
    for piece in definition.pieces:
        sheet.papers[piece.id] = given = received(request, piece.id, piece.formats)
        sheet.status = given.status if given.errors else sheet.status
    return sheet


def _place(sheet: Sheet, definition: Definition, error: Invalid | Busy | Conflict) -> None:
    """Each reason beside what it is about; the rest above the form."""
    fields = {f"{section.id}.{one.id}" for section, fields in typed(definition) for one in fields}
    sheet.status = error.status
    for reason in error.reasons:
        where = str(reason.params.get("field", ""))
        if where in fields:
            section, _dot, name = where.partition(".")
            sheet.wrong.append(FieldError(section, None, name, reason.message, reason.params))
        elif where.startswith("piece:"):
            given = sheet.papers.setdefault(where.removeprefix("piece:"), Received())
            given.errors.append(str(sentence(reason)))
        else:
            about = ROWS if definition.lists and where == definition.lists.section else ""
            sheet.said.append(ErrorLink(str(sentence(reason)), about))


def _show(request: HttpRequest, definition: Definition, licence: Licence, sheet: Sheet) -> HttpResponse:
    lang = language()
    context = draw(definition, sheet) | {
        "licence": licence,
        "about": selectors.summary(licence.dossier.definition, licence.dossier.answers, lang),
        "state": LICENCE_STATES[licence.standing(today())],
        "openable": selectors.openable(definition, licence),
    }
    with_rail(request)
    status = 409 if not context["openable"] and sheet.status == 200 else sheet.status
    return render(request, "office/open.html", context, status=status)


def draw(definition: Definition, sheet: Sheet) -> dict[str, Any]:
    """What the page of an opening shows of the procedure: its forms and papers, with what is wrong with them."""
    lang = language()
    pages = []
    for section, fields in typed(definition):
        visible = {one.id for one in asked_fields(definition, section, sheet.values)}
        asked = [one for one in fields if one.id in visible]
        wrong = [error for error in sheet.wrong if error.section == section.id]
        pages.append((section.title.get(lang), AnswerForm(fields=asked, values=sheet.values, errors=wrong)))
    papers = [_paper(piece, sheet, lang) for piece in definition.pieces]
    links = [*sheet.said, *error_links([form for _title, form in pages])]
    links += [ErrorLink(text, f"id_{paper['control']}") for paper in papers for text in paper["errors"]]
    return {
        "title": definition.title.get(lang),
        "abstract": definition.abstract.get(lang),
        "pages": pages,
        "papers": papers,
        "errors": links,
        "key": sheet.key,
    }


def _paper(piece: RequiredPiece, sheet: Sheet, lang: str) -> Mapping[str, Any]:
    given = sheet.papers.get(piece.id, Received())
    return {
        "control": f"tep-{piece.id}",
        "keep": f"kept-{piece.id}",
        "title": piece.title.get(lang),
        "hint": piece.hint.get(lang) if piece.hint else "",
        "illustrative": piece.illustrative,
        "accept": ",".join(f".{kind}" for kind in piece.formats),
        "kinds": ", ".join(kind.upper() for kind in piece.formats),
        "kept": given.kept,
        "errors": given.errors,
    }
