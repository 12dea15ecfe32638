"""A request for a supplement, answered in place: a new file or an explanation for each item, kept until it is sent."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from onestop.access import applicants
from onestop.errors import sentences
from onestop.portal import words
from onestop.portal.asked import request_of
from onestop.portal.dossiers import show_dossier
from onestop.portal.late import moved_on
from onestop.portal.reading import applicant, name_of, own_dossier
from onestop.portal.serving import see_other
from onestop.portal.uploading import take
from procedures.errors import Busy, Conflict, Invalid, NotFound, Reason
from workflows import selectors, service
from workflows.models import Dossier, Supplement

__all__ = ["send_supplement", "supplement"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def _open_request(dossier: Dossier) -> Supplement:
    asked = selectors.open_request(dossier)
    if asked is None:
        raise NotFound(Reason("no_request", gettext_noop("Nothing is being asked for.")))
    return asked


@applicants
@require_http_methods(["GET", "HEAD", "POST"])
def supplement(request: HttpRequest, ref: UUID) -> HttpResponse:
    """GET: the answer read over before it is sent. POST: files and explanations kept."""
    dossier = own_dossier(request, ref)
    if request.method != "POST":
        return _review(request, dossier, _open_request(dossier))
    asked = selectors.open_request(dossier)
    if asked is None:
        return _too_late(request, dossier)
    who, items = applicant(request), list(asked.items.all())
    typed = {
        item.pk: request.POST[f"loi-{item.pk}"].replace("\x00", "")
        for item in items
        if f"loi-{item.pk}" in request.POST
    }
    service.keep_explanations(actor=who, dossier_id=dossier.pk, answers=typed)
    controls = {
        f"tep-{item.pk}": item.target.partition(":")[2] for item in items if item.target.startswith("piece:")
    }
    taken = take(request, actor=who, dossier=dossier, controls=controls)
    removed = request.POST.get("remove", "")
    if removed.isdecimal() and len(removed) < 18:
        service.remove_piece(actor=who, dossier_id=dossier.pk, piece_id=int(removed))
    if taken.errors:
        links = [(text, f"id_{control}") for control, texts in taken.errors.items() for text in texts]
        return show_dossier(request, dossier, taken=taken, typed=typed, errors=links, status=taken.status)
    if request.POST.get("action") == "review":
        return see_other("portal:supplement", dossier.ref)
    if request.POST.get("action") == "later":
        messages.success(request, _("Your answers are kept. They are not sent yet."))
    return see_other("portal:dossier", dossier.ref)


def _too_late(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    """The answer was sent, or its time ran out, while this page was open."""
    items = [item for request_ in selectors.supplements_of(dossier) for item in request_.items.all()]
    typed = [(item.what, request.POST.get(f"loi-{item.pk}", "").replace("\x00", "")) for item in items]
    return moved_on(request, dossier, why=_("Nothing is being asked for any more."), typed=typed)


def _review(
    request: HttpRequest,
    dossier: Dossier,
    asked: Supplement,
    *,
    errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "section": "dossiers",
        "dossier": dossier,
        "name": name_of(dossier),
        "title": dossier.definition.title.get(words.language()),
        "asked": request_of(dossier, asked, fixed=True),
        "errors": errors or [],
        "key": str(uuid4()),
    }
    return render(request, "portal/supplement.html", context, status=status)


@applicants
@require_POST
def send_supplement(request: HttpRequest, ref: UUID) -> HttpResponse:
    """Send the answer, whole; pressing twice sends once."""
    dossier = own_dossier(request, ref)
    key = request.POST.get("key", "")[:100]
    if not key:
        message = gettext_noop("The form was damaged on its way. Reload the page and send it again.")
        raise Invalid(Reason("key", message, {"field": "key"}))
    try:
        service.supply(actor=applicant(request), dossier_id=dossier.pk, answers={}, idempotency_key=key)
    except (Invalid, Busy, Conflict) as error:
        asked = selectors.open_request(dossier)
        if asked is None:
            raise
        said = [str(reason) for reason in sentences(error.reasons)]
        return _review(request, dossier, asked, errors=said, status=error.status)
    messages.success(
        request, _("Your answer has been sent. The dossier is back with the official who asked.")
    )
    return see_other("portal:dossier", dossier.ref)
