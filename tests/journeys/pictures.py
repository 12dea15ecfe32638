"""Take the pictures in docs/pictures anew: `python -m tests.journeys.pictures`, or with the names of some.

Needs what the browser tests need, and nothing that runs: PostgreSQL is started for it, or DATABASE_URL is used.
Afterwards look at each of them, on the screen of a telephone too (`-phone`, 360 pixels wide).
"""

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["main"]

CAMERA = Path(__file__).with_name("camera.py")


def main(names: list[str]) -> int:
    """Let pytest run the camera, which wants its fixtures. Returns pytest's exit code."""
    environment = os.environ | {"MOTCUA_PICTURES": ",".join(names)}
    command = [sys.executable, "-m", "config.testing", "-q", "-s", str(CAMERA)]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
