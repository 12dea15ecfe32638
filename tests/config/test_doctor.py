"""The doctor says what is missing and how to get it, before anything else exists."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import doctor
from config.env import BASE_DIR

SCRIPT = BASE_DIR / "config" / "doctor.py"
ABSENT = doctor.Need("A thing", "a purpose", "a-package", lambda: False, "test", True)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The doctor's lines; it is an ordinary user's, so that nothing is installed."""
    lines: list[str] = []
    monkeypatch.setattr(doctor, "say", lines.append)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(doctor, "debian", lambda: True)
    return lines


@pytest.mark.promise("commands.doctor")
@pytest.mark.parametrize(
    ("arguments", "optional", "code"),
    [([], True, 0), (["--ci"], True, 3), ([], False, 3), (["--for", "demo"], False, 0)],
    ids=["tests would skip", "CI insists", "needed", "not needed for the demo"],
)
def test_what_is_missing_decides(
    said: list[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], optional: bool, code: int
) -> None:
    monkeypatch.setattr(doctor, "NEEDS", (ABSENT._replace(optional=optional),))
    assert doctor.main(arguments) == code
    if "demo" not in arguments:
        assert said[-1].endswith("sudo apt-get install -y --no-install-recommends a-package")


def test_nothing_missing_is_one_line_or_none(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "NEEDS", ())
    assert (doctor.main(["--quiet"]), said) == (0, [])
    assert doctor.main([]) == 0
    assert len(said) == 1


@pytest.mark.promise("commands.doctor")
def test_root_on_debian_installs_what_is_missing(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor, "install", lambda packages, log: bool(installed.extend(packages) or True))
    monkeypatch.setattr(doctor, "NEEDS", (ABSENT._replace(present=lambda: bool(installed), optional=False),))
    assert doctor.main([]) == 0
    assert installed == ["a-package"]
    assert said[0] == "doctor: installing a-package"
    assert "is here" in said[-1]


def test_a_failing_apt_is_told_with_its_log(
    said: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A real apt-get that fails, as without a network."""
    broken = tmp_path / "apt-get"
    broken.write_text("#!/bin/sh\necho 'Temporary failure resolving'; exit 100\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor, "NEEDS", (ABSENT._replace(optional=False),))
    assert doctor.main([]) == 3
    log = tmp_path / "var" / "log" / "doctor.log"
    assert f"doctor: apt-get failed; its words are in {log}. Is there a network?" in said
    assert "Temporary failure" in log.read_text()


def test_an_old_python_is_told_so(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert doctor.main([]) == 3
    assert "this is 3.9" in said[0]


def test_an_old_python_can_read_it() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 8))


def test_it_needs_nothing_but_python() -> None:
    found = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), "--for", "demo"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode in {0, 3}
    assert found.stdout.startswith("doctor: ")
    assert found.stderr == ""


def test_a_folder_that_cannot_be_written_is_named(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "/proc/nowhere")
    assert doctor.main([]) == 3
    assert "/proc/nowhere is read-only for you" in said[0]


def test_the_checks_tell_present_from_absent() -> None:
    assert doctor.library("libc.so.6")()
    assert not doctor.library("libnone.so.0")()
    assert doctor.program("sh")()
    assert not doctor.program("no-such-program")()
    assert doctor.module("json")()
    assert not doctor.module("no_such_module")()
