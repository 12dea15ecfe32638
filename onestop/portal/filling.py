"""Filling in a draft: started for a subject, page after page, rows added and removed; nothing typed is ever lost.

Each page carries the revision that it was made from. A stale one is answered with 409 and shows both what is saved
now and what was typed, so that the person decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onestop.access import applicants
from onestop.portal import words
from onestop.portal.catalogue import in_force
from onestop.portal.forms import AnswerForm, asked_fields, error_text, typed_values
from onestop.portal.reading import applicant, own_dossier, parts_of, rows_of
from onestop.portal.serving import see_other
from procedures.definition.forms import FieldError, validate
from procedures.definition.model import Section
from procedures.errors import Conflict, Invalid, NotFound, Reason
from workflows import selectors, service
from workflows.models import Dossier

__all__ = ["next_part", "section", "start"]

NEW = "moi"
"""The row that is not there yet, in the address and in the form."""
ROW = "row"
"""Prefix of the controls of the open row."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponseBase:
    """What to have at hand, for whom; then a new draft."""
    _version, definition = in_force(code)
    who, lang = applicant(request), words.language()
    subjects = selectors.subjects_of(actor=who, kinds=definition.applicants)
    chosen, error = request.POST.get("subject", ""), ""
    if request.method == "POST":
        wanted = next((subject for subject in subjects if str(subject.pk) == chosen), None)
        if wanted is not None:
            dossier = service.start_draft(actor=who, procedure=code, subject_id=wanted.pk)
            return see_other("portal:section", dossier.ref, dossier.definition.form[0].id)
        error = _("Choose for whom you file")
    rows, _after = selectors.my_dossiers(actor=who, limit=50, lang=lang)
    context = {
        "section": "procedures",
        "definition": definition,
        "title": definition.title.get(lang),
        "subjects": subjects,
        "error": error,
        "drafts": [
            row for row in rows if row.dossier.state == "draft" and row.dossier.definition.code == code
        ],
        "pieces": [
            (piece.title.get(lang), words.when_words(definition, piece.when, lang=lang))
            for piece in definition.pieces
        ],
    }
    return render(request, "portal/start.html", context, status=422 if error else 200)


def next_part(dossier: Dossier, current: str) -> str:
    """The address of the part after this one."""
    order = parts_of(dossier)
    at = next(index for index, part in enumerate(order) if part.id == current)
    return order[at + 1].href


