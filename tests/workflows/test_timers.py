"""Jobs that are done again and again: when they are due, that one failing stops no other, and how they are stopped."""

from collections.abc import Callable

import pytest

from workflows import timers


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three jobs alone; the names of those that ran."""
    found: list[str] = []

    def job(name: str) -> Callable[[], None]:
        return lambda: found.append(name)

    jobs = {"a": (60.0, job("a")), "b": (60.0, job("b")), "c": (3600.0, job("c"))}
    monkeypatch.setattr(timers, "_jobs", jobs)
    return found


def test_each_runs_when_its_time_has_come(ran: list[str]) -> None:
    last: dict[str, float] = {}
    assert timers.run_due(last, clock=lambda: 1000.0) == ["a", "b", "c"]
    assert timers.run_due(last, clock=lambda: 1059.0) == []
    assert timers.run_due(last, clock=lambda: 1060.0) == ["a", "b"]
    assert ran == ["a", "b", "c", "a", "b"]


def test_who_is_told_to_stop_begins_no_other_job(ran: list[str]) -> None:
    last: dict[str, float] = {}
    assert timers.run_due(last, clock=lambda: 1000.0, stopped=lambda: bool(ran)) == ["a"]
    assert ran == ["a"]
    assert timers.run_due(last, clock=lambda: 1000.0) == ["b", "c"], "they are due still"
