"""`make prove` believes only results of this very tree, and only promises that something shows."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.proof import Results, load_results, project_files, tree_hash
from config.prove import Promise, judge, read_promises

TABLE = """
# Promises

| id | promise |
|---|---|
| `papers.two-signatures` | A decision carries two signatures, or it is not issued. |
| inbox.fast | The inbox answers alike with 10⁴ and 10⁵ dossiers (bench:inbox.py). |
"""


def test_the_table_is_read() -> None:
    assert read_promises(TABLE) == [
        Promise("papers.two-signatures", "A decision carries two signatures, or it is not issued."),
        Promise(
            "inbox.fast", "The inbox answers alike with 10⁴ and 10⁵ dossiers (bench:inbox.py).", ("inbox.py",)
        ),
    ]


def test_an_id_is_given_once() -> None:
    with pytest.raises(ValueError, match=r"inbox\.fast twice"):
        read_promises(TABLE + "| inbox.fast | Again. |\n")


@pytest.mark.promise("commands.prove")
@pytest.mark.parametrize(
    ("outcomes", "kept"),
    [
        (["passed"], True),
        (["passed", "skipped"], True),
        (["skipped"], False),
        ([], False),
        (["passed", "failed"], False),
    ],
    ids=lambda value: "+".join(value) or "none" if isinstance(value, list) else "",
)
def test_a_promise_is_kept_by_passing_tests_alone(tmp_path: Path, outcomes: list[str], kept: bool) -> None:
    tests = {f"t{number}": outcome for number, outcome in enumerate(outcomes)}
    results = Results(outcomes=tests, promises={"a.b": list(tests)} if tests else {})
    said = judge(promises=[Promise("a.b", "text")], results=results, bench_folder=tmp_path)
    assert (said.broken == []) == kept


@pytest.mark.promise("commands.prove")
def test_a_broken_promise_says_what_its_test_said(tmp_path: Path) -> None:
    results = Results(
        outcomes={"t": "failed"}, promises={"a.b": ["t"]}, reasons={"t": "test_it.py:4: assert 1 == 2"}
    )
    said = judge(promises=[Promise("a.b", "text")], results=results, bench_folder=tmp_path)
    assert said.broken[1:] == ["t failed: test_it.py:4: assert 1 == 2"]


@pytest.mark.promise("commands.prove")
def test_a_bench_must_be_there(tmp_path: Path) -> None:
    promises = [Promise("a.b", "text", ("inbox.py",))]
    nothing = Results(outcomes={}, promises={})
    assert judge(promises=promises, results=nothing, bench_folder=tmp_path).broken != []
    (tmp_path / "inbox.py").touch()
    assert judge(promises=promises, results=nothing, bench_folder=tmp_path).broken == []


@pytest.mark.promise("commands.prove")
def test_a_marker_with_an_unknown_id_is_a_failure(tmp_path: Path) -> None:
    results = Results(outcomes={"t": "passed"}, promises={"un.known": ["t"]})
    assert "un.known" in judge(promises=[], results=results, bench_folder=tmp_path).broken[0]


def test_results_of_another_tree_or_of_a_broken_run_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    good = {"tree": "abc", "complete": True, "tests": {"t": {"outcome": "passed", "promises": ["a.b"]}}}
    path.write_text(json.dumps(good))
    assert load_results(path=path, tree="abc") == Results({"t": "passed"}, {"a.b": ["t"]})
    assert load_results(path=path, tree="abd") is None
    path.write_text(json.dumps(good | {"complete": False}))
    assert load_results(path=path, tree="abc") is None
    assert load_results(path=tmp_path / "none", tree="abc") is None


def test_the_tree_is_its_names_and_contents(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("var/\n")
    (tmp_path / "a.py").write_text("1")
    first = tree_hash(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "x").write_text("ignored")
    assert tree_hash(tmp_path) == first
    assert project_files(tmp_path) == [Path(".gitignore"), Path("a.py")]
    (tmp_path / "a.py").write_text("2")
    second = tree_hash(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert len({first, second, tree_hash(tmp_path)}) == 3


def test_the_recorder_writes_what_a_run_showed(tmp_path: Path) -> None:
    """A real pytest, with the product's own recorder: worst phase counts, promises travel, skips are told."""
    (tmp_path / "conftest.py").write_text(
        "from tests.record import Recorder\n"
        "def pytest_configure(config):\n"
        "    config.addinivalue_line('markers', 'promise(id): x')\n"
        "    config.pluginmanager.register(Recorder.from_environment())\n"
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        for mark in item.iter_markers('promise'):\n"
        "            item.user_properties.append(('promise', mark.args[0]))\n"
    )
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.fixture\ndef broken():\n    yield\n    raise RuntimeError\n"
        "@pytest.mark.promise('a.b')\ndef test_good(): pass\n"
        "def test_teardown(broken): pass\n"
        "def test_skipped(): pytest.skip('x')\n"
    )
    path = tmp_path / "out" / "results.json"
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"}
    environment |= {"MOTCUA_TEST_RESULTS": str(path), "MOTCUA_TEST_TREE": "abc"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:django",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:playwright",
    ]
    subprocess.run([*command, str(tmp_path)], cwd=tmp_path, env=environment, capture_output=True, check=False)
    written = json.loads(path.read_text())
    assert (written["tree"], written["complete"]) == ("abc", True)
    assert {name.split("::")[1]: test["outcome"] for name, test in written["tests"].items()} == {
        "test_good": "passed",
        "test_teardown": "failed",
        "test_skipped": "skipped",
    }
    assert [test["promises"] for name, test in written["tests"].items() if "good" in name] == [["a.b"]]
    [reason] = [test["reason"] for test in written["tests"].values() if "reason" in test]
    assert reason == "test_it.py:5: RuntimeError"
