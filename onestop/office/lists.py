"""A decision over a list: the dossiers that wait for one, ticked, and the list opened over them."""

import re
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onestop.access import actor, officials
from onestop.errors import sentence
from onestop.forms import ErrorLink
from onestop.office.openings import Sheet, draw, place, sent, wrong_of
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures import catalog
from procedures.definition.forms import validate
from procedures.definition.model import Definition
from procedures.errors import Busy, Conflict, Invalid, Refused
from procedures.now import today
from workflows import selectors, service

__all__ = ["open_list"]


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def open_list(request: HttpRequest, code: str) -> HttpResponse:
    """Tick the dossiers, say what the list rests on, add its papers; what is wrong comes back beside what was typed."""
    definition = catalog.definition_of(catalog.in_force(code, today()).sha256)
    if definition.lists is None:
        raise Http404
    allowed = selectors.permit_opening(actor(request), definition)
    if not allowed:
        raise Refused(*allowed.reasons)
    if request.method != "POST":
        return _show(request, definition, Sheet(), key=str(uuid4()))
    sheet = sent(request, definition)
    key = request.POST.get("key", "")[:100] or str(uuid4())
    if any(given.errors for given in sheet.papers.values()):
        _clean, errors = validate(definition, sheet.values)
        sheet.wrong = wrong_of(definition, errors)
        return _show(request, definition, sheet, key=key)
    try:
        done = service.open_list(
            actor=actor(request),
            procedure=code,
            dossiers=_ticked(request),
            answers=sheet.values,
            files=[
                (piece, file, name) for piece, given in sheet.papers.items() for file, name in given.files
            ],
            idempotency_key=key,
        )
    except (Invalid, Busy, Conflict) as error:
        listed = [
            reason for reason in error.reasons if reason.params.get("field") == definition.lists.section
        ]
        place(sheet, definition, error)
        return _show(request, definition, sheet, key=key, listed=[str(sentence(reason)) for reason in listed])
    messages.success(request, _("The list is open."))
    return see_other(reverse("office:dossier", args=[done.ref]))


def _ticked(request: HttpRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("dossier") if re.fullmatch(r"[0-9]{1,18}", one)][:1000]


def _show(
    request: HttpRequest, definition: Definition, sheet: Sheet, *, key: str, listed: list[str] | None = None
) -> HttpResponse:
    lang, lists = language(), definition.lists
    assert lists is not None
    ticked = set(_ticked(request)) if request.method == "POST" else None
    waiting = selectors.waiting_to_be_listed(actor=actor(request), definition=definition)
    said, sheet.said = listed or [], [text for text in sheet.said if text not in (listed or [])]
    context = draw(definition, sheet)
    context["errors"] = [ErrorLink(text, "danh-muc") for text in said] + context["errors"]
    with_rail(request)
    context |= {
        "rows": [
            {
                "dossier": task.process,
                "about": selectors.summary(task.process.definition, task.process.answers, lang),
                "due_at": task.due_at,
                "chosen": task.process_id in ticked if ticked is not None else number < lists.most,
            }
            for number, task in enumerate(waiting)
        ],
        "most": lists.most,
        "key": key,
    }
    return render(request, "office/list.html", context, status=sheet.status)
