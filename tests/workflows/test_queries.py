"""How many statements a step takes: stated in docs/engine.md, and kept."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from procedures.now import advance
from procedures.policy import Actor
from tests.workflows.acts.stages import Quick, key, somebody
from workflows import service
from workflows.dossier import clock
from workflows.service import Input

DOCS = Path(__file__).parents[2] / "docs" / "engine.md"
STEPS = {
    "review.forward": ("review", "truongphong", "review", "forward"),
    "demand_fee": ("submitted", "tiepnhan", "intake", "ask_fee"),
    "accept": ("paid", "tiepnhan", "intake", "accept"),
}


@pytest.fixture(autouse=True)
def the_calendar_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is the first in half a minute reads it; that is no part of a step."""
    monkeypatch.setattr(clock, "CALENDAR_SECONDS", 1e9)


def summary(sql: str) -> str:
    """A statement in a few words, as the page names it."""
    table = re.search(r'(?:FROM|INTO|UPDATE) "?(?:\w+_)(\w+)"?', sql)
    lock = next((f" {words}" for words in ("FOR NO KEY UPDATE", "FOR UPDATE") if words in sql), "")
    return f"{sql.split()[0]} {table[1] if table else ''}{lock}".strip()


def statements(play: Quick, who: Actor, node: str, outcome: str) -> list[str]:
    """Every statement of one step through the service, the actor known before."""
    task, found = play.task(node).pk, list[str]()

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        service.perform_step(
            actor=who,
            dossier_id=play.dossier_id,
            task_id=task,
            outcome=outcome,
            given=Input(),
            idempotency_key=key(),
        )
    return [summary(sql) for sql in found]


def documented(step: str) -> list[str]:
    """The list of a step in docs/engine.md: its numbered lines, each with the statement in backquotes."""
    text = DOCS.read_text(encoding="utf-8")
    part = text.split(f"### `{step}`", 1)[1].split("###", 1)[0]
    return re.findall(r"^\d+\. `([^`]+)`", part, re.MULTILINE)


@pytest.mark.promise("engine.queries-a-step")
@pytest.mark.parametrize("step", STEPS)
def test_a_step_takes_the_statements_that_the_page_lists(declared_play: Quick, step: str) -> None:
    stage, who, node, outcome = STEPS[step]
    play = declared_play
    play.copy().to(stage).step(who, node, outcome)  # what is kept for the life of a process is warm now
    found = statements(play.to(stage), somebody(who), node, outcome)
    assert found == documented(step), "\n".join(found)


def test_after_the_evening_hour_an_acceptance_asks_for_the_agency_s_reading_too(declared_play: Quick) -> None:
    declared_play.copy().to("paid").step("tiepnhan", "intake", "accept")
    play = declared_play.to("paid")
    advance(timedelta(hours=7))
    found = statements(play, somebody("tiepnhan"), "intake", "accept")
    assert sorted(found) == sorted([*documented("accept"), "SELECT termreading"])


def test_the_number_does_not_grow_with_the_dossier(declared_play: Quick) -> None:
    play = declared_play.to("review")
    first = statements(play, somebody("truongphong"), "review", "forward")
    for _ in range(4):
        play.step("vanthu", "prepare", "send_back", reason="Sửa")
        again = statements(play, somebody("truongphong"), "review", "forward")
    assert again == first
