"""Somebody who changes procedures in the office, for tests: knows only what the pages show."""

import html
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from procedures import drafts, folders
from procedures.models import ProcedureVersion, User
from procedures.policy import SYSTEM

__all__ = ["Controller", "as_shown", "content_of", "draft_of", "sha256_of", "things_of", "yaml_of"]


def draft_of(code: str = "device-free-sale") -> ProcedureVersion:
    row = ProcedureVersion.objects.get(procedure__code=code, version=date(2025, 7, 1))
    return drafts.begin(of=row, day=date(2026, 7, 1), actor=SYSTEM)


class Controller:
    """Somebody who knows only the pages."""

    def __init__(self, username: str = "kiemsoat") -> None:
        self.client = Client()
        self.client.force_login(User.objects.get(username=username))

    def address(self, row: ProcedureVersion, chapter: str, place: str = "") -> str:
        href = reverse("office:edit", args=[row.procedure.code, row.version.isoformat(), chapter])
        return f"{href}?muc={place}" if place else href

    def page(self, row: ProcedureVersion, chapter: str, place: str = "") -> str:
        answer = self.client.get(self.address(row, chapter, place))
        assert answer.status_code == 200, (chapter, place, answer.content.decode()[:2000])
        return answer.content.decode()

    def fields(self, row: ProcedureVersion, chapter: str, place: str) -> dict[str, Any]:
        """The form of a thing, filled as the page shows it."""
        page = self.page(row, chapter, place)
        form = next(part for part in re.findall(r"<form.*?</form>", page, re.S) if 'class="sheet"' in part)
        return as_shown(form)

    def send(self, row: ProcedureVersion, chapter: str, place: str, /, **typed: Any) -> HttpResponse:
        answer: HttpResponse = self.client.post(self.address(row, chapter, place), typed)
        return answer

    def save(self, row: ProcedureVersion, chapter: str, place: str, **changes: Any) -> HttpResponse:
        typed = self.fields(row, chapter, place) | {f"s-{name}": value for name, value in changes.items()}
        return self.send(
            row, chapter, place, action="save", **{k: v for k, v in typed.items() if v is not None}
        )


def as_shown(form: str) -> dict[str, Any]:
    """What a browser would send of a form as it stands."""
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', form):
        found[name] = html.unescape(value)
    for tag in re.findall(r"<input [^>]*>", form):
        name = re.search(r' name="([^"]+)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name is None or 'type="hidden"' in tag:
            continue
        if 'type="checkbox"' in tag:
            if " checked" in tag:
                found.setdefault(name[1], []).append(html.unescape(value[1]) if value else "on")
        else:
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = html.unescape(inner).removeprefix("\n")
    for name, inner in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found


def things_of(content: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every place of a definition that has a page of its own."""
    for key in ("form", "pieces", "fees", "checklist", "grounds", "fields", "outcomes", "nodes"):
        for one in content.get(key) or () if isinstance(content.get(key), list) else ():
            if isinstance(one, dict) and "id" in one:
                yield (*path, key, one["id"])
                yield from things_of(one, (*path, key, one["id"]))
    for key in ("legal_bases", "choices", "rows", "partners"):
        for index, one in enumerate(content.get(key) or ()):
            yield (*path, key, str(index))
            yield from things_of(one, (*path, key, str(index)))
    for key in ("tables", "papers") if not path else ():
        for name, one in (content.get(key) or {}).items():
            yield (key, name)
            yield from things_of(one, (key, name))
    for key in ("terms", "route", "licence", "history") if not path else ():
        if content.get(key):
            yield (key,)
            yield from things_of(content[key], (key,))


def sha256_of(row: ProcedureVersion) -> str:
    return ProcedureVersion.objects.get(pk=row.pk).sha256


def yaml_of(row: ProcedureVersion) -> str:
    return str(ProcedureVersion.objects.get(pk=row.pk).files["procedure.yaml"])


def content_of(row: ProcedureVersion) -> dict[str, Any]:
    return folders.source(ProcedureVersion.objects.get(pk=row.pk).files)
