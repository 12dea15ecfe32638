"""Authorities as they come and go over forty years, and their lists, each of which is current for a month only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from workflows.papers import pki
from workflows.papers.timestamps import TIME, TestTimeAuthority, Timestamper
from workflows.papers.trust import TrustStore, TrustStores

MONTH = timedelta(days=30)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Generation:
    """Roots and authorities that were set up together. Root, CA and lists end with `until`."""

    folder: Path
    since: datetime
    until: datetime

    def store(self, name: pki.Store, at: datetime) -> TrustStore:
        """What is known of them at `at`: the certificates for ever, lists while there is somebody to sign them."""
        home = self.folder / name
        lists = (_list(home, "root", at), _list(home, "ca", at)) if at < self.until - MONTH else ()
        certificates = TrustStore.load(self.folder, name)
        return TrustStore(name, certificates.roots, certificates.authorities, lists, is_test=True)


@dataclass
class Decades:
    """The public world of the first years, and time-stamping authorities that follow each other."""

    generations: list[Generation] = field(default_factory=list)

    def begin(self, folder: Path, *, since: str, until: str, stamps_until: str) -> None:
        """A new generation with its time-stamping authority."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pki, "ROOT_FROM", day(since))
            patch.setattr(pki, "ROOT_UNTIL", day(until))
            pki.issue(
                folder,
                ref=TIME,
                common_name=f"Test time-stamping authority until {stamps_until}",
                organisation="Motcua",
                not_before=day(since),
                not_after=day(stamps_until),
            )
        self.generations.append(Generation(folder, day(since), day(until)))

    def stores(self, at: datetime) -> TrustStores:
        """Whom somebody trusts who verifies at `at`: every authority of the time so far."""
        first = self.generations[0]
        begun = [one.store("time", at) for one in self.generations if one.since <= at]
        time = TrustStore(
            "time",
            tuple(root for one in begun for root in one.roots),
            tuple(ca for one in begun for ca in one.authorities),
            tuple(der for one in begun for der in one.revocation_lists),
            is_test=True,
        )
        return TrustStores(first.store("public", at), first.store("enterprise", at), time)

    def stamper(self, at: datetime) -> Timestamper:
        """The newest time-stamping authority at `at`."""
        newest = [one for one in self.generations if one.since <= at][-1]
        authority = TestTimeAuthority(newest.folder, clock=lambda: at)
        return Timestamper(authority.answer, self.stores(at).time, clock=lambda: at)


@cache
def _list(home: Path, name: str, at: datetime) -> bytes:
    """The list of an authority as it stands at `at`."""
    key = serialization.load_pem_private_key((home / f"{name}.key").read_bytes(), password=None)
    issuer = x509.load_pem_x509_certificate((home / f"{name}.pem").read_bytes())
    last = at.replace(hour=0, minute=0, second=0, microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(last)
        .next_update(last + MONTH)
        .add_extension(x509.CRLNumber(int(last.timestamp())), critical=False)
    )
    for entry in x509.load_der_x509_crl((home / f"{name}.crl").read_bytes()):
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)  # type: ignore[arg-type]
