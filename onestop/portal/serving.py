"""Answers that are no page: on to another address after a post, and bytes."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import content_disposition_header

__all__ = ["SeeOther", "download", "see_other"]


class SeeOther(HttpResponseRedirect):
    """303: fetch the other address with GET, whatever the method of this request."""

    status_code = 303


def see_other(to: str, *args: Any) -> SeeOther:
    """On to a named address (or a plain one) after what was posted has been kept."""
    return SeeOther(resolve_url(to, *args))


def download(data: bytes, *, name: str, media_type: str, attachment: bool = False) -> HttpResponse:
    """The file under its name; kept by no shared cache. An attachment also runs in no page of ours."""
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(attachment, name) or "attachment"
    response.headers["Cache-Control"] = "private, no-store"
    if attachment:
        response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
