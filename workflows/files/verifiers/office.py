"""A Word or Excel document (.docx, .xlsx): a small, honest zip without macros, objects or remote parts."""

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from .findings import EICAR, Finding, gettext_noop, malware, polyglot, too_complex, unreadable
from .kinds import DOCX, XLSX, directory_bytes, has_foreign_head

MAX_UNPACKED = 200 * 1024 * 1024
"""In bytes, counted while unpacking; what the directory claims is not believed."""

_MAIN = {
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_ACTIVE = ("vbaproject", "activex", "oleobject", "macrosheets", "ctrlprops", "dialogsheets")
_CHUNK = 1024 * 1024


class _Bad(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def verify(*, path: Path, media_type: str) -> list[Finding]:
    """Every ground to refuse this document; empty when it may be accepted."""
    if directory_bytes(path=path) is None:
        return [too_complex()]
    with path.open("rb") as file:
        if has_foreign_head(content=file.read(1024)):
            return [polyglot()]
    try:
        with zipfile.ZipFile(path) as archive:
            return _entries(archive, media_type)
    except _Bad as bad:
        return [bad.finding]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        return [unreadable()]
    except (DefusedXmlException, ParseError):
        return [unreadable()]


def _entries(archive: zipfile.ZipFile, media_type: str) -> list[Finding]:
    entries = archive.infolist()
    if not entries or min(entry.header_offset for entry in entries) != 0:
        return [polyglot()]
    seen: set[str] = set()
    for entry in entries:
        folded = entry.filename.casefold()
        if not _is_honest(entry) or folded in seen:
            return [_dishonest()]
        if any(word in folded for word in _ACTIVE) or (folded.endswith(".bin") and "embeddings" in folded):
            return [_active()]
        seen.add(folded)
    unpacked = 0
    for entry in entries:
        unpacked += _read(archive, entry, media_type, unpacked)
    return []


def _is_honest(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename
    parts = PurePosixPath(name).parts
    mode = entry.external_attr >> 16
    return (
        not name.startswith("/")
        and ".." not in parts
        and not set(name) & set("\\:\0")
        and not stat.S_ISLNK(mode)
        and not entry.flag_bits & 0x1
        and entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, media_type: str, before: int) -> int:
    """Unpack one entry within the limit and look into it. Returns its real size in bytes."""
    keep = entry.filename == "[Content_Types].xml" or entry.filename.endswith(".rels")
    kept, tail, size = bytearray(), b"", 0
    with archive.open(entry) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if before + size > MAX_UNPACKED:
                raise _Bad(too_complex())
            if EICAR in tail + chunk:
                raise _Bad(malware(name="EICAR"))
            if entry.filename.endswith(".xml") and b"<!DOCTYPE" in tail + chunk:
                raise _Bad(_active())
            tail = chunk[-len(EICAR) :]
            if keep:
                kept += chunk
    if entry.filename == "[Content_Types].xml":
        _judge_types(bytes(kept), media_type)
    elif keep:
        _judge_relations(bytes(kept))
    return size


def _judge_types(content: bytes, media_type: str) -> None:
    declared = {element.get("ContentType") or "" for element in fromstring(content, forbid_dtd=True)}
    if any("macroEnabled" in kind or "vbaProject" in kind for kind in declared):
        raise _Bad(_active())
    if _MAIN[media_type] not in declared:
        raise _Bad(unreadable())


def _judge_relations(content: bytes) -> None:
    for element in fromstring(content, forbid_dtd=True):
        kind = (element.get("Type") or "").rsplit("/", 1)[-1]
        if element.get("TargetMode") == "External" and kind != "hyperlink":
            raise _Bad(_active())


def _dishonest() -> Finding:
    return Finding(
        code="file.zip-names",
        message=gettext_noop("This document is packed in a way that no office program does."),
        remedy=gettext_noop("Open the document, save or export it as PDF, and upload that file."),
    )


def _active() -> Finding:
    return Finding(
        code="file.office-active",
        message=gettext_noop(
            "This document contains macros, embedded objects or parts loaded from elsewhere."
        ),
        remedy=gettext_noop("Open the document, save or export it as PDF, and upload that file."),
    )
