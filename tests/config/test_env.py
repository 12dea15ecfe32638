"""The environment is checked as a whole, and production refuses what is only good for trying out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import BASE_DIR, DEFAULT_SECRET_KEY, Env, read_environment

PRODUCTION = {
    "MODE": "production",
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": "motcua.example",
    "BASE_URL": "https://motcua.example",
    "DATABASE_URL": "postgresql://motcua_web:p@db/motcua",
}


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Env.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def complaint(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    given(monkeypatch, **variables)
    with pytest.raises(SystemExit) as refused:
        read_environment()
    return str(refused.value)


def test_without_anything_it_is_a_development_machine() -> None:
    env = read_environment()
    assert (env.mode, env.production, env.debug) == ("development", False, False)
    assert env.data == BASE_DIR / "var"
    assert env.keys == BASE_DIR / "var" / "keys"


def test_folders_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, DATA_DIR="/data", KEYS_DIR="/keys", MAIL_DIR="letters")
    env = read_environment()
    assert (env.data, env.keys, env.mail) == (Path("/data"), Path("/keys"), BASE_DIR / "letters")


def test_an_empty_variable_is_one_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, VNSW_URL="", FROZEN_NOW="", WEB_PORT="")
    assert read_environment() == Env()


def test_complete_production_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, **PRODUCTION)
    assert read_environment().production


@pytest.mark.promise("configuration.production-refuses")
@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SECRET_KEY": DEFAULT_SECRET_KEY}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"BASE_URL": "http://motcua.example"}, "BASE_URL"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"FROZEN_NOW": "2026-03-02T09:00:00+07:00"}, "FROZEN_NOW"),
        ({"MOTCUA_FAULT": "file.after_rename"}, "MOTCUA_FAULT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_production_refuses(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str) -> None:
    said = complaint(monkeypatch, **(PRODUCTION | variables))
    assert [line for line in said.splitlines()[1:] if named not in line] == []


def test_a_role_is_needed_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable counts as not given, so only code can try this."""
    given(monkeypatch, **PRODUCTION)
    with pytest.raises(SystemExit, match="DATABASE_ROLE"):
        read_environment(database_role="")


@pytest.mark.promise("configuration.all-errors-at-once")
def test_all_errors_are_told_at_once_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "mysql://root:hunter2@db/x"
    said = complaint(
        monkeypatch,
        DATABASE_URL=secret,
        WEB_PORT="many",
        FROZEN_NOW="2026-03-02T09:00:00",
        REDIS_URL="amqp://x",
        TSA_URL="ldap://tsa",
    )
    assert {line.split(":")[0].strip(" -") for line in said.splitlines()[1:]} == {
        "DATABASE_URL",
        "WEB_PORT",
        "FROZEN_NOW",
        "REDIS_URL",
        "TSA_URL",
    }
    assert "hunter2" not in said


def test_a_token_needs_its_pin_and_a_time_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "PKCS11_PIN_FILE" in complaint(monkeypatch, PKCS11_MODULE="/usr/lib/device.so")
    given(monkeypatch, PKCS11_MODULE="/usr/lib/device.so", PKCS11_PIN_FILE="/run/pin", TSA_URL="http://tsa/")
    assert read_environment().pkcs11_token == "motcua"


def test_a_signing_service_needs_its_files_and_a_safe_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = complaint(monkeypatch, CSC_URL="http://csc.example/")
    for wanted in ("CSC_SECRET_FILE and CSC_CREDENTIALS_FILE", "https://", "TSA_URL"):
        assert wanted in said
    given(
        monkeypatch,
        CSC_URL="http://127.0.0.1:8111",
        CSC_SECRET_FILE="/run/secret",
        CSC_CREDENTIALS_FILE="/run/credentials.json",
    )
    assert read_environment().csc_client_id == "motcua"


@pytest.mark.promise("configuration.trial-modes-stay-home")
@pytest.mark.parametrize("mode", ["development", "demo", "test"])
def test_modes_with_test_keys_serve_this_machine_only(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    assert "needs MODE=production" in complaint(
        monkeypatch, MODE=mode, ALLOWED_HOSTS="127.0.0.1,motcua.example"
    )


def test_a_wrong_environment_ends_without_a_traceback() -> None:
    environment = {"PATH": os.environ["PATH"], "WEB_PORT": "many", "MODE": "prodution"}
    found = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    assert [line.split(":")[0] for line in found.stderr.splitlines()[1:]] == ["  - MODE", "  - WEB_PORT"]
