"""`make demo`: one process that owns everything the demonstration needs, plays the scenario and cleans up.

It starts PostgreSQL (unless DATABASE_URL names one), migrates, seeds, and starts the web server, the relay, a worker
with a Redis of its own where redis-server is installed, and the single windows' simulators. Then the player, which
knows only the address and the accounts, plays the scenario as people would. Every child ends with this process, also
when it is killed. A person sees one line a step, and for what goes wrong one line with its remedy; everything else is
in the logs.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

os.environ["MODE"] = "demo"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import psycopg

from config import play
from config.children import Child, Problem
from config.database import with_database
from config.embedded import EmbeddedPostgres, open_folder
from config.env import BASE_DIR, Env, read_environment
from config.ports import listens, require_free
from config.proof import project_files
from config.terminal import say, shown, step

__all__ = ["Demonstration", "main"]

PREPARED_FROM = {"config", "procedures", "workflows", "integrations", "onestop", "locale", "requirements"}
SIMULATORS = {"vnsw": "VNSW_URL", "asw": "ASW_URL"}
WORKER = ["--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


class Stopped(BaseException):
    """Somebody asked us to stop."""


class Demonstration:
    """The processes of one demonstration, and what they were told."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.base_url = f"http://127.0.0.1:{env.web_port}"
        self.data = env.data
        self.logs = env.data / "log"
        self.kept = env.data / "demo"
        self.accounts = self.kept / "accounts.json"
        self.children: list[Child] = []
        self.postgres: EmbeddedPostgres | None = None
        # Nobody who looks at a demonstration waits a day for the first archive time stamp.
        self.environment = (
            {"ARCHIVE_AFTER": "0"}
            | os.environ
            | {
                "BASE_URL": self.base_url,
                "DATA_DIR": str(self.data),
                "PYTHONUNBUFFERED": "1",
            }
        )
        self.heard = play.Heard()

    def run(self, *, leave: bool) -> int:
        """Start everything and play. Returns the exit code; with `leave` everything is stopped after the play."""
        self._prepare_folders()
        with self._only_one(), contextlib.ExitStack() as stack:
            stack.callback(self.stop)
            self._check_ports()
            with step("database") as said:
                said(self._start_database())
            self._prepare()
            self._start_processes()
            failed = self._play()
            play.tell(
                self.heard,
                base_url=self.base_url,
                simulators={"Customs": self.env.vnsw_url, "ASEAN": self.env.asw_url},
                mail=self.env.mail,
                logs=self.logs,
                accounts=self.accounts,
                staying=not leave,
            )
            if not leave:
                self._watch()
            return 1 if failed else 0

    def stop(self) -> None:
        """Stop the children in the opposite order of their start, then the database."""
        for child in reversed(self.children):
            child.stop()
        self.children.clear()
        if self.postgres is not None:
            self.postgres.stop()
            self.postgres = None

    # -- before ------------------------------------------------------------------------------------------------------

    def _prepare_folders(self) -> None:
        try:
            for folder in (self.data, self.logs, self.kept):
                folder.mkdir(parents=True, exist_ok=True)
            secret = self.kept / "secret_key"
            if not secret.exists():
                secret.touch(mode=0o600)
                secret.write_text(secrets.token_urlsafe(64))
            self.environment.setdefault("SECRET_KEY", secret.read_text())
        except OSError as error:
            raise Problem(
                f"{error.filename} cannot be written ({error.strerror})",
                "choose a folder of your own: DATA_DIR=/path/to/folder make demo",
            ) from None

    @contextlib.contextmanager
    def _only_one(self) -> Iterator[None]:
        with (self.data / "demo.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise Problem(
                    f"a demonstration already runs on {self.data} (process {lock.read().strip() or 'unknown'})",
                    "stop it with Ctrl-C in its terminal, or give this one another DATA_DIR",
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _check_ports(self) -> None:
        require_free("the web server", self.env.web_port, variable="WEB_PORT", other="8010")
        for name, variable in SIMULATORS.items():
            port = self._port(variable)
            require_free(
                f"the simulator {name}", port, variable=variable, other=f"http://127.0.0.1:{port + 100}"
            )

    def _port(self, variable: str) -> int:
        return urlsplit(getattr(self.env, variable.lower())).port or 80

    def _start_database(self) -> str:
        if given := os.environ.get("DATABASE_URL"):
            server = os.environ.get("DATABASE_OWNER_URL") or given
            try:
                psycopg.connect(with_database(server, name="postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                reason = str(error).strip().splitlines()[0]
                raise Problem(
                    f"DATABASE_URL: PostgreSQL does not answer ({reason})", "start it, or unset it"
                ) from None
            return f"the server given by DATABASE_URL ({urlsplit(given).hostname or 'by a socket'})"
        name = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        folder = open_folder(self.data / "postgres", name=name)
        self.postgres = EmbeddedPostgres(folder, log=self.logs / "postgres.log")
        self.postgres.start()
        self.environment |= {
            "DATABASE_URL": self.postgres.application_url,
            "DATABASE_OWNER_URL": self.postgres.owner_url,
        }
        return f"embedded PostgreSQL, data in {shown(folder)}"

    def _prepare(self) -> None:
        """Migrate, seed, collect static files; skipped when code and embedded database are those of last time."""
        mark = self.kept / "prepared"
        now = self._fingerprint()
        if self.postgres is not None and mark.exists() and mark.read_text() == now:
            say("✓", "prepared", "as last time: migrations, seed and static files")
            return
        mark.unlink(missing_ok=True)
        self._manage("migrate", "migrate", "--no-input", "--verbosity", "0")
        self._manage("seed", "seed")
        self._manage("static files", "collectstatic", "--no-input", "--clear", "--verbosity", "0")
        mark.write_text(now)

    def _fingerprint(self) -> str:
        whole = hashlib.sha256()
        for name in project_files():
            if name.parts[0] in {
                "config",
                "procedures",
                "workflows",
                "integrations",
                "onestop",
                "locale",
                "requirements",
            }:
                whole.update(f"{name}\0".encode() + (BASE_DIR / name).read_bytes())
        if self.postgres is not None:
            whole.update(str((self.postgres.data / "PG_VERSION").stat().st_mtime_ns).encode())
        return whole.hexdigest()

    def _manage(self, name: str, *command: str) -> None:
        with step(name):
            child = self._child(name.replace(" ", "-"), sys.executable, "manage.py", *command)
            try:
                child.process.wait(600)
            except subprocess.TimeoutExpired:
                raise Problem(
                    f"manage.py {command[0]} took more than 10 minutes", f"read {shown(child.log)}"
                ) from None
            finally:
                child.stop()
                self.children.remove(child)
            if child.process.returncode:
                last = (child.said().strip().splitlines() or ["it said nothing"])[-1].removeprefix(
                    "CommandError: "
                )
                raise Problem(f"manage.py {command[0]} failed: {last}", f"read the end of {shown(child.log)}")

    # -- the processes -------------------------------------------------------------------------------------------------

    def _child(self, name: str, *command: str | Path) -> Child:
        child = Child(name, command, environment=self.environment, log=self.logs / f"{name}.log")
        self.children.append(child)
        return child

    def _start_processes(self) -> None:
        """Start all processes at once, then wait for each to be ready."""
        with step("broker") as said:
            said(self._start_broker())
        waiting: list[tuple[Child, Callable[[Child], bool], str]] = []
        for name, variable in SIMULATORS.items():
            port = self._port(variable)
            child = self._run(f"simulator-{name}", "manage.py", "simulate", name, "--port", str(port))
            waiting.append((child, listens(port), f"http://127.0.0.1:{port}"))
        options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.env.web_port), "--no-ws"]
        options += ["--workers", "2", "--blocking-threads", "1", "--workers-kill-timeout", "10"]
        web = self._run("web", "-m", "granian", *options, "config.wsgi:application")
        waiting.append((web, listens(self.env.web_port), self.base_url))
        for name, command, what in (
            ("relay", "relay", "takes what the acts have left to do out of the outbox"),
            ("delivery", "deliver", "sends messages to partners, fetches answers"),
        ):
            loop = self._run(name, "manage.py", command)
            waiting.append((loop, lambda child: bool(child.said().strip()), what))
        if "REDIS_URL" in self.environment:
            worker = self._run("worker", "-m", "celery", "-A", "config.celery", "worker", *WORKER)
            waiting.append((worker, lambda child: "ready." in child.said(), "makes papers and notices"))
        for child, ready, what in waiting:
            with step(child.name) as said:
                child.wait_until(partial(ready, child), seconds=120)
                said(what)

    def _run(self, name: str, *arguments: str) -> Child:
        return self._child(name, sys.executable, *arguments)

    def _start_broker(self) -> str:
        if self.env.redis_url:
            return "Celery over the Redis given by REDIS_URL"
        redis = shutil.which("redis-server")
        if redis is None:
            return "none, as redis-server is not installed: jobs run in the relay"
        folder = (
            self.kept if len(str(self.kept)) < 80 else Path(tempfile.gettempdir())
        )  # a socket's name is short
        address = folder / f"redis-{os.getpid()}.sock"
        options = ["--port", "0", "--unixsocket", str(address), "--unixsocketperm", "600", "--save", ""]
        broker = self._child("redis", redis, *options, "--appendonly", "no", "--dir", str(self.kept))
        broker.wait_until(address.exists, seconds=30)
        self.environment["REDIS_URL"] = f"redis+socket://{address}"
        return "Celery over a Redis of our own"

    def _play(self) -> bool:
        """Play the scenario over HTTP. Returns whether something failed."""
        print(flush=True)
        player = play.start(
            self.base_url, accounts=self.accounts, output=self.kept, log=self.logs / "player.log"
        )
        self.children.append(player)
        self.heard = play.listen(player)
        self.children.remove(player)
        return self.heard.failed

    def _watch(self) -> None:
        """Wait for a signal. Raises Problem when a process ends by itself."""
        while True:
            time.sleep(0.5)
            for child in self.children:
                if child.ended is not None:
                    raise Problem(
                        f"{child.name} stopped by itself (exit code {child.ended})",
                        f"read {shown(child.log)}",
                    )


def main(arguments: list[str]) -> int:
    """Run the demonstration. Returns 0 when every step succeeded."""
    parser = argparse.ArgumentParser(prog="make demo", description="Start Motcua and play the scenario.")
    parser.add_argument("--exit", action="store_true", help="stop everything after the play")
    asked = parser.parse_args(arguments)

    def leave(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Stopped

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    env = read_environment()
    demonstration = Demonstration(env)
    try:
        return demonstration.run(leave=asked.exit)
    except Stopped:
        return 0 if demonstration.heard.verdict and not asked.exit else 130
    except Problem as problem:
        say("✗", "stopped", str(problem))
        return 1
    except Exception:
        log = env.data / "log" / "supervisor.log"
        with contextlib.suppress(OSError):
            log.write_text(traceback.format_exc())
        say("✗", "stopped", f"A mistake of ours. Please send us {shown(log)}.")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
