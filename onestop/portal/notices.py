"""What the applicant was told, newest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from onestop.access import applicants
from onestop.portal import words
from onestop.portal.reading import applicant, name_of
from onestop.portal.serving import see_other
from workflows import selectors, service

__all__ = ["mark_read", "notices"]


@applicants
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Every notice to the subjects that I file for."""
    told = selectors.notices_of(actor=applicant(request))
    rows = [
        {
            "notice": notice,
            "href": words.notice_href(notice),
            "said": words.act_words(notice.kind, effect=notice.dossier.definition.effect),
            "name": name_of(notice.dossier),
            "title": notice.dossier.definition.title.get(words.language()),
        }
        for notice in told
    ]
    context = {"section": "dossiers", "rows": rows, "unread": any(not notice.read_at for notice in told)}
    return render(request, "portal/notices.html", context)


@applicants
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """All of them are read."""
    service.mark_read(actor=applicant(request))
    return see_other("portal:notices")
