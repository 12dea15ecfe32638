"""Somebody at the office, for tests: knows only what the pages show, and fills the forms that they offer."""

import html
import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from procedures import seed
from procedures.models import User
from workflows.models import Dossier

__all__ = ["Desk", "checklist", "code_of", "offered", "text_of"]


class Desk:
    """A signed-in person."""

    def __init__(self, username: str) -> None:
        self.client = Client()
        self.client.force_login(User.objects.get(username=username))

    def get(self, name: str, *args: Any, status: int = 200, **query: Any) -> str:
        """The text of a page of the office."""
        answer = self.client.get(reverse(f"office:{name}", args=args), query)
        assert answer.status_code == status, (answer.status_code, answer.content.decode()[:2000])
        return answer.content.decode()

    def page(self, dossier: Dossier, name: str = "dossier", **query: Any) -> str:
        """The text of a page of a dossier."""
        return self.get(name, dossier.ref, **query)

    def form(
        self, dossier: Dossier, outcome: str, *, page: str = "dossier"
    ) -> tuple[dict[str, str], str, str]:
        """The hidden fields, the address and the prefix of the form that performs an outcome."""
        fields, action = offered(self.page(dossier, page), outcome)
        return fields, action, next(n for n in fields if n.endswith("-key")).removesuffix("-key")

    def send(self, fields: dict[str, str], action: str, prefix: str, **typed: Any) -> HttpResponse:
        """Send a form as it stands, with what was typed."""
        answer: HttpResponse = self.client.post(
            action, fields | {f"{prefix}-{name}": value for name, value in typed.items()}
        )
        return answer

    def do(
        self, dossier: Dossier, outcome: str, *, page: str = "dossier", status: int = 303, **typed: Any
    ) -> str:
        """Fill the form of an act as the page offers it, and send it. The text of the answer."""
        answer = self.send(*self.form(dossier, outcome, page=page), **typed)
        assert answer.status_code == status, (answer.status_code, answer.content.decode()[:3000])
        return answer.content.decode()


def offered(page: str, outcome: str) -> tuple[dict[str, str], str]:
    """The hidden fields and the address of the form that performs an outcome."""
    for action, body in re.findall(
        r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', page, re.DOTALL
    ):
        if action.endswith(f"/{outcome}/"):
            return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body)), action
    raise AssertionError(f"the page offers no “{outcome}”")


def text_of(page: str) -> str:
    """What a person reads of a page, on one line."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.partition("<main")[2] or page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def code_of(username: str) -> str:
    """The one-time code that the person's authenticator shows now."""
    secret = next(person.totp_secret for person in seed.PEOPLE if person.username == username)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def checklist(dossier: Dossier, conclusion: str = "pass") -> dict[str, str]:
    """The same conclusion on every line, as the form names them."""
    return {f"check_{item.id}": conclusion for item in dossier.definition.checklist}
