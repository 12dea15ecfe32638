"""Code maps of a partner, dated: a value is the one in force on the day of the document, never simply the newest.

A partner's folder holds them as `codes.yaml`. What was not read in a partner's published document is marked
`illustrative: true` there, and replaced by an edit of that file, not of the program.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from integrations.envelope import Unmappable

__all__ = ["Codes", "load"]


@dataclass(frozen=True, slots=True)
class Codes:
    """The code maps of one partner."""

    illustrative: bool
    maps: Mapping[str, tuple[tuple[date, Mapping[str, Any]], ...]]
    """Name → versions, newest first, each with the day from which it holds."""

    def table(self, name: str, *, on: date) -> Mapping[str, Any]:
        """The map of that name in force on a day. Raises Unmappable when none is."""
        for effective, values in self.maps.get(name, ()):
            if effective <= on:
                return values
        raise Unmappable(f"no code map {name} in force on {on.isoformat()}")

    def value(self, name: str, key: str, *, on: date, default: str | None = None) -> str:
        """The partner's code. Raises Unmappable where there is neither a code nor a default."""
        found = self.table(name, on=on).get(_plain(key), default)
        if found is None:
            raise Unmappable(f"{name}: no code for {key!r}")
        return str(found)


@cache
def load(path: Path) -> Codes:
    """Read a `codes.yaml`. Raises ValueError for a wrong shape."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    maps: dict[str, tuple[tuple[date, Mapping[str, Any]], ...]] = {}
    for name, versions in data["maps"].items():
        dated = [(entry["effective"], {_plain(str(key)): value for key, value in entry["values"].items()})
                 for entry in versions]  # fmt: skip
        if not dated or not all(isinstance(effective, date) for effective, _ in dated):
            raise ValueError(f"{path.name}: {name} needs versions with dates")
        maps[name] = tuple(sorted(dated, key=lambda version: version[0], reverse=True))
    return Codes(illustrative=bool(data.get("illustrative")), maps=maps)


def _plain(key: str) -> str:
    return unicodedata.normalize("NFC", key).strip().casefold()
