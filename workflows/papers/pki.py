"""A generated test PKI: two roots, as the law has two worlds of signatures, and one for the time.

*public*: public-duty signatures of officials and seals of agencies (Decree 68/2024); *enterprise*: signatures of
enterprises (Decree 23/2025, which excludes public duty); *time*: the time-stamping authority. Whoever verifies trusts
each root for its own world only.

Nothing here is fit for production: keys lie unencrypted (mode 0600) in a folder, every certificate says it is a
test. All validity dates are fixed, so a frozen day in tests and demonstrations always lies inside.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

__all__ = [
    "STORES",
    "Store",
    "certificate",
    "certificates",
    "ensure",
    "issue",
    "locked",
    "revoke",
    "store_of",
    "write",
    "write_key",
]

Store = Literal["public", "enterprise", "time"]
STORES: tuple[Store, ...] = ("public", "enterprise", "time")

ROOT_FROM = datetime(2024, 1, 1, tzinfo=UTC)
ROOT_UNTIL = datetime(2049, 1, 1, tzinfo=UTC)
SIGNER_FROM = datetime(2024, 7, 1, tzinfo=UTC)
SIGNER_UNTIL = datetime(2034, 7, 1, tzinfo=UTC)
TIME_UNTIL = datetime(2044, 1, 1, tzinfo=UTC)
KEY_BITS = 3072

_TITLES = {
    "public": ("Test root for public duty", "Test CA for public duty"),
    "enterprise": ("Test root for enterprises", "Test CA for enterprises"),
    "time": ("Test root for time stamps", "Test CA for time stamps"),
}

NAME_BYTES = 64


def store_of(ref: str) -> Store:
    """The world a key reference belongs to: `official:` and `agency:` are public, `enterprise:` and `time:` are not.

    Raises ValueError for any other reference.
    """
    kind = ref.partition(":")[0]
    if kind in ("official", "agency"):
        return "public"
    if kind == "enterprise":
        return "enterprise"
    if kind == "time":
        return "time"
    raise ValueError(f"not a key reference: {ref}")


def ensure(folder: Path) -> None:
    """Create roots, issuing authorities and empty revocation lists under `folder` where they are missing.

    A world with a root that is not ours to sign with is a real one, and left alone.
    """
    with locked(folder):
        for store in STORES:
            home = folder / store
            real = any(home.glob("root*.pem")) and not (home / "root.key").exists()
            if not real and not (home / "ca.crl").exists():
                _make_store(home, store)


def issue(
    folder: Path,
    *,
    ref: str,
    common_name: str,
    organisation: str,
    store: Store | None = None,
    not_before: datetime = SIGNER_FROM,
    not_after: datetime = SIGNER_UNTIL,
    beside: str = "",
    responder: str = "",
    user_id: str = "",
) -> Path:
    """The folder with `key.pem` and `cert.pem` of `ref`, made at the first call; a second call changes nothing.

    `ref` is `official:<username>`, `agency:<code>`, `enterprise:<tax code>` or `time:<name>` and stands in the
    certificate as userId; a certificate of *time* is good for time stamps and nothing else. `beside` names a second key
    of the same reference, `responder` is where its authority answers (OCSP), `user_id` what stands
    in the certificate instead, as with real authorities. `store` and the dates are for tests of
    what must be refused.
    """
    ensure(folder)
    home = folder / "signers" / _folder_name(f"{beside}:{ref}" if beside else ref)
    with locked(folder):
        if not (home / "cert.pem").exists():
            authority = folder / (store or store_of(ref))
            issuer_key = _load_key(authority / "ca.key")
            issuer = _load_certificate(authority / "ca.pem")
            key = _new_key()
            certificate = _builder(
                subject=_name(common_name, organisation, user_id or ref),
                issuer=issuer.subject,
                key=key,
                issuer_key=issuer_key,
                validity=(not_before, not_after),
                authority=None,
                for_time=(store or store_of(ref)) == "time",
                responder=responder,
            ).sign(issuer_key, hashes.SHA256())
            home.parent.mkdir(exist_ok=True, mode=0o700)
            home.mkdir(exist_ok=True, mode=0o700)
            write_key(home / "key.pem", key)
            write(home / "cert.pem", certificate.public_bytes(serialization.Encoding.PEM))
    return home


def certificate(folder: Path, *, ref: str) -> bytes | None:
    """The DER certificate of `ref`, None while it was not made."""
    file = folder / "signers" / _folder_name(ref) / "cert.pem"
    return _load_certificate(file).public_bytes(serialization.Encoding.DER) if file.exists() else None


def certificates(folder: Path) -> Iterator[tuple[Store, bytes]]:
    """(world, DER) of every signer that was made below `folder`."""
    for file in sorted((folder / "signers").glob("*/cert.pem")):
        made = _load_certificate(file)
        for store in STORES:
            authority = folder / store / "ca.pem"
            if authority.exists() and _load_certificate(authority).subject == made.issuer:
                yield store, made.public_bytes(serialization.Encoding.DER)


def revoke(folder: Path, *, ref: str, at: datetime) -> None:
    """Put the certificate of `ref` on its authority's revocation list, as revoked at `at` (aware)."""
    certificate = _load_certificate(folder / "signers" / _folder_name(ref) / "cert.pem")
    for store in STORES:
        home = folder / store
        authority = _load_certificate(home / "ca.pem")
        if authority.subject != certificate.issuer:
            continue
        with locked(folder):
            old = x509.load_der_x509_crl((home / "ca.crl").read_bytes())
            entry = (
                x509.RevokedCertificateBuilder()
                .serial_number(certificate.serial_number)
                .revocation_date(at)
                .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
                .build()
            )
            _write_crl(home / "ca.crl", authority, _load_key(home / "ca.key"), [*old, entry])


