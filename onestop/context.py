"""What the frame of every page needs to know: who is signed in, what waits for them, where to go.

Put `onestop.context.shell` among the context processors. Nothing is asked of the database before a template asks.
"""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language

from onestop.access import actor
from procedures.selectors import unit_names
from workflows import selectors

__all__ = ["Shell", "shell", "shell_of"]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class Shell:
    """The frame's facts, each read when it is first asked for. The office adds its rail."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.rail: list[dict[str, Any]] = []
        """[{"title", "views": [{"label", "href", "count", "current", "late"}]}]"""

    @cached_property
    def user_name(self) -> str:
        """The name of the person; empty when nobody has signed in."""
        return actor(self._request).name

    @cached_property
    def user_role(self) -> str:
        """The title of an official, else the name of the unit. At most one query."""
        title: str = getattr(self._request.user, "title", "")
        seats = actor(self._request).seats
        if title or not seats:
            return title
        lang = (get_language() or "vi")[:2]
        return unit_names(codes=[seats[0].unit_code], lang=lang).get(seats[0].unit_code, "")

    @cached_property
    def notices(self) -> int:
        """Unread notices. One query, none for who files for nobody."""
        return selectors.unread_notices(actor=actor(self._request))

    @cached_property
    def notices_url(self) -> str:
        """Where the notices are, for who may have some."""
        return _address("portal:notices") if actor(self._request).subjects else ""

    @cached_property
    def turns(self) -> int:
        """Dossiers that wait for the applicant. One query, none for who files for nobody."""
        return selectors.turns(actor=actor(self._request))

    @cached_property
    def account_url(self) -> str:
        """Where one's own account is looked after."""
        return _address("mfa_index")

    @cached_property
    def office_url(self) -> str:
        """The electronic office, for officials."""
        return _address("office:inbox") if actor(self._request).official else ""


def shell_of(request: HttpRequest) -> Shell:
    """The one frame of a request; add to its `rail` before rendering."""
    found: Shell | None = getattr(request, "_shell", None)
    if found is None:
        found = Shell(request)
        request._shell = found  # type: ignore[attr-defined]
    return found


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"shell": shell_of(request)}
