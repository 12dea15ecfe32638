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
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
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
from config.proof import project_files
from config.terminal import listens, say, shown, step

__all__ = ["Demonstration", "main"]

PREPARED_FROM = {"config", "procedures", "workflows", "integrations", "onestop", "locale", "requirements"}
SIMULATORS = {"vnsw": "VNSW_URL", "asw": "ASW_URL"}


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
        self.environment = os.environ | {
            "BASE_URL": self.base_url,
            "DATA_DIR": str(self.data),
            "PYTHONUNBUFFERED": "1",
        }
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
                self.heard, base_url=self.base_url, logs=self.logs, accounts=self.accounts, staying=not leave
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
        wanted = [("the web server", "WEB_PORT", self.env.web_port, "8010")]
        for name, variable in SIMULATORS.items():
            port = urlsplit(getattr(self.env, variable.lower())).port or 80
            wanted.append((f"the simulator {name}", variable, port, f"http://127.0.0.1:{port + 100}"))
        for who, variable, port, other in wanted:
            with socket.socket() as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    trial.bind(("127.0.0.1", port))
                except PermissionError:
                    raise Problem(
                        f"{who} may not use port {port}", f"choose one above 1023: {variable}={other}"
                    ) from None
                except OSError:
                    raise Problem(
                        f"port {port} is busy, and {who} needs it",
                        f"stop what uses it, or choose another: {variable}={other} make demo",
                    ) from None

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
        python = sys.executable
        with step("jobs") as said:
            said(self._start_jobs())
        for name, variable in SIMULATORS.items():
            port = urlsplit(getattr(self.env, variable.lower())).port or 80
            with step(f"simulator {name}") as said:
                simulator = self._child(
                    f"simulator-{name}", python, "manage.py", "simulate", name, "--port", str(port)
                )
                simulator.wait_until(listens(port), seconds=30)
                said(f"http://127.0.0.1:{port}")
        with step("web") as said:
            options = [
                "--interface",
                "wsgi",
                "--host",
                "127.0.0.1",
                "--port",
                str(self.env.web_port),
                "--no-ws",
            ]
            options += ["--workers", "2", "--blocking-threads", "1", "--workers-kill-timeout", "10"]
            web = self._child("web", python, "-m", "granian", *options, "config.wsgi:application")
            web.wait_until(listens(self.env.web_port), seconds=60)
            said(self.base_url)

    def _start_jobs(self) -> str:
        redis = shutil.which("redis-server")
        if self.env.redis_url:
            how = "Celery over the Redis given by REDIS_URL"
        elif redis:
            folder = self.kept if len(str(self.kept)) < 80 else Path("/tmp")  # noqa: S108 - a socket's name is short
            address = folder / f"redis-{os.getpid()}.sock"
            options = ["--port", "0", "--unixsocket", str(address), "--unixsocketperm", "600", "--save", ""]
            broker = self._child("redis", redis, *options, "--appendonly", "no", "--dir", str(self.kept))
            broker.wait_until(address.exists, seconds=20)
            self.environment["REDIS_URL"] = f"redis+socket://{address}"
            how = "Celery over a Redis of our own"
        else:
            how = "drained in the relay's own process, as redis-server is not installed"
        if "REDIS_URL" in self.environment:
            options = [
                "-m",
                "celery",
                "-A",
                "config.celery",
                "worker",
                "--concurrency",
                "1",
                "--loglevel",
                "INFO",
            ]
            options += ["--without-gossip", "--without-mingle"]
            worker = self._child("worker", sys.executable, *options)
            worker.wait_until(lambda: "ready." in worker.said(), seconds=60)
        for name, command in (("relay", "relay"), ("delivery", "deliver")):
            loop = self._child(name, sys.executable, "manage.py", command)
            loop.wait_until(lambda loop=loop: bool(loop.said().strip()), seconds=30)  # type: ignore[misc]
        return how

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


def last_error(said: str) -> str:
    """What a failed command complained of, in one line: its last exception's message, or its last words."""
    errors = re.findall(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Refused)\w*: (.+)$", said, flags=re.MULTILINE)
    words = errors or said.strip().splitlines() or ["it said nothing"]
    return words[-1].strip().rstrip(".")


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