def _folder_name(ref: str) -> str:
    """A reference may hold letters no file name should: keep a readable part and a hash of the whole."""
    readable = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in ref)
    return f"{readable[:60]}-{hashlib.sha256(ref.encode()).hexdigest()[:12]}"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time, between processes too: web and worker may ask for the same new key at once."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_store(home: Path, store: Store) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    root_title, ca_title = _TITLES[store]
    root_key, ca_key = _new_key(), _new_key()
    root_name = _name(f"{root_title} (BẢN THỬ)", "Motcua")
    root = _builder(
        subject=root_name,
        issuer=root_name,
        key=root_key,
        issuer_key=root_key,
        validity=(ROOT_FROM, ROOT_UNTIL),
        authority=1,
    ).sign(root_key, hashes.SHA256())
    ca = _builder(
        subject=_name(f"{ca_title} (BẢN THỬ)", "Motcua"),
        issuer=root_name,
        key=ca_key,
        issuer_key=root_key,
        validity=(ROOT_FROM, ROOT_UNTIL - timedelta(days=1)),
        authority=0,
    ).sign(root_key, hashes.SHA256())
    write_key(home / "root.key", root_key)
    write_key(home / "ca.key", ca_key)
    write(home / "root.pem", root.public_bytes(serialization.Encoding.PEM))
    write(home / "ca.pem", ca.public_bytes(serialization.Encoding.PEM))
    _write_crl(home / "root.crl", root, root_key, [])
    _write_crl(home / "ca.crl", ca, ca_key, [])  # last: its presence says that the store is whole


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _attribute(oid: x509.ObjectIdentifier, text: str) -> x509.NameAttribute[str]:
    # X.520 bounds names to 64 characters, and the library counts bytes, which Vietnamese doubles: cut whole letters.
    while len(text.encode()) > NAME_BYTES:
        text = text[:-1]
    return x509.NameAttribute(oid, text.strip())


def _name(common_name: str, organisation: str, ref: str | None = None) -> x509.Name:
    parts: list[x509.NameAttribute[str]] = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        _attribute(NameOID.ORGANIZATION_NAME, organisation),
        _attribute(NameOID.COMMON_NAME, common_name),
    ]
    if ref is not None:
        parts.append(x509.NameAttribute(NameOID.USER_ID, ref))
    return x509.Name(parts)


def _builder(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer_key: rsa.RSAPrivateKey,
    validity: tuple[datetime, datetime],
    authority: int | None,
    for_time: bool = False,
    responder: str = "",
) -> x509.CertificateBuilder:
    """`authority` is the path length of an authority's certificate, None for a signer's."""
    is_ca = authority is not None
    usage = x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=authority), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if responder:
        place = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(responder)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([place]), critical=False)
    if for_time:  # critical and alone, as RFC 3161 §2.3 asks
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
        )
    return builder


def _write_crl(
    path: Path, issuer: x509.Certificate, key: rsa.RSAPrivateKey, entries: list[x509.RevokedCertificate]
) -> None:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(ROOT_FROM)
        .next_update(ROOT_UNTIL)
        .add_extension(x509.CRLNumber(len(entries) + 1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for entry in entries:
        builder = builder.add_revoked_certificate(entry)
    write(path, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def write_key(path: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
    """A private key as PEM, unencrypted, whole or not at all, readable by us alone."""
    write(
        path,
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def write(path: Path, data: bytes) -> None:
    """Whole or not at all, readable by us alone."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _load_key(path: Path) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _load_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())
