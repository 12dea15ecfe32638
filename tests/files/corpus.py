"""Good and bad files, made on the spot: nothing dangerous lies in the repository."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

from workflows.files.verifiers.findings import EICAR

TYPES = {
    "docx": (
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ),
    "xlsx": ("xl/workbook.xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"),
}


def pdf(change: Callable[[pikepdf.Pdf], None] | None = None, **save: object) -> bytes:
    """One blank page, changed at will."""
    document = pikepdf.new()
    document.add_blank_page()
    if change:
        change(document)
    out = io.BytesIO()
    if "encryption" not in save:
        save["deterministic_id"] = True
    document.save(out, **save)
    return out.getvalue()


def _set(key: str, value: Callable[[pikepdf.Pdf], pikepdf.Object]) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.Root[key] = value(document)

    return change


def _script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def _annotation(**keys: object) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **keys)
        document.pages[0].Annots = Array([note])

    return change


def _attach(document: pikepdf.Pdf) -> None:
    document.attachments["x.txt"] = b"hidden"


def _deep(document: pikepdf.Pdf) -> None:
    nested = Array([])
    for _ in range(80):
        nested = Array([nested])
    document.Root["/Deep"] = nested


def _script_in_direct(document: pikepdf.Pdf) -> None:
    """Inside a direct object inside a direct object: where a look at the indirect ones alone sees nothing."""
    document.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]), Next=Array([_script()]))


def _script_as_stream(document: pikepdf.Pdf) -> None:
    code = Stream(document, b"app.alert(1)")
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), Dictionary(JS=code)])))


BAD_PDFS: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "script in the open action": (lambda: pdf(_set("/OpenAction", lambda _: _script())), "file.pdf-script"),
    "script in a direct object": (lambda: pdf(_script_in_direct), "file.pdf-script"),
    "script in the name tree": (lambda: pdf(_script_as_stream), "file.pdf-script"),
    "script in an object stream": (
        lambda: pdf(
            _script_in_direct, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True
        ),
        "file.pdf-script",
    ),
    "script behind an escaped name": (
        lambda: (
            pdf(_set("/OpenAction", lambda _: _script()))
            .replace(b"/JavaScript", b"/J#61vaScript")
            .replace(b"/JS", b"/#4aS")
        ),
        "file.pdf-script",
    ),
    "script on an annotation": (lambda: pdf(_annotation(AA=Dictionary(E=_script()))), "file.pdf-script"),
    "launch": (
        lambda: pdf(_annotation(Subtype=Name.Link, A=Dictionary(S=Name.Launch, F=String("cmd.exe")))),
        "file.pdf-action",
    ),
    "submit form": (
        lambda: pdf(
            _set("/OpenAction", lambda _: Dictionary(S=Name.SubmitForm, F=String("http://x.invalid")))
        ),
        "file.pdf-action",
    ),
    "attachment": (lambda: pdf(_attach), "file.pdf-attachment"),
    "attachment as annotation": (
        lambda: pdf(_annotation(Subtype=Name.FileAttachment)),
        "file.pdf-attachment",
    ),
    "xfa": (lambda: pdf(_set("/AcroForm", lambda d: Dictionary(XFA=Stream(d, b"<xdp/>")))), "file.pdf-xfa"),
    "password": (
        lambda: pdf(encryption=pikepdf.Encryption(user="secret", owner="secret")),
        "file.pdf-encrypted",
    ),
    "restrictions only": (
        lambda: pdf(encryption=pikepdf.Encryption(user="", owner="x")),
        "file.pdf-encrypted",
    ),
    "nested too deeply": (lambda: pdf(_deep), "file.too-complex"),
    "cut off": (lambda: pdf()[: len(pdf()) // 2], "file.unreadable"),
    "no objects": (lambda: b"%PDF-1.7\nnothing\n%%EOF\n", "file.unreadable"),
    "no pages": (lambda: pdf(lambda document: document.pages.__delitem__(0)), "file.unreadable"),
    "page behind the end": (lambda: pdf() + b"<script>alert(1)</script>", "file.polyglot"),
    "page behind the header": (
        lambda: pdf().replace(b"\n", b"\n%<html><script>1</script>\n", 1),
        "file.polyglot",
    ),
    "zip behind the end": (lambda: pdf() + archive({"a.txt": b"a"}), "file.polyglot"),
    "zip in the middle": (lambda: _zip_around_end(), "file.polyglot"),
    "virus test": (lambda: pdf() + b"\n%" + EICAR + b"\n%%EOF\n", "file.malware"),
}


def _zip_around_end() -> bytes:
    """A zip whose comment is the end of the PDF: both readers are content."""
    content = pdf()
    start = content.rindex(b"startxref")
    inner = bytearray(archive({"a.txt": b"a"}))
    inner[-2:] = struct.pack("<H", len(content) - start)
    return content[:start] + bytes(inner) + content[start:]


def image(kind: str, size: tuple[int, int] = (60, 40)) -> bytes:
    """A plain picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, kind)
    return out.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def huge_png(side: int = 50_000) -> bytes:
    """Claims 50,000 × 50,000 pixels in a few bytes."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


BAD_IMAGES: Mapping[str, tuple[Callable[[], bytes], str, str]] = {
    "too many pixels": (huge_png, "png", "file.too-many-pixels"),
    "png cut off": (lambda: image("PNG")[:-20], "png", "file.unreadable"),
    "jpeg cut off": (lambda: image("JPEG", (400, 400))[:-300], "jpg", "file.unreadable"),
    "bytes behind a png": (lambda: image("PNG") + b"more", "png", "file.polyglot"),
    "zip behind a jpeg": (lambda: image("JPEG") + archive({"a.txt": b"a"}), "jpg", "file.polyglot"),
    "pdf behind a jpeg": (lambda: image("JPEG") + pdf(), "jpg", "file.polyglot"),
    "script behind a jpeg": (lambda: image("JPEG") + b"<ScRiPt>1</script>", "jpg", "file.polyglot"),
    "virus test in a jpeg": (lambda: image("JPEG") + EICAR, "jpg", "file.malware"),
}


def archive(entries: Mapping[str, bytes], *, links: tuple[str, ...] = ()) -> bytes:
    """A zip of those entries; names in `links` are marked as symbolic links."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o120777 if name in links else 0o100644) << 16
            packed.writestr(entry, content)
    return out.getvalue()


