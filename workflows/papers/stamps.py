"""What a signature looks like on the page: blue handwriting, a round red seal, and the small print beside them.

Drawn as vectors, so they are sharp at any size; the small print is real text in the form's shared font, so that it
can be read aloud and copied. Handwriting and seal are made up by us and marked as specimens: a scribble that
follows from the person's name, a seal with the agency's name and the word MẪU. A ministry's own images come with
its real keys. Sizes and places: geometry.py.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import cos, pi, sin
from zoneinfo import ZoneInfo

from workflows.papers.formfields import stamp_codes
from workflows.papers.geometry import (
    COUNTERSIGN_SCALE,
    COUNTERSIGN_TEXT_LEFT,
    HANDWRITING,
    MM,
    PERSON_TEXT_LEFT,
    PRINT_HEIGHT,
    PRINT_SIZE,
    SEAL,
)
from workflows.papers.outlines import advance, glyph_path, line_width, text_path

__all__ = [
    "SMALL_PRINT",
    "CornerStamp",
    "CountersignerStamp",
    "EnterpriseStamp",
    "PersonStamp",
    "SealStamp",
    "Stamp",
    "moment_text",
]

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BLUE = "0.09 0.20 0.60"
RED = "0.79 0.07 0.13"
SMALL_PRINT = "F"
"""Name of the shared font in an appearance's resources."""
OPACITY = "GS"
"""Name of the graphics state that lets text show through the seal."""


def moment_text(at: datetime) -> str:
    """`22.11.2026 08:07:00 +07:00`: seconds and zone, as Decree 30/2020 asks of a signature's time. `at` is aware."""
    local = at.astimezone(HANOI)
    return local.strftime("%d.%m.%Y %H:%M:%S ") + local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:]


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """An appearance; `at` is the moment of signing, aware."""

    at: datetime

    def content(self, width: float, height: float) -> bytes:
        """Content stream for a field of `width` × `height` points. Uses font SMALL_PRINT and state OPACITY."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class PersonStamp(Stamp):
    """A person's signature: handwriting, with name and time at the foot."""

    name: str

    def content(self, width: float, height: float) -> bytes:
        picture = _handwriting(self.name)
        left, foot = PERSON_TEXT_LEFT * MM, PRINT_HEIGHT * MM
        base = foot + (height - foot) / 2 - 9 * MM
        lines = (f"Ký bởi: {self.name}", f"Thời gian ký: {moment_text(self.at)}")
        return (
            f"q 1 0 0 1 0 {base:.2f} cm {picture} Q\n"
            + _print(lines, x=left, top=foot, width=width - left, colour=BLUE)
        ).encode("ascii")


@dataclass(frozen=True, kw_only=True)
class CountersignerStamp(Stamp):
    """The signature of who answers for the content: small handwriting, with name and time beside it."""

    name: str

    def content(self, width: float, height: float) -> bytes:
        left, scale = COUNTERSIGN_TEXT_LEFT * MM, COUNTERSIGN_SCALE
        base = (height - 18 * MM * scale) / 2
        lines = (f"Ký bởi: {self.name}", f"Thời gian ký: {moment_text(self.at)}")
        return (
            f"q {scale} 0 0 {scale} 0 {base:.2f} cm {_handwriting(self.name)} Q\n"
            + _print(lines, x=left, top=height / 2 + PRINT_SIZE * 1.6, width=width - left, colour=BLUE)
        ).encode("ascii")


@dataclass(frozen=True, kw_only=True)
class SealStamp(Stamp):
    """An agency's seal: `name` in the middle, `parent` around it, agency and time at the foot."""

    name: str
    parent: str

    def content(self, width: float, height: float) -> bytes:
        foot = PRINT_HEIGHT * MM
        size = min(SEAL * MM, height - foot)
        scale = size / (SEAL * MM)
        picture = _seal(self.name, self.parent)
        agency = f"{self.name}, {self.parent}" if self.parent else self.name
        lines = (f"Cơ quan: {agency}", f"Thời gian ký: {moment_text(self.at)}")
        return (
            f"q /{OPACITY} gs {scale:.4f} 0 0 {scale:.4f} {size / 2:.2f} {foot + size / 2:.2f} cm {picture} Q\n"
            + _print(lines, x=0, top=foot, width=width, colour=RED)
        ).encode("ascii")


