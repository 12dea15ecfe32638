"""The house is built as its plan says: rooms, names, sizes, and nothing of this machine in it."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import APPS, BASE_DIR, files, modules, parsed, text

LONGEST = 500  # lines; 300 is the aim
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "tools", "lib"}
TOP_LEVEL = {
    ".ci", ".dockerignore", ".editorconfig", ".env.example", ".gitignore", ".pre-commit-config.yaml",
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md",
    "bench", "config", "docker-compose.yml", "docs", "integrations", "locale", "manage.py", "onestop",
    "procedures", "pyproject.toml", "requirements", "tests", "workflows",
}  # fmt: skip
NOT_TEXT = {
    ".png", ".jpg", ".jpeg", ".ico", ".woff", ".woff2", ".ttf", ".otf", ".pdf", ".mo", ".zip", ".gz",
    ".docx", ".xlsx", ".p12", ".der",
}  # fmt: skip
# Pieces are joined here, or this file would find itself.
LOCAL = [
    (
        "a package registry",
        re.compile("|".join([r"pypi" + r"\.org", r"registry\.npm" + r"js", r"\.python" + "hosted"])),
    ),
    ("an index option", re.compile(r"^\s*--(?:extra-)?index-url|^\s*--find-links", re.MULTILINE)),
    ("a path of one machine", re.compile(r"(?<![\w.])/(?:wor" + r"k|home/\w+|Users/\w+|root)/[\w.]")),
    ("a temporary path", re.compile(r"(?<![\w.\"'])/tm" + r"p/[\w.]+")),
]


@pytest.mark.promise("shape.small-modules")
@pytest.mark.parametrize("name", modules(), ids=str)
def test_module_is_small_enough_to_read(name: Path) -> None:
    assert len(text(name).splitlines()) <= LONGEST


@pytest.mark.promise("shape.domain-names")
def test_nothing_is_named_for_having_no_better_name() -> None:
    assert [str(name) for name in files() if FORBIDDEN_NAMES & {*name.parts[:-1], name.stem}] == []


def test_top_level_holds_only_what_the_plan_names() -> None:
    assert {name.parts[0] for name in files()} - TOP_LEVEL == set()


@pytest.mark.promise("shape.portable")
@pytest.mark.parametrize(("what", "pattern"), LOCAL, ids=[what for what, _ in LOCAL])
def test_nothing_of_this_machine_is_in_the_project(what: str, pattern: re.Pattern[str]) -> None:
    found = []
    for name in files():
        if name.suffix in NOT_TEXT or name.parts[:2] == ("tests", "vendor"):
            continue
        content = (BASE_DIR / name).read_bytes().decode("utf-8", errors="replace")
        found += [f"{name}: {match.group()}" for match in pattern.finditer(content)]
    assert found == [], what


@pytest.mark.parametrize("app", APPS)
def test_every_module_says_what_it_is_for(app: str) -> None:
    silent = [
        str(name)
        for name in modules()
        if name.parts[0] == app
        and name.name not in {"__init__.py", "apps.py"}
        and ast.get_docstring(parsed(name)) is None
        and text(name).strip()
    ]
    assert silent == []


@pytest.mark.promise("shape.procedures-are-data")
def test_no_code_asks_which_procedure_it_serves() -> None:
    """A new procedure is data: its name is never compared with in code (catalogue folders are data)."""
    known = {path.name for path in (BASE_DIR / "procedures" / "catalogue").iterdir() if path.is_dir()}
    ladders = []
    for name in modules():
        if name.parts[0] not in APPS or "catalogue" in name.parts:
            continue
        for node in ast.walk(parsed(name)):
            if isinstance(node, ast.Compare):
                compared = [node.left, *node.comparators]
            elif isinstance(node, ast.MatchValue):
                compared = [node.value]
            else:
                continue
            if any(isinstance(value, ast.Constant) and value.value in known for value in compared):
                ladders.append(f"{name}:{node.lineno}")
    assert ladders == []


@pytest.mark.promise("shape.one-clock")
def test_one_module_reads_the_clock() -> None:
    asking = re.compile(
        r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|timezone\.(?:now|localdate|localtime))\("
    )
    found = [
        f"{name}: {match.group()}"
        for name in modules()
        if name.parts[0] in APPS and name != Path("procedures/now.py")
        for match in asking.finditer(text(name))
    ]
    assert found == []


def test_one_module_reads_the_environment() -> None:
    """Configuration enters through config.env; only what runs before or around Django reads os.environ itself."""
    around_django = [
        "bootstrap",
        "celery",
        "children",
        "doctor",
        "embedded",
        "env",
        "forget",
        "play",
        "prove",
    ]
    around_django += ["supervisor", "testing", "wsgi"]
    allowed = {Path("config", f"{name}.py") for name in around_django}
    allowed.add(
        Path("workflows/faults.py")
    )  # a test gives a fault point to one process, whatever its settings
    found = [
        str(name)
        for name in modules()
        if name.parts[0] in APPS
        and name not in allowed
        and re.search(r"\bos\.(?:environ|getenv)\b", text(name))
    ]
    assert found == []
