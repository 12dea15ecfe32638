"""The last pass over a paper while it is still being written: watermark and signature fields.

A layout marks a box with `<input type="checkbox" name="Leader" title="…">`: WeasyPrint then gives its exact
rectangle and a `Form` tag for nothing (a text input would embed whole fonts). What WeasyPrint writes is not yet
right for signing, hence this pass over its objects, before the trailer is written:

- the check box becomes a `/Sig` field with an empty appearance (PDF/A wants one);
- `NeedAppearances` goes (PDF/A forbids it), a stamp font comes into `/DR` once for all signatures;
- a `Form` element's `/K [objr]` becomes `/K objr`: pyHanko's rule on allowed changes looks for the widget only
  there, and would call every second signature of ours a forbidden change.
"""

from __future__ import annotations

import zlib
from functools import cache
from io import BytesIO
from math import hypot
from typing import Any

from workflows.papers import fonts
from workflows.papers.outlines import line_width, text_path

__all__ = ["STAMP_FONT", "finish", "stamp_codes"]

STAMP_FONT = "MotcuaStamp"
"""Name of the stamp font in the form's default resources."""


@cache
def stamp_codes() -> dict[str, tuple[int, int]]:
    """Character → (glyph index, width in 1/1000 em) of the stamp font; the codes shown in a stamp are glyph indexes."""
    from fontTools.ttLib import TTFont

    font = TTFont(BytesIO(fonts.stamp_font()))
    metrics = font["hmtx"].metrics
    return {chr(code): (font.getGlyphID(name), metrics[name][0]) for code, name in font.getBestCmap().items()}


def finish(_document: Any, pdf: Any, *, watermark: str | None) -> None:
    """WeasyPrint's finisher. Raises nothing where a page has no box: the guard reports the missing field."""
    import pydyf  # type: ignore[import-untyped]

    _write_plainly(pdf)
    if watermark is not None:
        _add_watermark(watermark, pdf, pydyf)
    if "AcroForm" not in pdf.catalog:
        return
    widgets: list[Any] = [
        item for item in pdf.objects if isinstance(item, dict) and item.get("Subtype") == "/Widget"
    ]
    for widget in widgets:
        _signature_field(widget, pdf, pydyf)
    pdf.catalog["AcroForm"] = pydyf.Dictionary(
        {
            "Fields": pydyf.Array([widget.reference for widget in widgets]),
            "SigFlags": 3,  # signatures exist; append only
            "DR": pydyf.Dictionary({"Font": pydyf.Dictionary({STAMP_FONT: _add_font(pdf, pydyf)})}),
        }
    )
    for item in pdf.objects:
        if isinstance(item, dict) and item.get("S") == "/Form" and len(item["K"]) == 1:
            item["K"] = item["K"][0]


def _write_plainly(pdf: Any) -> None:
    """Objects one by one with a classic table, not packed into object streams (streams stay compressed).

    Every signature and every check walks these objects, and unpacking one from an object stream costs pyHanko a
    walk through the whole stream: signing takes 0.8 of the time and checking 0.6, for 18 KB more (measured).
    """
    write = pdf.write
    pdf.write = lambda output, version, identifier, _packed: write(output, version, identifier, False)


@cache
def _watermark(words: str, width: float, height: float) -> bytes:
    """Compressed page content: `words` as pale outlines along the page's diagonal, an artifact to screen readers."""
    length = hypot(width, height) * 0.52
    size = min(length * 100 / line_width(words, bold=True, size=100), height / 4)
    half = line_width(words, bold=True, size=size) / 2
    cos, sin = width / hypot(width, height), height / hypot(width, height)
    path = text_path(words, bold=True, size=size, x=-half, y=-size * 0.34)
    place = f"{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {width / 2:.2f} {height / 2:.2f} cm"
    return zlib.compress(f"/Artifact BMC q {place} 0.973 0.929 0.929 rg\n{path}\nf Q EMC".encode(), 9)


