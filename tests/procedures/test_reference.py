"""docs/generated is what the models say, and tells every key that the catalogue writes."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from procedures import catalog, folders
from procedures.definition.reference import page, schema

pytestmark = pytest.mark.promise("procedures.reference-generated")


def test_the_files_are_those_that_the_models_write(pytestconfig: pytest.Config) -> None:
    out = StringIO()
    call_command("definition_schema", check=True, stdout=out)
    assert out.getvalue().startswith("nothing")
    held = pytestconfig.rootpath / "docs" / "generated" / "definition.schema.json"
    assert json.loads(held.read_text("utf-8")) == schema()


def test_a_stale_page_is_told(tmp_path: Any, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(SystemExit):
        call_command("definition_schema", check=True, stdout=StringIO())
    assert not (tmp_path / "docs" / "generated" / "definition.md").exists()


def keys(value: Any) -> set[str]:
    """Every key of a definition that a model gives; those of free mappings (papers, tables, units) are names."""
    if isinstance(value, list):
        return {key for item in value for key in keys(item)}
    if not isinstance(value, dict):
        return set()
    found = set(value)
    for name, held in value.items():
        if name in {"papers", "tables"}:
            found |= {key for item in held.values() for key in keys(item)}
        elif name not in {"units", "when"}:
            found |= keys(held)
    return found


def test_every_key_of_the_catalogue_is_on_the_page_and_in_the_schema() -> None:
    made = schema()
    known = set(made["properties"]) | {
        key for one in made["$defs"].values() for key in one.get("properties", {})
    }
    shown = page()
    for folder in catalog.folders():
        for key in keys(folders.source(catalog.load(folder).files)):
            assert key in known, key
            assert f"| `{key}` |" in shown, key


def test_what_a_key_means_stands_with_it() -> None:
    terms = schema()["$defs"]["Terms"]["properties"]
    assert (
        terms["supplement_notice"]["description"] == "Within which the authority must ask for a supplement."
    )
