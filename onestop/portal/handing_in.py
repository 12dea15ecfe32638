"""The end of a draft: its papers, the check of everything, the signed declaration, and the submission."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onestop.access import applicants
from onestop.answering import asked_fields, error_text
from onestop.answers import answer_text
from onestop.errors import sentences
from onestop.portal import words
from onestop.portal.late import moved_on
from onestop.portal.papers import asked_papers, hand_in, refused_papers
from onestop.portal.reading import (
    applicant,
    errors_by_section,
    file_rows,
    next_part,
    own_dossier,
    parts_of,
    rows_of,
)
from onestop.portal.serving import see_other
from onestop.portal.uploading import Taken
from procedures.definition.forms import validate, visible_fields
from procedures.definition.model import Section
from procedures.definition.pieces import fees_due
from procedures.errors import Busy, Conflict, Invalid, Reason
from workflows import selectors, service
from workflows.models import Dossier

__all__ = ["check", "pieces", "sign", "submit"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def _away(request: HttpRequest, dossier: Dossier) -> HttpResponse | None:
    """To the dossier's own page when it is no draft any more; what was posted too late is answered with 409."""
    if dossier.state == "draft":
        return None
    why = _("The dossier has been submitted. Its form cannot be changed here.")
    if request.method == "POST":
        return moved_on(request, dossier, why=why)
    messages.info(request, why)
    return see_other("portal:dossier", dossier.ref)


# -- papers -----------------------------------------------------------------------------------------------------------


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def pieces(request: HttpRequest, ref: UUID) -> HttpResponse:
    """The papers that the answers require: uploaded, checked, taken back."""
    dossier = own_dossier(request, ref)
    away = _away(request, dossier)
    if away is not None:
        return away
    taken = Taken()
    if request.method == "POST":
        action = request.POST.get("action", "")
        taken = hand_in(request, dossier, [piece.id for piece in dossier.definition.pieces])
        if not taken.errors:
            if taken.stays or action not in {"continue", "later"}:
                return see_other("portal:pieces", dossier.ref)
            if action == "later":
                messages.success(request, _("Saved. You can go on whenever you like."))
                return see_other("portal:dossier", dossier.ref)
            return see_other(next_part(dossier, "papers"))
    lang = words.language()
    views = selectors.pieces_of(dossier, lang=lang)
    parts = parts_of(dossier, pieces=views)
    asked = asked_papers(dossier, views, taken)
    context = {
        "section": "dossiers",
        "dossier": dossier,
        "procedure": dossier.definition.title.get(lang),
        "steps": [part.step("papers") for part in parts],
        "number": len(parts) - 1,
        "total": len(parts),
        "pieces": asked,
        "errors": refused_papers(asked),
        "kept": taken.kept,
    }
    return render(request, "portal/pieces.html", context, status=taken.status)


# -- checking, signing, submitting ------------------------------------------------------------------------------------


