"""The authorities of the generated test PKI, as they speak of revocation: lists at an address, answers by OCSP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp

from workflows.papers.pki import STORES

__all__ = ["TestRevocationAuthority"]

GOOD_FOR = timedelta(hours=12)


@dataclass(frozen=True)
class TestRevocationAuthority:
    """Speaks for the issuing authorities below `folder`: what stands in their lists is what they answer."""

    __test__ = False  # not a test case, whatever its name begins with

    folder: Path
    clock: Callable[[], datetime]

    def list_of(self, store: str) -> bytes | None:
        """The list of a world's issuing authority, DER; None for another world."""
        return (self.folder / store / "ca.crl").read_bytes() if store in STORES else None

    def answer(self, store: str, request: bytes) -> bytes:
        """DER OCSPRequest → DER OCSPResponse. Never raises for bad bytes."""
        try:
            asked = ocsp.load_der_ocsp_request(request)
        except ValueError:
            return self._refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if store not in STORES:
            return self._refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        home = self.folder / store
        authority = x509.load_pem_x509_certificate((home / "ca.pem").read_bytes())
        key = serialization.load_pem_private_key((home / "ca.key").read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        entry = x509.load_der_x509_crl(
            (home / "ca.crl").read_bytes()
        ).get_revoked_certificate_by_serial_number(asked.serial_number)
        present = self.clock().replace(microsecond=0)
        answer = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=asked.issuer_name_hash,
                issuer_key_hash=asked.issuer_key_hash,
                serial_number=asked.serial_number,
                algorithm=asked.hash_algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if entry else ocsp.OCSPCertStatus.GOOD,
                this_update=present,
                next_update=present + GOOD_FOR,
                revocation_time=entry.revocation_date_utc if entry else None,
                revocation_reason=x509.ReasonFlags.key_compromise if entry else None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.NAME, authority)
            .sign(key, hashes.SHA256())
        )
        return answer.public_bytes(serialization.Encoding.DER)

    @staticmethod
    def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
        return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)
