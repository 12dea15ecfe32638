"""One process that takes steps, for `bench.scale`: gets ready, waits for a line, walks, tells its milliseconds.

python -m bench.walker {ours,viewflow} <dossiers>
"""

import statistics
import sys


def main(side: str, dossiers: int) -> None:
    """The median over the dossiers of each of the six steps, and the mean of the six, on standard output."""
    import django

    django.setup()
    from bench import bare, byhand, step
    from procedures import policy
    from procedures.models import User
    from procedures.now import frozen, now

    users = {role: User.objects.get(username=name) for role, name in step.PEOPLE.items()}
    with frozen(step.MONDAY):
        own = step.Sides(users, {role: policy.actor_of(user, now()) for role, user in users.items()})
        make = {"ours": own.ours, "viewflow": own.viewflow}[side]
        first = 0 if side == "ours" else 1  # bare viewflow has no acceptance

        def ready(count: int) -> list[int]:
            return step.submitted(count) if side == "ours" else [bare.start() for _ in range(count)]

        def walk(numbers: list[int]) -> list[list[float]]:
            spent: list[list[float]] = [[] for _ in byhand.ROUTE]
            for number_of in numbers:
                for number in range(first, len(byhand.ROUTE)):
                    spent[number].append(1000 * step.timed(make(number_of, number)))
            return spent

        walk(ready(2))  # warm
        waiting = ready(dossiers)
        print("ready", flush=True)
        sys.stdin.readline()
        print(statistics.mean(map(statistics.median, walk(waiting)[1:])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
