"""Real processes, real SIGKILL, a real broker: nothing lost, nothing marked twice, order kept."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from tests.outbox.conftest import KIND
from workflows.models import OutboxRow
from workflows.outbox import drain
from workflows.outbox.relay import Outcome, deliver, lease

pytestmark = pytest.mark.django_db(transaction=True)


def eventually(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Wait until it is so, or fail."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def all_done() -> bool:
    return not OutboxRow.objects.exclude(state="done").exists()


@pytest.fixture
def start(child_environment, tmp_path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts child processes, and ends those which it started."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.outbox.child", *arguments],
            env=child_environment | {"REDIS_URL": "", "TRACE": str(tmp_path / "trace")} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate(timeout=10)


@pytest.fixture
def trace(tmp_path) -> Callable[[], list[list[str]]]:
    """What the probes were told: dossier, sequence, uuid, attempt."""
    path = tmp_path / "trace"
    return lambda: [line.split() for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def probe(subscriptions):
    """Lets rows for the probe be put; whoever delivers here counts."""
    seen = []
    subscriptions.subscribe(KIND, name="probe")(seen.append)
    return seen


def test_the_command_says_where_delivers_at_once_and_ends_on_sigterm(start, tell, probe, trace):
    relay = start("relay")
    assert relay.stdout.readline() == "relay: delivering in this process\n"
    time.sleep(0.5)  # it has looked once and now listens
    began = time.monotonic()
    tell(None)
    eventually(all_done)
    assert time.monotonic() - began < 3, "NOTIFY woke it, not the period of 5 s"
    began = time.monotonic()
    relay.terminate()
    out, err = relay.communicate(timeout=10)
    assert (relay.returncode, out) == (0, ""), err
    assert time.monotonic() - began < 3


def test_the_relay_survives_the_loss_of_its_connections(start, tell, probe, trace, owner_connection):
    relay = start("relay")
    relay.stdout.readline()
    tell(None)
    eventually(all_done)
    owner_connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid NOT IN (pg_backend_pid(), %s)",
        [connection.connection.info.backend_pid],
    )
    tell(None)
    eventually(all_done)
    assert relay.poll() is None
    assert len(trace()) == 2


@pytest.mark.promise("outbox.killed")
def test_two_relays_one_killed_between_effect_and_mark_lose_and_disorder_nothing(
    start, tell, probe, trace, make_dossiers
):
    dossiers = make_dossiers(6)
    for sequence in range(1, 11):
        for dossier in dossiers:
            tell(dossier, sequence, die=(dossier, sequence) in {(dossiers[0], 5), (dossiers[3], 8)})
    relays = [start("relay", PATIENCE="1") for _ in range(2)]

    def tend() -> bool:
        """Replace the killed, as a supervisor would."""
        for index, relay in enumerate(relays):
            if relay.poll() is not None:
                assert relay.returncode == -signal.SIGKILL
                relays[index] = start("relay", PATIENCE="1")
        return all_done()

    eventually(tend)
    told = trace()
    assert len({uuid for _, _, uuid, _ in told}) == 60, "every event was told"
    again = [(int(dossier), int(sequence)) for dossier, sequence, _, attempt in told if attempt != "1"]
    assert sorted(again) == sorted([(dossiers[0], 5), (dossiers[3], 8)]), (
        "only what was cut off was told twice"
    )
    for dossier in dossiers:
        order = [int(sequence) for whose, sequence, _, _ in told if whose == str(dossier)]
        assert order == sorted(order)
    assert OutboxRow.objects.filter(state="done").count() == 60


@pytest.mark.promise("outbox.two-relays")
def test_threads_behind_a_barrier_never_take_the_same_row(tell, probe, make_dossiers):
    dossiers = make_dossiers(5)
    for _ in range(10):
        for sequence in range(1, 4):
            for dossier in dossiers:
                tell(dossier, sequence)
        workers = 4
        barrier = threading.Barrier(workers)
        outcomes: list[Outcome] = []
        errors: list[BaseException] = []

        def work(barrier=barrier, outcomes=outcomes, errors=errors) -> None:
            try:
                barrier.wait(timeout=10)
                for _ in range(200):
                    taken = lease(limit=2)
                    if not taken and all_done():
                        break
                    outcomes.extend(deliver(one.row_id, one.token) for one in taken)
            except BaseException as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert errors == []
        assert outcomes == [Outcome.DONE] * 15
    per_dossier = {dossier: [e.sequence for e in probe if e.dossier_id == dossier] for dossier in dossiers}
    assert all(order == [1, 2, 3] * 10 for order in per_dossier.values())


@pytest.fixture
def redis(tmp_path) -> Iterator[SimpleNamespace]:
    """A Redis of the test's own on a unix socket."""
    program = shutil.which("redis-server")
    if program is None:
        sentence = "redis-server is missing: run `make doctor`"
        pytest.fail(sentence) if os.environ.get("CI") == "true" else pytest.skip(sentence)
    socket = tmp_path / "redis.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    eventually(socket.exists)
    yield SimpleNamespace(url=f"redis+socket://{socket}", process=process)
    process.kill()
    process.wait(timeout=10)


@pytest.mark.promise("outbox.broker-lost")
def test_a_lost_broker_loses_nothing(start, tell, probe, trace, redis, tmp_path):
    """Through Celery first; then the broker dies with everything in it, and the rows are still there."""
    worker = start("worker", REDIS_URL=redis.url)
    relay = start("relay", REDIS_URL=redis.url)
    assert relay.stdout.readline() == "relay: delivering through Celery\n"
    for sequence in range(5):
        tell(None, sequence)
    eventually(all_done)
    assert len(trace()) == 5

    worker.kill()
    redis.process.kill()
    redis.process.wait(timeout=10)
    tell(None, 99)
    time.sleep(1.5)
    relay.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        relay.communicate(timeout=15)
    assert relay.returncode == 0
    row = OutboxRow.objects.get(sequence=99)
    assert (row.state, row.attempts, row.leased_until) == ("queued", 0, None), "given back, not lost"
    assert drain().done == 1
    assert Path(tmp_path / "trace").read_text().count("\n") == 5
    assert [event.sequence for event in probe] == [99]