@dataclass
class _Page:
    """One page of the form on its way to the reader."""

    dossier: Dossier
    section: Section
    revision: int
    form: AnswerForm | None = None
    open: int | None = None
    """Index of the open row; the number of rows for a new one."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    conflict: list[tuple[str, str, str]] = field(default_factory=list)
    """(question, what is saved now, what was typed), where they differ."""
    status: int = 200


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, ref: UUID, section: str) -> HttpResponseBase:
    """One page of the form, shown or saved."""
    dossier = own_dossier(request, ref)
    try:
        page = dossier.definition.section(section)
    except KeyError:
        raise NotFound(Reason("no_section", gettext_noop("This form has no such page."))) from None
    if dossier.state != "draft":
        messages.info(request, _("The dossier has been submitted. Its form cannot be changed here."))
        return see_other("portal:dossier", dossier.ref)
    if request.method == "POST":
        return _save_rows(request, dossier, page) if page.repeat else _save_page(request, dossier, page)
    return _show(request, _stored(request, dossier, page))


def _stored(request: HttpRequest, dossier: Dossier, section: Section) -> _Page:
    """The page as it is saved; with `?loi` also what is wrong with it."""
    page = _Page(dossier, section, dossier.revision)
    if "loi" in request.GET:
        page.errors = validate(dossier.definition, dossier.answers, sections={section.id})[1]
    if not section.repeat:
        fields = asked_fields(dossier.definition, section, dossier.answers)
        page.form = AnswerForm(fields=fields, values=dossier.answers, errors=page.errors)
        return page
    page.rows = rows_of(dossier.answers, section)
    wanted = request.GET.get("dong", "")
    if wanted.isdecimal() and 1 <= int(wanted) <= len(page.rows):
        page.open = int(wanted) - 1
    elif wanted == NEW or not page.rows:
        page.open = len(page.rows)
    elif page.errors:
        page.open = next((error.row for error in page.errors if error.row is not None), None)
    _open_row(page)
    return page


def _open_row(page: _Page, values: Mapping[str, Any] | None = None) -> None:
    """Draw the form of the open row, with the errors that are about it."""
    if page.open is None:
        return
    stored = page.rows[page.open] if page.open < len(page.rows) else {}
    row = stored if values is None else values
    page.form = AnswerForm(
        fields=asked_fields(page.dossier.definition, page.section, {**page.dossier.answers, **row}),
        values=row,
        errors=[error for error in page.errors if error.row == page.open],
        prefix=ROW,
    )


# -- saving -----------------------------------------------------------------------------------------------------------


def _revision(request: HttpRequest) -> int:
    sent = request.POST.get("revision", "")
    if not sent.isdecimal() or len(sent) > 9:
        message = gettext_noop("The form was damaged on its way. Reload the page and send it again.")
        raise Invalid(Reason("revision", message, {"field": "revision"}))
    return int(sent)


def _save_page(request: HttpRequest, dossier: Dossier, section: Section) -> HttpResponse:
    fields = asked_fields(dossier.definition, section, dossier.answers)
    typed = typed_values(fields, request.POST)
    try:
        saved, errors = service.save_answers(
            actor=applicant(request),
            dossier_id=dossier.pk,
            section=section.id,
            values=typed,
            revision=_revision(request),
        )
    except Conflict:
        current = own_dossier(request, dossier.ref)
        page = _Page(current, section, current.revision, status=409)
        page.form = AnswerForm(fields=fields, values=typed)
        page.conflict = _differences(fields, current.answers, typed)
        return _show(request, page)
    if errors and request.POST.get("action") != "later":
        page = _Page(saved, section, saved.revision, errors=errors, status=422)
        page.form = AnswerForm(fields=fields, values=typed, errors=errors)
        return _show(request, page)
    return _leave(request, saved, section)


def _save_rows(request: HttpRequest, dossier: Dossier, section: Section) -> HttpResponse:
    rows = rows_of(dossier.answers, section)
    typed, at = _typed_row(request, section, len(rows))
    if typed is not None and at < len(rows):
        rows[at] = typed
    elif typed is not None and any(typed.values()):
        rows.append(typed)
        at = len(rows) - 1
    removed = _index(request.POST.get("remove", ""), len(rows))
    if removed is not None:
        del rows[removed]
    try:
        saved, errors = service.save_answers(
            actor=applicant(request),
            dossier_id=dossier.pk,
            section=section.id,
            values=rows,
            revision=_revision(request),
        )
    except Conflict:
        return _show(request, _stale_row(own_dossier(request, dossier.ref), section, typed, at))
    here = reverse("portal:section", args=[saved.ref, section.id])
    action = request.POST.get("action", "")
    if removed is not None:
        return see_other(here)
    opened = _index(request.POST.get("open", ""), len(rows))
    if opened is not None:
        return see_other(f"{here}?dong={opened + 1}#dong-{opened + 1}")
    wrong = [error for error in errors if typed is not None and error.row == at]
    if action in {"keep", "another"} and not wrong:
        return see_other(f"{here}?dong={NEW}#dong-{NEW}" if action == "another" else here)
    if errors and action != "later":
        return _show(request, _wrong_rows(saved, section, errors, typed, at))
    return _leave(request, saved, section)


def _typed_row(request: HttpRequest, section: Section, count: int) -> tuple[dict[str, str] | None, int]:
    """What was typed in the open row, and its index; None when no row was open."""
    sent = request.POST.get("dong", "")
    if sent != NEW and _index(sent, count) is None:
        return None, count
    known = [field for field in section.fields if f"{ROW}-{field.id}" in request.POST or not field.when]
    return typed_values(known, request.POST, prefix=ROW), count if sent == NEW else int(sent) - 1


def _index(sent: str, count: int) -> int | None:
    """A row's number as sent, from 1, as an index; None for anything else."""
    return int(sent) - 1 if sent.isdecimal() and len(sent) < 6 and 1 <= int(sent) <= count else None


