"""What pip complains of becomes a cause and a remedy."""

from pathlib import Path

import pytest

from config import bootstrap


@pytest.mark.promise("commands.clear-errors")
@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            "WARNING: Retrying … Temporary failure in name resolution\nERROR: No matching distribution",
            "no network",
        ),
        ("ERROR: No matching distribution found for django==5.2.19", "was not found"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH … do not match the hashes from the requirements",
            "not the one we pinned",
        ),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("something new\nERROR: it broke\n", "ERROR: it broke"),
        ("", "no reason was given"),
    ],
)
def test_a_failure_is_explained_in_one_line(output: str, expected: str) -> None:
    said = bootstrap.explain(output)
    assert expected in said
    assert "\n" not in said


def test_an_environment_is_prepared_once_for_each_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchanged requirements: no pip at all."""
    monkeypatch.setattr(bootstrap, "BASE_DIR", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "installed.json")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "base.txt").write_text("")
    (folder / "dev.txt").write_text("")
    commands: list[list[str]] = []

    def run(arguments: list[str], log: Path) -> str | None:
        commands.append(arguments)
        bootstrap.python().parent.mkdir(parents=True, exist_ok=True)
        bootstrap.python().touch()
        return None

    monkeypatch.setattr(bootstrap, "run", run)
    assert bootstrap.main(["dev.txt"]) == 0
    assert [command[1:3] for command in commands] == [["-m", "venv"], ["-m", "pip"]]
    assert "--require-hashes" in commands[1]
    assert bootstrap.main(["base.txt"]) == 0, "the pins of development contain those of the product"
    assert bootstrap.main(["dev.txt"]) == 0
    assert len(commands) == 2
    (folder / "base.txt").write_text("# changed\n")
    assert bootstrap.main(["base.txt"]) == 0
    assert [command[1:3] for command in commands[2:]] == [["-m", "pip"]]


def test_a_command_that_cannot_run_is_told(tmp_path: Path) -> None:
    assert "cannot be run" in str(bootstrap.run([str(tmp_path / "none")], tmp_path / "log"))
