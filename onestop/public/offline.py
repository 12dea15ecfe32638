"""Checking a printed decision where there is no network: the page that stays in the browser, and what it needs to know.

The QR code bears a signed statement (workflows.credentials). The page checks it with the register's public keys, and
with the signed lists that say what still holds; a service worker keeps page, keys and lists. The same keys and lists
are served for programs, without sign-in and to pages of other sites.
"""

import hashlib
import json
from functools import partial

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from onestop.access import public
from onestop.public.limits import limited
from onestop.public.machine import open_to_all, problems_as_json
from workflows import selectors
from workflows.credentials.statuses import MEDIA_TYPE

__all__ = ["data", "issuer", "offline", "status_list", "status_lists", "worker"]

PARTS = (
    "govuk.css",
    "motcua.css",
    "motcua.js",
    "offline.js",
    "favicon.svg",
    "emblem.svg",
    "icons.svg",
    *(
        f"fonts/{name}.woff2"
        for name in (
            "be-vietnam-pro-latin-400",
            "be-vietnam-pro-latin-600",
            "be-vietnam-pro-vietnamese-400",
            "be-vietnam-pro-vietnamese-600",
            "motcua-digits-400",
            "motcua-digits-600",
        )
    ),
)
"""Static files that the page is made of, below onestop/."""
FRESH = 60
"""Seconds for which a list that was signed is served again."""


@public
@limited("offline", most=60)
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page that checks a QR code's statement, with a network or without."""
    return render(request, "public/offline.html", {"section": "verify"})


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the page for the time without a network."""
    parts = [static(f"onestop/{name}") for name in PARTS]
    known = {
        "page": reverse("public:offline"),
        "data": reverse("public:offline_data"),
        "parts": parts,
        "version": hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16],
    }
    script = render_to_string("public/offline_worker.js", {"known": json.dumps(known)})
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response


@public
@require_safe
@problems_as_json
@limited("offline", most=60)
def data(request: HttpRequest) -> HttpResponse:
    """What the page must know: the register's keys, and every list that says what still holds."""
    lists = {name.path: _signed(name) for name in selectors.status_lists()}
    keys = [key.jwk | {"test": key.is_test} for key in selectors.register_keys()]
    response = JsonResponse({"keys": keys, "lists": lists})
    response.headers["Cache-Control"] = "no-cache"
    return response


def _signed(name: selectors.ListName) -> str:
    return str(cache.get_or_set(f"status-list:{name.uri}", partial(selectors.status_list, name), FRESH))


# -- for programs -----------------------------------------------------------------------------------------------------


@cache_control(public=True, max_age=FRESH)
@public
@require_safe
@problems_as_json
@limited("statuses", most=120)
def status_list(request: HttpRequest, agency: str, series: str, year: int) -> HttpResponse:
    """The signed list of one series and year: a Status List Token."""
    name = selectors.ListName(agency, series, year)
    return open_to_all(HttpResponse(_signed(name), content_type=MEDIA_TYPE))


@cache_control(public=True, max_age=FRESH)
@public
@require_safe
@problems_as_json
@limited("statuses", most=120)
def status_lists(request: HttpRequest) -> HttpResponse:
    """The addresses of all lists."""
    return open_to_all(JsonResponse({"status_lists": [name.uri for name in selectors.status_lists()]}))


@cache_control(public=True, max_age=FRESH)
@public
@require_safe
@problems_as_json
@limited("statuses", most=120)
def issuer(request: HttpRequest) -> HttpResponse:
    """The register's public keys, where verifiers of its statements look for them."""
    keys = [key.jwk for key in selectors.register_keys()]
    return open_to_all(JsonResponse({"issuer": settings.BASE_URL, "jwks": {"keys": keys}}))
