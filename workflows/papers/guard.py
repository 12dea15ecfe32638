"""Hold a rendered paper against the rules before anybody may sign it.

These are **our own** checks of the PDF/A-3 rules that a renderer can break, of our fonts, and of the text. They are
not a certifying validator: none (veraPDF, a commercial one) could be had where this was written, so conformance
is checked here, not certified. Whoever has one should run it over a few papers and tell us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf

from workflows.papers import fonts
from workflows.papers.textlayer import page_text, squeezed

__all__ = ["Finding", "check"]

_FORBIDDEN_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition",
     "/Trans", "/GoTo3DView", "/SubmitForm", "/GoToR", "/GoToE"}
)  # fmt: skip
_PRINT, _BAD_FLAGS = 4, 1 | 2 | 32  # invisible, hidden, no view
_XMP_PDFA = "http://www.aiim.org/pdfa/ns/id/"


def gettext_noop(message: str) -> str:
    return message


@dataclass(frozen=True)
class Finding:
    """One rule that the file breaks."""

    code: str
    """Stable name of the rule, such as `font.foreign`."""
    message: str
    """English sentence, a message id for translation."""
    detail: str = ""
    """What was found: a font's name, an object, the text that is missing."""


def check(
    pdf: bytes,
    *,
    attachment_sha256: str,
    expected_text: Sequence[str] = (),
    fields: Sequence[str] = (),
    pages: int | None = None,
) -> list[Finding]:
    """Every rule `pdf` breaks; an empty list means it may be signed.

    `attachment_sha256` is the hash of the canonical facts; `expected_text` must be readable in the pages, white
    space aside; `fields` are the signature fields that must be there, no other; `pages` is the exact number, if known.
    """
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            return list(_findings(pdf, document, attachment_sha256, expected_text, fields, pages))
    except pikepdf.PdfError as error:
        return [Finding("file.unreadable", gettext_noop("The file is not a readable PDF."), str(error))]


def _findings(
    raw: bytes,
    document: pikepdf.Pdf,
    attachment_sha256: str,
    expected_text: Sequence[str],
    fields: Sequence[str],
    pages: int | None,
) -> Iterator[Finding]:
    yield from _file(raw, document)
    yield from _metadata(document)
    yield from _objects(document)
    yield from _fonts(document)
    yield from _attachment(document, attachment_sha256)
    yield from _fields(document, fields)
    if pages is not None and len(document.pages) != pages:
        yield Finding(
            "pages.number",
            gettext_noop("The number of pages is not the expected one."),
            str(len(document.pages)),
        )
    text = squeezed("".join(page_text(page) for page in document.pages))
    if "\ufffd" in text:
        yield Finding(
            "text.unmapped", gettext_noop("Some letters have no Unicode value; they could not be copied.")
        )
    read = text.casefold()  # a head of a paper is set in capitals
    for wanted in expected_text:
        if squeezed(wanted).casefold() not in read:
            yield Finding("text.missing", gettext_noop("A text cannot be read back from the pages."), wanted)


def _file(raw: bytes, document: pikepdf.Pdf) -> Iterator[Finding]:
    if not raw.startswith(b"%PDF-1.") or not all(byte > 127 for byte in raw.split(b"\n", 2)[1][1:5]):
        yield Finding("file.header", gettext_noop("The header is not that of a PDF/A file."))
    if not raw.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield Finding("file.end", gettext_noop("Bytes follow the end of the file."))
    if document.is_encrypted:
        yield Finding("file.encrypted", gettext_noop("The file is encrypted."))
    if "/ID" not in document.trailer:
        yield Finding("file.identifier", gettext_noop("The file has no identifier."))


def _metadata(document: pikepdf.Pdf) -> Iterator[Finding]:
    root = document.Root
    if "/Metadata" not in root:
        yield Finding("metadata.missing", gettext_noop("The file has no XMP metadata."))
        return
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        part, level = xmp.get(f"{{{_XMP_PDFA}}}part"), xmp.get(f"{{{_XMP_PDFA}}}conformance")
        if (part, level) != ("3", "A"):
            yield Finding(
                "metadata.level", gettext_noop("The file does not declare PDF/A-3a."), f"{part}{level}"
            )
        if not xmp.get("dc:title"):
            yield Finding("metadata.title", gettext_noop("The file has no title."))
    intents = [intent for intent in root.get("/OutputIntents", []) if intent.get("/S") == "/GTS_PDFA1"]
    if len(intents) != 1 or intents[0].get("/DestOutputProfile", pikepdf.Dictionary()).get("/N") != 3:
        yield Finding("colour.intent", gettext_noop("The file has no RGB output intent."))
    if not root.get("/MarkInfo", pikepdf.Dictionary()).get("/Marked") or "/StructTreeRoot" not in root:
        yield Finding("tags.missing", gettext_noop("The file is not tagged for screen readers."))
    if not str(root.get("/Lang", "")):
        yield Finding("tags.language", gettext_noop("The file names no language."))


