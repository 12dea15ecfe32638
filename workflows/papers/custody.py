"""Where this installation keeps its keys, whom it trusts, and who tells it the time: for whoever signs or verifies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from procedures.now import now
from workflows.papers import ocsp, pki
from workflows.papers.keys import WATERMARK, KeyDirectory, KeyMissing, KeysAway, KeyStore, TestKeyStore
from workflows.papers.remote import RemoteSigning
from workflows.papers.timestamps import TestTimeAuthority, Timestamper, over_http
from workflows.papers.tokens import TokenKeyStore
from workflows.papers.trust import Certificate, TrustStore, TrustStores, examine

__all__ = [
    "certificate_to_sign",
    "examined",
    "key_store",
    "remote_keys",
    "remote_service",
    "signing_certificates",
    "time_authority",
    "token",
    "trust_stores",
    "watermark",
]


def _folder() -> Path:
    return Path(settings.KEYS_DIR)


_KIND = {
    "countersigner": "official:",
    "leader": "official:",
    "officer": "official:",
    "applicant": "enterprise:",
    "seal": "agency:",
}
"""A definition's word for a signer → kind of key reference."""


def key_store() -> KeyStore:
    """Where the keys are that sign without their holder: officials' and agencies' on the token, if there is one; all
    others are test keys."""
    device, test = token(), _test_keys(_folder())
    return KeyDirectory({"official": device, "agency": device}, other=test) if device else test


@lru_cache(maxsize=1)
def _test_keys(folder: Path) -> KeyStore:
    return TestKeyStore(folder)


def token() -> TokenKeyStore | None:
    """The device that PKCS11_MODULE serves; None where none is set up."""
    if settings.PKCS11_MODULE is None or settings.PKCS11_PIN_FILE is None:
        return None
    return _token(_folder(), settings.PKCS11_MODULE, settings.PKCS11_TOKEN, settings.PKCS11_PIN_FILE)


@lru_cache(maxsize=1)
def _token(folder: Path, module: Path, label: str, pin_file: Path) -> TokenKeyStore:
    return TokenKeyStore(
        module=module,
        label=label,
        pin_file=pin_file,
        refused_file=folder / "pin-refused",
        trusted=lambda ref: TrustStore.load(folder, pki.store_of(ref)),
    )


def remote_service() -> RemoteSigning | None:
    """The remote signing service at CSC_URL; None where none is set up."""
    if not settings.CSC_URL:
        return None
    return _remote(
        _folder(),
        settings.CSC_URL,
        settings.CSC_CLIENT_ID,
        settings.CSC_SECRET_FILE,
        settings.CSC_CREDENTIALS_FILE,
    )


def remote_keys(ref: str) -> RemoteSigning | None:
    """The remote service with the key that `ref` signs with by hand; None where the key is another. Raises KeysAway."""
    service = remote_service()
    return service if service is not None and service.holds(ref) else None


@lru_cache(maxsize=1)
def _remote(
    folder: Path, url: str, client_id: str, secret_file: Path, credentials_file: Path
) -> RemoteSigning:
    return RemoteSigning(
        url=url,
        client_id=client_id,
        secret_file=secret_file,
        credentials_file=credentials_file,
        trusted=lambda ref: TrustStore.load(folder, pki.store_of(ref)),
    )


def watermark(signers: Sequence[str]) -> str | None:
    """Words that every page must carry because a signature will come from the test PKI, by a definition's signers; None
    when all will have legal value."""
    worlds = {_folder() / pki.store_of(_KIND[signer]) for signer in signers}
    of_test = any((home / "root.key").exists() or not any(home.glob("root*.pem")) for home in worlds)
    return WATERMARK if of_test else None


def trust_stores() -> TrustStores:
    """The worlds of signatures below KEYS_DIR. Raises FileNotFoundError where none has been set up."""
    if (_folder() / "public").exists() and not (_folder() / "time").exists():
        pki.ensure(_folder())  # test keys from before signatures were stamped
    return TrustStores.load(_folder())


def time_authority() -> Timestamper:
    """Who stamps the time of a signature: the authority at TSA_URL, else that of the test keys.

    Raises FileNotFoundError before the first key was asked for.
    """
    ask = over_http(settings.TSA_URL) if settings.TSA_URL else _test_authority(_folder()).answer
    return Timestamper(ask, trusted=TrustStore.load(_folder(), "time"), clock=now)


@lru_cache(maxsize=1)
def _test_authority(folder: Path) -> TestTimeAuthority:
    return TestTimeAuthority(folder, clock=now)


def certificate_to_sign(ref: str, *, at: datetime, by_hand: bool) -> Certificate | None:
    """The certificate that a key reference signs with, and whether it may at `at` (aware).

    `by_hand`: a person signs what was read, and not the system in that person's name. Validity and path are checked
    before each signature (Decree 68/2024/ND-CP Art. 31-32, as reported). None where nothing speaks
    against it yet: a test key is made when it is needed, and a device that is away is waited for.
    """
    try:
        remote = remote_keys(ref) if by_hand else None
        der = remote.credential(ref).chain[0] if remote else key_store().certificate(ref)
    except KeyMissing:
        return Certificate(None, "missing")
    except KeysAway:
        return None
    return None if der is None else examined(der, ref=ref, at=at)


def examined(der: bytes, *, ref: str, at: datetime) -> Certificate:
    """Whether one may sign for `ref` with the certificate `der` at `at` (aware)."""
    world = TrustStore.load(_folder(), pki.store_of(ref))
    return examine(der, store=world, at=at, answered=ocsp.kept(_folder(), world, der, at=at))


def signing_certificates() -> Iterator[tuple[pki.Store, bytes]]:
    """(world, DER) of every certificate that signs for this installation; those that are away are left out."""
    yield from pki.certificates(_folder())
    device, service = token(), remote_service()
    if device is not None:
        with suppress(KeysAway):
            for ref in device.references():
                with suppress(KeyMissing):
                    yield pki.store_of(ref), device.certificate(ref)
    if service is not None:
        with suppress(KeysAway):
            for ref in service.references():
                with suppress(KeyMissing):
                    yield pki.store_of(ref), service.credential(ref).chain[0]
