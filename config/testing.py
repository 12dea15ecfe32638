"""Runs pytest with a PostgreSQL for it: DATABASE_URL, or a throw-away server which this process owns.

Usage: python -m config.testing [pytest's arguments]. Without arguments all tests run, on two processes, and their
outcomes are kept for `make prove`. Nothing is printed after pytest's own summary; the exit code is pytest's.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from config.children import Problem
from config.embedded import EmbeddedPostgres
from config.proof import RESULTS, tree_hash

__all__ = ["main"]

ALL = ["-n", os.environ.get("TEST_PROCESSES", "2"), "--dist", "loadscope", "--no-loadscope-reorder"]
"""In the order of the folders: by its own, xdist keeps modules of few tests for the end, and the browser's are long."""


def main(arguments: list[str]) -> int:
    """Run the tests. Returns pytest's exit code, or 4 when there is no database to run them on."""
    environment = dict(os.environ)
    server: EmbeddedPostgres | None = None
    if not arguments:
        RESULTS.unlink(missing_ok=True)
        environment |= {"MOTCUA_TEST_RESULTS": str(RESULTS), "MOTCUA_TEST_TREE": tree_hash()}
    try:
        if not environment.get("DATABASE_URL"):
            folder = Path(tempfile.mkdtemp(prefix="motcua-postgres-"))
            server = EmbeddedPostgres(folder, log=folder / "server.log", durable=False)
            server.start()
            environment |= {"DATABASE_URL": server.owner_url, "DATABASE_OWNER_URL": ""}
        tests = subprocess.Popen([sys.executable, "-m", "pytest", *(arguments or ALL)], env=environment)
        signal.signal(signal.SIGTERM, lambda *_: tests.terminate())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells pytest itself
        return tests.wait()
    except Problem as problem:
        print(f"tests: {problem}", file=sys.stderr)
        return 4
    finally:
        if server is not None:
            server.remove()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