def _objects(document: pikepdf.Pdf) -> Iterator[Finding]:
    """Forbidden things wherever they hide: every object is looked at, also the direct ones inside."""
    if "/OpenAction" in document.Root or "/AA" in document.Root:
        yield Finding("action.open", gettext_noop("The file starts an action when it is opened."))
    for item in document.objects:
        for part in _inside(item, 0):
            if part.get("/S") in _FORBIDDEN_ACTIONS or "/JS" in part:
                yield Finding(
                    "action.forbidden",
                    gettext_noop("The file holds a forbidden action."),
                    str(part.get("/S")),
                )
            if "/AA" in part:
                yield Finding(
                    "action.trigger", gettext_noop("The file holds an action triggered by an event.")
                )
        if isinstance(item, pikepdf.Stream):
            filters: Any = item.get("/Filter", pikepdf.Array())
            names = [str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])]
            if "/LZWDecode" in names or "/F" in item:
                yield Finding(
                    "stream.forbidden", gettext_noop("A stream is external or uses a forbidden filter.")
                )
    for number, page in enumerate(document.pages, start=1):
        for annotation in page.obj.get("/Annots", []):
            yield from _annotation(annotation, number)


def _inside(item: Any, depth: int) -> Iterator[Any]:
    if isinstance(item, pikepdf.Stream | pikepdf.Dictionary):
        yield item
    if depth > 8 or not isinstance(item, pikepdf.Dictionary | pikepdf.Array):
        return
    values = item.values() if isinstance(item, pikepdf.Dictionary) else item
    for value in values:
        if isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect:
            yield from _inside(value, depth + 1)


def _annotation(annotation: Any, page: int) -> Iterator[Finding]:
    kind = annotation.get("/Subtype")
    if kind not in ("/Widget", "/Link"):
        yield Finding("annotation.kind", gettext_noop("An annotation of this kind is not ours."), str(kind))
    flags = int(annotation.get("/F", 0))
    if not flags & _PRINT or flags & _BAD_FLAGS:
        yield Finding("annotation.flags", gettext_noop("An annotation would not be printed."), f"page {page}")
    appearance = annotation.get("/AP")
    if kind == "/Widget" and (appearance is None or "/N" not in appearance or len(appearance) != 1):
        yield Finding(
            "annotation.appearance", gettext_noop("A field has no appearance."), str(annotation.get("/T"))
        )


def _fonts(document: pikepdf.Pdf) -> Iterator[Finding]:
    for item in document.objects:
        if not isinstance(item, pikepdf.Dictionary) or item.get("/Type") != "/Font":
            continue
        name = str(item.get("/BaseFont", "")).lstrip("/").partition("+")[2]
        if name not in fonts.ALLOWED:
            yield Finding(
                "font.foreign", gettext_noop("A font is not one of ours."), str(item.get("/BaseFont", ""))
            )
        if item.get("/Subtype") == "/Type0":
            if "/ToUnicode" not in item:
                yield Finding("font.unmapped", gettext_noop("A font has no Unicode map."), name)
        elif "/FontFile2" not in item.get("/FontDescriptor", pikepdf.Dictionary()):
            yield Finding("font.not-embedded", gettext_noop("A font is not embedded."), name)


def _attachment(document: pikepdf.Pdf, wanted: str) -> Iterator[Finding]:
    specs = [
        item
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Filespec"
    ]
    if len(specs) != 1:
        yield Finding(
            "attachment.number", gettext_noop("The file must carry its data, once."), str(len(specs))
        )
        return
    spec = specs[0]
    linked = [entry.objgen for entry in document.Root.get("/AF", [])]
    if any(key not in spec for key in ("/F", "/UF", "/EF", "/AFRelationship")) or spec.objgen not in linked:
        yield Finding("attachment.link", gettext_noop("The attached data is not linked as PDF/A-3 asks."))
    if spec.get("/AFRelationship") != "/Data":
        yield Finding(
            "attachment.relation", gettext_noop("The attached file is not declared as the paper's data.")
        )
    data = spec["/EF"]["/F"].read_bytes()
    if hashlib.sha256(data).hexdigest() != wanted:
        yield Finding("attachment.hash", gettext_noop("The attached data is not the data that was frozen."))


def _fields(document: pikepdf.Pdf, wanted: Sequence[str]) -> Iterator[Finding]:
    form = document.Root.get("/AcroForm", pikepdf.Dictionary())
    if form.get("/NeedAppearances") or "/XFA" in form:
        yield Finding("form.dynamic", gettext_noop("The form would be drawn by the reader."))
    found = [str(field.get("/T", "")) for field in form.get("/Fields", []) if field.get("/FT") == "/Sig"]
    if found != list(wanted) or len(found) != len(form.get("/Fields", [])):
        yield Finding(
            "form.fields", gettext_noop("The signature fields are not the expected ones."), ", ".join(found)
        )
