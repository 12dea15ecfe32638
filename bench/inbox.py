"""The inbox's first page and the page of a dossier, with ten thousand and with a hundred thousand dossiers.

    python -m bench inbox [rounds] [pages a round]

Two databases made from one template (`bench/crowd.py`), the same officials, the same pages in turns: what is measured
is what a ten-fold past and backlog cost. First the reading alone, as the screens ask for it (`workflows.selectors`), by
the head of three divisions (three dossiers of a hundred) and by the reception (all of them went through it); then whole
pages through Django's test client, sign-in, templates and all. Fails when reading takes more than 1.3 times as long, or
a page another number of queries than written here. Raw rounds go to bench/results/inbox.json.
"""

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import crowd, ground
from procedures import policy
from procedures.models import User
from procedures.now import frozen, now
from procedures.policy import Actor
from tests.scenarios import MONDAY
from workflows import selectors
from workflows.models import Dossier, Task

AIM = 1.3
SIZES = {"small": 10_000, "large": 100_000}
READERS = {"division": crowd.OFFICIAL, "reception": "tiepnhan"}
INBOX = {
    "inbox": 1,
    "inbox, second page": 1,
    "inbox of the unit": 1,
    "inbox of what others hold": 1,
    "counts": 1,
    "steps for several": 1,
}
"""Queries of each reading of the inbox, at any size."""
DOSSIER = {
    "dossier_of": 1,
    "history": 4,
    "papers_of": 1,
    "draft_of": 1,
    "notes_of": 1,
    "pieces_of": 1,
    "deadline": 1,
    "open_acts": 6,
    "holder": 2,
}
"""Queries of each reading of the page of a dossier, at any size."""

Reading = Callable[[], object]


# -- two sizes of one ministry --------------------------------------------------------------------------------


