"""From a request to who acts: the actor, cached, and the rule that every view declares.

A view is declared through exactly one of `public`, `signed_in`, `applicants` or `officials`; the decorator writes
its rule to `view.access`, which the test of the authorization matrix reads: a route without a rule fails. These are
the doors only. What may be done to which dossier is decided further in, by the policy and the acts.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Literal, TypeVar

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from procedures import policy
from procedures.errors import Reason, Refused
from procedures.now import now
from procedures.policy import ANONYMOUS, Actor

__all__ = ["Access", "actor", "applicants", "officials", "public", "signed_in", "stepped_up_at"]

Access = Literal["public", "signed_in", "applicants", "officials"]
View = Callable[..., HttpResponseBase]
V = TypeVar("V", bound=View)


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def actor(request: HttpRequest) -> Actor:
    """Who acts, with seats and subjects of today; ANONYMOUS when nobody has signed in. One query a request."""
    found: Actor | None = getattr(request, "_actor", None)
    if found is None:
        # An error page may be asked for before anybody was recognised: a damaged request, a host that is not ours.
        user = getattr(request, "user", None)
        found = policy.actor_of(user, now()) if user is not None else ANONYMOUS
        request._actor = found  # type: ignore[attr-defined]
    return found


def stepped_up_at(request: HttpRequest) -> datetime | None:
    """When the person last proved a one-time code in this session; None when never.

    allauth writes down when, by the machine's clock. What counts is how long ago that was, so the age is measured
    by that clock and the moment is told by ours, which a demonstration may hold.
    """
    proofs = [
        float(record["at"])
        for record in get_authentication_records(request, request.user)  # type: ignore[arg-type]
        if record.get("method") == "mfa" and record.get("type") == "totp"
    ]
    return now() - timedelta(seconds=max(0.0, time.time() - max(proofs))) if proofs else None


def public(view: V) -> V:
    """Anybody may ask, signed in or not."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: V) -> V:
    """Anybody who has signed in; others are led to the sign-in page and back."""
    return _declared(view, "signed_in", lambda _actor: None)


def applicants(view: V) -> V:
    """Only people who file for somebody. Officials without a mandate are refused."""
    return _declared(view, "applicants", _must_file)


def officials(view: V) -> V:
    """Only people who hold a role in a unit today."""
    return _declared(view, "officials", _must_hold_a_role)


def _declared(view: V, access: Access, check: Callable[[Actor], None]) -> V:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        who = actor(request)
        if who.kind == "anonymous":
            return _to_sign_in(request)
        check(who)
        return view(request, *args, **kwargs)

    checked.access = access  # type: ignore[attr-defined]
    return checked  # type: ignore[return-value]


def _must_file(who: Actor) -> None:
    if not who.subjects:
        raise Refused(
            Reason(
                "files_for_nobody",
                gettext_noop("Your account files for no enterprise today, so it has no dossiers."),
                remedy=gettext_noop("Ask the enterprise to authorise you, or sign in with another account."),
            )
        )


def _must_hold_a_role(who: Actor) -> None:
    if not who.official:
        raise Refused(
            Reason(
                "no_role",
                gettext_noop(
                    "This is the office of the ministry. Your account holds no role in a unit today."
                ),
                remedy=gettext_noop("If you file applications, go to “My dossiers”."),
            )
        )


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back. A fragment would land inside the page, so htmx is told to go there whole."""
    back = request.headers.get("HX-Current-URL") or (
        request.get_full_path() if request.method in {"GET", "HEAD"} else request.headers.get("Referer", "/")
    )
    answer: HttpResponse = redirect_to_login(_path(request, back), login_url="account_login")
    if request.headers.get("HX-Request"):
        told = HttpResponse(status=204)
        told.headers["HX-Redirect"] = answer.headers["Location"]
        return told
    return answer


def _path(request: HttpRequest, address: str) -> str:
    """The part of one of our own addresses after the host; the first page for any other."""
    if address.startswith("/") and not address.startswith("//"):
        return address
    own = f"{request.scheme}://{request.get_host()}"
    return (address.removeprefix(own) or "/") if address.startswith(f"{own}/") else "/"
