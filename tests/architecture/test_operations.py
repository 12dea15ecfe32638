"""What operators read agrees with what the program reads."""

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from config.env import Env
from tests.architecture.tree import BASE_DIR

COMPOSE = BASE_DIR / "docker-compose.yml"
KNOWN = {name.upper() for name in Env.model_fields}
OF_IMAGES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
OF_COMPOSE = {"DATABASE_PASSWORD", "DATABASE_OWNER_PASSWORD"}
FILLED = {
    "SECRET_KEY": "s" * 64,
    "DATABASE_PASSWORD": "p",
    "DATABASE_OWNER_PASSWORD": "q",
    "ALLOWED_HOSTS": "motcua.example",
    "BASE_URL": "https://motcua.example",
}


def compose() -> dict[str, Any]:
    """The services of docker-compose.yml, without their substitutions."""
    services: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())["services"]
    return services


@pytest.mark.promise("operations.compose-agrees")
def test_compose_passes_only_variables_that_exist() -> None:
    passed = {name for service in compose().values() for name in service.get("environment", {})}
    assert passed - KNOWN - OF_IMAGES == set()
    substituted = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    assert substituted - KNOWN - OF_COMPOSE == set()


@pytest.mark.promise("operations.compose-agrees")
@pytest.mark.parametrize("service", ["web", "worker", "relay", "delivery", "migrate"])
def test_compose_starts_in_production_mode(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that compose gives to a service is one with which production starts."""
    given = compose()[service]["environment"]
    fill = re.compile(r"\$\{(\w+)(?::[-?]([^}]*))?\}")
    values = {
        name: fill.sub(lambda found: FILLED.get(found[1], ""), str(value)) for name, value in given.items()
    }
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    env = Env()
    assert env.production
    assert "motcua_web" in env.database_url
    assert bool(env.database_owner_url) == (service == "migrate"), "only migrate knows the owner's password"


@pytest.mark.promise("operations.compose-agrees")
def test_compose_is_valid() -> None:
    command = _compose_command()
    if command is None:
        pytest.skip("neither docker-compose nor docker compose is installed")
    environment = os.environ | FILLED
    found = subprocess.run(
        [*command, "-f", str(COMPOSE), "config", "--quiet"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 0, found.stderr
    services = {"web", "worker", "relay", "delivery", "migrate", "postgres", "redis"}
    assert set(compose()) == services


def _compose_command() -> list[str] | None:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if (
        shutil.which("docker")
        and subprocess.run(["docker", "compose", "version"], capture_output=True).returncode == 0
    ):
        return ["docker", "compose"]
    return None


def test_every_variable_is_described_and_documented() -> None:
    assert [name for name, field in Env.model_fields.items() if not field.description] == []
    manual = (BASE_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", manual, flags=re.MULTILINE))
    assert documented == KNOWN


def test_requirements_are_pinned_by_hash_and_name_no_address() -> None:
    for name in ("base", "dev"):
        content = (BASE_DIR / "requirements" / f"{name}.txt").read_text()
        assert "://" not in content
        pins = re.split(r"\n(?=\S)", content.strip())
        assert [pin.split()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_every_pin_of_the_product_is_also_a_pin_of_development() -> None:
    pins = {
        name: set(
            re.findall(r"^(\S+==\S+)", (BASE_DIR / "requirements" / f"{name}.txt").read_text(), re.MULTILINE)
        )
        for name in ("base", "dev")
    }
    assert pins["base"] - pins["dev"] == set()


def test_documentation_links_lead_somewhere() -> None:
    broken = []
    for page in [*BASE_DIR.glob("*.md"), *BASE_DIR.glob("docs/**/*.md"), *BASE_DIR.glob("bench/**/*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if (
                "://" not in target
                and not target.startswith("mailto:")
                and not (page.parent / target).exists()
            ):
                broken.append(f"{page.relative_to(BASE_DIR)} → {target}")
    assert broken == []
