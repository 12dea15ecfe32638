"""The step of `bench.step` with one and with four processes, and among ten thousand and among a million dossiers.

    python -m bench scale [rounds] [dossiers a round] [the larger crowd]

Processes: as many as told, each on a connection of its own (`bench/walker.py`), walk at the same time; first one side,
then the other, in turns. Crowds: two databases made from one template (`bench/crowd.py`), and every step of ours taken
in both, in turns. Fails when a step takes more than 1.3 times as long in the larger crowd, or when with four processes
it is further from bare viewflow than `bench.step` asks for one. Raw rounds go to bench/results/scale.json.
"""

import json
import statistics
import subprocess
import sys
from typing import Any

from django.db import connections

from bench import byhand, crowd, ground, step
from procedures import policy
from procedures.models import User
from procedures.now import frozen, now

AIM = 1.3
SMALL = 10_000
PROCESSES = (1, 4)
SIDES = ("ours", "viewflow")


def walked(side: str, processes: int, dossiers: int) -> float:
    """Milliseconds a step, the mean of the processes."""
    command = [sys.executable, "-m", "bench.walker", side, str(dossiers)]
    hands = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    try:
        for hand in hands:
            assert hand.stdout
            assert hand.stdout.readline() == "ready\n", "a process did not get ready"
        for hand in hands:
            assert hand.stdin
            hand.stdin.write("go\n")
            hand.stdin.flush()
        return statistics.mean(float(hand.communicate(timeout=600)[0]) for hand in hands)
    finally:
        for hand in hands:
            hand.kill()
            hand.wait()


def side_by_side(rounds: int, dossiers: int) -> list[dict[str, Any]]:
    """Each number of processes, each side, in turns."""
    return [
        {"round": number, "processes": processes}
        | {side: walked(side, processes, dossiers) for side in (SIDES if number % 2 else SIDES[::-1])}
        for number in range(rounds)
        for processes in PROCESSES
    ]


def among(sizes: dict[str, int], rounds: int, dossiers: int) -> list[dict[str, Any]]:
    """Milliseconds a step of ours in each crowd; every step is taken in all of them, in turns."""
    ways = crowd.databases(sizes)
    users = {role: User.objects.get(username=name) for role, name in step.PEOPLE.items()}
    own = step.Sides(users, {role: policy.actor_of(user, now()) for role, user in users.items()})
    raw = []
    for number in range(-1, rounds):  # the first only warms
        spent: dict[str, list[list[float]]] = {name: [[] for _ in byhand.ROUTE] for name in ways}
        waiting = {}
        for name, way in ways.items():
            ground.use(way)
            waiting[name] = step.submitted(dossiers)
        for at in range(dossiers):
            for place in range(len(byhand.ROUTE)):
                for name in list(ways)[:: -1 if (at + place + number) % 2 else 1]:
                    ground.use(ways[name])
                    spent[name][place].append(1000 * step.timed(own.ours(waiting[name][at], place)))
        if number >= 0:
            means = {name: statistics.mean(map(statistics.median, rows[1:])) for name, rows in spent.items()}
            raw.append({"round": number} | means)
    return raw


def main(rounds: int = 5, dossiers: int = 12, larger: int = 1_000_000) -> int:
    """Run it. Returns 1 when it falls short."""
    step.publish()
    with frozen(step.MONDAY):
        product = connections["default"]
        sizes = {"small": SMALL, "large": larger}
        apart = among(sizes, rounds, dossiers)  # first, for the crowds are written into empty tables
        ground.use(product)
        together = side_by_side(rounds, dossiers)
    times = {
        processes: ground.median(
            row["viewflow"] / row["ours"] for row in together if row["processes"] == processes
        )
        for processes in PROCESSES
    }
    slower = ground.median(row["large"] / row["small"] for row in apart)
    result: dict[str, Any] = {
        "what": "one step of a dossier by ours and by bare viewflow, with several processes and among many dossiers",
        "unit": "milliseconds a step; the mean of the processes, and medians of the rounds",
        "rounds": rounds,
        "steps a round, side and process": dossiers * 6,
        "processes": {
            str(processes): {
                side: ground.median(row[side] for row in together if row["processes"] == processes)
                for side in SIDES
            }
            | {"bare viewflow takes times ours": times[processes]}
            for processes in PROCESSES
        },
        "crowds": {
            f"{size:,} dossiers": ground.median(row[name] for row in apart) for name, size in sizes.items()
        }
        | {"times the smaller": slower},
        "aim": {"times the smaller, at most": AIM, "times ours, at least": step.AIM},
        "raw": {"processes": together, "crowds": apart},
    }
    ground.keep("scale", result)
    print(json.dumps({k: v for k, v in result.items() if k != "raw"}, indent=1, ensure_ascii=False))
    return 0 if slower <= AIM and min(times.values()) >= step.AIM else 1
