"""Children, the embedded PostgreSQL and the supervisor leave nothing behind, however they end."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from config.children import Child, Problem
from config.embedded import EmbeddedPostgres, open_folder
from config.env import BASE_DIR


def running(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, *, seconds: float = 20) -> bool:
    """Whether a process ends within the time."""
    until = time.monotonic() + seconds
    while running(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "child.log"


def test_stopping_a_child_stops_what_it_started(log: Path) -> None:
    child = Child("parent", ["sh", "-c", "sleep 600 & echo $!; wait"], environment=dict(os.environ), log=log)
    child.wait_until(lambda: child.said().endswith("\n"), seconds=10)
    grandchild = int(child.said())
    assert running(grandchild)
    child.stop()
    assert gone(grandchild)


def test_a_child_that_ignores_the_request_is_killed(log: Path) -> None:
    child = Child(
        "stubborn", ["sh", "-c", "trap '' TERM; echo up; sleep 600"], environment=dict(os.environ), log=log
    )
    child.wait_until(lambda: "up" in child.said(), seconds=10)
    child.stop(patience=0.2)
    assert child.process.returncode == -signal.SIGKILL


def test_a_child_that_ends_at_once_is_a_problem_that_names_its_log(log: Path) -> None:
    child = Child("hasty", ["sh", "-c", "exit 7"], environment=dict(os.environ), log=log)
    with pytest.raises(
        Problem, match=r"hasty stopped at once \(exit code 7\)\. Read the end of .*child\.log\.$"
    ):
        child.wait_until(lambda: False, seconds=10)


START = """
import sys, time
from pathlib import Path
from config.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), log=Path(sys.argv[1]) / "server.log", durable=False)
server.start()
print(server.process.pid, server.owner_url, flush=True)
time.sleep(600)
"""


@pytest.mark.promise("demo.leaves-nothing-behind")
def test_the_server_dies_with_its_owner_and_starts_again_on_its_data() -> None:
    """SIGKILL gives no chance to clean up: the kernel does it."""
    folder = Path(tempfile.mkdtemp(prefix="motcua-test-pg-"))
    try:
        owner = subprocess.Popen(
            [sys.executable, "-c", START, str(folder)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
        )
        assert owner.stdout is not None
        pid, url = owner.stdout.readline().split()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (x int)")
        owner.kill()
        owner.wait()
        owner.stdout.close()
        assert gone(int(pid)), "the server outlived its owner"

        again = EmbeddedPostgres(folder, log=folder / "again.log", durable=False)
        again.start()
        try:
            with psycopg.connect(again.owner_url) as connection:
                assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
                superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
                assert connection.execute(superuser).fetchone() == (False,)
                for extension in ("unaccent", "pg_trgm", "btree_gist"):
                    connection.execute(f"CREATE EXTENSION {extension}")
                assert connection.execute("SELECT unaccent('Điều kiện')").fetchone() == ("Dieu kien",)
                assert connection.execute("SELECT lower('ẾẶỮỸĐ')").fetchone() == ("ếặữỹđ",)
                listening = connection.execute("SHOW listen_addresses").fetchone()
                assert listening == ("",), "no port is open"
        finally:
            again.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends PostgreSQL another account")
def test_a_private_parent_folder_is_left_private(tmp_path: Path) -> None:
    """The data goes elsewhere, and no folder of the user is opened to others."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    assert open_folder(private / "var" / "postgres", name="tests") == Path("/var/lib/motcua/tests")
    assert private.stat().st_mode & 0o777 == 0o700


def supervise(folder: Path, *, patience: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
    """`make demo ARGS=--exit` on ports of its own; most surroundings make it give up early."""
    surroundings = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(folder),
        "WEB_PORT": str(free_port()),
        "LANG": "C.UTF-8",
    }
    surroundings |= {
        "VNSW_URL": f"http://127.0.0.1:{free_port()}",
        "ASW_URL": f"http://127.0.0.1:{free_port()}",
    }
    return subprocess.run(
        [sys.executable, "-m", "config.supervisor", "--exit"],
        cwd=BASE_DIR,
        env=surroundings | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=patience,
    )


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def gives_up(found: subprocess.CompletedProcess[str], *, words: str) -> None:
    """One line with the cause and the remedy, no traceback, and a failing exit code."""
    assert found.returncode == 1, found.stdout
    assert found.stdout.count("✗") == 1, found.stdout
    assert words in found.stdout
    assert "Traceback" not in found.stdout + found.stderr


@pytest.mark.promise("commands.clear-errors")
@pytest.mark.parametrize("variable", ["WEB_PORT", "VNSW_URL", "ASW_URL"])
def test_a_busy_port_is_named_with_its_variable(tmp_path: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        value = str(port) if variable == "WEB_PORT" else f"http://127.0.0.1:{port}"
        found = supervise(tmp_path, **{variable: value})
    gives_up(found, words=f"port {port} is busy")
    assert f"{variable}=" in found.stdout


@pytest.mark.promise("commands.clear-errors")
def test_a_folder_that_cannot_be_written_is_named() -> None:
    gives_up(supervise(Path("/proc/nowhere")), words="DATA_DIR=")


@pytest.mark.promise("commands.clear-errors")
def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    found = supervise(tmp_path, DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/motcua")
    gives_up(found, words="PostgreSQL does not answer")


@pytest.mark.promise("commands.clear-errors")
def test_a_second_demonstration_is_refused(tmp_path: Path) -> None:
    hold = "import fcntl,sys,time; f=open(sys.argv[1],'a'); fcntl.flock(f,2); print('held',flush=True); time.sleep(600)"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / "demo.lock")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        gives_up(supervise(tmp_path), words="a demonstration already runs")
        forget = subprocess.run(
            [sys.executable, "config/forget.py"],
            cwd=BASE_DIR,
            env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (forget.returncode, "is running" in forget.stdout) == (1, True)
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


def test_forgetting_removes_the_demonstration_and_nothing_else(tmp_path: Path) -> None:
    for name in ("demo", "files", "keys", "mail", "log"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text(json.dumps(name))
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    subprocess.run(
        [sys.executable, "config/forget.py"], cwd=BASE_DIR, env=environment, capture_output=True, check=True
    )
    assert {path.name for path in tmp_path.iterdir()} == {"log", "demo.lock"}
