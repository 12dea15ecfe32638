"""The fonts of our papers: four Tinos faces for the page and two 1000-unit faces for signature appearances.

Nothing here reads a font of the system, so a paper looks the same wherever it is made, and the guard can hold
every embedded font against `ALLOWED`. Licence: OFL.txt in this folder. Rebuild: build.py.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

__all__ = ["ALLOWED", "FACES", "FOLDER", "stamp_font", "unsupported"]

FOLDER = Path(__file__).parent

FACES = {
    ("normal", "normal"): "Tinos-Regular.ttf",
    ("bold", "normal"): "Tinos-Bold.ttf",
    ("normal", "italic"): "Tinos-Italic.ttf",
    ("bold", "italic"): "Tinos-BoldItalic.ttf",
}
"""(CSS font-weight, CSS font-style) → file of that face."""

ALLOWED = frozenset({"Tinos", "Tinos-Bold", "Tinos-Italic", "Tinos-Bold-Italic", "TinosStamp"})
"""Names a font embedded in a paper may have, without the six-letter subset prefix."""


@cache
def _covered() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(FOLDER / "Tinos-Regular.ttf", lazy=True) as font:
        return frozenset(font.getBestCmap())


def unsupported(text: str) -> frozenset[str]:
    """Characters of `text` (as NFC) that our fonts cannot draw; white space never counts."""
    wanted = {character for character in unicodedata.normalize("NFC", text) if not character.isspace()}
    return frozenset(character for character in wanted if ord(character) not in _covered())


def stamp_font(*, bold: bool = False) -> bytes:
    """The TTF of a stamp face, 1000 units an em."""
    return (FOLDER / f"TinosStamp-{'Bold' if bold else 'Regular'}.ttf").read_bytes()
