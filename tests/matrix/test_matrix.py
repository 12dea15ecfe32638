"""Who gets which answer where: every route × actor × state, over real HTTP, against a table written by hand.

matrix.csv: a row is a method, a route name and the state of the dossier that it is asked about; a column is an actor;
a cell is the status that must come back. 302 is the way to the sign-in page, 303 an act that took effect and leads on.
A route without a row fails, and so does a row without a route.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from procedures.models import User
from procedures.now import frozen
from tests import scenarios
from tests.scenarios import Play
from workflows.dossier.clock import forget_calendar
from workflows.models import Licence, Paper, Task

TABLE = Path(__file__).with_name("matrix.csv")
ACTORS = {
    "anonymous": "",
    "applicant": "doanhnghiep1",
    "colleague": "doanhnghiep1b",
    "stranger": "doanhnghiep2",
    "reception": "tiepnhan",
    "cashier": "thuquy",
    "head": "truongphong",
    "specialist": "chuyenvien",
    "leader": "cuctruong",
    "clerk": "vanthu",
    "outsider": "chuyenvien_qld",
    "auditor": "kiemtoan",
}
NOT_OURS = ("account_", "mfa_", "set_language", "socialaccount", "usersessions")
"""Routes of libraries, which have tests of their own; what we allow of them is asked in test_accounts."""


def routes() -> set[str]:
    """Every named route of the product, with its namespace."""
    found: set[str] = set()

    def walk(patterns: list[Any], space: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
                walk(pattern.url_patterns, inner)
            elif isinstance(pattern, URLPattern):
                found.add(f"{space}{pattern.name}")

    walk(get_resolver().url_patterns, "")
    return {name for name in found if not name.startswith(NOT_OURS)}


def rows() -> list[dict[str, str]]:
    """The table, as written."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.promise("people.matrix")
def test_every_route_has_a_row_and_every_row_a_route() -> None:
    listed = {row["route"] for row in rows()}
    assert routes() - listed == set(), "routes without a row"
    assert listed - routes() == set(), "rows without a route"


class World:
    """One dossier in each state, and what addresses need to name."""

    def __init__(self) -> None:
        self.plays = {
            "draft": Play().draft(),
            "submitted": Play().submitted(),
            "in_process": Play().assigned(),
            "to_sign": Play().prepared(),
            "concluded": Play().granted(),
        }
        asked = Play().submitted()
        items = [{"target": "piece:iso_13485", "what": "Thiếu trang 2"}]
        asked.step("tiepnhan", "intake", "ask_missing", items=items)
        self.plays["intake_supplement"] = asked
        for play in self.plays.values():
            play.work()
        self.licence = Licence.objects.get()
        self.decision = Paper.objects.get(kind="decision", state="published")

    def arguments(self, state: str) -> dict[str, Any]:
        """Everything that an address may ask for."""
        play = self.plays.get(state or "concluded")
        assert play is not None
        dossier = play.dossier
        piece = dossier.pieces.order_by("pk").first()
        papers = dossier.papers.filter(rendered_sha256__gt="").order_by("-pk")
        paper = papers.filter(kind__in=["decision", "refusal"]).first() or papers.first()
        task = Task.objects.filter(process=dossier, finished__isnull=True).first()
        return {
            "code": self.decision.code if not state else "device-import",
            "ref": self.licence.ref if not state else dossier.ref,
            "section": "devices",
            "piece_id": piece.pk if piece else 1,
            "paper_ref": paper.ref if paper else self.decision.ref,
            "sha256": paper.file_sha256 if paper else "0" * 64,
            "task_id": task.pk if task else 1,
            "outcome": {"submitted": "ask_fee", "in_process": "propose_grant", "to_sign": "sign"}.get(
                state, "accept"
            ),
            "partner": "vnsw",
        }


def address(route: str, known: dict[str, Any]) -> str:
    """The route's address with whatever arguments it asks for."""
    patterns = get_resolver()
    space, _, name = route.rpartition(":")
    resolver = patterns
    for part in filter(None, space.split(":")):
        resolver = resolver.namespace_dict[part][1]
    candidates = resolver.reverse_dict.getlist(name)
    for possibilities, _pattern, _defaults, _converters in candidates:
        for _text, names in possibilities:
            try:
                return reverse(route, kwargs={key: known[key] for key in names})
            except (NoReverseMatch, KeyError):
                continue
    raise AssertionError(f"{route} asks for what the matrix does not know")


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    """The dossiers, committed, on a held working day."""
    forget_calendar()
    scenarios.world()
    with frozen(scenarios.MONDAY):
        yield World()
    forget_calendar()


@pytest.mark.promise("people.matrix")
def test_every_answer_is_the_one_written_down(world: World, live_server: Any, request: pytest.FixtureRequest) -> None:
    sessions: dict[str, httpx.Client] = {}
    for who, username in ACTORS.items():
        client = httpx.Client(base_url=live_server.url, trust_env=False, timeout=60)
        if username:
            signed_in = Client()
            signed_in.force_login(
                User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
            )
            client.cookies.set("sessionid", signed_in.cookies[signed_in_cookie()].value)
            client.cookies = httpx.Cookies({signed_in_cookie(): signed_in.cookies[signed_in_cookie()].value})
        sessions[who] = client
    wrong: list[str] = []
    for row in rows():
        known = world.arguments(row["state"])
        known |= {"code": "device-import"} if row["route"].startswith("portal:") else {}
        path = address(row["route"], known)
        for who, client in sessions.items():
            got = ask(client, row["method"], path)
            if row[who] != str(got):
                wrong.append(f"{row['method']} {row['route']} {row['state']} as {who}: {got}, not {row[who]}")
    for client in sessions.values():
        client.close()
    assert not wrong, "\n" + "\n".join(wrong)


def signed_in_cookie() -> str:
    """The name of the session's cookie."""
    from django.conf import settings

    return settings.SESSION_COOKIE_NAME


def ask(client: httpx.Client, method: str, path: str) -> int:
    """The status of one request. A POST carries the token that a page of ours would carry."""
    if method == "GET":
        return client.get(path).status_code
    token = "a" * 32
    client.cookies.set("csrftoken", token)
    headers = {"Referer": str(client.base_url), "X-CSRFToken": token}
    return client.post(path, data={"csrfmiddlewaretoken": token}, headers=headers).status_code