@dataclass(frozen=True, kw_only=True)
class CornerStamp(Stamp):
    """An agency's signature at the top right of an annex, with the number of the paper that it belongs to, or of a
    copy, without: agency and time, no picture."""

    name: str
    number: str = ""

    def content(self, width: float, height: float) -> bytes:
        lines = [*filter(None, [self.number]), self.name, moment_text(self.at)]
        return _print(lines, x=0, top=height, width=width, colour=RED, size=10).encode("ascii")


@dataclass(frozen=True, kw_only=True)
class EnterpriseStamp(Stamp):
    """An enterprise's signature: a framed box with name, tax code and time; no handwriting, no seal is claimed."""

    name: str
    tax_code: str

    def content(self, width: float, height: float) -> bytes:
        lines = (
            f"Ký bởi: {self.name}",
            f"Mã số doanh nghiệp: {self.tax_code}",
            f"Thời gian ký: {moment_text(self.at)}",
            "MẪU – chữ ký thử nghiệm",
        )
        inset = 4 * MM
        frame = f"q {BLUE} RG 0.8 w 1 1 {width - 2:.2f} {height - 2:.2f} re S Q\n"
        text = _print(lines, x=inset, top=height - inset, width=width - 2 * inset, colour=BLUE, size=9)
        return (frame + text).encode("ascii")


def _print(
    lines: Sequence[str], *, x: float, top: float, width: float, colour: str, size: float = PRINT_SIZE
) -> str:
    """Lines of text, broken at spaces where they are wider than `width`; the first line hangs from `top`."""
    out = [f"q BT {colour} rg /{SMALL_PRINT} {size} Tf {size * 1.22:.2f} TL 1 0 0 1 {x:.2f} {top:.2f} Tm"]
    for line in lines:
        for part in _wrap(line, width=width, size=size):
            out.append(f"T* <{_codes(part)}> Tj")
    return "\n".join([*out, "ET Q"])


def _codes(text: str) -> str:
    known = stamp_codes()
    return "".join(f"{known.get(letter, (0, 0))[0]:04x}" for letter in text)


def _wrap(line: str, *, width: float, size: float) -> list[str]:
    known = stamp_codes()

    def measure(text: str) -> float:
        return sum(known.get(letter, (0, 600))[1] for letter in text) * size / 1000

    rows, row = [], ""
    for word in line.split(" "):
        longer = f"{row} {word}" if row else word
        if row and measure(longer) > width:
            rows.append(row)
            row = word
        else:
            row = longer
    return [*rows, row]


