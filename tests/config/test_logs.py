"""Nothing personal and nothing secret reaches a log line."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
import structlog

from config.logs import HIDDEN, logging_configuration


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The product's own logging, written where the test can read it; the former one is put back."""
    written = io.StringIO()
    configuration = logging_configuration(level="INFO")
    logging.config.dictConfig(configuration)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    logging.config.dictConfig(configuration)


PERSONAL = [
    "079201001234",  # citizen's number
    "0312345678",  # tax code
    "0312345678-001",
    "+84 912 345 678",
    "0912.345.678",
    "lan.nguyen@example.vn",
    "Bearer abcdefghijklmnop",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "postgresql://motcua:hunter2@db/motcua",
]


@pytest.mark.promise("logs.no-personal-data")
@pytest.mark.parametrize("secret", PERSONAL)
def test_personal_data_is_hidden_wherever_it_stands(lines: io.StringIO, secret: str) -> None:
    hidden = "hunter2" if "hunter2" in secret else secret
    structlog.get_logger("motcua.test").warning(
        f"about {secret}", note=f"x {secret} y", deep={"list": [secret]}
    )
    logging.getLogger("django.request").warning("Bad Request: %s", secret)
    try:
        raise ValueError(f"wrong: {secret}")
    except ValueError:
        logging.getLogger("workflows").exception("failed")
    assert hidden not in lines.getvalue()
    assert lines.getvalue().count(HIDDEN) >= 5
    assert all(json.loads(line) for line in lines.getvalue().splitlines())


@pytest.mark.promise("logs.no-personal-data")
def test_values_under_telling_keys_are_hidden(lines: io.StringIO) -> None:
    structlog.get_logger("motcua.test").info(
        "signed in",
        password="Đèn đỏ",
        csrf_token="abc",
        full_name="Nguyễn Thị Lan",
        extra={"address": "Hà Nội"},
    )
    event = json.loads(lines.getvalue())
    assert [event[key] for key in ("password", "csrf_token", "full_name")] == [HIDDEN] * 3
    assert event["extra"] == {"address": HIDDEN}


def test_what_a_log_is_for_stays(lines: io.StringIO) -> None:
    structlog.get_logger("motcua.test").info(
        "delivered", dossier="000.00.01.G01-261122-0001", attempt=3, seconds=0.25, sha256="a" * 64, ok=True
    )
    event = json.loads(lines.getvalue())
    assert event["dossier"] == "000.00.01.G01-261122-0001"
    assert (event["attempt"], event["seconds"], event["sha256"], event["ok"]) == (3, 0.25, "a" * 64, True)
    assert (event["level"], event["logger"]) == ("info", "motcua.test")
    assert event["timestamp"].endswith("Z")
