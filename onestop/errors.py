"""What went wrong, as a page or a fragment: the status of the error and every reason in the reader's language.

The middleware answers for what a view did not catch itself. Views that hold a form catch `Invalid`, `Conflict` and
refused files, show the form again with what was typed, and use `sentences` for the words.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from onestop.components import formats
from procedures.errors import MotcuaError, Reason

__all__ = ["ErrorMiddleware", "Sentence", "cited", "error_page", "problem", "sentence", "sentences"]

R = TypeVar("R", bound=HttpResponse)

RETRY_SECONDS = "5"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A reason as a person reads it."""

    code: str
    text: str
    basis: str
    """The article; empty when there is none."""
    remedy: str
    field: str
    """Which part of the form it is about, as the reason's own `params["field"]`; empty: the whole."""
    row: int | None = None

    def __str__(self) -> str:
        return f"{self.text} {self.remedy}".strip()


def sentence(reason: Reason) -> Sentence:
    """One reason in the active language."""
    params = {name: _shown(value) for name, value in reason.params.items()}
    row = reason.params.get("row")
    return Sentence(
        code=reason.code,
        text=_filled(reason.message, params),
        basis=cited(reason.article),
        remedy=_filled(reason.remedy, params) if reason.remedy else "",
        field=str(reason.params.get("field", "")),
        row=row if isinstance(row, int) else None,
    )


_DECREE = re.compile(r"Decree (\d+/\d+)/ND-CP Art\. ([\d-]+)")


def cited(article: str) -> str:
    """Where a reason stands in the law, in the active language; what a definition cites is Vietnamese already."""
    decree = _DECREE.fullmatch(article)
    if decree is None:
        return gettext(article) if article else ""
    return gettext("Decree %(number)s/ND-CP Art. %(articles)s") % {"number": decree[1], "articles": decree[2]}


def sentences(reasons: Iterable[Reason]) -> list[Sentence]:
    """All reasons in the active language; the same sentence about the same field is said once."""
    found: dict[tuple[str, str, int | None], Sentence] = {}
    for reason in reasons:
        said = sentence(reason)
        found.setdefault((said.text, said.field, said.row), said)
    return list(found.values())


def _filled(message: str, params: Mapping[str, object]) -> str:
    text = gettext(message)
    return text % params if params else text.replace("%%", "%")


def _shown(value: object) -> object:
    if isinstance(value, datetime | date):
        return formats.stamp(value)
    return value


def error_page(request: HttpRequest, error: MotcuaError) -> HttpResponse:
    """The answer for an error: a page, or for htmx a fragment."""
    template = "errors/fragment.html" if request.headers.get("HX-Request") else "errors/page.html"
    context = {"status": error.status, "code": error.code, "reasons": sentences(error.reasons)}
    return _again_later(render(request, template, context, status=error.status))


def problem(error: MotcuaError) -> JsonResponse:
    """The answer for an error to a program: problem details (RFC 9457), its first reason in the reader's language."""
    said = sentences(error.reasons)
    body = {
        "type": "about:blank",
        "status": error.status,
        "title": str(said[0]) if said else error.code,
        "code": said[0].code if said else error.code,
    }
    kind = "application/problem+json"
    answer = JsonResponse(
        body, status=error.status, content_type=kind, json_dumps_params={"ensure_ascii": False}
    )
    return _again_later(answer)


def _again_later(answer: R) -> R:
    if answer.status_code in {429, 503}:
        answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


class ErrorMiddleware:
    """Turns every `MotcuaError` that a view raises into an answer. Stands behind the session and the language."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Only our own errors; what nobody expected stays a fault of ours and goes to the log."""
        return error_page(request, exception) if isinstance(exception, MotcuaError) else None
