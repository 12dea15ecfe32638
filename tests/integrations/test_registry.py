"""Partners are complete, named once, configured before they are needed; lines and simulators can be looked at."""

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from integrations import delivery, registry, selectors
from integrations.codes import load
from integrations.envelope import Unmappable
from integrations.models import Connector, Message
from integrations.partners import keys
from integrations.partners.vnsw.adapter import CustomsWindow
from tests.integrations.played import ROOT, Played


def test_a_name_is_used_once_and_an_adapter_is_complete() -> None:
    fresh = registry.Registry()
    fresh.add(CustomsWindow())
    with pytest.raises(ValueError, match="two partners"):
        fresh.add(CustomsWindow())
    with pytest.raises(TypeError, match="lacks acknowledge, check_config"):
        fresh.add(object())  # type: ignore[arg-type]
    with pytest.raises(LookupError, match="nobody"):
        fresh.get("nobody")


@pytest.mark.parametrize("name", registry.NAMES)
def test_partner_folder_is_whole(name: str) -> None:
    folder = ROOT / "integrations" / "partners" / name
    assert {"adapter.py", "mapping.py", "codec.py", "codes.yaml", "simulator.py"} <= {
        p.name for p in folder.iterdir()
    }
    for schema in (folder / "schema").iterdir():
        assert "RECONSTRUCTED" in schema.read_text(encoding="utf-8")
    assert load(folder / "codes.yaml").illustrative
    assert registry.registry.get(name).check_config() == []


def test_codes_are_those_of_the_day(tmp_path: Path) -> None:
    file = tmp_path / "codes.yaml"
    file.write_text(
        "maps:\n  unit:\n    - {effective: 2024-01-01, values: {Cái: A}}\n"
        "    - {effective: 2026-01-01, values: {cái: B}}\n",
        encoding="utf-8",
    )
    codes = load(file)
    assert codes.value("unit", " CÁI ", on=date(2025, 12, 31)) == "A"
    assert codes.value("unit", "cái", on=date(2026, 1, 1)) == "B"
    for key, day in (("cái", date(2023, 1, 1)), ("hộp", date(2026, 1, 1))):
        with pytest.raises(Unmappable):
            codes.value("unit", key, on=day)


def test_production_makes_no_keys_and_opens_no_line(
    db: None, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.PRODUCTION", True, raising=False)
    monkeypatch.setattr("django.conf.settings.KEYS_DIR", tmp_path, raising=False)
    with pytest.raises(keys.KeyMissing):
        keys.signatory(keys.OURS)
    with pytest.raises(keys.KeyMissing):
        keys.certificate("vnsw")
    assert registry.connector("vnsw").mode == "off"
    assert all(registry.registry.get(name).check_config() for name in registry.NAMES)
    with pytest.raises(CommandError, match="production"):
        call_command("simulate", "vnsw")
    assert list(tmp_path.rglob("*.pem")) == []


def test_keys_are_private_and_made_once() -> None:
    first = keys.signatory(keys.OURS).certificate
    folder = Path(settings.KEYS_DIR) / "partners"
    script = (
        "from integrations.partners import keys; print(keys.signatory('fresh').certificate.serial_number)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1
    assert keys.signatory(keys.OURS).certificate == first
    assert (folder / "motcua.pem").stat().st_mode & 0o077 == 0
    assert not list(folder.glob(".*"))


def test_lines_show_their_health(line: Callable[[str], Connector], write: Callable[..., Message]) -> None:
    line("vnsw")
    write("vnsw")
    views = {view.name: view for view in selectors.lines()}
    assert set(views) == set(registry.NAMES)
    assert views["vnsw"].waiting == 1
    assert views["vnsw"].oldest_waiting is not None
    assert views["vnsw"].problems == []
    assert views["vnsw"].mode == "simulate"
    Connector.objects.filter(name="vnsw").update(mode="live", endpoint="http://window.example")
    views = {view.name: view for view in selectors.lines()}
    assert len(views["vnsw"].problems) == 2


def test_simulator_shows_people_what_arrived(
    line: Callable[[str], Connector], running: Callable[[str], Played], write: Callable[..., Message]
) -> None:
    line("vnsw")
    message = write("vnsw")
    delivery.attempt_now(message)
    with httpx.Client(trust_env=False) as client:
        page = client.get(running("vnsw").address + "/")
        assert client.get(running("vnsw").address + "/nowhere").status_code == 404
        assert client.post(running("vnsw").address + "/_control", content=b"{}").status_code == 400
    assert page.status_code == 200
    assert message.subject in page.text
    assert "Bạn &lt;VN&gt;" in page.text


def test_customs_gives_no_access_without_our_assertion(
    line: Callable[[str], Connector], running: Callable[[str], Played]
) -> None:
    line("vnsw")
    with httpx.Client(trust_env=False, base_url=running("vnsw").address) as client:
        assert client.post("/ws", content=b"<a/>").status_code == 401
        assert client.post("/ws", content=b"<a/>", headers={"Authorization": "Bearer x"}).status_code == 401
        assert client.post("/token", data={"client_assertion": "a.b.c"}).status_code == 400


def test_busy_port_is_one_clear_line(running: Callable[[str], Played], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"port \d+ cannot be used .*--port"):
        call_command(
            "simulate", "vnsw", port=running("vnsw").ensure().port, data=tmp_path, stdout=io.StringIO()
        )


def test_one_round_of_the_loop(
    line: Callable[[str], Connector], running: Callable[[str], Played], write: Callable[..., Message]
) -> None:
    line("asw")
    message = write("asw")
    call_command("deliver", once=True)
    message.refresh_from_db()
    assert message.state == "accepted"
