"""A PDF: one file only, readable by everybody, that shows pages and does nothing else.

Refused are encryption, scripts, actions that start programs or send data, files inside the file, and XFA forms (their
text is not on the pages). Signed documents are never rewritten, so nothing is repaired here: it is accepted or refused.
The walk goes into direct objects too; a look at the indirect ones only misses a script written inside /OpenAction.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from .findings import Finding, gettext_noop, polyglot, too_complex, unreadable
from .kinds import has_foreign_head

MAX_OBJECTS = 200_000
MAX_PAGES = 3_000
MAX_DEPTH = 60
MAX_VALUES = 3_000_000

_SCRIPT_KEYS = {"/JS", "/JavaScript"}
_ACTIONS = {"/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/RichMediaExecute"}
_ATTACHMENT_KEYS = {"/EF", "/EmbeddedFiles", "/Collection", "/RichMediaContent"}


class _TooComplex(Exception):
    pass


def verify(*, path: Path) -> list[Finding]:
    """Every ground to refuse this PDF; empty when it may be accepted."""
    content = path.read_bytes()
    if b"%%EOF" not in content:
        return [unreadable()]
    if not _is_only_a_pdf(content) or zipfile.is_zipfile(path):
        return [polyglot()]
    try:
        with pikepdf.open(path) as pdf:
            if pdf.is_encrypted:
                return [_encrypted()]
            return _contents(pdf)
    except pikepdf.PasswordError:
        return [_encrypted()]
    except (_TooComplex, MemoryError):
        return [too_complex()]
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return [unreadable()]


def _is_only_a_pdf(content: bytes) -> bool:
    behind = content[content.rindex(b"%%EOF") + 5 :]
    before_objects = content[5:1024].split(b" obj", 1)[0]
    return not behind.strip(b"\0 \t\r\n") and not has_foreign_head(content=before_objects)


def _contents(pdf: pikepdf.Pdf) -> list[Finding]:
    if len(pdf.objects) > MAX_OBJECTS or len(pdf.pages) > MAX_PAGES:
        return [too_complex()]
    if not len(pdf.pages):
        return [unreadable()]
    found: set[str] = set()
    for dictionary in _dictionaries(pdf):
        found |= _judge(dictionary)
    findings = {"script": _script, "action": _action, "attachment": _attachment, "xfa": _xfa}
    return [make() for kind, make in findings.items() if kind in found]


def _judge(dictionary: Any) -> set[str]:
    keys = set(dictionary.keys())
    found: set[str] = set()
    action = str(dictionary.get("/S")) if "/S" in keys else ""
    if keys & _SCRIPT_KEYS or action == "/JavaScript":
        found.add("script")
    if action in _ACTIONS:
        found.add("action")
    subtype = {str(dictionary.get(key)) for key in ("/Type", "/Subtype") if key in keys}
    if keys & _ATTACHMENT_KEYS or subtype & {"/EmbeddedFile", "/FileAttachment", "/RichMedia"}:
        found.add("attachment")
    if "/XFA" in keys:
        found.add("xfa")
    return found


def _dictionaries(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every dictionary of the file: the trailer, the indirect objects, and what is written inside them."""
    seen = 0
    waiting: list[tuple[Any, int]] = [(pdf.trailer, 0)]
    waiting.extend((thing, 0) for thing in pdf.objects)
    while waiting:
        thing, depth = waiting.pop()
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_VALUES:
            raise _TooComplex
        if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
            yield thing
            inside: Iterator[Any] = (value for _, value in thing.items())
        elif isinstance(thing, pikepdf.Array):
            inside = iter(thing)
        else:
            continue
        waiting.extend((value, depth + 1) for value in inside if _is_direct_container(value))


def _is_direct_container(value: Any) -> bool:
    return isinstance(value, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream) and not value.is_indirect


def _encrypted() -> Finding:
    return Finding(
        code="file.pdf-encrypted",
        message=gettext_noop("This PDF is protected by a password or by restrictions."),
        remedy=gettext_noop(
            "Remove the protection, or print the document to a new PDF, and upload that file."
        ),
    )


def _script() -> Finding:
    return Finding(
        code="file.pdf-script",
        message=gettext_noop("This PDF contains a script (JavaScript)."),
        remedy=gettext_noop("Print the document to a new PDF and upload that file."),
    )


def _action() -> Finding:
    return Finding(
        code="file.pdf-action",
        message=gettext_noop("This PDF starts a program, sends data or opens another file."),
        remedy=gettext_noop("Print the document to a new PDF and upload that file."),
    )


def _attachment() -> Finding:
    return Finding(
        code="file.pdf-attachment",
        message=gettext_noop("This PDF has other files attached inside it."),
        remedy=gettext_noop("Upload each attached file by itself, and the PDF without attachments."),
    )


def _xfa() -> Finding:
    return Finding(
        code="file.pdf-xfa",
        message=gettext_noop("This PDF is an interactive form (XFA) whose text most programs do not show."),
        remedy=gettext_noop("Print the document to a new PDF and upload that file."),
    )
