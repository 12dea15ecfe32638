"""Run a bench that needs PostgreSQL: `python -m bench step`, `python -m bench inbox`, with the bench's arguments.

The server is that of DATABASE_URL (a database of our own beside the one it names, dropped afterwards), or a durable
one in a throw-away folder, owned by this process: fsync and synchronous commit stay on, for commits are what is timed.
"""

import os
import runpy
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.children import Problem
from config.database import with_database
from config.embedded import EmbeddedPostgres

DATABASE = "motcua_bench"
BENCHES = ("step", "scale", "inbox", "mass", "soak")


@contextmanager
def server() -> Iterator[str]:
    """The address of a server on which databases can be made, logged in as an owner of databases."""
    if given := os.environ.get("DATABASE_URL"):
        yield os.environ.get("DATABASE_OWNER_URL") or given
        return
    folder = Path(tempfile.mkdtemp(prefix="motcua-bench-"))
    own = EmbeddedPostgres(folder, log=folder / "server.log")
    own.start()
    try:
        yield own.owner_url
    finally:
        own.remove()


def main(arguments: list[str]) -> int:
    """Prepare server and settings, run the bench in this process. Returns its exit code, 4 without a database."""
    if not arguments or arguments[0] not in BENCHES:
        print(f"usage: python -m bench {{{','.join(BENCHES)}}} [arguments]", file=sys.stderr)
        return 2
    try:
        with server() as url, tempfile.TemporaryDirectory(prefix="motcua-bench-data-") as data:
            os.environ |= {
                "DATABASE_URL": with_database(url, name=DATABASE),
                "DATABASE_OWNER_URL": "",
                "DATA_DIR": data,
                "MODE": "development",
                "REDIS_URL": "",
                "DJANGO_SETTINGS_MODULE": "bench.settings",
            }
            import django

            django.setup()
            from bench import ground

            ground.drop(DATABASE)
            try:
                ground.prepare()
                found = runpy.run_module(f"bench.{arguments[0]}")
                return int(found["main"](*map(int, arguments[1:])))
            finally:
                ground.drop(DATABASE)
    except Problem as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
