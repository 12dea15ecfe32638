"""Bad calls at a partner's door, over real HTTP: refused in the partner's own form, and nothing is kept."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from integrations.envelope import Answer, AnswerKind
from integrations.models import Inbound
from integrations.partners.vnsw import codec
from integrations.registry import registry
from integrations.views import LARGEST_CALL
from procedures.now import frozen, now
from tests.scenarios import MONDAY


@pytest.fixture(autouse=True)
def monday(transactional_db: None) -> Iterator[None]:
    """The clock stands still on a working day."""
    with frozen(MONDAY):
        yield


DOOR = "/lien-thong/vnsw/"
EXPANDING = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
    b"<a>&c;</a>"
)


def call(url: str, body: Any, **headers: str) -> httpx.Response:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        return client.post(DOOR, content=body, headers={"Content-Type": "text/xml"} | headers)


@pytest.mark.promise("input.partners-are-not-believed")
def test_what_a_stranger_sends_to_a_partners_door_is_refused_in_the_partners_form(live_server: Any) -> None:
    adapter: Any = registry.get("vnsw")
    about = Answer(kind=AnswerKind.ACCEPTED, peer_id="forged-1", about="", reference="x")
    ours: bytes = codec.unwrap(adapter.acknowledge(about, at=now()), part="response")
    cases = {
        "signed, but not by the window": (codec.wrap(ours, part="request"), 401),
        "signature cut out": (codec.wrap(re.sub(rb"<SystemSignature.*</SystemSignature>", b"", ours, flags=re.DOTALL),
                                         part="request"), 401),
        "garbage": (b"\xff\xfe\x00garbage", 400),
        "not closed": (b"<Envelope><Header>", 400),
        "nothing": (b"", 400),
        "expanding": (EXPANDING, 400),
        "another document": (b"<html><body>x</body></html>", 400),
        "too large": (b"x" * (LARGEST_CALL + 1), 413),
    }  # fmt: skip
    for what, (body, status) in cases.items():
        answer = call(live_server.url, body)
        assert answer.status_code == status, (what, answer.text[:300])
        assert "xml" in answer.headers["Content-Type"], what
        assert b"Fault" in answer.content, what
        assert b"Traceback" not in answer.content, what
    assert not Inbound.objects.exists()


def test_a_partner_that_announces_gigabytes_is_answered_at_once(live_server: Any) -> None:
    address = urlsplit(live_server.url)
    line = HTTPConnection(str(address.hostname), address.port, timeout=30)
    line.putrequest("POST", DOOR)
    line.putheader("Content-Type", "text/xml")
    line.putheader("Content-Length", str(4 * 1024**3))
    line.endheaders()
    line.send(b"x" * (LARGEST_CALL + 1))
    try:
        assert line.getresponse().status == 413
    finally:
        line.close()
    assert not Inbound.objects.exists()


def test_an_unknown_partner_has_no_door(live_server: Any) -> None:
    with httpx.Client(base_url=live_server.url, trust_env=False, timeout=60) as client:
        assert client.post("/lien-thong/khong-co/", content=b"<a/>").status_code == 404
        assert client.put(DOOR, content=b"<a/>").status_code == 405
        assert client.get(DOOR).status_code == 405