@applicants
@require_safe
def check(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Everything on one page, what is missing first; then the declaration, then the submission."""
    dossier = own_dossier(request, ref)
    return _away(request, dossier) or _show_check(request, dossier)


def _show_check(
    request: HttpRequest, dossier: Dossier, *, errors: list[str] | None = None, status: int = 200
) -> HttpResponse:
    lang = words.language()
    views = selectors.pieces_of(dossier, lang=lang)
    parts = parts_of(dossier, pieces=views)
    missing = _missing(dossier, views, lang)
    declared = selectors.declaration_over(dossier)
    bill = fees_due(dossier.definition, dossier.answers)
    context = {
        "section": "dossiers",
        "dossier": dossier,
        "procedure": dossier.definition.title.get(lang),
        "steps": [part.step("check") for part in parts],
        "number": len(parts),
        "total": len(parts),
        "missing": missing,
        "errors": errors or [],
        "summaries": [_summary(dossier, section, lang) for section in dossier.definition.form],
        "papers": [
            {"title": view.title, "files": file_rows(dossier, view.files, removable=False)} for view in views
        ],
        "fees": bill.fees,
        "fee_total": bill.total,
        "subject": dossier.subject,
        "declaration": declared,
        "declaration_href": reverse("portal:paper", args=[dossier.ref, declared.ref]) if declared else "",
        "key": str(uuid4()),
        "lang": lang,
    }
    return render(request, "portal/check.html", context, status=status)


def _missing(dossier: Dossier, views: list[selectors.PieceView], lang: str) -> list[tuple[str, str]]:
    """(What is missing or wrong, where to mend it)."""
    found: list[tuple[str, str]] = []
    for section_id, errors in errors_by_section(dossier).items():
        section = dossier.definition.section(section_id)
        titles = {item.id: item.title.get(lang) for item in section.fields}
        here = reverse("portal:section", args=[dossier.ref, section_id])
        rows = rows_of(dossier.answers, section)
        for error in errors:
            said = [section.title.get(lang)]
            if error.row is not None:
                row = rows[error.row] if error.row < len(rows) else {}
                said.append(words.row_title(section, row, error.row + 1))
            if error.field:
                said.append(titles[error.field])
            anchor = f"&dong={error.row + 1}" if error.row is not None else ""
            target = f"#id_{'row-' if section.repeat else ''}{error.field}" if error.field else ""
            found.append((f"{', '.join(said)}: {error_text(error)}", f"{here}?loi=1{anchor}{target}"))
    papers = reverse("portal:pieces", args=[dossier.ref])
    on_page = {name: section.id for section in dossier.definition.form for name in section.pieces}
    for view in views:
        if view.state in {"missing", "failed"}:
            page = on_page.get(view.id)
            here = reverse("portal:section", args=[dossier.ref, page]) if page else papers
            found.append((_("Add the paper “%(title)s”") % {"title": view.title}, f"{here}#giay-{view.id}"))
    return found


def _summary(dossier: Dossier, section: Section, lang: str) -> dict[str, Any]:
    """A page of the form to be read over: question, answer, and the way back to change it."""
    clean, _errors = validate(dossier.definition, dossier.answers, sections={section.id})
    here = reverse("portal:section", args=[dossier.ref, section.id])
    title = section.title.get(lang)
    if section.repeat:
        rows = rows_of(dossier.answers, section)
        return {
            "title": title,
            "rows": [
                {
                    "key": words.row_title(section, row, index + 1),
                    "value": words.row_summary(section, row, lang=lang),
                    "href": f"{here}?dong={index + 1}",
                }
                for index, row in enumerate(rows)
            ],
            "href": here,
        }
    shown = {**dossier.answers, **clean}
    return {
        "title": title,
        "rows": [
            {
                "key": item.title.get(lang),
                "value": answer_text(item, shown.get(item.id), lang=lang),
                "href": f"{here}#id_{item.id}",
            }
            for item in asked_fields(dossier.definition, section, dossier.answers)
            if not _hidden(dossier, section, item.id)
        ],
        "href": here,
    }


def _hidden(dossier: Dossier, section: Section, field_id: str) -> bool:
    return all(item.id != field_id for item in visible_fields(dossier.definition, section, dossier.answers))


@applicants
@require_POST
def sign(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Render the answers as the declaration and sign it with the enterprise's key."""
    dossier = own_dossier(request, ref)
    away = _away(request, dossier)
    if away is not None:
        return away
    try:
        service.sign_declaration(actor=applicant(request), dossier_id=dossier.pk)
    except (Invalid, Busy, Conflict) as error:
        return _show_check(request, own_dossier(request, ref), errors=_whole(error), status=error.status)
    messages.success(request, _("The declaration is signed. Read it, then submit."))
    return see_other("portal:check", dossier.ref)


@applicants
@require_POST
def submit(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Submit; pressing twice submits once."""
    dossier = own_dossier(request, ref)
    key = request.POST.get("key", "")[:100]
    if not key:
        message = gettext_noop("The form was damaged on its way. Reload the page and send it again.")
        raise Invalid(Reason("key", message, {"field": "key"}))
    try:
        service.submit(actor=applicant(request), dossier_id=dossier.pk, idempotency_key=key)
    except (Invalid, Busy, Conflict) as error:
        return _show_check(request, own_dossier(request, ref), errors=_whole(error), status=error.status)
    messages.success(request, _("We have got your application. You will be told of every step."))
    return see_other("portal:dossier", dossier.ref)


def _whole(error: Invalid | Busy | Conflict) -> list[str]:
    """Reasons that the list of missing things does not show already."""
    shown = [said for said in sentences(error.reasons) if said.code not in {"answer", "piece_missing"}]
    return [str(said) for said in shown]
