"""A file that is too large is refused while it arrives, over real HTTP: nothing of it is held or kept."""

import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.matrix.ground import CSRF, session
from tests.onestop.test_bad_input import LANGUAGES, page_of, said
from tests.scenarios import Play
from workflows.files import LIMIT
from workflows.models import StoredFile

MIB = 1024 * 1024


@pytest.mark.promise("input.large-files-are-streamed")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_51_megabytes_are_refused_without_being_held_in_memory(
    committed_monday: None, live_server: Any, settings: Any, tmp_path: Path, lang: str
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    dossier = Play().draft().dossier
    rows = StoredFile.objects.count()
    client = session(live_server.url, "doanhnghiep1")
    client.cookies.set("django_language", lang)
    head, tail = multipart("tep-iso_13485", "ban-quet.pdf", action="upload")
    size = 51 * MIB

    def body() -> Iterator[bytes]:
        yield head
        yield b"%PDF-1.7\n".ljust(MIB, b" ")
        for _ in range(50):
            yield b"0" * MIB
        yield tail

    tracemalloc.start()
    began = time.monotonic()
    try:
        answer = client.post(
            f"/ho-so/{dossier.ref}/giay-to/",
            content=body(),
            headers={
                "Content-Type": "multipart/form-data; boundary=ranh",
                "Content-Length": str(len(head) + size + len(tail)),
            },
        )
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        client.close()
    page = page_of(answer, status=413, lang=lang)
    assert "“ban-quet.pdf”" in page
    assert said("This file is larger than %(limit)s MB.", lang=lang, limit=LIMIT // MIB) in page
    assert peak < 24 * MIB
    assert time.monotonic() - began < 60
    assert StoredFile.objects.count() == rows
    assert list(tmp_path.iterdir()) == []


def multipart(control: str, name: str, **fields: str) -> tuple[bytes, bytes]:
    """What stands before and after the content of one file in a form."""
    parts = [
        f'--ranh\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in ({"csrfmiddlewaretoken": CSRF} | fields).items()
    ]
    disposition = f'form-data; name="{control}"; filename="{name}"'
    parts.append(f"--ranh\r\nContent-Disposition: {disposition}\r\nContent-Type: application/pdf\r\n\r\n")
    return "".join(parts).encode(), b"\r\n--ranh--\r\n"
