"""SIGKILL of a delivering process at each named point: afterwards exactly one message processed and one effect."""

import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from integrations import delivery
from integrations.models import Attempt, Connector, Inbound, Message
from tests.integrations import effects
from tests.integrations.contract import hurry
from tests.integrations.played import ROOT, Played

POINTS = {
    # point: (how often the partner has it when the process is dead, answer stored)
    "message.before_send": (0, False),
    "message.after_send": (1, False),
    "message.after_answer": (1, True),
    "message.after_mark": (1, True),
}


def sweep_in_a_child(environment: dict[str, str], *, fault: str) -> int:
    command = [sys.executable, "-m", "tests.integrations.deliver_child"]
    return subprocess.run(
        command, cwd=ROOT, env=environment | {"MOTCUA_FAULT": fault}, timeout=120
    ).returncode


@pytest.mark.promise("messages.killed-worker")
@pytest.mark.parametrize("point", POINTS)
def test_killed(
    point: str,
    child_environment: dict[str, str],
    line: Callable[[str], Connector],
    running: Callable[[str], Played],
    write: Callable[..., Message],
) -> None:
    effects.clear()
    line("vnsw")
    window, message = running("vnsw"), write("vnsw")
    assert sweep_in_a_child(child_environment, fault=point) == -signal.SIGKILL

    taken, stored = POINTS[point]
    assert len(window.entries_of(message.wire_id)) == taken
    assert Inbound.objects.filter(message=message).exists() == stored
    message.refresh_from_db()
    marked = point == "message.after_mark"
    assert message.state == ("accepted" if marked else "sent")
    assert effects.of(message) == (["accepted"] if marked else [])
    assert Attempt.objects.get(message=message).outcome == ("accepted" if marked else "open")

    hurry()  # the lease of the dead runs out
    delivery.sweep()
    message.refresh_from_db()
    assert message.state == "accepted"
    assert effects.of(message) == ["accepted"]
    [entry] = window.entries_of(message.wire_id)
    assert entry["sha256"] == message.sha256