def _add_watermark(words: str, pdf: Any, pydyf: Any) -> None:
    streams: dict[tuple[float, float], Any] = {}
    for page in [item for item in pdf.objects if isinstance(item, dict) and item.get("Type") == "/Page"]:
        left, bottom, right, top = page["MediaBox"]
        size = (float(right - left), float(top - bottom))
        if size not in streams:
            stream = pydyf.Stream([_watermark(words, *size)], {"Filter": "/FlateDecode"})
            pdf.add_object(stream)
            streams[size] = stream.reference
        page["Contents"] = pydyf.Array([streams[size], page["Contents"]])


def _signature_field(widget: Any, pdf: Any, pydyf: Any) -> None:
    left, top, right, bottom = widget["Rect"]
    x = sorted((left, right))
    y = sorted((top, bottom))
    box = (x[0], y[0], x[1], y[1])
    old = int(widget["AP"]["N"]["on"].split()[0])
    pdf.objects[old] = empty = pydyf.Stream(
        [], {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array([0, 0, x[1] - x[0], y[1] - y[0]])}
    )
    empty.number = old
    for key in ("AS", "MK", "Border", "V", "DA", "Ff"):
        widget.pop(key, None)
    widget["FT"] = "/Sig"
    widget["F"] = 4 + 128  # print; locked in place
    widget["Rect"] = pydyf.Array(box)
    widget["AP"] = pydyf.Dictionary({"N": empty.reference})


@cache
def _font_parts() -> tuple[bytes, int, str, dict[str, Any], bytes]:
    """Compressed font file, its length, widths, descriptor numbers and compressed ToUnicode map."""
    from fontTools.ttLib import TTFont

    raw = fonts.stamp_font()
    font = TTFont(BytesIO(raw))
    order = font.getGlyphOrder()
    widths = " ".join(str(font["hmtx"].metrics[name][0]) for name in order)
    head, os2 = font["head"], font["OS/2"]
    numbers = {
        "FontBBox": [head.xMin, head.yMin, head.xMax, head.yMax],
        "Ascent": os2.sTypoAscender,
        "Descent": os2.sTypoDescender,
        "CapHeight": getattr(os2, "sCapHeight", 662) or 662,
    }
    codes = sorted((glyph, character) for character, (glyph, _width) in stamp_codes().items())
    lines = [f"<{glyph:04x}> <{character.encode('utf-16-be').hex()}>" for glyph, character in codes]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    mapping = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    to_unicode = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Motcua-Stamp def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{mapping}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    )
    return zlib.compress(raw, 9), len(raw), widths, numbers, zlib.compress(to_unicode.encode(), 9)


def _add_font(pdf: Any, pydyf: Any) -> Any:
    file, length, widths, numbers, to_unicode = _font_parts()
    name = "/MOTCUA+TinosStamp"

    def add(item: Any) -> Any:
        pdf.add_object(item)
        return item.reference

    descriptor = add(
        pydyf.Dictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": name,
                "Flags": 4,
                "FontBBox": pydyf.Array(numbers["FontBBox"]),
                "ItalicAngle": 0,
                "Ascent": numbers["Ascent"],
                "Descent": numbers["Descent"],
                "CapHeight": numbers["CapHeight"],
                "StemV": 80,
                "FontFile2": add(pydyf.Stream([file], {"Filter": "/FlateDecode", "Length1": length})),
            }
        )
    )
    descendant = add(
        pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/CIDFontType2",
                "BaseFont": name,
                "CIDSystemInfo": pydyf.Dictionary(
                    {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String("Identity"), "Supplement": 0}
                ),
                "CIDToGIDMap": "/Identity",
                "FontDescriptor": descriptor,
                "DW": 500,
                "W": f"[0 [{widths}]]",
            }
        )
    )
    return add(
        pydyf.Dictionary(
            {
                "Type": "/Font",
                "Subtype": "/Type0",
                "BaseFont": name,
                "Encoding": "/Identity-H",
                "DescendantFonts": pydyf.Array([descendant]),
                "ToUnicode": add(pydyf.Stream([to_unicode], {"Filter": "/FlateDecode"})),
            }
        )
    )
