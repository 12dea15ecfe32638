"""Whom a verification trusts, and what one certificate says at one moment.

Three stores that never mix: public duty, enterprises, and whoever stamps the time. Nothing here calls the network:
revocation lists are files, which lists.py fetches, or an operator (or the test PKI) brings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InvalidCertificateError, PathBuildingError, PathValidationError

from workflows.papers.pki import STORES, Store
from workflows.papers.waiting import finish

__all__ = [
    "Answered",
    "Certificate",
    "CertificateFacts",
    "TrustStore",
    "TrustStores",
    "Unfit",
    "authorities_above",
    "certificate_facts",
    "examine",
    "issued_by",
]

Unfit = Literal["not_yet", "expired", "revoked", "unknown", "stranger", "missing"]
"""Why a certificate may not sign: not in force yet or any more, revoked, its authority's list out of date, no path, or
there is none."""


@dataclass(frozen=True)
class TrustStore:
    """Certificates and lists of one world, all DER."""

    name: Store
    roots: tuple[bytes, ...]
    authorities: tuple[bytes, ...]
    revocation_lists: tuple[bytes, ...]
    is_test: bool = False
    """Keys under these roots have no legal value."""

    @classmethod
    def load(cls, folder: Path, name: Store) -> TrustStore:
        """The store of a generated test PKI. Raises FileNotFoundError where it was not made yet."""
        return _load(folder / name, name)

    def also(self, lists: tuple[bytes, ...]) -> TrustStore:
        """The same store with more revocation lists (DER), which need not be honest: authorities sign them."""
        return replace(self, revocation_lists=(*self.revocation_lists, *lists))

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """The authority of this world that signed the certificate; None for a stranger's."""
        known = map(x509.load_der_x509_certificate, self.authorities)
        return next((one for one in known if issued_by(certificate, one)), None)

    def context(self, moment: datetime, *, answered: Answered | None = None) -> ValidationContext:
        """What pyHanko may believe about a certificate of this world at `moment` (aware), and no network."""
        return ValidationContext(
            trust_roots=[asn1_x509.Certificate.load(der) for der in self.roots],
            # the roots once more: without them no issuer is found for the authority's list (pyHanko 0.38, seen)
            other_certs=[asn1_x509.Certificate.load(der) for der in (*self.authorities, *self.roots)],
            crls=list(self.revocation_lists),
            ocsps=[answered.der] if answered is not None else [],
            allow_fetching=False,
            revocation_mode="require",
            moment=moment,
            retroactive_revinfo=True,
        )


@dataclass(frozen=True)
class TrustStores:
    """The worlds of signatures."""

    public: TrustStore
    enterprise: TrustStore
    time: TrustStore

    def named(self, name: Store) -> TrustStore:
        store: TrustStore = getattr(self, name)
        return store

    @classmethod
    def load(cls, folder: Path) -> TrustStores:
        """The stores of a generated test PKI. Raises FileNotFoundError where it was not made yet."""
        return cls(**{name: TrustStore.load(folder, name) for name in STORES})


def _load(home: Path, name: Store) -> TrustStore:
    """Certificates and lists of today and of all earlier years: old papers lead to them."""

    def all_der(pattern: str) -> tuple[bytes, ...]:
        found = (x509.load_pem_x509_certificate(file.read_bytes()) for file in sorted(home.glob(pattern)))
        return tuple(one.public_bytes(serialization.Encoding.DER) for one in found)

    roots = all_der("root*.pem")
    if not roots:
        raise FileNotFoundError(f"no trusted root in {home}")
    return TrustStore(
        name=name,
        roots=roots,
        authorities=all_der("ca*.pem"),
        revocation_lists=tuple(file.read_bytes() for file in sorted(home.glob("*.crl"))),
        is_test=(home / "root.key").exists(),  # only a generated root has its key beside it
    )


@dataclass(frozen=True)
class CertificateFacts:
    """What a signer's certificate says, and what its issuer's list says of it."""

    holder: str
    organisation: str
    identity: str
    """Key reference in userId, or empty."""
    issued_here: bool
    """Issued by an authority of the store; the rest of the path is checked by the validator."""
    valid_from: datetime
    valid_until: datetime
    revocation: Literal["good", "revoked", "unknown"]
    revoked_at: datetime | None


