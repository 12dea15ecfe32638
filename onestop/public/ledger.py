"""The ledger's checkpoints for anybody who wants to keep them, and the proof that a paper's publication is in one.

What an entry holds is shown of one only, that by which a published paper took effect. docs/ledger.md: how to check.
"""

from base64 import b64encode
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from onestop.access import public
from onestop.asking import asked_number
from onestop.public.limits import limited
from onestop.public.machine import as_json, open_to_all, problems_as_json
from procedures.errors import NotFound, Reason
from procedures.now import HANOI
from workflows import selectors
from workflows.models import Checkpoint

__all__ = ["checkpoint", "checkpoints", "checkpoints_json", "proof"]

FOR_EVER = 31_536_000
"""Seconds: a checkpoint is never changed."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def _page(request: HttpRequest) -> tuple[list[Checkpoint], str]:
    """The checkpoints before number `truoc`, or the newest, and the query of the page after them."""
    rows = selectors.checkpoints(before=asked_number(request, "truoc"))
    return rows, f"?truoc={rows[-1].number}" if rows and rows[-1].number > 1 else ""


@public
@limited("ledger", most=60)
@require_safe
def checkpoints(request: HttpRequest) -> HttpResponse:
    """Which checkpoints there are, and what they are for."""
    rows, following = _page(request)
    return render(
        request, "public/checkpoints.html", {"section": "verify", "rows": rows, "following": following}
    )


@public
@require_safe
@problems_as_json
@limited("ledger", most=60)
def checkpoints_json(request: HttpRequest) -> HttpResponse:
    """The signed statements, newest first, and the address of those before them."""
    rows, following = _page(request)
    here = request.build_absolute_uri(reverse("public:checkpoints_json"))
    said = {"checkpoints": _signed(rows), "next": f"{here}{following}" if following else None}
    return open_to_all(as_json(said))


def _signed(rows: list[Checkpoint]) -> list[dict[str, str | None]]:
    """Each with its time stamp: base64 of the DER of an RFC 3161 token over the SHA-256 of the signed text."""
    stamps = selectors.checkpoint_stamps(rows)
    return [
        {
            "checkpoint": row.token,
            "timestamp": b64encode(stamps[row.fingerprint]).decode() if row.fingerprint in stamps else None,
        }
        for row in rows
    ]


@cache_control(public=True, max_age=FOR_EVER, immutable=True)
@public
@require_safe
@problems_as_json
@limited("ledger", most=60)
def checkpoint(request: HttpRequest, number: int) -> HttpResponse:
    """One signed statement."""
    row = selectors.checkpoint(number=min(number, 2**31 - 1))
    return open_to_all(HttpResponse(row.token, content_type="application/jwt"))


@public
@require_safe
@problems_as_json
@limited("proof", most=20)
def proof(request: HttpRequest, code: str) -> HttpResponse:
    """The proof for a paper: its entry, the way to the root, and the checkpoint that signs the root."""
    paper = selectors.paper_by_code(code=code)
    found = selectors.inclusion(paper) if paper else None
    if found is None:
        message = gettext_noop("No paper of this code is in a checkpoint of the ledger yet.")
        remedy = gettext_noop("Checkpoints are made once a day. Try again tomorrow.")
        raise NotFound(Reason("no_proof", message, remedy=remedy))
    said: dict[str, Any] = {
        "entry": found.entry,
        "hash": found.hash,
        "index": found.index,
        "count": found.checkpoint.claims["count"],
        "path": list(found.path),
        "root": found.checkpoint.claims["root"],
        "at": found.checkpoint.at.astimezone(HANOI).isoformat(),
        **_signed([found.checkpoint])[0],
    }
    return open_to_all(as_json(said))
