"""Too late: the dossier moved on while a page was open. Said with 409, and with everything that was typed."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from onestop.portal import words
from onestop.portal.reading import name_of
from workflows.models import Dossier

__all__ = ["moved_on"]


def moved_on(
    request: HttpRequest, dossier: Dossier, *, why: str, typed: Sequence[tuple[str, str]] = ()
) -> HttpResponse:
    """The page: why nothing was done, what was typed as (question, answer), and the way to the present state."""
    context = {
        "section": "dossiers",
        "dossier": dossier,
        "name": name_of(dossier),
        "title": dossier.definition.title.get(words.language()),
        "why": why,
        "typed": [pair for pair in typed if pair[1].strip()],
    }
    return render(request, "portal/late.html", context, status=409)
