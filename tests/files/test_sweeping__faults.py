"""SIGKILL at each named point of an upload, then the sweeper: nothing half, nothing lost, nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection, transaction

from tests.files import corpus
from workflows.files import check, path, read, store, sweep, sweeping
from workflows.files.disk import temporary
from workflows.models import StoredFile

pytestmark = pytest.mark.django_db(transaction=True)

UPLOAD = """
import django
django.setup()
from workflows.files import store
from tests.files.corpus import pdf
store(chunks=[pdf()], declared_name="a.pdf")
"""


def age(seconds: int = 7200) -> None:
    """As if everything on the disk had been there for two hours."""
    for found in temporary().parent.rglob("*"):
        moment = found.stat().st_mtime - seconds
        os.utime(found, (moment, moment))


def orphan(content: bytes, name: str) -> str:
    """Bytes on the disk without a row: the act of the caller did not happen. Gives their hash."""
    with transaction.atomic():
        file = store(chunks=[content], declared_name=name)
        transaction.set_rollback(True)
    return file.sha256


def files(data_dir) -> list[str]:
    return sorted(found.name for found in (data_dir / "files").rglob("*") if found.is_file())


@pytest.mark.promise("files.killed")
@pytest.mark.parametrize(
    ("point", "on_disk", "rows"),
    [("file.before_rename", 1, 0), ("file.after_rename", 1, 0), ("file.after_row", 1, 1)],
)
def test_an_upload_killed_at_a_named_point_can_simply_be_repeated(
    child_environment, data_dir, point, on_disk, rows
):
    environment = child_environment | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "MOTCUA_FAULT": point,
    }
    assert environment["DATA_DIR"] == str(data_dir)
    killed = subprocess.run([sys.executable, "-c", UPLOAD], env=environment, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (len(files(data_dir)), StoredFile.objects.count()) == (on_disk, rows)

    swept = sweep()
    assert (swept.removed, swept.checked) == (0, rows), (
        "what is fresh may be on its way; the check is made up for"
    )
    age()
    swept = sweep()
    assert (swept.removed, swept.checked, swept.missing) == (1 - rows, 0, ())
    assert len(files(data_dir)) == rows

    file = check(store(chunks=[corpus.pdf()], declared_name="a.pdf"))
    assert StoredFile.objects.get() == file
    assert file.is_clean
    assert files(data_dir) == [file.sha256]
    assert read(file.sha256) == corpus.pdf()


def test_a_fault_point_does_nothing_in_production():
    code = (
        "import django; django.setup(); from django.conf import settings; settings.PRODUCTION = True; "
        "from workflows.faults import fault; fault('file.after_row'); print('alive')"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "MOTCUA_FAULT": "file.after_row"}
    alive = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert alive.stdout == "alive\n", alive.stderr


def test_the_sweeper_takes_orphans_only_and_twice_is_once(data_dir):
    kept = store(chunks=[corpus.pdf()], declared_name="a.pdf")
    orphan(corpus.image("PNG"), "a.png")
    stranger = data_dir / "files" / "aa" / "bb" / "note.txt"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("somebody's")
    (temporary() / "tmpx").write_bytes(b"half")
    age()

    assert sweep().removed == 2
    assert files(data_dir) == sorted([kept.sha256, "note.txt"])
    again = sweep()
    assert (again.removed, again.checked, again.waiting) == (0, 0, 0)


def test_lost_bytes_are_reported():
    file = check(store(chunks=[corpus.pdf()], declared_name="a.pdf"))
    path(file.sha256).unlink()
    assert sweep().missing == (file.sha256,)


@pytest.mark.promise("files.sweep-race")
def test_bytes_that_come_in_again_at_this_moment_are_never_swept(monkeypatch):
    """The same content is uploaded exactly between the sweeper's last look and its removal."""
    content = corpus.pdf()
    sha256 = orphan(content, "a.pdf")
    age()
    about_to_remove, uploaded = threading.Event(), threading.Event()
    unlink = sweeping._unlink

    def hesitate(path):
        about_to_remove.set()
        uploaded.wait(timeout=1)  # in vain: the upload has to wait for us
        return unlink(path)

    def upload() -> None:
        try:
            about_to_remove.wait(timeout=10)
            store(chunks=[content], declared_name="a.pdf")
            uploaded.set()
        finally:
            connection.close()

    monkeypatch.setattr(sweeping, "_unlink", hesitate)
    thread = threading.Thread(target=upload)
    thread.start()
    assert sweeping._remove_orphans(time.time() - 3600) == 1
    thread.join(timeout=20)
    assert uploaded.is_set()
    assert StoredFile.objects.get().sha256 == sha256
    assert read(sha256) == content


def test_the_same_bytes_from_two_senders_at_once_are_one_row(data_dir):
    content = corpus.image("JPEG")
    for _ in range(20):
        barrier = threading.Barrier(2)
        got: list[int] = []

        def upload(barrier=barrier, got=got) -> None:
            try:
                barrier.wait(timeout=10)
                got.append(store(chunks=[content], declared_name="a.jpg").pk)
            finally:
                connection.close()

        threads = [threading.Thread(target=upload) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        assert len(got) == 2
        assert len(set(got)) == 1
        assert StoredFile.objects.count() == 1
        StoredFile.objects.all().delete()
