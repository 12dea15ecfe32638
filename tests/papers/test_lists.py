"""Revocation lists are fetched over HTTP, and kept only if they are what an authority of that world says today."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from workflows import checks, revocation
from workflows.papers import custody, lists, pki
from workflows.papers.lists import Ending, ListRefused, addresses, ending, refresh
from workflows.papers.trust import TrustStore

pytestmark = pytest.mark.promise("papers.lists-fetched")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LEADER = "official:cuctruong"


class Place:
    """Where an authority publishes its list: what it serves can be changed."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = b"", 200, 0
        place = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.asked += 1
                self.send_response(place.status)
                self.send_header("Content-Length", str(len(place.body)))
                self.end_headers()
                self.wfile.write(place.body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ca.crl"


@contextmanager
def published() -> Iterator[Place]:
    place = Place()
    thread = threading.Thread(target=place.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield place
    finally:
        place.server.shutdown()
        place.server.server_close()
        thread.join(10)


@pytest.fixture
def place() -> Iterator[Place]:
    with published() as found:
        yield found


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A PKI of one test, with a signer."""
    folder = tmp_path / "keys"
    pki.issue(folder, ref=LEADER, common_name="Hoàng Văn Thịnh", organisation="Cục")
    return folder


def made(
    keys: Path,
    *,
    store: str = "public",
    since: datetime = AT - timedelta(hours=1),
    until: datetime = AT + timedelta(days=3),
    revoked: tuple[int, ...] = (),
    extension: x509.ExtensionType | None = None,
) -> bytes:
    """A list as the authority of that world would sign it, DER."""
    home = keys / store
    authority = x509.load_pem_x509_certificate((home / "ca.pem").read_bytes())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(since)
        .next_update(until)
    )
    for serial in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        )
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    signed = builder.sign(pki._load_key(home / "ca.key"), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def kept(keys: Path, place: Place) -> Path:
    return keys / "public" / f"fetched-{hashlib.sha256(place.url.encode()).hexdigest()[:16]}.crl"


def serial_of(keys: Path) -> int:
    der = pki.certificate(keys, ref=LEADER)
    assert der
    return x509.load_der_x509_certificate(der).serial_number


def test_a_revocation_of_this_morning_is_known_once_its_list_was_fetched(
    keys: Path, place: Place, settings: Any
) -> None:
    settings.KEYS_DIR = keys
    der = pki.certificate(keys, ref=LEADER)
    assert der
    place.body = made(keys, revoked=(serial_of(keys),))
    assert custody.examined(der, ref=LEADER, at=AT).unfit is None
    assert refresh(keys, "public", place.url, at=AT)
    assert custody.examined(der, ref=LEADER, at=AT).unfit == "revoked"
    assert not refresh(keys, "public", place.url, at=AT), "the same once more is nothing new"


def test_a_list_in_letters_is_read_too(keys: Path, place: Place) -> None:
    found = x509.load_der_x509_crl(made(keys))
    place.body = found.public_bytes(serialization.Encoding.PEM)
    assert refresh(keys, "public", place.url, at=AT)
    assert x509.load_der_x509_crl(kept(keys, place).read_bytes()) == found


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"store": "enterprise"}, "not signed by an authority of this world"),
        ({"until": AT - timedelta(minutes=1)}, "not current"),
        ({"since": AT + timedelta(hours=1)}, "not current"),
        ({"extension": x509.DeltaCRLIndicator(3)}, "not about all"),
        (
            {
                "extension": x509.IssuingDistributionPoint(
                    full_name=None,
                    relative_name=None,
                    only_contains_user_certs=False,
                    only_contains_ca_certs=True,
                    only_some_reasons=None,
                    indirect_crl=False,
                    only_contains_attribute_certs=False,
                )
            },
            "not about all",
        ),
    ],
)
def test_what_is_no_list_of_today_is_not_kept(keys: Path, place: Place, given: Any, why: str) -> None:
    place.body = made(keys, **given)
    with pytest.raises(ListRefused, match=why):
        refresh(keys, "public", place.url, at=AT)
    assert not kept(keys, place).exists()


def test_a_list_that_somebody_changed_is_not_kept(keys: Path, place: Place) -> None:
    body = bytearray(made(keys))
    body[-1] ^= 1
    place.body = bytes(body)
    with pytest.raises(ListRefused, match="not signed"):
        refresh(keys, "public", place.url, at=AT)
    for junk in (b"", b"junk", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"):
        place.body = junk
        with pytest.raises(ListRefused, match="no revocation list"):
            refresh(keys, "public", place.url, at=AT)


def test_the_day_before_a_revocation_is_not_brought_back(keys: Path, place: Place) -> None:
    place.body = made(keys, since=AT - timedelta(minutes=5), revoked=(serial_of(keys),))
    refresh(keys, "public", place.url, at=AT)
    newest = kept(keys, place).read_bytes()
    place.body = made(keys, since=AT - timedelta(days=1))
    with pytest.raises(ListRefused, match="older"):
        refresh(keys, "public", place.url, at=AT)
    assert kept(keys, place).read_bytes() == newest


def test_what_cannot_be_fetched_leaves_what_is_kept(
    keys: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.body = made(keys)
    refresh(keys, "public", place.url, at=AT)
    place.status = 500
    with pytest.raises(ListRefused, match="answered 500"):
        refresh(keys, "public", place.url, at=AT)
    place.status = 200
    monkeypatch.setattr(lists, "LARGEST", 100)
    with pytest.raises(ListRefused, match="too large"):
        refresh(keys, "public", place.url, at=AT)
    with pytest.raises(ListRefused, match="not reached"):
        refresh(keys, "public", "http://127.0.0.1:1/", at=AT)
    assert TrustStore.load(keys, "public").revocation_lists


def test_the_relay_fetches_each_list_once_an_hour(
    keys: Path, place: Place, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEYS_DIR = keys
    (keys / "public" / lists.ADDRESSES).write_text(f"# of the authority\n{place.url}\n\n", "utf-8")
    assert addresses(keys, "public") == [place.url]
    monkeypatch.setattr(revocation, "now", lambda: AT)
    monkeypatch.setattr(revocation, "_fetched", {})
    place.body = b"junk"
    assert revocation.fetch_lists() == 0
    place.body = made(keys)
    assert [revocation.fetch_lists() for _turn in range(3)] == [1, 0, 0]
    assert place.asked == 2, "again at once after what was no list, then not for an hour"


def test_a_list_that_ends_within_a_day_is_told(
    keys: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KEYS_DIR = keys
    assert list(ending(keys, at=AT)) == []
    (keys / "public" / "ca.crl").write_bytes(made(keys, until=AT + timedelta(hours=23)))
    authority = x509.load_pem_x509_certificate((keys / "public" / "ca.pem").read_bytes()).subject
    (found,) = ending(keys, at=AT)
    assert found == Ending("public", authority.rfc4514_string(), AT + timedelta(hours=23))
    monkeypatch.setattr(checks, "now", lambda: AT)
    (told,) = checks._ending()
    assert told.id == "workflows.W004"
    (keys / "public" / "ca.crl").unlink()
    assert [one.until for one in ending(keys, at=AT)] == [None]
