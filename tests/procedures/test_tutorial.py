"""docs/tutorial.md is true: its definition is followed word for word."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from procedures import catalog, checks, folders, seed, selectors
from procedures.definition.forms import validate
from procedures.models import ProcedureVersion
from workflows import selectors as previews
from workflows.flow.compile import class_name, compile_flow, parse_name

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tutorial.md").read_text("utf-8")
DAY = date(2026, 12, 1)


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.S)
    assert found is not None
    return found[1]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue in which step 1 and 2 were done as the page says."""
    shutil.copytree(catalog.CATALOGUE / "bases", tmp_path / "bases")
    make, copy = block("sh").strip().splitlines()
    target = tmp_path / make.removeprefix("mkdir -p procedures/catalogue/")
    target.mkdir(parents=True)
    pattern, copied_to = copy.removeprefix("cp procedures/catalogue/").split(" procedures/catalogue/")
    for template in tmp_path.glob(pattern):
        shutil.copy(template, tmp_path / copied_to)
    (target / "procedure.yaml").write_text(block("yaml"), "utf-8")
    monkeypatch.setattr(catalog, "folders", lambda root=tmp_path: folders.folders(tmp_path))
    return tmp_path


@pytest.mark.promise("tutorial.true")
def test_the_check_says_what_the_page_says(shelf: Path) -> None:
    assert checks.check_catalogue(None) == []
    file = shelf / "free-sale" / "2026-12-01" / "procedure.yaml"
    text = file.read_text("utf-8")
    assert text.count("      different_from: [appraise]\n") == 1
    file.write_text(text.replace("      different_from: [appraise]\n", ""), "utf-8")
    (message,) = checks.check_catalogue(None)
    said = f"{message.obj}: ({message.id}) {message.msg}"
    assert f"\n{said}\n" in PAGE


def test_it_is_published_found_and_can_be_filed(db: None, shelf: Path) -> None:
    seed.seed()
    row = ProcedureVersion.objects.get(procedure__code="free-sale")
    assert row.state == "published"
    assert catalog.in_force("free-sale", DAY).pk == row.pk
    assert [found.pk for found in selectors.search(text="luu hanh tu do", on=DAY)] == [row.pk]
    assert selectors.search(text="luu hanh tu do", on=date(2026, 11, 30)) == []
    definition = catalog.definition_of(row.sha256)
    answers = {"device_name": "Nhiệt kế", "destination": "LA", "copies": 2}
    _clean, errors = validate(definition, answers)
    assert [error.field for error in errors] == ["copies_why"]
    assert validate(definition, answers | {"copies": 1})[1] == []


@pytest.mark.usefixtures("monday_morning")
def test_its_papers_can_be_printed(shelf: Path) -> None:
    loaded = folders.load(shelf / "free-sale" / "2026-12-01")
    for kind in loaded.definition.papers:
        assert previews.preview(loaded.definition, loaded.files, kind).startswith(b"%PDF"), kind


def test_its_flow_compiles_under_a_permanent_name(shelf: Path) -> None:
    definition = folders.load(shelf / "free-sale" / "2026-12-01").definition
    flow = compile_flow(definition)
    assert flow.__name__ == class_name("free-sale", DAY) == "FreeSaleV20261201"
    assert parse_name(flow.__name__) == ("free-sale", DAY)


def test_every_fault_is_on_the_page_of_definitions(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    page = (root / "docs" / "definitions.md").read_text("utf-8")
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.M))
    source = "".join(
        (root / "procedures" / "definition" / f"{name}.py").read_text("utf-8")
        for name in (
            "blocks",
            "licence_faults",
            "list_faults",
            "signing_faults",
            "openings",
            "paper_faults",
            "shares",
            "shape",
            "walk",
        )
    )
    source += (root / "procedures" / "catalog.py").read_text("utf-8")
    raised = set(re.findall(r'(?:run\.find|Finding)\(\s*"([a-z_]+)"', source))
    raised |= set(re.findall(r'^    "([a-z_]+)": gettext_noop', source, re.M))
    assert listed == raised
