"""The law in pure functions: proving each procedure of the catalogue, and explaining due dates. No database.

    python -m bench.law [rounds]

Verify: the whole proof of a definition with its folder, for each procedure; aim: 50 ms each. Deadlines: the explained
due date of a term of fifteen working days with one stop, as the pages show it; aim: 20,000 a second on one core. Both
depend on the machine, so the same run measures a floor beside them: hashing a megabyte (SHA-256), and finding the same
due date by the calendar alone, without stops and without an explanation. Raw rounds go to bench/results/law.json.
"""

import hashlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from procedures import folders
from procedures.definition.model import Term, Unit
from procedures.definition.verify import verify
from procedures.law.terms import ClockPolicy, Span, deadline
from procedures.law.vocabulary import HANOI
from procedures.law.working_time import Calendar, DayKind, add_working_days

RESULTS = Path(__file__).parent / "results" / "law.json"
MEGABYTE = b"m" * 1_000_000
VERIFY_AIM = 50.0  # milliseconds
DEADLINE_AIM = 20_000  # a second
MANY = 2_000
FIFTEEN = Term(length=15, unit=Unit.WORKING_DAYS)


def published_calendar() -> Calendar:
    """The days of calendar.yaml."""
    days: dict[date, DayKind] = {}
    years = yaml.safe_load((folders.CATALOGUE / "calendar.yaml").read_text("utf-8"))
    for year in years.values():
        for kind, rows in ((DayKind.HOLIDAY, year["holidays"]), (DayKind.MAKEUP, year.get("makeup", []))):
            for row in rows:
                for n in range((row.get("to", row["day"]) - row["day"]).days + 1):
                    days[row["day"] + timedelta(days=n)] = kind
    return Calendar(days=days, names={}, known_years=frozenset(years))


def milliseconds(what: Callable[[], object]) -> float:
    """How long it took."""
    began = time.perf_counter()
    what()
    return 1000 * (time.perf_counter() - began)


def proofs(rounds: int) -> list[dict[str, Any]]:
    """Median milliseconds of the proof of each procedure, and of hashing a megabyte beside it."""
    loaded = [folders.load(folder) for folder in folders.folders()]
    for one in loaded:  # conditions are compiled once a process
        assert verify(one.definition, templates=one.files) == []
    raw: dict[str, list[tuple[float, float]]] = {one.definition.code: [] for one in loaded}
    for _round in range(rounds):
        for one in loaded:
            floor = milliseconds(lambda: hashlib.sha256(MEGABYTE).digest())
            took = milliseconds(lambda one=one: verify(one.definition, templates=one.files))  # type: ignore[misc]
            raw[one.definition.code].append((round(took, 3), round(floor, 3)))
    return [
        {
            "procedure": code,
            "ms": statistics.median(took for took, _floor in rows),
            "megabytes hashed": round(statistics.median(took / floor for took, floor in rows), 1),
            "raw": rows,
        }
        for code, rows in raw.items()
    ]


def deadlines(rounds: int) -> dict[str, Any]:
    """How many explained due dates a second, and how many by the calendar alone."""
    calendar, first = published_calendar(), datetime(2026, 1, 5, 9, tzinfo=HANOI)
    cases = []
    for n in range(MANY):
        received = first + timedelta(days=n % 250, minutes=n % 400)
        stop, again = received + timedelta(days=4), received + timedelta(days=11)
        spans = (
            Span("running", received, stop, "accept"),
            Span("stopped", stop, again, "request_supplement"),
            Span("running", again, None, "supply_supplement"),
        )
        cases.append((spans, again + timedelta(hours=1)))
    policy = ClockPolicy("resume")

    def explained() -> None:
        for spans, now in cases:
            deadline(term=FIFTEEN, spans=spans, calendar=calendar, now=now, policy=policy)

    def bare() -> None:
        for spans, _now in cases:
            add_working_days(day=spans[0].since.date(), days=15, calendar=calendar)

    raw = []
    for _round in range(rounds):
        full, floor = milliseconds(explained), milliseconds(bare)
        raw.append(
            {"explained a second": round(1000 * MANY / full), "bare a second": round(1000 * MANY / floor)}
        )
    return {
        "a second": statistics.median(row["explained a second"] for row in raw),
        "times the bare count": round(
            statistics.median(row["bare a second"] / row["explained a second"] for row in raw), 2
        ),
        "raw": raw,
    }


def main(rounds: int = 7) -> int:
    """Run both. Returns 1 where an aim is missed."""
    proven, explained = proofs(rounds), deadlines(rounds)
    result = {
        "what": "the proof of each procedure, and explained due dates, on one core",
        "rounds": rounds,
        "verify": {
            "aim, ms": VERIFY_AIM,
            "worst, ms": max(row["ms"] for row in proven),
            "procedures": proven,
        },
        "deadline": {"aim, a second": DEADLINE_AIM, **explained},
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    for row in sorted(proven, key=lambda row: -row["ms"]):
        print(f"{row['procedure']:32} {row['ms']:6.1f} ms  {row['megabytes hashed']:5.1f} MB hashed")
    print(
        f"{explained['a second']} explained due dates a second, {explained['times the bare count']} × the bare count"
    )
    return 0 if result["verify"]["worst, ms"] <= VERIFY_AIM and explained["a second"] >= DEADLINE_AIM else 1  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