def refs(actor: Actor, how_many: int) -> list[Any]:
    """Dossiers with an open step, which came through a unit of the actor's; spread over the years."""
    units = {seat.unit_code for seat in actor.seats}
    through = Task.objects.filter(unit__in=units).values("process")
    open_ = Dossier.objects.filter(pk__in=through, state="in_process")
    step = max(1, open_.count() // how_many)
    return list(open_.order_by("pk").values_list("ref", flat=True)[::step])[:how_many]


# -- what is read ---------------------------------------------------------------------------------------------


def inbox_readings(actor: Actor) -> dict[str, Reading]:
    """The inbox as the office shows it: the first page of each view, one further page, the figures beside them."""
    after = selectors.inbox(actor=actor).after or ""
    return {
        "inbox": partial(selectors.inbox, actor=actor),
        "inbox, second page": partial(selectors.inbox, actor=actor, after=after),
        "inbox of the unit": partial(selectors.inbox, actor=actor, view="unit"),
        "inbox of what others hold": partial(selectors.inbox, actor=actor, view="waiting"),
        "counts": partial(selectors.counts, actor=actor),
        "steps for several": partial(selectors.steps_together, actor=actor, lang="vi"),
    }


def dossier_readings(actor: Actor, ref: Any) -> dict[str, Reading]:
    """The page of a dossier, as `onestop.office.work` reads it."""
    found = selectors.dossier_of(actor=selectors.as_official(actor), ref=ref)
    return {
        "dossier_of": partial(selectors.dossier_of, actor=selectors.as_official(actor), ref=ref),
        "history": partial(selectors.history, found, internal=True, lang="vi"),
        "papers_of": partial(selectors.papers_of, found),
        "draft_of": partial(selectors.draft_of, found),
        "notes_of": partial(selectors.notes_of, found),
        "pieces_of": partial(selectors.pieces_of, found, lang="vi"),
        "deadline": partial(selectors.deadline, found),
        "open_acts": partial(selectors.open_acts, actor=actor, dossier=found, lang="vi"),
        "holder": partial(selectors.holder, found, lang="vi"),
    }


def queries(reading: Reading) -> int:
    """How many queries a reading takes."""
    with CaptureQueriesContext(connections["default"]) as captured:
        reading()
    return len(captured)


def timed(reading: Reading) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    reading()
    return 1000 * (time.perf_counter() - began)


# -- the rounds -----------------------------------------------------------------------------------------------


def a_round(
    sizes: dict[str, Any], name: str, chosen: dict[str, list[Any]], turn: int
) -> list[dict[str, Any]]:
    """Median milliseconds of each reading by this reader, for each size; every page is read in all sizes, in turns."""
    spent: dict[str, dict[str, list[float]]] = {size: defaultdict(list) for size in sizes}
    actors = {}
    for size, way in sizes.items():
        ground.use(way)
        actors[size] = policy.actor_of(User.objects.get(username=READERS[name]), now())
    for at in range(len(chosen["small"])):
        for size in list(sizes) if (at + turn) % 2 else reversed(sizes):
            ground.use(sizes[size])
            took = {reading: timed(call) for reading, call in inbox_readings(actors[size]).items()}
            took["inbox page"] = took["inbox"] + took["counts"]
            page = dossier_readings(actors[size], chosen[size][at])
            whole = {reading: timed(call) for reading, call in page.items()}
            took |= whole | {"dossier page": sum(whole.values())}
            for reading, ms in took.items():
                spent[size][reading].append(ms)
    return [
        {"round": turn, "reader": name, "size": size}
        | {reading: statistics.median(took) for reading, took in spent[size].items()}
        for size in sizes
    ]


def by_client(
    sizes: dict[str, Any], name: str, chosen: dict[str, list[Any]], turn: int
) -> list[dict[str, Any]]:
    """Milliseconds and queries of the whole pages: middleware, session, rights, selectors, templates."""
    found = []
    for size in list(sizes) if turn % 2 else reversed(sizes):
        ground.use(sizes[size])
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(User.objects.get(username=READERS[name]))
        row: dict[str, Any] = {"round": turn, "reader": name, "size": size}
        for title, address in {
            "inbox": reverse("office:inbox"),
            "dossier": reverse("office:dossier", args=[chosen[size][turn % len(chosen[size])]]),
        }.items():
            client.get(address)  # warm
            with CaptureQueriesContext(connections["default"]) as captured:
                began = time.perf_counter()
                answer = client.get(address)
                took = 1000 * (time.perf_counter() - began)
            assert answer.status_code == 200, (title, answer.status_code)
            row |= {title: took, f"{title}, queries": len(captured)}
        found.append(row)
    return found


def report(raw: list[dict[str, Any]], whole: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians by reader, reading and size, and how many times as long the large one takes, round by round."""

    def compared(rows: list[dict[str, Any]], name: str, what: str) -> dict[str, Any]:
        values = {
            size: [row[what] for row in rows if (row["reader"], row["size"]) == (name, size)]
            for size in SIZES
        }
        ratios = [large / small for small, large in zip(values["small"], values["large"], strict=True)]
        return {size: ground.median(values[size]) for size in SIZES} | {"times": ground.median(ratios)}

    pages = {
        "inbox page": INBOX["inbox"] + INBOX["counts"],
        "dossier page": sum(DOSSIER.values()),
    }
    readings = {
        name: {
            what: compared(raw, name, what) | {"queries": number}
            for what, number in (pages | INBOX | DOSSIER).items()
        }
        for name in READERS
    }
    clients = {
        name: {
            what: compared(whole, name, what)
            | {"queries": sorted({row[f"{what}, queries"] for row in whole if row["reader"] == name})}
            for what in ("inbox", "dossier")
        }
        for name in READERS
    }
    return {
        "what": "reading the inbox's first page with its figures, and the page of a dossier",
        "unit": "milliseconds, medians; times: the large database by the small one, median of the rounds",
        "dossiers": SIZES,
        "readings": readings,
        "whole pages by the test client": clients,
        "worst": max(readings[name][page]["times"] for name in READERS for page in pages),
        "aim": AIM,
        "raw": rounded(raw),
        "raw, test client": rounded(whole),
    }


def rounded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """To the microsecond."""
    return [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in rows]


def main(rounds: int = 7, pages: int = 10) -> int:
    """Run it. Returns 1 when reading takes more than AIM times as long with ten times the dossiers."""
    raw: list[dict[str, Any]] = []
    whole: list[dict[str, Any]] = []
    with frozen(MONDAY):
        sizes = crowd.databases(SIZES)
        chosen: dict[str, dict[str, list[Any]]] = {name: {} for name in READERS}
        for size, way in sizes.items():
            ground.use(way)
            for name, username in READERS.items():
                actor = policy.actor_of(User.objects.get(username=username), now())
                chosen[name][size] = refs(actor, pages)
                assert len(selectors.inbox(actor=actor).rows) == 25
                for expected, calls in (
                    (INBOX, inbox_readings(actor)),
                    (DOSSIER, dossier_readings(actor, chosen[name][size][0])),
                ):
                    for call in calls.values():
                        call()  # warm: definitions and calendar are kept
                    counted = {what: queries(call) for what, call in calls.items()}
                    assert counted == expected, counted
        for turn in range(rounds):
            for name in READERS:
                raw += a_round(sizes, name, chosen[name], turn)
                whole += by_client(sizes, name, chosen[name], turn)
        result = {"rounds": rounds, "pages a round": pages, **report(raw, whole)}
        ground.keep("inbox", result)
    print(json.dumps({k: v for k, v in result.items() if not k.startswith("raw")}, indent=1))
    return 0 if result["worst"] <= AIM else 1