def office(
    kind: str, more: Mapping[str, bytes] | None = None, *, types: str = "", **packing: tuple[str, ...]
) -> bytes:
    """The smallest docx or xlsx that our reader takes, with further entries."""
    part, content_type = TYPES[kind]
    declared = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{part}" ContentType="{types or content_type}"/></Types>'
    )
    entries = {"[Content_Types].xml": declared.encode(), part: b"<?xml version='1.0'?><x/>"}
    return archive(entries | dict(more or {}), **packing)


def _relation(kind: str, target: str) -> dict[str, bytes]:
    namespace = "http://schemas.openxmlformats.org/"
    text = (
        f'<Relationships xmlns="{namespace}package/2006/relationships"><Relationship Id="r1" '
        f'Type="{namespace}officeDocument/2006/relationships/{kind}" Target="{target}" TargetMode="External"/>'
        "</Relationships>"
    )
    return {"word/_rels/document.xml.rels": text.encode()}


LINKED_DOCX = office("docx", _relation("hyperlink", "https://moh.example.invalid/"))
MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"

BAD_OFFICE: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "macros": (lambda: office("docx", {"word/vbaProject.bin": b"x"}), "file.office-active"),
    "macro type": (lambda: office("docx", types=MACRO), "file.office-active"),
    "ole object": (lambda: office("docx", {"word/embeddings/oleObject1.bin": b"x"}), "file.office-active"),
    "template from elsewhere": (
        lambda: office("docx", _relation("attachedTemplate", "http://x.invalid/t.dotm")),
        "file.office-active",
    ),
    "entities": (
        lambda: office("docx", {"word/a.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}),
        "file.office-active",
    ),
    "entities in relations": (
        lambda: office("docx", {"_rels/.rels": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}),
        "file.unreadable",
    ),
    "slip": (lambda: office("docx", {"../../etc/cron.d/x": b"x"}), "file.zip-names"),
    "absolute name": (lambda: office("docx", {"/etc/passwd": b"x"}), "file.zip-names"),
    "backslashes": (lambda: office("docx", {"word\\..\\x.xml": b"x"}), "file.zip-names"),
    "symbolic link": (
        lambda: office("docx", {"word/x": b"/etc/passwd"}, links=("word/x",)),
        "file.zip-names",
    ),
    "name twice": (lambda: office("docx", {"WORD/document.xml": b"x"}), "file.zip-names"),
    "virus test packed": (lambda: office("docx", {"word/media/x.com": EICAR}), "file.malware"),
    "html before": (lambda: b"PK\x03\x04<html><script>1</script>" + office("docx"), "file.mismatch"),
    "no declaration": (lambda: office("docx", types="text/plain"), "file.unreadable"),
}
