"""Pages of papers as small pictures, held against pictures that somebody has looked at.

`MOTCUA_DRAW=1 make test ARGS=tests/papers/test_pictures.py` draws the kept ones anew; look at each before it is
committed. That no letter is lost, the guard sees by itself: a picture is for what text does not tell, where it stands
and how large.
"""

import os
import subprocess
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

__all__ = ["FOLDER", "drawn", "faults", "hold"]

FOLDER = Path(__file__).parent / "pictures"
RESOLUTION = 60
"""Dots an inch: the smallest print is a grey line, and a letter that moved still changes it."""
SOFTENED = 0.7
"""Radius of a blur before comparing, in pixels: another version of poppler smooths letters otherwise."""
SHADE = 40
"""Of 255: a pixel that differs by less counts as the same."""
TOLERATED = 8
"""Pixels of a page that may differ by more: less than one letter that moved."""


def drawn(pdf: bytes) -> list[Image.Image]:
    """Every page in grey, as poppler draws it."""
    out = subprocess.run(
        ["pdftoppm", "-r", str(RESOLUTION), "-gray", "-"], input=pdf, capture_output=True, check=True
    ).stdout
    pages = []
    while out:  # PGM pictures, one after the other
        kind, width, height, _deepest = out.split(maxsplit=4)[:4]
        assert kind == b"P5"
        head = out.index(b"\n255\n") + 5
        end = head + int(width) * int(height)
        pages.append(Image.frombytes("L", (int(width), int(height)), out[head:end]))
        out = out[end:]
    assert pages, "poppler drew nothing"
    return pages


def faults(name: str, pages: list[Image.Image]) -> list[str]:
    """What differs from the kept pictures of that name, a sentence a page."""
    kept = [Image.open(file).convert("L") for file in _files(name)]
    if len(kept) != len(pages):
        return [f"{name}: {len(pages)} pages, {len(kept)} kept pictures"]
    return [
        f"{name}: page {number} differs in {count} pixels"
        for number, (page, known) in enumerate(zip(pages, kept, strict=True), start=1)
        if (count := _differing(page, known)) > TOLERATED
    ]


def hold(name: str, pdf: bytes) -> list[str]:
    """Compare, or draw anew when that was asked for."""
    pages = drawn(pdf)
    if os.environ.get("MOTCUA_DRAW"):
        for file in _files(name):
            file.unlink()
        for number, page in enumerate(pages, start=1):
            shades = page.quantize(16, dither=Image.Dither.NONE)
            out = BytesIO()
            shades.save(out, "PNG", optimize=True)
            (FOLDER / f"{name}-{number}.png").write_bytes(out.getvalue())
    return faults(name, pages)


def _files(name: str) -> list[Path]:
    return sorted(FOLDER.glob(f"{name}-[0-9].png"))


def _differing(page: Image.Image, known: Image.Image) -> int:
    if page.size != known.size:
        return page.width * page.height
    softened = (one.filter(ImageFilter.GaussianBlur(SOFTENED)) for one in (page, known))
    shades = ImageChops.difference(*softened).histogram()
    return sum(shades[SHADE:])
