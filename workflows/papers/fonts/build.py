"""Rebuild the fonts of our papers from the Debian package `fonts-croscore` (Tinos, same metrics as Times New Roman).

Why Tinos: the Liberation Serif of Debian 12 lacks 93 of 107 Vietnamese letters, and a renderer then falls back
*silently*, glyph by glyph. Why pre-subset: a font of twenty thousand glyphs is read again for every paper.
Why a stamp font with 1000 units an em: signature appearances are written by us, in PDF's own text space of
1/1000 em, so widths are the font's numbers unscaled.

Run `python -m workflows.papers.fonts.build [folder of the source TTFs]`; the result is committed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

HERE = Path(__file__).parent
SOURCE = Path("/usr/share/fonts/truetype/croscore")
STYLES = ("Regular", "Bold", "Italic", "BoldItalic")

# Latin with every Vietnamese letter (precomposed and combining), Greek and signs that device names and laws use.
RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x017F),
    (0x01A0, 0x01A1),
    (0x01AF, 0x01B0),
    (0x0300, 0x0304),
    (0x0306, 0x0309),
    (0x0323, 0x0323),
    (0x0391, 0x03A1),
    (0x03A3, 0x03A9),
    (0x03B1, 0x03C9),
    (0x1EA0, 0x1EF9),
    (0x2010, 0x2015),
    (0x2018, 0x201F),
    (0x2020, 0x2022),
    (0x2026, 0x2026),
    (0x2030, 0x2030),
    (0x2032, 0x2033),
    (0x2070, 0x209C),
    (0x20AB, 0x20AC),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2126, 0x2126),
    (0x2190, 0x2195),
    (0x2212, 0x2212),
    (0x221E, 0x221E),
    (0x2248, 0x2248),
    (0x2260, 0x2260),
    (0x2264, 0x2265),
    (0x25A0, 0x25A1),
    (0x25CF, 0x25CF),
)
# A signature's small print: what a name, an agency and a time are written with.
STAMP_RANGES = ((0x0020, 0x007E), (0x00C0, 0x00FF), (0x0102, 0x0103), (0x0110, 0x0111), (0x0128, 0x0129),
                (0x0168, 0x0169), (0x01A0, 0x01A1), (0x01AF, 0x01B0), (0x1EA0, 0x1EF9), (0x2013, 0x2014))  # fmt: skip


def _codepoints(ranges: tuple[tuple[int, int], ...]) -> list[int]:
    return [code for first, last in ranges for code in range(first, last + 1)]


def _subset(font: TTFont, ranges: tuple[tuple[int, int], ...], *, features: list[str]) -> None:
    options = subset.Options()
    options.hinting = False
    options.layout_features = features
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]  # copyright and licence travel with the font
    options.notdef_outline = True
    options.recalc_timestamp = False
    subsetter = subset.Subsetter(options=options)
    subsetter.populate(unicodes=_codepoints(ranges))
    subsetter.subset(font)


def main(source: Path) -> None:
    for style in STYLES:
        font = TTFont(source / f"Tinos-{style}.ttf", recalcTimestamp=False)
        _subset(font, RANGES, features=["kern", "mark", "mkmk", "ccmp", "locl"])
        font.save(HERE / f"Tinos-{style}.ttf")
    for style in ("Regular", "Bold"):
        font = TTFont(source / f"Tinos-{style}.ttf", recalcTimestamp=False)
        _subset(font, STAMP_RANGES, features=[])
        scale_upem(font, 1000)
        font.save(HERE / f"TinosStamp-{style}.ttf")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE)
