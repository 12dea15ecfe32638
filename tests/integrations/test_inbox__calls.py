"""Partners that call us: over real HTTP, with the bytes of their simulators."""

from collections.abc import Callable

import httpx
import pytest

from integrations import delivery
from integrations.models import Connector, Inbound, Message
from integrations.partners import keys
from integrations.partners.asw import codec as asw_codec
from integrations.partners.vnsw import codec as vnsw_codec
from integrations.registry import registry, wire
from integrations.signed_xml import resign, text_of, verify
from procedures.now import now
from tests.integrations import effects
from tests.integrations.played import Played

pytestmark = [
    pytest.mark.urls("tests.integrations.urls"),
    pytest.mark.parametrize("partner", ["vnsw", "asw"]),
]


def post(address: str, body: bytes) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.post(address, content=body)


@pytest.mark.promise("messages.answered-twice")
def test_partner_brings_its_answer_twice_before_it_answers_the_call(
    partner: str,
    transactional_db: None,
    live_server: object,
    line: Callable[[str], Connector],
    running: Callable[[str], Played],
    write: Callable[..., Message],
) -> None:
    effects.clear()
    line(partner)
    window, message = running(partner), write(partner)
    window.behave("twice", push=f"{live_server}/lien-thong/{partner}")
    delivery.attempt_now(message)
    delivery.sweep()
    message.refresh_from_db()
    assert message.state == "accepted"
    assert effects.of(message) == ["accepted"]
    assert window.brought()[-2:] == [200, 200]
    assert len(window.entries_of(message.wire_id)) == 1
    assert Inbound.objects.filter(message=message, state="conflict").count() == 0


@pytest.fixture
def settled(
    partner: str, line: Callable[[str], Connector], write: Callable[..., Message]
) -> tuple[Message, bytes]:
    """A message that was answered, and the call by which the partner would bring the answer."""
    line(partner)
    message = write(partner)
    delivery.attempt_now(message)
    delivery.sweep()
    raw = bytes(Inbound.objects.filter(message=message).latest("id").raw)
    return message, raw


def call_with(partner: str, raw: bytes) -> bytes:
    return vnsw_codec.wrap(raw, part="request") if partner == "vnsw" else raw


def test_call_is_acknowledged_and_a_repeated_one_gets_the_same_bytes(
    client, partner, line, running, write
) -> None:
    line(partner)
    window, message = running(partner), write(partner)
    adapter = registry.get(partner)
    raw = adapter.exchange(
        line=wire(message.connector), content=bytes(message.content), wire_id=message.wire_id
    )
    if partner == "asw":  # the gateway's receipt came first; now the member's response
        [raw] = [
            one for one in adapter.fetch(line=wire(message.connector)) if message.wire_id.encode() in one
        ]
    calls = [
        client.post(f"/lien-thong/{partner}", data=call_with(partner, raw), content_type="application/xml")
        for _ in range(2)
    ]
    assert [call.status_code for call in calls] == [200, 200]
    assert calls[0].content == calls[1].content
    assert effects.of(message) == ["accepted"]
    assert len(window.entries_of(message.wire_id)) == 1
    if partner == "vnsw":
        signed = vnsw_codec.unwrap(calls[0].content, part="response")
        root = verify(signed, within=vnsw_codec.SIGNED_WITHIN, pinned=keys.certificate(keys.OURS), now=now())
        assert text_of(root, "Header/Subject/function") == "99"


@pytest.mark.promise("messages.wrong-signature")
def test_unknown_signature_is_refused_with_401_in_the_partners_own_form(
    client, partner, settled, caplog
) -> None:
    message, raw = settled
    before = Inbound.objects.count()
    within = vnsw_codec.SIGNED_WITHIN if partner == "vnsw" else asw_codec.SIGNED_WITHIN
    forged = call_with(partner, resign(raw, within=within, by=keys.signatory("stranger")))
    answer = client.post(f"/lien-thong/{partner}", data=forged, content_type="application/xml")
    assert answer.status_code == 401
    assert (b"Fault" if partner == "vnsw" else b'"error": "E02"') in answer.content
    assert b"signature" in answer.content
    assert Inbound.objects.count() == before
    assert message.dossier_code not in caplog.text


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"<a>", b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ids=["empty", "json", "broken", "encoding", "entity"],
)
def test_what_cannot_be_read_is_refused_with_400(client, db, partner, body) -> None:
    answer = client.post(f"/lien-thong/{partner}", data=body, content_type="application/xml")
    assert answer.status_code == 400
    assert b"root:" not in answer.content


def test_too_large_is_refused_and_a_browser_is_too(client, db, partner) -> None:
    large = client.post(f"/lien-thong/{partner}", data=b"x" * (5 * 1024 * 1024 + 1), content_type="text/xml")
    assert large.status_code == 413
    assert client.get(f"/lien-thong/{partner}").status_code == 405
    assert client.post("/lien-thong/nobody", data=b"x", content_type="text/xml").status_code == 404


def test_closed_line_refuses(client, db, partner) -> None:
    registry.get(partner)
    Connector.objects.create(name=partner, mode="off")
    assert client.post(f"/lien-thong/{partner}", data=b"x", content_type="text/xml").status_code == 503
