"""An authority is asked about each certificate that signs (OCSP): its answer is kept, and believed while fresh."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp as library
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from procedures.now import now
from tests.papers.test_lists import Place, made, published
from workflows import revocation
from workflows.management.commands.revocation_service import server_for
from workflows.papers import custody, lists, ocsp, pki
from workflows.papers.ocsp import AnswerRefused, ask, kept, responder_of
from workflows.papers.revocation_service import TestRevocationAuthority
from workflows.papers.trust import TrustStore

pytestmark = pytest.mark.promise("papers.certificates-asked")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LEADER = "official:cuctruong"


@pytest.fixture
def place() -> Iterator[Place]:
    """A responder that says whatever it is told to say."""
    with published() as found:
        yield found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[str]:
    """The test authorities over HTTP."""
    server = server_for(TestRevocationAuthority(tmp_path / "keys", clock=lambda: AT))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def keys(tmp_path: Path, service: str, settings: Any) -> Path:
    folder = tmp_path / "keys"
    pki.issue(
        folder,
        ref=LEADER,
        common_name="Hoàng Văn Thịnh",
        organisation="Cục",
        responder=f"{service}/public/ocsp",
    )
    settings.KEYS_DIR = folder
    return folder


def world(keys: Path) -> TrustStore:
    return TrustStore.load(keys, "public")


def certificate(keys: Path) -> bytes:
    found = pki.certificate(keys, ref=LEADER)
    assert found
    return found


def unfit(keys: Path, at: datetime = AT) -> str | None:
    return custody.examined(certificate(keys), ref=LEADER, at=at).unfit


def test_a_certificate_that_is_revoked_since_the_last_list_signs_no_more(keys: Path, service: str) -> None:
    der, stale = certificate(keys), (keys / "public" / "ca.crl").read_bytes()
    assert responder_of(der) == f"{service}/public/ocsp"
    answered = ask(keys, world(keys), der, at=AT)
    assert answered
    assert answered.status == "good"
    pki.revoke(keys, ref=LEADER, at=AT - timedelta(minutes=10))
    assert revocation_asked(keys) == 1
    (keys / "public" / "ca.crl").write_bytes(stale)
    assert unfit(keys) == "revoked", "the list of yesterday does not name it yet"


def revocation_asked(keys: Path) -> int:
    revocation._fetched.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(revocation, "now", lambda: AT)
        return revocation.ask_about_certificates()


def test_a_fresh_answer_stands_for_a_list_that_is_out_of_date(keys: Path) -> None:
    (keys / "public" / "ca.crl").write_bytes(outdated(keys))
    assert unfit(keys) == "unknown"
    ask(keys, world(keys), certificate(keys), at=AT)
    assert unfit(keys) is None
    assert unfit(keys, AT + timedelta(hours=13)) == "unknown", "the answer is not fresh any more"


def outdated(keys: Path) -> bytes:
    return made(keys, since=AT - timedelta(days=9), until=AT - timedelta(days=2))


def test_what_a_list_says_is_not_taken_back_by_an_answer(keys: Path) -> None:
    ask(keys, world(keys), certificate(keys), at=AT)
    pki.revoke(keys, ref=LEADER, at=AT - timedelta(minutes=10))
    assert unfit(keys) == "revoked"


def test_openssl_reads_the_same_answer(keys: Path, tmp_path: Path) -> None:
    """A second implementation verifies what our test authority says and what we kept."""
    ask(keys, world(keys), certificate(keys), at=AT)
    (file,) = (keys / "public").glob("*.ocsp")
    home = next((keys / "signers").glob("official-cuctruong*"))
    said = subprocess.run(
        ["openssl", "ocsp", "-respin", file, "-issuer", keys / "public" / "ca.pem", "-cert", home / "cert.pem",
         "-CAfile", keys / "public" / "root.pem", "-verify_other", keys / "public" / "ca.pem",
         "-attime", str(int(AT.timestamp())), "-no_nonce"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Response verify OK" in said.stderr, said.stderr
    # OpenSSL warns that the answer is of another day than its own; that day is fixed in our tests.
    assert re.search(r"^(.*cert\.pem: )?good$", said.stdout, re.MULTILINE), said.stdout


def answer(
    keys: Path,
    *,
    issuer: str = "public",
    key: Any = None,
    responder: x509.Certificate | None = None,
    status: library.OCSPCertStatus = library.OCSPCertStatus.GOOD,
    about: bytes | None = None,
    since: datetime = AT,
    until: datetime | None = AT + timedelta(hours=1),
) -> bytes:
    """An answer about the leader's certificate, of whoever signs it."""
    authority = x509.load_pem_x509_certificate((keys / "public" / "ca.pem").read_bytes())
    signer = x509.load_pem_x509_certificate((keys / issuer / "ca.pem").read_bytes())
    builder = library.OCSPResponseBuilder().add_response(
        cert=x509.load_der_x509_certificate(about or certificate(keys)),
        issuer=authority,
        algorithm=hashes.SHA1(),
        cert_status=status,
        this_update=since,
        next_update=until,
        revocation_time=since if status is library.OCSPCertStatus.REVOKED else None,
        revocation_reason=None,
    )
    builder = builder.responder_id(library.OCSPResponderEncoding.HASH, responder or signer)
    if responder is not None:
        builder = builder.certificates([responder])
    signed = builder.sign(key or pki._load_key(keys / issuer / "ca.key"), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def delegate(
    keys: Path,
    *,
    usage: x509.ObjectIdentifier | None,
    until: datetime = AT + timedelta(days=9),
    by_itself: bool = False,
) -> Any:
    """(key, certificate) that the authority gave to somebody; `by_itself`: that only says so."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = x509.load_pem_x509_certificate((keys / "public" / "ca.pem").read_bytes())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Responder")]))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=9))
        .not_valid_after(until)
    )
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return key, builder.sign(key if by_itself else pki._load_key(keys / "public" / "ca.key"), hashes.SHA256())


@pytest.fixture
def aside(keys: Path, place: Place) -> bytes:
    """A certificate whose responder is the one that says what it is told."""
    other = "official:vanthu"
    pki.issue(keys, ref=other, common_name="Ngô Thị Mai", organisation="Cục", responder=place.url)
    der = pki.certificate(keys, ref=other)
    assert der
    return der


def test_a_responder_whom_the_authority_certified_for_it_is_believed(
    keys: Path, place: Place, aside: bytes
) -> None:
    key, responder = delegate(keys, usage=ExtendedKeyUsageOID.OCSP_SIGNING)
    place.body = answer(keys, key=key, responder=responder, about=aside)
    answered = ask(keys, world(keys), aside, at=AT)
    assert answered
    assert answered.status == "good"


@pytest.mark.parametrize(
    "usage", [None, ExtendedKeyUsageOID.TIME_STAMPING], ids=["for nothing", "for something else"]
)
def test_nobody_else_s_answer_is_believed(
    keys: Path, place: Place, aside: bytes, usage: x509.ObjectIdentifier | None
) -> None:
    key, responder = delegate(keys, usage=usage)
    place.body = answer(keys, key=key, responder=responder, about=aside)
    with pytest.raises(AnswerRefused, match="not signed"):
        ask(keys, world(keys), aside, at=AT)
    expired_key, expired = delegate(
        keys, usage=ExtendedKeyUsageOID.OCSP_SIGNING, until=AT - timedelta(minutes=1)
    )
    place.body = answer(keys, key=expired_key, responder=expired, about=aside)
    with pytest.raises(AnswerRefused, match="not signed"):
        ask(keys, world(keys), aside, at=AT)
    impostor_key, impostor = delegate(keys, usage=ExtendedKeyUsageOID.OCSP_SIGNING, by_itself=True)
    for body in (
        answer(keys, key=impostor_key, responder=impostor, about=aside),
        answer(keys, issuer="enterprise", about=aside),
    ):
        place.body = body
        with pytest.raises(AnswerRefused, match="not signed"):
            ask(keys, world(keys), aside, at=AT)
    assert kept(keys, world(keys), aside, at=AT) is None


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"about": "the leader's"}, "about another certificate"),
        ({"since": AT - timedelta(days=2), "until": AT - timedelta(days=1)}, "not fresh"),
        ({"since": AT - timedelta(days=8), "until": None}, "not fresh"),
        ({"since": AT - timedelta(days=8), "until": AT + timedelta(days=300)}, "not fresh"),
        ({"since": AT + timedelta(hours=1)}, "not fresh"),
        ({"status": library.OCSPCertStatus.UNKNOWN}, "does not know"),
    ],
)
def test_what_is_not_about_this_certificate_and_today_is_not_kept(
    keys: Path, place: Place, aside: bytes, given: dict[str, Any], why: str
) -> None:
    about = certificate(keys) if "about" in given else aside
    place.body = answer(keys, **(given | {"about": about}))
    with pytest.raises(AnswerRefused, match=why):
        ask(keys, world(keys), aside, at=AT)
    assert not list((keys / "public").glob("*.ocsp"))


def test_an_older_answer_does_not_take_the_place_of_a_newer_one(
    keys: Path, place: Place, aside: bytes
) -> None:
    """Somebody between us and the responder may still have a good one of an hour ago."""
    place.body = answer(
        keys, about=aside, status=library.OCSPCertStatus.REVOKED, since=AT - timedelta(minutes=5)
    )
    ask(keys, world(keys), aside, at=AT)
    place.body = answer(keys, about=aside, since=AT - timedelta(hours=1))
    with pytest.raises(AnswerRefused, match="older"):
        ask(keys, world(keys), aside, at=AT)
    found = kept(keys, world(keys), aside, at=AT)
    assert found
    assert found.status == "revoked"


@pytest.mark.parametrize("body", [b"", b"junk", b"0\x03\n\x01\x06"], ids=["nothing", "junk", "unauthorized"])
def test_what_is_no_answer_is_told(keys: Path, place: Place, aside: bytes, body: bytes) -> None:
    place.body = body
    with pytest.raises(AnswerRefused):
        ask(keys, world(keys), aside, at=AT)
    place.status = 503
    with pytest.raises(AnswerRefused, match="answered 503"):
        ask(keys, world(keys), aside, at=AT)


def test_who_names_no_responder_is_not_asked_about(keys: Path) -> None:
    pki.issue(keys, ref="agency:HTTB", common_name="Cục", organisation="Bộ Y tế")
    der = pki.certificate(keys, ref="agency:HTTB")
    assert der
    assert responder_of(der) is None
    assert ask(keys, world(keys), der, at=AT) is None
    assert revocation_asked(keys) == 1, "the leader's alone"


def test_the_test_authorities_serve_lists_and_refuse_what_is_no_question(keys: Path, service: str) -> None:
    assert lists.refresh(keys, "public", f"{service}/public/ca.crl", at=AT)
    assert httpx.get(f"{service}/nobody/ca.crl").status_code == 404
    assert httpx.get(f"{service}/public/root.key").status_code == 404
    assert httpx.post(f"{service}/public/list", content=b"x").status_code == 404
    malformed = httpx.post(f"{service}/public/ocsp", content=b"junk").content
    assert library.load_der_ocsp_response(malformed).response_status.name == "MALFORMED_REQUEST"
    asked = library.OCSPRequestBuilder().add_certificate(
        x509.load_der_x509_certificate(certificate(keys)),
        x509.load_pem_x509_certificate((keys / "public" / "ca.pem").read_bytes()),
        ocsp.NAMED_BY,
    )
    body = asked.build().public_bytes(serialization.Encoding.DER)
    elsewhere = httpx.post(f"{service}/nobody/ocsp", content=body).content
    assert library.load_der_ocsp_response(elsewhere).response_status.name == "UNAUTHORIZED"


def test_the_command_serves_until_it_is_told_to_stop(keys: Path) -> None:
    """As an operator tries it, in a process of its own, with its own clock: today's."""
    command = [sys.executable, "manage.py", "revocation_service", "--port", "0"]
    environment = os.environ | {"KEYS_DIR": str(keys), "MODE": "development"}
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            place = next(
                word for word in process.stdout.readline().split() if word.endswith("/public/ca.crl")
            )
            assert lists.refresh(keys, "public", place, at=now())
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
