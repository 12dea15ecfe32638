"""Keys and pinned certificates for the wires to partners, below KEYS_DIR/partners.

`<role>.pem` holds a private key with its certificate, `<role>.cert.pem` the certificate alone: this is what the other
side pins. Outside production a missing test key is generated, once, whoever comes first; in production keys are put
there by people, and a missing one is an error. Roles with a peer's name hold the peers' keys only on a machine that
plays the peers.
"""

import os
import secrets
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID
from django.conf import settings

from integrations.signed_xml import Signatory

__all__ = [
    "ASSERTION",
    "OURS",
    "KeyMissing",
    "assertion_key",
    "assertion_public",
    "authority",
    "certificate",
    "signatory",
]

OURS = "motcua"
ASSERTION = "motcua-assertion"
_VALID = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""Test certificates only: wide, so that demonstrations may hold the clock anywhere."""


class KeyMissing(Exception):
    """A key or certificate that production needs is not there."""


def signatory(role: str) -> Signatory:
    """The XML-signing key of a role. Raises KeyMissing in production when there is none."""
    pem = _pem(role, str(_folder()))
    key = _parsed(pem)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyMissing(f"{role}: an RSA key is needed")
    return Signatory(key=key, certificate=x509.load_pem_x509_certificate(pem))


def certificate(role: str) -> x509.Certificate:
    """The pinned certificate of a role. Raises KeyMissing in production when there is none."""
    path = _folder() / f"{role}.cert.pem"
    if not path.is_file():
        if settings.PRODUCTION:
            raise KeyMissing(f"the pinned certificate {path.name} is missing")
        _pem(role, str(_folder()))
    return _certificate(path, path.stat().st_mtime_ns)


def assertion_key() -> ec.EllipticCurvePrivateKey:
    """Our key for client assertions."""
    key = _parsed(_pem(ASSERTION, str(_folder())))
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeyMissing("the key for client assertions must be a P-256 key")
    return key


def assertion_public() -> ec.EllipticCurvePublicKey:
    """Its public half, as a partner registers it."""
    key = certificate(ASSERTION).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise KeyMissing("the key for client assertions must be a P-256 key")
    return key


def authority(name: str) -> Path:
    """Where the pinned certificate authorities of a partner's server are expected."""
    return _folder() / f"{name}.ca.pem"


def _folder() -> Path:
    return Path(settings.KEYS_DIR) / "partners"


@cache
def _certificate(path: Path, _changed: int) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


@cache
def _parsed(pem: bytes) -> PrivateKeyTypes:
    """Once: OpenSSL proves an RSA key whenever it reads one, which takes far longer than to sign with it."""
    return serialization.load_pem_private_key(pem, password=None)


@cache
def _pem(role: str, folder: str) -> bytes:
    path = Path(folder) / f"{role}.pem"
    if not path.is_file():
        if settings.PRODUCTION:
            raise KeyMissing(f"the key {path.name} is missing")
        _generate(role, path)
    pem = path.read_bytes()
    public = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.PEM)
    _place(path.with_name(f"{role}.cert.pem"), public)
    return pem


def _generate(role: str, path: Path) -> None:
    """A self-signed test key. Simulators and workers start together: the first to link its file wins for all."""
    key = (
        ec.generate_private_key(ec.SECP256R1())
        if role == ASSERTION
        else rsa.generate_private_key(65537, 2048)
    )
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "BẢN THỬ"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{role} (test)"),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID[0])
        .not_valid_after(_VALID[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)
    _place(path, pem)


def _place(path: Path, content: bytes) -> None:
    """Write a whole file, unless it is there already."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