@lru_cache(maxsize=512)
def _handwriting(name: str) -> str:
    """A scribble 45 mm wide and 18 mm high that depends on `name` alone, with the word MẪU beside it."""
    chance = random.Random(hashlib.sha256(name.encode()).digest())  # noqa: S311 - a drawing, no secret

    def near(value: float, spread: float) -> float:
        return value + chance.uniform(-spread, spread)

    def curve(*points: float) -> str:
        return " ".join(f"{value:.1f}" for value in points) + " c"

    width = HANDWRITING * MM
    x, y = 0.06 * width, near(20, 4)
    strokes = [f"{BLUE} RG 1.15 w 1 J 1 j", f"{x:.1f} {y:.1f} m"]
    for rise in (near(26, 5), near(17, 5)):  # the tall first letter
        strokes.append(curve(x + near(3, 2), y + rise, x + near(9, 2), y + rise, x + 8, y - 6))
        x += near(10, 1.5)
        y = near(17, 2)
        strokes.append(curve(x - 1, y - 10, x - 3, y + 4, x, y))
    count = min(9, max(4, len(name) // 3))
    step = (0.84 * width - x) / count
    for index in range(count):  # the smaller ones, flatter and flatter
        high = near(11, 3.5) * (1 - 0.5 * index / count)
        strokes.append(curve(x + step * 0.1, y + high, x + step * 0.75, y + high, x + step * 0.62, y - 3))
        x, y = x + step, near(18, 1.2)
        strokes.append(curve(x - step * 0.25, y - 6, x - step * 0.1, y - 2, x, y))
    strokes += [curve(x + 4, y + near(16, 3), x + 11, y + near(20, 2), 0.97 * width, y + near(15, 4)), "S"]
    low = near(9, 2)
    strokes += [f"0.8 w {0.12 * width:.1f} {low:.1f} m"]
    strokes += [
        curve(0.35 * width, low - 4, 0.7 * width, near(low + 6, 2), 0.98 * width, near(low + 8, 2)),
        "S",
    ]
    mark = text_path("MẪU", bold=True, size=6, x=0.86 * width, y=near(2, 1))
    return "\n".join([*strokes, f"0.45 0.53 0.80 rg\n{mark}\nf"])


@lru_cache(maxsize=256)
def _seal(name: str, parent: str) -> str:
    """A seal of 36 mm around the origin: two rings outside, one inside, words around and in the middle."""
    radius = SEAL * MM / 2
    rings = ((1.9, radius - 1), (0.6, radius - 3.4), (0.9, radius * 0.6))
    parts = [f"{RED} RG {RED} rg", *(f"{line} w {_circle(size)} S" for line, size in rings)]
    around = (parent or name).upper()
    ring = radius * 0.72
    parts.append(_arc(around, radius=ring, size=_fit(around, room=ring * pi * 1.08, largest=8.6), upper=True))
    parts.append(_arc("* BẢN MẪU *", radius=ring, size=6.8, upper=False))
    rows = _rows(name.upper(), most=4)
    inner = radius * 0.6
    size = min(inner * 1.5 / (len(rows) * 1.18), *(_fit(row, room=inner * 1.95, largest=8.6) for row in rows))
    top = (len(rows) - 1) * size * 0.59 - size * 0.33
    for index, row in enumerate(rows):
        left = -line_width(row, bold=True, size=size) / 2
        parts.append(text_path(row, bold=True, size=size, x=left, y=top - index * size * 1.18))
    return "\n".join([*parts, "f"])


def _fit(text: str, *, room: float, largest: float) -> float:
    return min(largest, room / max(line_width(text, bold=True, size=1) * 1.12, 0.01))


def _rows(text: str, *, most: int) -> list[str]:
    """The words on up to `most` rows of about one length."""
    words = text.split()
    wanted = min(most, max(1, round(len(text) / 9)))
    target = len(text) / wanted
    rows: list[str] = []
    row = ""
    for index, word in enumerate(words):
        longer = f"{row} {word}" if row else word
        if row and len(longer) > target + 2 and len(rows) < wanted - 1:
            rows.append(row)
            row = word
        else:
            row = longer
        if index == len(words) - 1:
            rows.append(row)
    return rows or [text]


def _circle(radius: float) -> str:
    r, b = f"{radius:.2f}", f"{radius * 0.5523:.2f}"
    quarters = (f"{r} {b} {b} {r} 0 {r}", f"-{b} {r} -{r} {b} -{r} 0", f"-{r} -{b} -{b} -{r} 0 -{r}")
    return f"{r} 0 m " + " c ".join(quarters) + f" c {b} -{r} {r} -{b} {r} 0 c h"


def _arc(text: str, *, radius: float, size: float, upper: bool) -> str:
    """Letters along a circle, centred at the top (read outwards) or at the bottom (read inwards)."""
    spacing = 1.12
    scale = size / 1000
    total = line_width(text, bold=True, size=size) * spacing
    at = -total / 2
    track = radius - size * 0.2 if upper else radius + size * 0.55
    parts = []
    for letter in text:
        own = advance(letter, bold=True) * scale
        angle = (at + own / 2) / radius
        turn = -angle if upper else angle
        x, y = (
            (sin(angle) * track, cos(angle) * track) if upper else (sin(angle) * track, -cos(angle) * track)
        )
        c, s = cos(turn) * scale, sin(turn) * scale
        parts.append(
            glyph_path(
                letter, bold=True, matrix=(c, s, -s, c, x - cos(turn) * own / 2, y - sin(turn) * own / 2)
            )
        )
        at += own * spacing
    return "\n".join(parts)
