"""A decision over a list: the dossiers that wait for one, ticked, and the list opened over them."""

import re
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onestop.access import actor, officials
from onestop.office.openings import ROWS, Sheet, draw, sent, to_open, tried
from onestop.office.reading import language
from onestop.office.views import with_rail
from onestop.office.work import see_other
from procedures.definition.model import Definition
from workflows import selectors, service

__all__ = ["open_list"]


@require_http_methods(["GET", "HEAD", "POST"])
@officials
def open_list(request: HttpRequest, code: str) -> HttpResponse:
    """Tick the dossiers, say what the list rests on, add its papers; what is wrong comes back beside what was typed."""
    definition = to_open(request, code)
    if definition.lists is None:
        raise Http404
    if request.method != "POST":
        return _show(request, definition, Sheet())
    sheet, ticked = sent(request, definition), _ticked(request)
    done = tried(sheet, definition, partial(service.open_list, actor=actor(request), dossiers=ticked))
    if done is None:
        return _show(request, definition, sheet)
    messages.success(request, _("The list is open."))
    return see_other(reverse("office:dossier", args=[done.ref]))


def _ticked(request: HttpRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("dossier") if re.fullmatch(r"[0-9]{1,18}", one)][:1000]


def _show(request: HttpRequest, definition: Definition, sheet: Sheet) -> HttpResponse:
    lang, lists = language(), definition.lists
    assert lists is not None
    ticked = set(_ticked(request)) if request.method == "POST" else None
    waiting = selectors.waiting_to_be_listed(actor=actor(request), definition=definition)
    with_rail(request)
    context = draw(definition, sheet) | {
        "rows": [
            {
                "dossier": task.process,
                "about": selectors.summary(task.process.definition, task.process.answers, lang),
                "due_at": task.due_at,
                "chosen": task.process_id in ticked if ticked is not None else number < lists.most,
            }
            for number, task in enumerate(waiting)
        ],
        "rows_id": ROWS,
        "most": lists.most,
    }
    return render(request, "office/list.html", context, status=sheet.status)
