"""Rebuild what static/onestop/ cannot be written by hand: govuk.css and the fonts.

Run it only when GOV.UK Frontend or the font changes; its output is committed, so neither the product nor its
tests need npm. Usage: ``python onestop/static/src/build.py <folder that holds node_modules>`` (see ../README.md).
"""

import shutil
import subprocess
import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

SOURCE = Path(__file__).resolve().parent
OUTPUT = SOURCE.parent / "onestop"
FONT = "@fontsource/be-vietnam-pro"
DIGITS = range(0x30, 0x3A)


def compile_styles(modules: Path) -> None:
    """Sass to one compressed file; fails when a trace of a font we may not use is left in it."""
    result = subprocess.run(  # noqa: S603
        [
            str(modules / ".bin" / "sass"),
            "--no-source-map",
            "--style=compressed",
            f"--load-path={modules}",
            "--quiet-deps",
            str(SOURCE / "govuk.scss"),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if "GDS Transport" in result:
        raise SystemExit("GDS Transport must not appear in govuk.css")
    licence = "/*! GOV.UK Frontend 6.6.0, MIT licence, Crown Copyright (Government Digital Service). */\n"
    (OUTPUT / "govuk.css").write_text(licence + result.lstrip("\ufeff"), encoding="utf-8")


def copy_fonts(modules: Path) -> None:
    files = modules / FONT / "files"
    for script in ("latin", "vietnamese"):
        for weight in (400, 600):
            name = f"be-vietnam-pro-{script}-{weight}-normal.woff2"
            shutil.copyfile(files / name, OUTPUT / "fonts" / f"be-vietnam-pro-{script}-{weight}.woff2")
    shutil.copyfile(modules / FONT / "LICENSE", OUTPUT / "fonts" / "OFL.txt")


def digits_of_equal_width(modules: Path, *, weight: int) -> None:
    """A renamed derivative with the ten digits only, each centred in the widest digit's advance.

    Be Vietnam Pro's digits are proportional, so codes and columns of numbers would not line up.
    """
    font = TTFont(modules / FONT / "files" / f"be-vietnam-pro-latin-{weight}-normal.woff2")
    options = subset.Options()
    options.layout_features = []
    options.flavor = "woff2"
    options.hinting = False
    options.name_IDs = [1, 2, 4, 6]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=DIGITS)
    cutter.subset(font)

    names = [font.getBestCmap()[code] for code in DIGITS]
    metrics, outlines = font["hmtx"].metrics, font["glyf"]
    width = max(metrics[name][0] for name in names)
    glyphs = font.getGlyphSet()
    moved = {}
    for name in names:
        shift = (width - metrics[name][0]) / 2
        pen = TTGlyphPen(None)
        glyphs[name].draw(TransformPen(pen, (1, 0, 0, 1, round(shift), 0)))
        moved[name] = pen.glyph()
    for name, glyph in moved.items():
        outlines[name] = glyph
        glyph.recalcBounds(outlines)
        metrics[name] = (width, glyph.xMin)
    family = "Motcua Digits"
    style = {400: "Regular", 600: "SemiBold"}[weight]
    for record in font["name"].names:
        record.string = {1: family, 2: style, 4: f"{family} {style}", 6: f"MotcuaDigits-{style}"}[
            record.nameID
        ]
    font.save(OUTPUT / "fonts" / f"motcua-digits-{weight}.woff2")


def main() -> None:
    modules = Path(sys.argv[1]).resolve() / "node_modules"
    compile_styles(modules)
    copy_fonts(modules)
    for weight in (400, 600):
        digits_of_equal_width(modules, weight=weight)


if __name__ == "__main__":
    main()
