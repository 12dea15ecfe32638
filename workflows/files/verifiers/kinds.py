"""The kinds of file that we take, and how to tell from its bytes which kind a file is.

An allow-list: what is not named here is refused. The name only promises a kind; the bytes decide.
"""

import struct
from pathlib import Path

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BY_EXTENSION = {"pdf": PDF, "jpg": JPEG, "jpeg": JPEG, "png": PNG, "docx": DOCX, "xlsx": XLSX}
EXTENSIONS = tuple(BY_EXTENSION)

FOREIGN_HEAD = (b"%pdf-", b"<!doctype", b"<html", b"<script", b"<svg", b"<?php", b"<body", b"<iframe")
"""Beginnings of other kinds, lower case, that a browser or a viewer finds although they are not at the beginning."""
FOREIGN_ANYWHERE = (b"%pdf-1.", b"<!doctype", b"<script", b"<?php ")
"""Those long enough never to occur by chance in the millions of compressed bytes of a photograph."""

MAX_DIRECTORY = 1024 * 1024
MAX_ENTRIES = 2000
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")


def media_type_of(*, path: Path) -> str | None:
    """The media type that the first bytes show; for a zip, the office document inside. None: not one of ours."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith((b"%PDF-1.", b"%PDF-2.")):
        return PDF
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"PK\x03\x04"):
        names = directory_bytes(path=path) or b""
        if b"word/document.xml" in names:
            return DOCX
        if b"xl/workbook.xml" in names:
            return XLSX
    return None


def directory_bytes(*, path: Path) -> bytes | None:
    """The central directory of a zip, if it ends the file exactly, without comment, and within our limits.

    Read by hand: the standard library reads a directory of any size into objects before anybody may look.
    """
    size = path.stat().st_size
    if size < _END_OF_DIRECTORY.size:
        return None
    with path.open("rb") as file:
        file.seek(size - _END_OF_DIRECTORY.size)
        fields = _END_OF_DIRECTORY.unpack(file.read())
        mark, disk, first_disk, here, entries, length, offset, comment = fields
        sound = (
            mark == b"PK\x05\x06" and disk == first_disk == comment == 0 and here == entries <= MAX_ENTRIES
        )
        if not sound or length > MAX_DIRECTORY or offset + length != size - _END_OF_DIRECTORY.size:
            return None
        file.seek(offset)
        return file.read(length)


def has_foreign_head(*, content: bytes) -> bool:
    """Whether the first 1024 bytes hold the beginning of a PDF or of a page that a browser would run."""
    lowered = content[:1024].lower()
    return any(mark in lowered for mark in FOREIGN_HEAD)


def has_foreign_part(*, content: bytes) -> bool:
    """Whether such a beginning is anywhere in the bytes."""
    lowered = content.lower()
    return has_foreign_head(content=content) or any(mark in lowered for mark in FOREIGN_ANYWHERE)
