"""What people read is Vietnamese and English, both complete. English is the message id itself."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from tests.architecture.tree import APPS, BASE_DIR, files

CATALOGUE = BASE_DIR / "locale" / "vi" / "LC_MESSAGES" / "django.po"
PLACEHOLDERS = r"%(?:\(\w+\))?[sd]|\{\w*\}"


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    """The Vietnamese catalogue, as committed."""
    return polib.pofile(str(CATALOGUE))


@pytest.mark.promise("languages.complete")
def test_every_text_is_translated(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


@pytest.mark.promise("languages.complete")
@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_every_text_of_the_code_is_in_the_catalogue(catalogue: polib.POFile, tmp_path: Path) -> None:
    """Collect the messages anew, in a copy, and look for what the committed catalogue lacks or keeps in vain."""
    for name in files():
        if name.parts[0] in APPS and name.suffix in {".py", ".html", ".txt"}:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(BASE_DIR / name, tmp_path / name)
    (tmp_path / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "vi", "--no-location"]
    subprocess.run(
        command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    collected = polib.pofile(str(tmp_path / "locale" / "vi" / "LC_MESSAGES" / "django.po"))
    used = {(entry.msgctxt, entry.msgid) for entry in collected}
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue}
    assert used - known == set(), "used and not translated"
    assert known - used == set(), "translated and not used"


def test_placeholders_survive_translation(catalogue: polib.POFile) -> None:
    def held(text: str) -> set[str]:
        return set(re.findall(PLACEHOLDERS, text))

    wrong = []
    for entry in catalogue:
        for translated in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            if held(translated) - held(entry.msgid) - held(entry.msgid_plural or ""):
                wrong.append(entry.msgid)
            if held(entry.msgid) - held(translated) and not entry.msgid_plural:
                wrong.append(entry.msgid)
    assert wrong == []


def test_the_compiled_catalogue_is_fresh(catalogue: polib.POFile) -> None:
    """The .mo is committed, so that the product needs no gettext."""
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    expected = {(entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural) for entry in catalogue}
    assert {
        (entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural) for entry in compiled
    } == expected
