"""What a person sees of the demonstration: one line a step, one line for what went wrong."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from config.proof import BASE_DIR

__all__ = ["last_error", "say", "shown", "step"]


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


def shown(path: Path) -> Path:
    """A path as short as a person at the project's folder needs it."""
    return path.relative_to(BASE_DIR) if path.is_relative_to(BASE_DIR) else path


def last_error(said: str) -> str:
    """What a failed command complained of, in one line: its last exception's message, or its last words."""
    errors = re.findall(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Refused)\w*: (.+)$", said, flags=re.MULTILINE)
    words = errors or said.strip().splitlines() or ["it said nothing"]
    return words[-1].strip().rstrip(".")
