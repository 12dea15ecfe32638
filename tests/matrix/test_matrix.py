"""Who gets which answer where: every route × actor × state, over real HTTP, against a table written by hand.

matrix.csv: a row is a method, a route and where the dossier stands; for the route of acts also which act is tried.
A column is a person, a cell the status that must come back. One dossier walks through its whole life, and everybody
asks at every stage; whoever may move it on asks last. Every POST is empty: 422 tells the right person what is missing,
403 and 404 turn the wrong one away, 409 says that it is too late. 302 leads to the sign-in page (or, for the page of
bytes that are not there yet, to the dossier), 303 on to where what was done can be seen.
"""

import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.cache import cache
from django.urls import get_resolver, reverse

from tests.matrix import ground
from tests.matrix.ground import ACTORS, STAGES, World, ask, routes, rows, session, unguarded

KNOWN = {200, 302, 303, 401, 400, 403, 404, 405, 409, 415, 422}


@pytest.fixture
def as_in_a_demonstration(settings: Any) -> Iterator[None]:
    """With the route that only a demonstration has."""
    settings.DEMO = True
    ground.demo_urls()
    settings.ROOT_URLCONF = ground.DEMO_URLS
    yield
    del sys.modules[ground.DEMO_URLS]


@pytest.mark.promise("people.matrix")
def test_every_route_has_a_row_and_every_row_a_route(as_in_a_demonstration: None) -> None:
    listed = {row["route"] for row in rows()}
    assert set(routes()) - listed == set(), "routes without a row"
    assert listed - set(routes()) == set(), "rows without a route"


@pytest.mark.promise("people.matrix")
def test_every_row_is_whole() -> None:
    for row in rows():
        assert row["method"] in {"GET", "POST"}, row
        assert row["state"] in STAGES, row
        assert {int(row[who]) for who in ACTORS} <= KNOWN, row
        assert bool(row["act"]) == (row["route"] == "office:act"), row
    order = [STAGES.index(row["state"]) for row in rows()]
    assert order == sorted(order), "the rows follow the life of a dossier"


@pytest.mark.promise("people.every-route-declares-its-rule")
def test_every_view_says_who_may_ask() -> None:
    """The decorators of onestop.access write it down; the machine's own doors have rules of their own."""
    undeclared = []

    def walk(patterns: list[Any], space: str) -> None:
        for one in patterns:
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, one.namespace or space)
            elif space in {"portal", "office", "public"} and not getattr(one.callback, "access", ""):
                undeclared.append(f"{space}:{one.name}")

    walk(get_resolver().url_patterns, "")
    assert undeclared == []


@pytest.fixture
def world(committed_monday: None) -> World:
    """The ministry, committed, on a held working day."""
    return World()


@pytest.fixture
def everybody(world: World, live_server: Any) -> Iterator[dict[str, httpx.Client]]:
    """A session for every column."""
    sessions = {who: session(live_server.url, name) for who, name in ACTORS.items()}
    yield sessions
    for client in sessions.values():
        client.close()


@pytest.mark.promise("people.matrix")
@pytest.mark.promise("web.strict-headers-everywhere")
def test_every_answer_is_the_one_written_down(
    as_in_a_demonstration: None, world: World, everybody: dict[str, httpx.Client]
) -> None:
    asked, wrong = routes(), []
    for row in rows():
        world.go_to(row["state"])
        cache.clear()  # the public pages count questions by address, and here all come from one
        path = world.address(row["route"], asked=asked[row["route"]], act=row["act"])
        for who in sorted(ACTORS, key=lambda name: row[name] == "303"):
            answer = ask(everybody[who], row["method"], path)
            where = f"{row['method']} {row['route']} {row['state']} {row['act']} as {who}"
            if row[who] != str(answer.status_code):
                wrong.append(f"{where}: {answer.status_code}, not {row[who]}")
            wrong += [f"{where}: {fault}" for fault in unguarded(answer)]
            to_sign_in = reverse("account_login") in answer.headers.get("Location", "")
            if who == "anonymous" and answer.status_code == 302 and not to_sign_in:
                wrong.append(f"{where}: led to {answer.headers['Location']}, not to the sign-in page")
    assert not wrong, "\n" + "\n".join(wrong)
    assert world.play.dossier.state == "returned"
