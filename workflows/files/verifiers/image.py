"""A picture: complete, of a size that a screen and a memory can hold, and nothing but a picture."""

import warnings
import zipfile
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from .findings import Finding, gettext_noop, polyglot, unreadable
from .kinds import JPEG, PNG, has_foreign_part

MAX_PIXELS = 120_000_000
"""An A3 page at 600 dots an inch has 70 million."""

_FORMATS = {JPEG: "JPEG", PNG: "PNG"}


def verify(*, path: Path, media_type: str) -> list[Finding]:
    """Every ground to refuse this picture; empty when it may be accepted.

    Cameras append a second picture or their own notes to a JPEG; that is accepted, as long as no other reader takes
    the file for a page, a PDF or an archive. A PNG ends at its end mark.
    """
    content = path.read_bytes()
    if has_foreign_part(content=content) or zipfile.is_zipfile(path):
        return [polyglot()]
    if media_type == PNG and not _ends_at_end_mark(content):
        return [polyglot()]
    Image.MAX_IMAGE_PIXELS = None
    formats = [_FORMATS[media_type]]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=formats) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    return [_too_many_pixels(width=width, height=height)]
                picture.verify()
            with Image.open(path, formats=formats) as picture:
                picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return [unreadable()]
    return []


def _ends_at_end_mark(content: bytes) -> bool:
    position = 8
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        kind = content[position + 4 : position + 8]
        position += length + 12
        if kind == b"IEND":
            return not content[position:].strip(b"\0 \t\r\n")
    return True  # cut short: the decoder says so


def _too_many_pixels(*, width: int, height: int) -> Finding:
    return Finding(
        code="file.too-many-pixels",
        message=gettext_noop("This picture has %(width)s × %(height)s pixels, more than can be checked."),
        remedy=gettext_noop("Save it smaller, or scan it at 300 dpi, and upload the new file."),
        params={"width": width, "height": height},
    )
