"""The public check for programs: a file in, the verdict out, as JSON. The same answers as the pages give to people.

Nothing is kept and nobody signs in, so no token against forged requests is asked for. Errors are problem details
(RFC 9457). docs/verification.md tells integrators.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from onestop.access import public
from onestop.errors import problem
from onestop.public.limits import limited
from onestop.public.verifying import checkable, record_of, technical
from procedures.errors import Invalid, MotcuaError, NotFound, Reason
from procedures.now import HANOI, now, today
from workflows import selectors
from workflows.files import FileRefused
from workflows.models import Extract, Paper

__all__ = ["as_json", "open_to_all", "problems_as_json", "record", "verify"]

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
R = TypeVar("R", bound=HttpResponseBase)


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def problems_as_json(view: V) -> V:
    """Answer our own errors as problem details, in the language that was asked for."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except MotcuaError as error:
            return problem(error)

    return answered  # type: ignore[return-value]


def open_to_all(response: R) -> R:
    """Pages of other sites may read it: it is public, and says nothing about who asks."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def as_json(body: Mapping[str, Any], *, status: int = 200) -> JsonResponse:
    """JSON with its letters as they are."""
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


@csrf_exempt
@never_cache
@public
@require_POST
@problems_as_json
@limited("verify", most=20, methods=("POST",))
def verify(request: HttpRequest) -> HttpResponseBase:
    """The verdict on the PDF that is the body of the request."""
    pdf = _body(request)
    checked = selectors.verify_file(pdf)
    known = checked.paper or checked.extract
    return as_json(
        {
            "verdict": checked.verdict.verdict,
            "checked_at": now().astimezone(HANOI).isoformat(timespec="seconds"),
            "sha256": checked.sha256,
            "issued_file": checked.same_file,
            "test_keys": checked.verdict.test_keys,
            "checks": technical(checked.verdict),
            "record": _record(known, request) if known else None,
        }
    )


@never_cache
@public
@require_safe
@problems_as_json
@limited("code", most=60)
def record(request: HttpRequest, code: str) -> HttpResponseBase:
    """What the register says of the paper with this verification code."""
    known = selectors.paper_by_code(code=code) or selectors.extract_by_code(code=code)
    if known is None:
        raise NotFound(Reason("no_paper", gettext_noop("No paper was published under this code.")))
    return as_json(_record(known, request))


def _body(request: HttpRequest) -> bytes:
    announced = str(request.META.get("CONTENT_LENGTH") or "")
    size = int(announced) if announced.isdecimal() else 0
    if not size and "Transfer-Encoding" not in request.headers:
        raise Invalid(Reason("no_file", gettext_noop("The body of the request is empty.")))
    if request.content_type not in {"application/pdf", "application/octet-stream"}:
        message = gettext_noop("Send the PDF itself as the body, with the content type application/pdf.")
        raise FileRefused(Reason("content_type", message), status=415)
    return checkable(request, size)


def _record(known: Paper | Extract, request: HttpRequest) -> dict[str, Any]:
    """As the page says it: of a licence its holder too, of any other paper none."""
    said = record_of(known)
    licence = getattr(known, "licence", None)
    date = said["date"]
    told = selectors.place_of(known) if isinstance(known, Paper) else None
    return {
        "kind": known.kind if isinstance(known, Paper) else "extract",
        "title": said["title"],
        "number": said.get("number") or None,
        "date": date.astimezone(HANOI).date() if isinstance(date, datetime) else date,
        "agency": said["agency"],
        "code": known.code,
        "href": request.build_absolute_uri(said["href"]),
        "ledger": {
            "checkpoint": selectors.checkpoint_uri(said["checkpoint"].number),
            "proof": request.build_absolute_uri(said["proof_href"]),
        }
        if said.get("checkpoint")
        else None,
        "status": {"status_list": {"idx": told[1], "uri": told[0].uri}} if told else None,
        "licence": {
            "register": licence.register,
            "number": licence.number,
            "holder": said["holder"],
            "state": licence.standing(today()),
            "valid_until": licence.valid_until,
            "href": request.build_absolute_uri(said["licence_href"]),
        }
        if licence
        else None,
    }