def certificate_facts(der: bytes, *, store: TrustStore, at: datetime) -> CertificateFacts:
    """Facts about the certificate `der`, for a verification made at `at` (aware).

    Revocation is *unknown* where no list of its issuer is current at `at`, and once the certificate has expired.
    """
    certificate = x509.load_der_x509_certificate(der)
    issuer = store.issuer_of(certificate)
    revocation, revoked_at = _revocation(certificate, issuer, store, at)
    return CertificateFacts(
        holder=_attribute(certificate, NameOID.COMMON_NAME),
        organisation=_attribute(certificate, NameOID.ORGANIZATION_NAME),
        identity=_attribute(certificate, NameOID.USER_ID),
        issued_here=issuer is not None,
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        revocation=revocation,
        revoked_at=revoked_at,
    )


@dataclass(frozen=True)
class Certificate:
    """What a certificate says, and why nobody may sign with it; None when one may."""

    facts: CertificateFacts | None
    """None where there is no certificate."""
    unfit: Unfit | None


@dataclass(frozen=True)
class Answered:
    """What an authority said of one certificate, and is believed (ocsp.py)."""

    der: bytes
    """DER OCSPResponse."""
    status: Literal["good", "revoked"]
    revoked_at: datetime | None
    since: datetime
    """When the authority knew this; aware, UTC."""


def examine(der: bytes, *, store: TrustStore, at: datetime, answered: Answered | None = None) -> Certificate:
    """Whether one may sign with the certificate `der` at `at` (aware): validity, list or a fresh answer, path."""
    facts = certificate_facts(der, store=store, at=at)
    # A list that names it stands, whatever was answered; an answer stands for a list that is out of date.
    if answered is not None and facts.revocation != "revoked":
        facts = replace(facts, revocation=answered.status, revoked_at=answered.revoked_at)
    return Certificate(facts, _unfit(der, facts, store.context(at, answered=answered), at))


def _unfit(der: bytes, facts: CertificateFacts, believes: ValidationContext, at: datetime) -> Unfit | None:
    if not facts.issued_here:
        return "stranger"
    if not facts.valid_from <= at <= facts.valid_until:
        return "not_yet" if at < facts.valid_from else "expired"
    if facts.revocation != "good":
        return facts.revocation
    judged = CertificateValidator(asn1_x509.Certificate.load(der), validation_context=believes)
    try:
        finish(judged.async_validate_usage({"non_repudiation"}))  # type: ignore[no-untyped-call]
    except (PathBuildingError, PathValidationError, InvalidCertificateError):
        return "stranger"
    return None


def authorities_above(der: bytes, *, store: TrustStore) -> tuple[bytes, ...]:
    """The DER certificates from the issuer of `der` up to the root, as far as the store knows them."""
    known = [x509.load_der_x509_certificate(one) for one in (*store.authorities, *store.roots)]
    certificate, path = x509.load_der_x509_certificate(der), []
    while certificate.issuer != certificate.subject:
        above = next((one for one in known if issued_by(certificate, one)), None)
        if above is None:
            break
        path.append(above.public_bytes(serialization.Encoding.DER))
        certificate = above
    return tuple(path)


def _attribute(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed the certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _revocation(
    certificate: x509.Certificate, issuer: x509.Certificate | None, store: TrustStore, at: datetime
) -> tuple[Literal["good", "revoked", "unknown"], datetime | None]:
    if issuer is None:
        return "unknown", None
    current = False
    for raw in store.revocation_lists:
        crl = x509.load_der_x509_crl(raw)
        if crl.issuer != issuer.subject or not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            continue
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None:
            return "revoked", entry.revocation_date_utc
        if crl.next_update_utc is not None and crl.last_update_utc <= at <= crl.next_update_utc:
            current = True
    # A list need not name a certificate that has expired (RFC 5280 §3.3), so its silence says nothing then.
    return ("good" if current and at <= certificate.not_valid_after_utc else "unknown"), None
