"""docs/promises.md and the markers name the same promises."""

import ast

from config.proof import BASE_DIR
from config.prove import read_promises
from tests.architecture.tree import modules, parsed


def marked() -> set[str]:
    """Every id in a `@pytest.mark.promise("…")` of the tests."""
    found = set()
    for name in modules():
        if name.parts[0] != "tests":
            continue
        for node in ast.walk(parsed(name)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "promise"
            ):
                found |= {
                    arg.value
                    for arg in node.args
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                }
    return found


def test_every_promise_is_shown_and_every_marker_is_promised() -> None:
    promises = read_promises((BASE_DIR / "docs" / "promises.md").read_text(encoding="utf-8"))
    by_test = {promise.id for promise in promises if not promise.benches}
    named = {promise.id for promise in promises}
    assert by_test - marked() == set(), "promised, and shown by no test"
    assert marked() - named == set(), "marked, and not promised"


def test_a_promise_id_is_written_out() -> None:
    """A computed id could not be checked above."""
    computed = [
        f"{name}:{node.lineno}"
        for name in modules()
        if name.parts[0] == "tests"
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "pytest.mark.promise"
        and not all(isinstance(arg, ast.Constant) for arg in node.args)
    ]
    assert computed == []
