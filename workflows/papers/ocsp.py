"""What an authority answers about one certificate (OCSP, RFC 6960): asked beforehand, kept, believed while it is fresh.

Whoever signs does not wait for the authority: the relay asks for each signing certificate that names a responder, and
keeps the answer beside the lists. An answer is believed when the issuer signed it, or a responder whom the issuer
certified for nothing else, and when it is about that very certificate. It only speaks about signing now; what proves
for decades that a certificate was good then are the lists in the file (longterm.py).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from workflows.papers.http import post
from workflows.papers.moments import CLOCK_SKEW
from workflows.papers.pki import write
from workflows.papers.trust import Answered, TrustStore, issued_by

__all__ = ["AnswerRefused", "ask", "kept", "responder_of"]

PATIENCE = 15.0
LONGEST = timedelta(days=7)
"""How long an answer without an end of its own, or with a distant one, is believed."""
NAMED_BY = hashes.SHA1()  # noqa: S303
"""How requests name the issuer: what all responders understand. It proves nothing."""


class AnswerRefused(ValueError):
    """What came back is not believed, or nothing did; what is kept stays."""


def responder_of(der: bytes) -> str | None:
    """The http address of the responder that the certificate `der` names; None where it names none."""
    try:
        access = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(
            x509.AuthorityInformationAccess
        )
    except x509.ExtensionNotFound:
        return None
    places = (
        one.access_location.value
        for one in access.value
        if one.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(one.access_location, x509.UniformResourceIdentifier)
    )
    return next((place for place in places if place.startswith(("http://", "https://"))), None)


def ask(folder: Path, world: TrustStore, der: bytes, *, at: datetime) -> Answered | None:
    """Ask about the certificate `der` of a world, and keep the answer below `folder`; None where it names no responder.

    Raises AnswerRefused.
    """
    url = responder_of(der)
    if url is None:
        return None
    certificate, issuer = _with_issuer(der, world)
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, NAMED_BY).build()
    headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
    body = request.public_bytes(serialization.Encoding.DER)
    try:
        answer = post(url, content=body, headers=headers, patience=PATIENCE)
    except OSError as error:
        raise AnswerRefused(str(error)) from error
    if answer.status != 200:
        raise AnswerRefused(f"answered {answer.status}")
    said = _believed(answer.body, certificate, issuer, at)
    before = kept(folder, world, der, at=at)
    if before is not None and said.since < before.since:
        raise AnswerRefused("older than the one that is kept")
    write(_file(folder, world, der), answer.body)
    return said


def kept(folder: Path, world: TrustStore, der: bytes, *, at: datetime) -> Answered | None:
    """The answer about `der` that was kept; None where there is none that is fresh at `at` (aware)."""
    file = _file(folder, world, der)
    if not file.exists():
        return None
    try:
        return _believed(file.read_bytes(), *_with_issuer(der, world), at)
    except AnswerRefused:
        return None


def _file(folder: Path, world: TrustStore, der: bytes) -> Path:
    return folder / world.name / f"about-{hashlib.sha256(der).hexdigest()[:16]}.ocsp"


def _with_issuer(der: bytes, world: TrustStore) -> tuple[x509.Certificate, x509.Certificate]:
    certificate = x509.load_der_x509_certificate(der)
    issuer = world.issuer_of(certificate)
    if issuer is None:
        raise AnswerRefused("its issuer is not known")
    return certificate, issuer


def _believed(body: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> Answered:
    try:
        answer = ocsp.load_der_ocsp_response(body)
    except ValueError as error:
        raise AnswerRefused("no OCSP answer") from error
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise AnswerRefused(f"refused: {answer.response_status.name}")
    if not _signed(answer, issuer, at):
        raise AnswerRefused("not signed by the issuer or its responder")
    asked = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, NAMED_BY).build()
    for one in answer.responses:
        about = (one.serial_number, one.issuer_name_hash, one.issuer_key_hash)
        if about != (asked.serial_number, asked.issuer_name_hash, asked.issuer_key_hash):
            continue
        until = min(one.next_update_utc or one.this_update_utc + LONGEST, one.this_update_utc + LONGEST)
        if not one.this_update_utc - CLOCK_SKEW <= at <= until:
            raise AnswerRefused("not fresh")
        if one.certificate_status is ocsp.OCSPCertStatus.REVOKED:
            return Answered(body, "revoked", one.revocation_time_utc, one.this_update_utc)
        if one.certificate_status is ocsp.OCSPCertStatus.GOOD:
            return Answered(body, "good", None, one.this_update_utc)
        raise AnswerRefused("the authority does not know the certificate")
    raise AnswerRefused("about another certificate")


def _signed(answer: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> bool:
    """By the issuer, or by a certificate in the answer that the issuer gave for answering, in force at `at`."""
    if _verifies(answer, issuer):
        return True
    return any(
        issued_by(one, issuer)
        and _answers_for(one)
        and one.not_valid_before_utc <= at <= one.not_valid_after_utc
        and _verifies(answer, one)
        for one in answer.certificates
    )


def _answers_for(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage.value


def _verifies(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, algorithm = signer.public_key(), answer.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True
