"""Revocation lists, fetched from their authorities and kept until a newer one comes.

`KEYS_DIR/<world>/lists.txt` names addresses, one a line. What is fetched is kept beside the certificates, if an
authority of that world signed it, it is current and about all certificates and all reasons, and no older than the one
that is kept: so nobody between us and the authority can bring back the day before a revocation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtensionOID

from workflows.papers.http import get
from workflows.papers.moments import CLOCK_SKEW
from workflows.papers.pki import STORES, Store, write
from workflows.papers.trust import TrustStore

__all__ = ["ADDRESSES", "Ending", "ListRefused", "addresses", "ending", "refresh"]

ADDRESSES = "lists.txt"
PATIENCE = 60.0
LARGEST = 32 * 1024 * 1024
"""Bytes of one list; those of large authorities take some."""
SOON = timedelta(hours=24)
"""A list that ends within this time should have been renewed by now."""


class ListRefused(ValueError):
    """What was fetched is not believed, or could not be fetched; what is kept stays."""


@dataclass(frozen=True)
class Ending:
    """An authority whose newest list ends soon, has ended, or is missing: then nobody of that world can sign."""

    store: Store
    authority: str
    until: datetime | None
    """Aware, UTC; None where there is no list."""


def addresses(folder: Path, store: Store) -> list[str]:
    """The addresses of the lists of a world below `folder`; empty where an operator brings the files."""
    file = folder / store / ADDRESSES
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def refresh(folder: Path, store: Store, url: str, *, at: datetime) -> bool:
    """Fetch one list and keep it, if it is newer than the one that is kept; whether it was. Raises ListRefused."""
    try:
        answer = get(url, patience=PATIENCE, largest=LARGEST)
    except OSError as error:
        raise ListRefused(str(error)) from error
    if answer.status != 200:
        raise ListRefused(f"answered {answer.status}")
    fresh = _read(answer.body)
    _must_be_believed(fresh, TrustStore.load(folder, store), at)
    file = folder / store / f"fetched-{hashlib.sha256(url.encode()).hexdigest()[:16]}.crl"
    if file.exists():
        kept = x509.load_der_x509_crl(file.read_bytes())
        if kept.issuer == fresh.issuer and fresh.last_update_utc < kept.last_update_utc:
            raise ListRefused("older than the one that is kept")
        if kept == fresh:
            return False
    write(file, fresh.public_bytes(serialization.Encoding.DER))
    return True


def ending(folder: Path, *, at: datetime) -> Iterator[Ending]:
    """Every authority that is in force at `at` (aware) and whose newest list ends within a day."""
    for name in STORES:
        try:
            store = TrustStore.load(folder, name)
        except FileNotFoundError:
            continue
        lists = [x509.load_der_x509_crl(der) for der in store.revocation_lists]
        for authority in map(x509.load_der_x509_certificate, store.authorities):
            if not authority.not_valid_before_utc <= at <= authority.not_valid_after_utc:
                continue
            ends = [
                one.next_update_utc
                for one in lists
                if one.issuer == authority.subject and one.next_update_utc is not None
            ]
            until = max(ends, default=None)
            if until is None or until < at + SOON:
                yield Ending(name, authority.subject.rfc4514_string(), until)


def _read(body: bytes) -> x509.CertificateRevocationList:
    try:
        if body.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_crl(body)
        return x509.load_der_x509_crl(body)
    except ValueError as error:
        raise ListRefused("no revocation list") from error


def _must_be_believed(fresh: x509.CertificateRevocationList, store: TrustStore, at: datetime) -> None:
    signers = [x509.load_der_x509_certificate(der) for der in (*store.authorities, *store.roots)]
    if not any(
        one.subject == fresh.issuer and fresh.is_signature_valid(one.public_key())  # type: ignore[arg-type]
        for one in signers
    ):
        raise ListRefused("not signed by an authority of this world")
    known = {one.oid: one.value for one in fresh.extensions}
    part = known.get(ExtensionOID.ISSUING_DISTRIBUTION_POINT)
    if ExtensionOID.DELTA_CRL_INDICATOR in known or (
        isinstance(part, x509.IssuingDistributionPoint)
        and (
            part.indirect_crl
            or part.only_some_reasons
            or part.only_contains_ca_certs
            or part.only_contains_attribute_certs
        )
    ):
        raise ListRefused("not about all certificates and all reasons")
    if fresh.next_update_utc is None or not fresh.last_update_utc - CLOCK_SKEW <= at <= fresh.next_update_utc:
        raise ListRefused("not current")
