"""docs/law.md and the code say the same: article → rule → test, in both directions."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from procedures.law.life import LIFE, State

ROOT = Path(__file__).resolve().parents[2]
CITES = re.compile(r"\b(?:Art\.|Articles?|Điều) ?\d")
SEARCHED = ("procedures", "workflows", "integrations", "onestop")


@cache
def page() -> str:
    return (ROOT / "docs" / "law.md").read_text("utf-8")


def table(heading: str) -> list[list[str]]:
    part = page().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows]


def citing(tree: ast.Module, module: str) -> Iterator[str]:
    """Functions, methods and classes with functions whose own docstring cites an article."""

    def walk(node: ast.AST, name: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if CITES.search(ast.get_docstring(child) or ""):
                    yield f"{name}.{child.name}"
                yield from walk(child, f"{name}.{child.name}")

    return walk(tree, module)


def rules_in_code() -> set[str]:
    found: set[str] = set()
    for app in SEARCHED:
        for file in (ROOT / app).rglob("*.py"):
            if "migrations" not in file.parts:
                module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                found.update(citing(ast.parse(file.read_text("utf-8")), module))
    return found


def test_every_rule_that_cites_an_article_is_on_the_page_and_no_other() -> None:
    on_page = {row[1] for row in table("Rules")}
    assert on_page == rules_in_code()


@pytest.mark.parametrize("row", table("Rules"), ids=lambda row: row[1])
def test_every_rule_exists_and_has_its_test(row: list[str]) -> None:
    article, rule, test = row
    assert CITES.search(article)
    module, *rest = rule.rsplit(".", 1)
    try:
        held: object = importlib.import_module(module)
    except ModuleNotFoundError:
        module, outer = module.rsplit(".", 1)
        held = getattr(importlib.import_module(module), outer)
    assert hasattr(held, rest[0])
    path, name = test.split("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.promise("law.table-matches-code")
def test_the_acts_on_the_page_are_the_legal_table() -> None:
    expected = [
        [
            row.act.value,
            ", ".join(state.value for state in State if state in row.sources),
            row.target.value if row.target else "back",
            row.clock.value,
            row.source,
        ]
        for row in LIFE
    ]
    assert table("Acts") == expected
