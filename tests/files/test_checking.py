"""Quarantine ends once, fails closed, and confines what reads strangers' bytes."""

import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.files import corpus
from workflows.files import FileNotClean, check, checking, disk, read_clean, store, sweep
from workflows.files.verifiers import __main__ as child
from workflows.files.verifiers import kinds
from workflows.models import StoredFile

pytestmark = pytest.mark.django_db


class Clamd(socketserver.BaseRequestHandler):
    """Speaks INSTREAM as clamd does; finds the word it was told to find, or breaks off."""

    word = b"NASTY"
    reply: bytes | None = None

    def handle(self) -> None:
        stream = self.request.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while length := int.from_bytes(stream.read(4), "big"):
            content += stream.read(length)
        found = b"stream: Test.Nasty FOUND\0" if self.word in content else b"stream: OK\0"
        self.request.sendall(found if self.reply is None else self.reply)


@pytest.fixture
def clamd(settings) -> Iterator[type[Clamd]]:
    """A scanner on loopback."""

    class Own(Clamd):
        pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Own) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.CLAMD = f"127.0.0.1:{server.server_address[1]}"
        yield Own
        server.shutdown()
        thread.join()


def quarantined(content: bytes | None = None) -> StoredFile:
    return store(chunks=[content or corpus.pdf()], declared_name="a.pdf")


def test_a_check_is_done_once():
    file = check(quarantined())
    assert file.state == "clean"
    first = file.checked_at
    assert first is not None
    assert check(file).checked_at == first
    stale = StoredFile.objects.get(pk=file.pk)
    stale.__dict__["state"] = "quarantined"  # as a second checker, that began before the first ended, sees it
    assert check(stale).checked_at == first


def test_clamd_is_asked_and_believed(clamd):
    assert check(quarantined()).is_clean
    nasty = check(quarantined(corpus.pdf().replace(b"\n", b"\n%NASTY\n", 1)))
    assert nasty.state == "refused"
    (reason,) = nasty.reasons
    assert (reason.code, dict(reason.params)) == ("file.malware", {"name": "Test.Nasty"})


@pytest.mark.promise("files.fail-closed")
@pytest.mark.parametrize("reply", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: maybe\0"])
def test_without_a_clear_answer_of_the_scanner_the_file_stays_in_quarantine(clamd, reply):
    clamd.reply = reply
    file = check(quarantined())
    assert file.state == "quarantined"
    assert [reason.code for reason in file.reasons] == ["file.not-checked"]
    with pytest.raises(FileNotClean):
        read_clean(file)

    clamd.reply = None
    assert sweep().checked == 1
    file.refresh_from_db()
    assert (file.state, file.reasons) == ("clean", ())


def test_a_scanner_that_is_not_there_keeps_the_file_in_quarantine(settings):
    settings.CLAMD = "127.0.0.1:9"
    assert check(quarantined()).state == "quarantined"


def test_a_library_missing_here_is_not_the_senders_fault(monkeypatch):
    monkeypatch.setattr(checking, "_BOOT", "import sys; sys.exit('no such library')")
    assert check(quarantined()).state == "quarantined"


@pytest.mark.promise("files.confined")
@pytest.mark.parametrize(
    ("crime", "code"),
    [
        ("bytearray(4 << 30)", "file.too-complex"),
        ("__import__('os').write(__import__('os').open('{place}', 65, 384), b'escaped')", "file.unreadable"),
        ("__import__('os').kill(__import__('os').getpid(), 11)", "file.too-complex"),
        ("[__import__('socket').socket() for _ in range(100)]", "file.unreadable"),
        ("{}['no such key']", "file.unreadable"),
    ],
    ids=["memory", "writing", "crash", "sockets", "a bug of ours"],
)
def test_the_checking_process_is_confined(monkeypatch, tmp_path, crime, code):
    """The real child with its real limits, but a verifier that does what a taken-over parser might."""
    place = tmp_path / "escape"
    boot = (
        "import sys; sys.path.insert(0, sys.argv[1]); import verifiers.__main__ as child\n"
        f"child.verify = lambda **claims: ({crime.replace('{place}', str(place))}, [])[1]\n"
        "child.main()"
    )
    monkeypatch.setattr(checking, "_BOOT", boot)
    assert [reason.code for reason in check(quarantined()).reasons] == [code]
    assert not place.exists() or place.stat().st_size == 0


def test_a_verifier_that_hangs_is_ended(monkeypatch):
    boot = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); import verifiers.__main__ as child\n"
        "child.verify = lambda **claims: time.sleep(60)\n"
        "child.main()"
    )
    monkeypatch.setattr(checking, "_BOOT", boot)
    monkeypatch.setattr(checking, "PATIENCE", 1.0)
    assert [reason.code for reason in check(quarantined()).reasons] == ["file.too-complex"]


def test_the_checking_process_knows_no_secret(monkeypatch):
    """Neither the key nor the database's address is in its environment."""
    boot = "import os; print('READY'); print('[]' if set(os.environ) <= {'LANG', 'LC_CTYPE'} else os.environ)"
    monkeypatch.setattr(checking, "_BOOT", boot)
    monkeypatch.setenv("SECRET_KEY", "secret")
    assert check(quarantined()).is_clean


def test_the_verifiers_start_without_django():
    code = "import sys; sys.path.insert(0, sys.argv[1]); import verifiers.__main__; print('django' in sys.modules)"
    command = [sys.executable, "-I", "-c", code, checking._FOLDER]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_the_largest_picture_that_is_allowed_fits_into_the_memory_of_the_child():
    assert child.MEMORY > 2 * 4 * 120_000_000
    assert set(kinds.BY_EXTENSION.values()) == {kinds.PDF, kinds.JPEG, kinds.PNG, kinds.DOCX, kinds.XLSX}
    assert disk.root().name == "files"
