"""The inbox's first page and the page of a dossier, with ten thousand and with a hundred thousand dossiers.

    python -m bench inbox [rounds] [pages a round]

Two databases made from one template (`bench/crowd.py`), the same officials, the same pages in turns: what is measured
is what a ten-fold past and backlog cost. First the reading alone, as the screens ask for it (`workflows.selectors`), by
the head of a division (a hundredth of the dossiers) and by the reception (all of them went through it); then the whole
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

from django.db import connection, connections
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
    "counts": 3,
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


def databases() -> dict[str, Any]:
    """A connection to each size, filled."""
    with ground.owner() as owner:
        crowd.people(owner)
    found = {}
    for name, dossiers in SIZES.items():
        database = f"{connection.settings_dict['NAME']}_{name}"
        ground.copy(database)
        began = time.perf_counter()
        with ground.owner(database) as owner:
            crowd.fill(owner, dossiers=dossiers, flow="workflows/flow.compiled.DeviceImportV20250701")
        print(f"{dossiers} dossiers written in {time.perf_counter() - began:.0f} s", flush=True)
        found[name] = ground.second_connection(name=database)
    return found


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


def a_round(name: str, chosen: list[Any], pages: int) -> dict[str, float]:
    """Median milliseconds of each reading by this reader in the database in use."""
    actor = policy.actor_of(User.objects.get(username=READERS[name]), now())
    spent: dict[str, list[float]] = defaultdict(list)
    for ref in chosen[:pages]:
        for reading, call in inbox_readings(actor).items():
            spent[reading].append(timed(call))
        whole = {reading: timed(call) for reading, call in dossier_readings(actor, ref).items()}
        spent["dossier"].append(sum(whole.values()))
        for reading, took in whole.items():
            spent[reading].append(took)
    return {reading: statistics.median(took) for reading, took in spent.items()}


def pages_by_client(username: str, chosen: list[Any]) -> dict[str, list[Any]]:
    """Milliseconds and queries of the whole pages: middleware, session, rights, selectors, templates."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username=username))
    found: dict[str, list[Any]] = {}
    for title, address in {
        "inbox": reverse("office:inbox"),
        "dossier": reverse("office:dossier", args=[chosen[0]]),
    }.items():
        client.get(address)  # warm
        with CaptureQueriesContext(connections["default"]) as captured:
            began = time.perf_counter()
            answer = client.get(address)
            took = 1000 * (time.perf_counter() - began)
        assert answer.status_code == 200, (title, answer.status_code)
        found[title] = [took, len(captured)]
    return found


def report(raw: list[dict[str, Any]], whole: list[dict[str, Any]], rounds: int, pages: int) -> dict[str, Any]:
    """Medians by reader, reading and size, and how many times as long the large one takes, round by round."""
    readings: dict[str, Any] = {}
    for name in READERS:
        readings[name] = {}
        for reading in [*INBOX, "dossier", *DOSSIER]:
            by_size = {
                size: [row[reading] for row in raw if (row["reader"], row["size"]) == (name, size)]
                for size in SIZES
            }
            ratios = [large / small for small, large in zip(*by_size.values(), strict=True)]
            readings[name][reading] = {
                "ms": {size: ground.median(values) for size, values in by_size.items()},
                "times": ground.median(ratios),
                "queries": INBOX.get(reading) or DOSSIER.get(reading) or sum(DOSSIER.values()),
            }
    by_client = {
        name: {
            title: {
                size: [ground.median(row[title][0] for row in rows), *sorted({row[title][1] for row in rows})]
                for size in SIZES
                if (rows := [r for r in whole if (r["reader"], r["size"]) == (name, size)])
            }
            for title in ("inbox", "dossier")
        }
        for name in READERS
    }
    return {
        "what": "reading the inbox and one dossier with 10 000 and 100 000 dossiers",
        "unit": "milliseconds, medians; times: the large database by the small one, median of the rounds",
        "dossiers": SIZES,
        "rounds": rounds,
        "pages a round": pages,
        "readings": readings,
        "whole pages by the test client [ms, queries]": by_client,
        "worst": max(
            readings[name][reading]["times"] for name in READERS for reading in ("inbox", "dossier")
        ),
        "aim": AIM,
        "raw": [{k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in raw],
    }


def main(rounds: int = 7, pages: int = 12) -> int:
    """Run it. Returns 1 when reading takes more than AIM times as long with ten times the dossiers."""
    with frozen(MONDAY):
        sizes = databases()
        chosen: dict[tuple[str, str], list[Any]] = {}
        for size, way in sizes.items():
            ground.use(way)
            for name, username in READERS.items():
                actor = policy.actor_of(User.objects.get(username=username), now())
                chosen[size, name] = refs(actor, pages * 2)
                assert len(selectors.inbox(actor=actor).rows) in (0, 25)
                counted = {k: queries(call) for k, call in inbox_readings(actor).items()}
                print(size, name, counted)
                counted = {
                    k: queries(call) for k, call in dossier_readings(actor, chosen[size, name][0]).items()
                }
                print(counted)
                a_round(name, chosen[size, name], 3)  # warm
        raw: list[dict[str, Any]] = []
        whole: list[dict[str, Any]] = []
        for number in range(rounds):
            for name in READERS:
                for size, way in sizes.items() if number % 2 else reversed(sizes.items()):
                    ground.use(way)
                    own = chosen[size, name]
                    some = own[number % len(own) :] + own[: number % len(own)]
                    raw.append({"round": number, "reader": name, "size": size} | a_round(name, some, pages))
                    took = pages_by_client(READERS[name], some)
                    whole.append({"round": number, "reader": name, "size": size} | took)
        result = report(raw, whole, rounds, pages)
        ground.keep("inbox", result)
    print(json.dumps({k: v for k, v in result.items() if k != "raw"}, indent=1, ensure_ascii=False))
    return 0 if result["worst"] <= AIM else 1
