"""Simulators in processes of their own, a licence to tell of, and a table of effects."""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from config.database import connection_address
from integrations import answers, outgoing, registry
from integrations.models import Connector, Message
from tests.integrations import effects
from tests.integrations.played import Played

PAPER = b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF\n"
PATIENCE = 10
"""Seconds; a busy machine must not look like a slow partner."""
_dossiers = itertools.count(1000)


def licence(dossier_id: int) -> dict[str, Any]:
    """Facts in the shape of `workflows.selectors.licence_document`."""
    return {
        "register": "device_import",
        "number": f"{dossier_id}/QĐ-HTTB",
        "issued_on": date(2026, 11, 20),
        "valid_until": date(2027, 11, 20),
        "decision_number": f"{dossier_id}/QĐ-HTTB",
        "agency": {"code": "HTTB", "national_code": "000.00.18.G10", "name": "Cục Hạ tầng và Thiết bị y tế"},
        "signer": "Nguyễn Thị Ánh",
        "dossier_code": f"000.00.18.G10-261120-{dossier_id}",
        "national_code": "BYTE0400010",
        "holder": {
            "name": "Công ty TNHH Thiết bị Y tế Ánh Dương & Bạn <VN>",
            "tax_code": "0101234567",
            "address": "12 Phố Huế, Hà Nội",
            "phone": "0912345678",
            "email": "lienhe@anhduong.example",
        },
        "purpose": "aid",
        "border_gate": "VNHPH",
        "devices": [
            {"name": "Máy thở", "model": "V-500", "hs_code": "90192000", "quantity": 12, "unit": "Cái",
             "manufacturer": "Dräger", "country": "DE", "year": 2026},
            {"name": "Bơm tiêm điện", "model": "SP-2", "hs_code": "90189090", "quantity": 30, "unit": "thùng 4 hộp",
             "manufacturer": "Siam Medical", "country": "TH", "year": None},
        ],
        "pdf_sha256": hashlib.sha256(PAPER).hexdigest(),
        "verification_url": "http://127.0.0.1:8000/kiem-tra/8F3K2M9Q",
        "verification_code": "8F3K2M9Q",
    }  # fmt: skip


@pytest.fixture
def recorded(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers take effect in the table of effects."""
    effects.make_table(connection_address(connection))
    monkeypatch.setattr(answers, "record", effects.record)


def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Played]]:
    """The simulator of a partner, started when first needed; all are stopped in the end."""
    started: dict[str, Played] = {}

    def get(partner: str) -> Played:
        if partner not in started:
            started[partner] = Played(partner, folder=tmp_path_factory.mktemp(partner)).start()
        return started[partner]

    yield get
    for played in started.values():
        played.stop()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Played]]:
    """Simulators that remember what all tests sent."""
    yield from simulators(tmp_path_factory)


@pytest.fixture
def line(db: None, recorded: None, running: Callable[[str], Played]) -> Callable[[str], Connector]:
    """A partner's connector, pointed at its well-behaved simulator."""

    def connect(partner: str) -> Connector:
        played = running(partner)
        played.ensure().behave("ok")
        row = registry.connector(partner)
        Connector.objects.filter(pk=row.pk).update(
            endpoint=played.address, patience=PATIENCE, failures=0, open_until=None
        )
        row.refresh_from_db()
        return row

    return connect


@pytest.fixture
def write() -> Callable[..., Message]:
    """Write a message about a new licence, or about one more revision of it."""

    def make(partner: str, *, dossier_id: int | None = None, revision: int = 1, **changes: Any) -> Message:
        dossier = dossier_id or next(_dossiers)
        message = outgoing.enqueue(
            partner=partner,
            dossier_id=dossier,
            facts=licence(dossier) | changes,
            paper=PAPER,
            revision=revision,
        )
        assert message is not None
        return message

    return make


def journal_of(folder: Path) -> bytes:
    """The raw memory of a simulator."""
    return (folder / "journal.jsonl").read_bytes()
