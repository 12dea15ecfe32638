"""The checking process: `path media_type` in, one line READY and one line of JSON out.

READY parts our faults from the file's: before it a failure means that this machine cannot check (a library is missing),
after it the file broke or outgrew its reader. Started by `workflows.files.checking` with an empty environment.
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from . import verify
from .findings import too_complex

MEMORY = 1536 * 1024 * 1024
"""Address space in bytes: a picture of the largest size is held twice."""
SECONDS = 30
"""Of processor time; the parent's clock is a little longer."""


def confine() -> None:
    """Give up memory, time, the right to write files, and core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def say(line: str) -> None:
    """One line to the parent."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Check one file and say what was found."""
    from . import image, office, pdf  # noqa: F401  (a missing library must fail before READY)

    path, media_type = Path(sys.argv[-2]), sys.argv[-1]
    path.open("rb").close()
    confine()
    say("READY")
    try:
        findings = verify(path=path, media_type=media_type)
    except (MemoryError, RecursionError):
        findings = [too_complex()]
    say(json.dumps([asdict(finding) for finding in findings]))


if __name__ == "__main__":
    main()
