"""What import-linter cannot see: foreign keys written as strings, registries, and the player's ignorance."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

from tests.architecture.tree import APPS, BASE_DIR, modules, parsed, text

HEIGHT = {app: height for height, app in enumerate(APPS)}
PLAYER = Path("tests/journeys/player.py")


@pytest.mark.promise("shape.arrows-point-down")
def test_relations_point_downward() -> None:
    """A model may name models of its own app, of apps below, and of the framework."""
    upward = []
    for app in APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                target = field.related_model if field.is_relation and not field.auto_created else None
                if target is None or isinstance(target, str):
                    continue
                if HEIGHT.get(target._meta.app_label, -1) > HEIGHT[app]:
                    upward.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert upward == []


@pytest.mark.promise("shape.arrows-point-down")
def test_strings_do_not_reach_upward() -> None:
    """`apps.get_model("onestop", …)` or `import_string("onestop.x")` in a lower app would be a hidden import."""
    lookups = {"get_model", "import_string", "import_module", "get_app_config"}
    upward = []
    for name in modules():
        if name.parts[0] not in HEIGHT or name.parts[0] == "config":
            continue
        for node in ast.walk(parsed(name)):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            words = [
                arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            ]
            if called in lookups and words and HEIGHT.get(words[0].split(".")[0], -1) > HEIGHT[name.parts[0]]:
                upward.append(f"{name}:{node.lineno} {words[0]}")
    assert upward == []


@pytest.mark.promise("demo.player-is-a-stranger")
def test_the_player_knows_only_addresses() -> None:
    """The player imports nothing of ours, not even indirectly: it must be a stranger to prove anything."""
    if not (BASE_DIR / PLAYER).exists():
        pytest.fail(f"{PLAYER} is missing")
    ours = {*APPS, "django", "viewflow"}
    probe = f"import runpy, sys; runpy.run_path({str(BASE_DIR / PLAYER)!r}, run_name='probe'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", probe], cwd=BASE_DIR, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {module.split(".")[0] for module in loaded} & ours == set()


@pytest.mark.promise("shape.weasyprint-is-lazy")
def test_weasyprint_is_imported_only_where_a_paper_is_made() -> None:
    """Its import opens native libraries: no module of ours imports it before a paper is rendered."""
    early = []
    for name in modules():
        if name.parts[0] not in APPS:
            continue
        for node in parsed(name).body:
            inside = [node, *getattr(node, "body", [])] if isinstance(node, ast.Try | ast.If) else [node]
            guarded = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
            for statement in inside:
                words = [alias.name for alias in statement.names] if isinstance(statement, ast.Import) else []
                words += [statement.module or ""] if isinstance(statement, ast.ImportFrom) else []
                if not guarded and any(word.split(".")[0] == "weasyprint" for word in words):
                    early.append(str(name))
    assert early == []
    users = {
        str(name.parent) for name in modules() if name.parts[0] in APPS and "import weasyprint" in text(name)
    }
    assert {user for user in users if not user.startswith("workflows/papers")} == set()


@pytest.mark.promise("shape.arrows-point-down")
def test_import_contracts_are_kept() -> None:
    """The contracts of pyproject.toml, as `make contracts` runs them."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None
    found = subprocess.run([command, "--no-cache"], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-3000:]
