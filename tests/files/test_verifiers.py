"""The corpus: what every verifier refuses and lets through; one of each also through the real checking process."""

import pytest

from tests.files import corpus
from workflows.files import FileRefused, check, path, store
from workflows.files.verifiers import office, pdf, verify

pytestmark = pytest.mark.django_db

GOOD = {
    "plain pdf": (corpus.pdf, "a.pdf"),
    "linearised pdf": (lambda: corpus.pdf(linearize=True), "a.pdf"),
    "pdf with blanks at its end": (lambda: corpus.pdf() + b"\r\n \n", "a.pdf"),
    "jpeg": (lambda: corpus.image("JPEG"), "a.jpg"),
    "jpeg with notes of the camera": (lambda: corpus.image("JPEG") + b"SEFH\x6a\0\0\0SEFT", "a.JPEG"),
    "png": (lambda: corpus.image("PNG"), "a.png"),
    "docx": (lambda: corpus.office("docx"), "a.docx"),
    "docx with a link": (lambda: corpus.LINKED_DOCX, "a.docx"),
    "xlsx": (lambda: corpus.office("xlsx"), "a.xlsx"),
}


def codes_of(content: bytes, name: str) -> list[str]:
    """Store and verify in this process, which is quick; the codes of all reasons, wherever the file was stopped."""
    try:
        file = store(chunks=[content], declared_name=name)
    except FileRefused as refusal:
        return [reason.code for reason in refusal.reasons]
    return [finding.code for finding in verify(path=path(file.sha256), media_type=file.media_type)]


@pytest.mark.parametrize(("make", "name"), GOOD.values(), ids=GOOD)
def test_good_files_pass(make, name):
    assert codes_of(make(), name) == []


@pytest.mark.promise("files.pdf")
@pytest.mark.parametrize(("make", "code"), corpus.BAD_PDFS.values(), ids=corpus.BAD_PDFS)
def test_bad_pdfs_are_refused(make, code):
    assert codes_of(make(), "a.pdf") == [code]


@pytest.mark.promise("files.images")
@pytest.mark.parametrize(("make", "extension", "code"), corpus.BAD_IMAGES.values(), ids=corpus.BAD_IMAGES)
def test_bad_images_are_refused(make, extension, code):
    assert codes_of(make(), f"a.{extension}") == [code]


@pytest.mark.promise("files.office")
@pytest.mark.parametrize(("make", "code"), corpus.BAD_OFFICE.values(), ids=corpus.BAD_OFFICE)
def test_bad_documents_are_refused(make, code):
    assert codes_of(make(), "a.docx") == [code]


def test_limits_are_counted_not_believed(monkeypatch):
    """An archive that unpacks to more, and a PDF of more objects or pages, than we give to one file."""
    bomb = corpus.office("docx", {"word/media/a.bmp": bytes(300_000), "word/media/b.bmp": bytes(300_000)})
    assert len(bomb) < 3000
    assert codes_of(bomb, "a.docx") == []
    monkeypatch.setattr(office, "MAX_UNPACKED", 500_000)
    assert codes_of(bomb, "a.docx") == ["file.too-complex"]

    monkeypatch.setattr(pdf, "MAX_PAGES", 0)
    assert codes_of(corpus.pdf(), "a.pdf") == ["file.too-complex"]
    monkeypatch.undo()
    monkeypatch.setattr(pdf, "MAX_OBJECTS", 3)
    assert codes_of(corpus.pdf(), "a.pdf") == ["file.too-complex"]


@pytest.mark.promise("files.quarantine")
@pytest.mark.parametrize(
    ("make", "name", "codes"),
    [
        (corpus.pdf, "a.pdf", []),
        (lambda: corpus.pdf(corpus._script_in_direct), "a.pdf", ["file.pdf-script"]),
        (lambda: corpus.image("PNG"), "a.png", []),
        (corpus.huge_png, "a.png", ["file.too-many-pixels"]),
        (lambda: corpus.office("xlsx"), "a.xlsx", []),
        (lambda: corpus.office("docx", {"../x": b""}), "a.docx", ["file.zip-names"]),
    ],
    ids=["good pdf", "bad pdf", "good image", "bad image", "good document", "bad document"],
)
def test_the_checking_process_says_the_same(make, name, codes):
    file = check(store(chunks=[make()], declared_name=name))
    assert [reason.code for reason in file.reasons] == codes
    assert file.state == ("refused" if codes else "clean")


def test_a_pdf_shows_all_that_is_wrong_with_it_at_once():
    def spoil(document):
        corpus._attach(document)
        corpus._script_in_direct(document)

    assert codes_of(corpus.pdf(spoil), "a.pdf") == ["file.pdf-script", "file.pdf-attachment"]
