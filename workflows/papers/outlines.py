"""Letters as outlines, for what is drawn rather than read: the watermark and the round seal.

Coordinates are in 1/1000 em of the stamp fonts, y upwards, as in the font.
"""

from __future__ import annotations

from functools import cache, lru_cache
from io import BytesIO
from typing import Any

from workflows.papers import fonts

__all__ = ["Matrix", "advance", "glyph_path", "line_width", "text_path"]

Matrix = tuple[float, float, float, float, float, float]
"""PDF's a b c d e f."""


@cache
def _face(bold: bool) -> tuple[Any, dict[int, str], dict[str, tuple[int, int]]]:
    from fontTools.ttLib import TTFont

    font = TTFont(BytesIO(fonts.stamp_font(bold=bold)))
    return font.getGlyphSet(), font.getBestCmap(), font["hmtx"].metrics


def _name(character: str, bold: bool) -> str:
    return _face(bold)[1].get(ord(character), ".notdef")


def advance(character: str, *, bold: bool) -> int:
    """Width of one character in 1/1000 em."""
    return _face(bold)[2][_name(character, bold)][0]


def line_width(text: str, *, bold: bool, size: float) -> float:
    """Width of a line in the unit of `size`."""
    return sum(advance(character, bold=bold) for character in text) * size / 1000


@lru_cache(maxsize=1024)
def _commands(character: str, bold: bool) -> tuple[tuple[str, tuple[tuple[float, float], ...]], ...]:
    from fontTools.pens.basePen import BasePen

    found: list[tuple[str, tuple[tuple[float, float], ...]]] = []

    class Pen(BasePen):  # type: ignore[misc]  # fontTools is untyped; BasePen turns TrueType's quadratic curves into cubic ones
        def _moveTo(self, pt: tuple[float, float]) -> None:
            found.append(("m", (pt,)))

        def _lineTo(self, pt: tuple[float, float]) -> None:
            found.append(("l", (pt,)))

        def _curveToOne(self, a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
            found.append(("c", (a, b, c)))

        def _closePath(self) -> None:
            found.append(("h", ()))

    glyphs = _face(bold)[0]
    glyphs[_name(character, bold)].draw(Pen(glyphs))
    return tuple(found)


def glyph_path(character: str, *, bold: bool, matrix: Matrix) -> str:
    """PDF path operators of one character under `matrix`, without the painting operator."""
    a, b, c, d, e, f = matrix
    parts = []
    for operator, points in _commands(character, bold):
        parts.append(
            " ".join([*(f"{a * x + c * y + e:.2f} {b * x + d * y + f:.2f}" for x, y in points), operator])
        )
    return "\n".join(parts)


def text_path(text: str, *, bold: bool, size: float, x: float, y: float) -> str:
    """PDF path operators of a line whose left end stands at (x, y)."""
    scale = size / 1000
    parts = []
    for character in text:
        parts.append(glyph_path(character, bold=bold, matrix=(scale, 0, 0, scale, x, y)))
        x += advance(character, bold=bold) * scale
    return "\n".join(parts)
