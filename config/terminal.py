"""What a person sees of the demonstration: one line a step."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config.proof import BASE_DIR

__all__ = ["listens", "say", "shown", "step"]


def say(sign: str, name: str, text: str = "", seconds: float | None = None) -> None:
    """One line of a step."""
    took = "" if seconds is None else f"{seconds:6.1f} s"
    print(f"{sign} {name:16} {text:60} {took}".rstrip(), flush=True)


@contextlib.contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Time a step and print its line; the block may say what came out of it."""
    began = time.monotonic()
    words: list[str] = []
    yield words.append
    say("✓", name, " ".join(words), time.monotonic() - began)


def listens(port: int) -> Callable[[], bool]:
    """A check that somebody accepts connections on the port."""

    def check() -> bool:
        with socket.socket() as trial:
            trial.settimeout(1)
            return trial.connect_ex(("127.0.0.1", port)) == 0

    return check


def shown(path: Path) -> Path:
    """A path as short as a person at the project's folder needs it."""
    return path.relative_to(BASE_DIR) if path.is_relative_to(BASE_DIR) else path
