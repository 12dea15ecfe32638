"""When a message is tried again, and when a line rests. Numbers only."""

import random

__all__ = ["BREAKER_FAILURES", "SIMULATED_PACE", "pause", "rest"]

FIRST_PAUSE = 30.0
LONGEST_PAUSE = 3600.0
"""Seconds; the pause doubles from the first to the longest."""
BREAKER_FAILURES = 5
"""Failures of the line in a row after which it rests."""
LONGEST_REST = 900.0
SIMULATED_PACE = 1 / 60
"""With a simulator, minutes become seconds, so that a demonstration shows the retries."""


def pause(*, attempts: int, simulated: bool, at_least: float = 0.0) -> float:
    """Seconds until the next attempt: doubling, capped, full jitter; never before the peer said."""
    longest = min(FIRST_PAUSE * 2.0 ** max(attempts - 1, 0), LONGEST_PAUSE)
    pace = SIMULATED_PACE if simulated else 1.0
    return max(pace * random.uniform(1.0, longest), min(at_least, LONGEST_PAUSE))  # noqa: S311


def rest(*, failures: int, simulated: bool) -> float:
    """Seconds for which an open breaker keeps the line quiet before one message probes it."""
    beyond = max(failures - BREAKER_FAILURES, 0)
    return min(FIRST_PAUSE * 2.0 ** min(beyond, 10), LONGEST_REST) * (SIMULATED_PACE if simulated else 1.0)