def _wrong_rows(
    dossier: Dossier, section: Section, errors: list[FieldError], typed: dict[str, str] | None, at: int
) -> _Page:
    page = _Page(dossier, section, dossier.revision, errors=errors, status=422)
    page.rows = rows_of(dossier.answers, section)
    wrong = [error.row for error in errors if error.row is not None]
    if typed is not None and at in wrong:
        page.open = at
    else:
        page.open = wrong[0] if wrong else (len(page.rows) if not page.rows else None)
    _open_row(page)
    return page


def _stale_row(dossier: Dossier, section: Section, typed: dict[str, str] | None, at: int) -> _Page:
    page = _Page(dossier, section, dossier.revision, status=409)
    page.rows = rows_of(dossier.answers, section)
    if typed is not None:
        page.open = min(at, len(page.rows))
        saved = page.rows[page.open] if page.open < len(page.rows) else {}
        page.conflict = _differences(section.fields, saved, typed)
        _open_row(page, typed)
    return page


def _differences(
    fields: Any, saved: Mapping[str, Any], typed: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    lang = words.language()
    rows = []
    for item in fields:
        now = words.answer_text(item, saved.get(item.id), lang=lang)
        mine = words.answer_text(item, typed.get(item.id), lang=lang)
        if now != mine:
            rows.append((item.title.get(lang), now, mine))
    return rows


def _leave(request: HttpRequest, dossier: Dossier, section: Section) -> HttpResponse:
    """On to the next part, or away for now."""
    if request.POST.get("action") == "later":
        messages.success(request, _("Saved. You can go on whenever you like."))
        return see_other("portal:dossier", dossier.ref)
    return see_other(next_part(dossier, section.id))


# -- showing ----------------------------------------------------------------------------------------------------------


def _show(request: HttpRequest, page: _Page) -> HttpResponse:
    lang = words.language()
    parts = parts_of(page.dossier)
    number = next(index for index, part in enumerate(parts, 1) if part.id == page.section.id)
    context: dict[str, Any] = {
        "section": "dossiers",
        "dossier": page.dossier,
        "title": page.section.title.get(lang),
        "intro": page.section.intro.get(lang) if page.section.intro else "",
        "procedure": page.dossier.definition.title.get(lang),
        "steps": [part.step(page.section.id) for part in parts],
        "number": number,
        "total": len(parts),
        "form": page.form,
        "revision": page.revision,
        "conflict": page.conflict,
        "stale": page.status == 409,
        "notes": _notes(page),
    }
    if page.section.repeat:
        context["lines"] = _lines(page, lang)
        context["new"] = page.open == len(page.rows) and page.form is not None
        context["open"] = page.open
        context["row_number"] = (page.open or 0) + 1
        context["full"] = len(page.rows) >= page.section.max_rows
    template = "portal/rows.html" if page.section.repeat else "portal/section.html"
    return render(request, template, context, status=page.status)


def _lines(page: _Page, lang: str) -> list[dict[str, Any]]:
    wrong = {error.row for error in page.errors}
    return [
        {
            "number": index + 1,
            "title": words.row_title(page.section, row, index + 1),
            "summary": words.row_summary(page.section, row, lang=lang),
            "open": index == page.open,
            "wrong": index in wrong,
        }
        for index, row in enumerate(page.rows)
    ]


def _notes(page: _Page) -> list[Any]:
    """Errors of the summary that are about no control on this page: other rows, or the list itself."""
    found: list[Any] = []
    titles = {item.id: item.title.get(words.language()) for item in page.section.fields}
    for error in page.errors:
        if not page.section.repeat or (error.row is not None and error.row == page.open and error.field):
            continue
        if error.row is None:
            found.append((error_text(error), "lines"))
        else:
            row = page.rows[error.row] if error.row < len(page.rows) else {}
            name = words.row_title(page.section, row, error.row + 1)
            said = f"{name}, {titles.get(error.field, '')}: {error_text(error)}"
            found.append((said, f"dong-{error.row + 1}"))
    return found
