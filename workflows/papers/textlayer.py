"""Read a PDF's text the way any reader would: codes shown on the page, through each font's ToUnicode map.

Used by the guard to prove that what stands on the page can be copied, searched and read aloud as it was meant,
every Vietnamese letter of it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pikepdf

__all__ = ["page_text", "squeezed"]

_RANGE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
_CHAR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
_DEPTH = 6


def squeezed(text: str) -> str:
    """Text without white space, in NFC: lines may break anywhere, letters may not change."""
    return "".join(unicodedata.normalize("NFC", text).split())


def page_text(page: pikepdf.Page) -> str:
    """The text of a page in drawing order, without spaces of its own; form XObjects included."""
    return _text(page, page.obj.get("/Resources", pikepdf.Dictionary()), {}, 0)


def _text(holder: Any, resources: Any, maps: dict[Any, dict[int, str]], depth: int) -> str:
    found: list[str] = []
    current: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(holder):
        operator = str(instruction.operator)
        operands: Any = instruction.operands
        if operator == "Tf":
            font = resources["/Font"][str(operands[0])]
            current = maps.setdefault(font.objgen, {}) or _fill(maps[font.objgen], font)
        elif operator in ("Tj", "'", '"'):
            found.append(_decode(bytes(operands[-1]), current))
        elif operator == "TJ":
            found += [
                _decode(bytes(part), current) for part in operands[0] if isinstance(part, pikepdf.String)
            ]
        elif operator == "Do" and depth < _DEPTH:
            drawn = resources["/XObject"][str(operands[0])]
            if drawn.get("/Subtype") == "/Form":
                found.append(_text(drawn, drawn.get("/Resources", resources), maps, depth + 1))
    return "".join(found)


def _decode(codes: bytes, mapping: dict[int, str]) -> str:
    pairs = (int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2))
    return "".join(mapping.get(code, "\ufffd") for code in pairs)


def _fill(mapping: dict[int, str], font: Any) -> dict[int, str]:
    if "/ToUnicode" not in font:
        return mapping
    data = font["/ToUnicode"].read_bytes()
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", data, re.DOTALL):
        for code, text in _CHAR.findall(block):
            mapping[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", data, re.DOTALL):
        for first, last, text in _RANGE.findall(block):
            start = int(text, 16)
            for offset in range(min(int(last, 16) - int(first, 16), 0xFFFF) + 1):
                mapping[int(first, 16) + offset] = chr(start + offset)
    return mapping
