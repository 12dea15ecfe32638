"""Taking in: known by content, refused while streaming, never believed by name."""

import hashlib
import os

import pytest

from tests.files import corpus
from workflows.files import (
    FileDamaged,
    FileNotClean,
    FileRefused,
    check,
    path,
    put_bytes,
    read,
    read_clean,
    store,
)
from workflows.files.intake import LIMIT
from workflows.files.verifiers.findings import EICAR
from workflows.models import StoredFile

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024


def on_disk(data_dir) -> list[str]:
    return sorted(found.name for found in (data_dir / "files").rglob("*") if found.is_file())


def test_a_file_lies_under_its_hash_and_waits_in_quarantine(data_dir):
    content = corpus.pdf()
    half = len(content) // 2
    file = store(chunks=[content[:half], content[half:]], declared_name="Giấy ủy quyền.PDF")

    sha256 = hashlib.sha256(content).hexdigest()
    assert (file.sha256, file.size, file.media_type, file.state) == (
        sha256,
        len(content),
        "application/pdf",
        "quarantined",
    )
    assert path(sha256) == data_dir / "files" / sha256[:2] / sha256[2:4] / sha256
    assert read(sha256) == content
    assert on_disk(data_dir) == [sha256]


@pytest.mark.promise("files.once")
def test_the_same_bytes_are_one_file_under_any_name(data_dir):
    first = check(store(chunks=[corpus.pdf()], declared_name="a.pdf"))
    again = store(chunks=[corpus.pdf()], declared_name="another name.pdf")
    assert (again.pk, again.state) == (first.pk, "clean")
    assert len(on_disk(data_dir)) == StoredFile.objects.count() == 1


@pytest.mark.promise("files.quarantine")
def test_nobody_reads_a_file_before_it_is_clean():
    file = store(chunks=[corpus.pdf()], declared_name="a.pdf")
    with pytest.raises(FileNotClean) as refusal:
        read_clean(file)
    assert (refusal.value.status, refusal.value.code) == (409, "file.being-checked")

    assert read_clean(check(file)) == corpus.pdf()

    bad = check(store(chunks=[corpus.pdf(corpus._attach)], declared_name="a.pdf"))
    with pytest.raises(FileNotClean) as refusal:
        read_clean(bad)
    assert (refusal.value.status, refusal.value.code) == (422, "file.pdf-attachment")
    assert all(reason.remedy for reason in refusal.value.reasons)


@pytest.mark.parametrize(
    ("content", "name", "code", "status"),
    [
        (b"", "a.pdf", "file.empty", 422),
        (b"MZ", "a.exe", "file.type", 415),
        (b"<svg/>", "a.svg", "file.type", 415),
        (corpus.pdf(), "a.pdf.exe", "file.type", 415),
        (corpus.pdf(), "exe\u202efdp.exe", "file.type", 415),
        (corpus.pdf(), "pdf", "file.type", 415),
        (b"<html>", "a.pdf", "file.mismatch", 422),
        (b"<html>" + corpus.pdf(), "a.pdf", "file.mismatch", 422),
        (corpus.pdf(), "a.png", "file.mismatch", 422),
        (corpus.archive({"x.txt": b"x"}), "a.docx", "file.mismatch", 422),
        (corpus.office("xlsx"), "a.docx", "file.mismatch", 422),
        (corpus.office("docx") + b"behind", "a.docx", "file.mismatch", 422),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_be_seen_at_once_is_refused_at_once(data_dir, content, name, code, status):
    with pytest.raises(FileRefused) as refusal:
        store(chunks=[content], declared_name=name)
    assert (refusal.value.code, refusal.value.status) == (code, status)
    (reason,) = refusal.value.reasons
    assert reason.message % dict(reason.params)
    assert reason.remedy
    assert on_disk(data_dir) == []
    assert not StoredFile.objects.exists()


@pytest.mark.promise("files.limit")
def test_a_file_of_51_megabytes_is_refused_without_being_read_to_its_end(data_dir):
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += MIB
            yield bytes(MIB)

    with pytest.raises(FileRefused) as refusal:
        store(chunks=endless(), declared_name="a.pdf")
    assert (refusal.value.code, refusal.value.status) == ("file.too-large", 413)
    assert dict(refusal.value.reasons[0].params) == {"limit": 50}
    assert taken == LIMIT + MIB
    assert on_disk(data_dir) == []


@pytest.mark.promise("files.eicar")
@pytest.mark.parametrize("name", ["eicar.pdf", "eicar.jpg"])
def test_the_virus_test_string_is_refused_even_in_pieces(data_dir, name):
    content = b"%PDF-1.7\n" + EICAR
    for cut in (1, 20, 60, len(content)):
        with pytest.raises(FileRefused) as refusal:
            store(chunks=[content[:cut], content[cut:]], declared_name=name)
        assert refusal.value.code == "file.malware"
    assert on_disk(data_dir) == []


def test_our_own_bytes_are_clean_at_once_even_if_somebody_handed_them_in_before():
    paper = corpus.pdf(corpus._attach)
    foreign = check(store(chunks=[paper], declared_name="a.pdf"))
    assert foreign.state == "refused"
    ours = put_bytes(paper, "application/pdf")
    assert (ours.pk, ours.state, ours.reasons) == (foreign.pk, "clean", ())
    assert put_bytes(b"{}", "application/json").is_clean
    assert read_clean(store(chunks=[paper], declared_name="a.pdf")) == paper


def test_bytes_changed_or_lost_on_the_disk_are_never_handed_out():
    file = put_bytes(b"a licence", "text/plain")
    place = path(file.sha256)
    place.write_bytes(b"a Licence")
    with pytest.raises(FileDamaged, match="changed"):
        read(file.sha256)
    place.unlink()
    with pytest.raises(FileDamaged, match="missing"):
        read_clean(file)
    put_bytes(b"a licence", "text/plain")
    assert read_clean(file) == b"a licence", "handed in again, it is whole again"


def test_bytes_are_on_the_disk_before_they_have_a_name_and_the_name_before_the_row(data_dir, monkeypatch):
    forced: list[tuple[str, bool]] = []
    real = os.fsync
    content = corpus.pdf()
    final = path(hashlib.sha256(content).hexdigest())

    def fsync(handle: int) -> None:
        forced.append((os.readlink(f"/proc/self/fd/{handle}"), final.exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    store(chunks=[content], declared_name="a.pdf")
    (first, named), *folders = forced
    assert first.startswith(str(data_dir / "files" / "tmp"))
    assert not named
    assert folders == [(str(folder), True) for folder in list(final.parents)[:3]]


@pytest.mark.parametrize("sha256", ["../../etc/passwd", "A" * 64, "a" * 63, ""])
def test_only_a_hash_is_a_place(sha256):
    with pytest.raises(ValueError, match="SHA-256"):
        path(sha256)
