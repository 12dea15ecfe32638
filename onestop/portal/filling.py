"""Filling in a draft: started for a subject, page after page, rows added and removed; nothing typed is ever lost.

Each page carries the revision that it was made from. A stale one is answered with 409 and shows both what is saved
now and what was typed, so that the person decides.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onestop.access import applicants
from onestop.answering import AnswerForm, asked_fields, typed_values
from onestop.answers import answer_text
from onestop.portal import words
from onestop.portal.catalogue import in_force
from onestop.portal.forms import with_held
from onestop.portal.late import moved_on
from onestop.portal.pages import NEW, ROW, Page, differences, open_row, show, stored
from onestop.portal.papers import hand_in
from onestop.portal.reading import applicant, next_part, own_dossier, rows_of
from onestop.portal.serving import see_other
from onestop.portal.uploading import Taken
from procedures.definition.forms import FieldError
from procedures.definition.model import Definition, Section
from procedures.definition.pieces import required_pieces
from procedures.errors import Conflict, Invalid, NotFound, Reason
from workflows import selectors, service
from workflows.models import Dossier, Licence

__all__ = ["section", "start"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponseBase:
    """What to have at hand, for whom; then a new draft."""
    _version, definition = in_force(code)
    who, lang = applicant(request), words.language()
    about = _licence_meant(request, definition)
    subjects = selectors.subjects_of(actor=who, kinds=definition.applicants)
    if about is not None:
        subjects = [subject for subject in subjects if subject.pk == about.subject_id]
    chosen, error = request.POST.get("subject", ""), ""
    if request.method == "POST":
        wanted = next((subject for subject in subjects if str(subject.pk) == chosen), None)
        if wanted is not None:
            dossier = service.start_draft(actor=who, procedure=code, subject_id=wanted.pk, licence=about)
            return see_other("portal:section", dossier.ref, dossier.definition.form[0].id)
        error = _("Choose for whom you file")
    rows, _after = selectors.my_dossiers(actor=who, limit=50, lang=lang)
    context = {
        "section": "procedures",
        "definition": definition,
        "title": definition.title.get(lang),
        "subjects": subjects,
        "error": error,
        "about": about,
        "drafts": [
            row for row in rows if row.dossier.state == "draft" and row.dossier.definition.code == code
        ],
        "pieces": [
            (piece.title.get(lang), words.when_words(definition, piece.when, lang=lang))
            for piece in definition.pieces
        ],
    }
    return render(request, "portal/start.html", context, status=422 if error else 200)


def _licence_meant(request: HttpRequest, definition: Definition) -> Licence | None:
    """The licence of mine that the address names (`giay-phep`), where the procedure is about one."""
    kind, given = definition.licence, request.GET.get("giay-phep", "")
    try:
        found = selectors.my_licence(actor=applicant(request), ref=UUID(given)) if given else None
    except ValueError:
        return None
    return found if found is not None and kind and kind.about and kind.register_id == found.register else None


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, ref: UUID, section: str) -> HttpResponseBase:
    """One page of the form, shown or saved."""
    dossier = own_dossier(request, ref)
    try:
        page = dossier.definition.section(section)
    except KeyError:
        raise NotFound(Reason("no_section", gettext_noop("This form has no such page."))) from None
    if dossier.state != "draft" and request.method == "POST":
        return _too_late(request, dossier, page)
    if dossier.state != "draft":
        messages.info(request, _("The dossier has been submitted. Its form cannot be changed here."))
        return see_other("portal:dossier", dossier.ref)
    if request.method == "POST":
        return _save_rows(request, dossier, page) if page.repeat else _save_page(request, dossier, page)
    return show(request, stored(request, dossier, page))


# -- saving -----------------------------------------------------------------------------------------------------------


def _revision(request: HttpRequest) -> int:
    sent = request.POST.get("revision", "")
    if not sent.isdecimal() or len(sent) > 9:
        message = gettext_noop("The form was damaged on its way. Reload the page and send it again.")
        raise Invalid(Reason("revision", message, {"field": "revision"}))
    return int(sent)


def _too_late(request: HttpRequest, dossier: Dossier, section: Section) -> HttpResponse:
    """Somebody submitted the dossier while this page was open."""
    lang = words.language()
    given = typed_values(section.fields, request.POST, prefix=ROW if section.repeat else "")
    typed = [(one.title.get(lang), answer_text(one, given[one.id], lang=lang)) for one in section.fields]
    why = _("The dossier has been submitted. Its form cannot be changed here.")
    return moved_on(request, dossier, why=why, typed=typed)


def _save_page(request: HttpRequest, dossier: Dossier, section: Section) -> HttpResponse:
    fields = with_held(asked_fields(dossier.definition, section, dossier.answers), dossier)
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
        page = Page(current, section, current.revision, status=409)
        page.form = AnswerForm(fields=fields, values=typed)
        page.conflict = differences(fields, current.answers, typed)
        page.taken = _files(
            request, current, section
        )  # a file contradicts no answer, and is not chosen twice
        return show(request, page)
    # The answers say which papers are asked for, so they are saved first.
    taken = _files(request, saved, section)
    action = request.POST.get("action", "")
    if taken.errors or (errors and action != "later" and not taken.stays):
        page = Page(
            saved, section, saved.revision, errors=errors, status=taken.status if taken.errors else 422
        )
        page.taken = taken
        page.form = AnswerForm(fields=fields, values=typed, errors=errors)
        return show(request, page)
    here = reverse("portal:section", args=[saved.ref, section.id])
    new = _newly_asked(dossier, saved, section) if action == "continue" else []
    if new:
        messages.info(
            request, _("With this answer a paper is needed here. Add it, or go on and add it later.")
        )
        return see_other(f"{here}#giay-{new[0]}")
    if taken.stays or action == "upload":
        return see_other(here)
    return _leave(request, saved, section)


def _newly_asked(before: Dossier, saved: Dossier, section: Section) -> list[str]:
    """The papers of this page that the answers just given ask for."""
    if not section.pieces:
        return []
    asked = {piece.id for piece in required_pieces(before.definition, before.answers)}
    now = [piece.id for piece in required_pieces(saved.definition, saved.answers)]
    return [name for name in now if name in section.pieces and name not in asked]


def _files(request: HttpRequest, dossier: Dossier, section: Section) -> Taken:
    return hand_in(request, dossier, section.pieces) if section.pieces else Taken()


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
        return show(request, _stale_row(own_dossier(request, dossier.ref), section, typed, at))
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
        return show(request, _wrong_rows(saved, section, errors, typed, at))
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
) -> Page:
    page = Page(dossier, section, dossier.revision, errors=errors, status=422)
    page.rows = rows_of(dossier.answers, section)
    wrong = [error.row for error in errors if error.row is not None]
    if typed is not None and at in wrong:
        page.open = at
    else:
        page.open = wrong[0] if wrong else (len(page.rows) if not page.rows else None)
    open_row(page)
    return page


def _stale_row(dossier: Dossier, section: Section, typed: dict[str, str] | None, at: int) -> Page:
    page = Page(dossier, section, dossier.revision, status=409)
    page.rows = rows_of(dossier.answers, section)
    if typed is not None:
        page.open = min(at, len(page.rows))
        saved = page.rows[page.open] if page.open < len(page.rows) else {}
        page.conflict = differences(section.fields, saved, typed)
        open_row(page, typed)
    return page


def _leave(request: HttpRequest, dossier: Dossier, section: Section) -> HttpResponse:
    """On to the next part, or away for now."""
    if request.POST.get("action") == "later":
        messages.success(request, _("Saved. You can go on whenever you like."))
        return see_other("portal:dossier", dossier.ref)
    return see_other(next_part(dossier, section.id))
