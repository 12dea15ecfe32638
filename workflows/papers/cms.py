"""A CAdES signature container, and a time stamp's, written byte by byte.

pyHanko's own builder spends most of a signature's time in re-encoding objects it already had. This one prepares
everything but two values once for each key. What it writes is **byte for byte** what pyHanko writes for the same
digest (a test holds both against each other); should they ever differ, `sign.py` can go back to pyHanko's signer.

Profile: PAdES B-T (ETSI EN 319 142-1): detached, SHA-256 with RSA PKCS#1 v1.5; signed attributes content-type,
message-digest and signing-certificate-v2; the signer's time stands in the PDF's signature dictionary, an authority's
time stamp over the signature among the unsigned attributes. Without a time stamp it is B-B.
"""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import x509 as asn1_x509

from workflows.papers.keys import Key

__all__ = ["RESERVED", "TimeStamp", "build", "enclose"]

RESERVED = (20000, 60000)
"""Hexadecimal digits to keep free in the file for one container, and again where those are too few. With RSA-3072 and
chains of three certificates, the signature and its time stamp take 18 200; authorities with longer chains need the
second. Each digit costs time whenever the file is read."""

TimeStamp = Callable[[bytes], bytes]
"""SHA-256 of a signature value (32 bytes) → DER TimeStampToken over it (RFC 3161)."""

_NULL = bytes.fromhex("0500")
_SHA256 = bytes.fromhex("0609608648016503040201")
_RSA_SHA256 = bytes.fromhex("06092a864886f70d01010b")
_DATA = bytes.fromhex("06092a864886f70d010701")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
_TIME_STAMP_TOKEN = bytes.fromhex("060b2a864886f70d010910020e")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")


def _tlv(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def _sequence(*content: bytes) -> bytes:
    return _tlv(0x30, *content)


def _set(*content: bytes) -> bytes:
    return _tlv(0x31, *sorted(content))  # DER orders a SET OF by its members' encodings


@dataclass(frozen=True)
class _Prepared:
    certificates: bytes
    signing_certificate: bytes
    signer_head: bytes


_prepared: weakref.WeakKeyDictionary[Key, _Prepared] = weakref.WeakKeyDictionary()


def _prepare(key: Key) -> _Prepared:
    certificate = asn1_x509.Certificate.load(key.chain[0])
    issuer = certificate.issuer.dump()
    serial = certificate["tbs_certificate"]["serial_number"].dump()
    certificate_hash = hashlib.sha256(key.chain[0]).digest()
    issuer_serial = _sequence(_sequence(_tlv(0xA4, issuer)), serial)
    # SHA-256 is the default algorithm of an ESSCertIDv2, so DER leaves it out
    signing_certificate = _sequence(_sequence(_sequence(_tlv(0x04, certificate_hash), issuer_serial)))
    return _Prepared(
        certificates=_tlv(0xA0, *sorted(key.chain)),
        signing_certificate=_sequence(_SIGNING_CERTIFICATE_V2, _set(signing_certificate)),
        signer_head=_tlv(0x02, b"\x01") + _sequence(issuer, serial) + _sequence(_SHA256, _NULL),
    )


def build(*, digest: bytes, key: Key, timestamp: TimeStamp | None) -> bytes:
    """The DER ContentInfo over a file's SHA-256 `digest` (32 bytes), detached.

    Raises what `timestamp` raises; None leaves the time stamp out.
    """
    return _container(_DATA, _sequence(_DATA), version=1, digest=digest, key=key, timestamp=timestamp)


def enclose(*, tst_info: bytes, key: Key) -> bytes:
    """The DER TimeStampToken that holds a DER TSTInfo, signed by the time-stamping authority's `key`."""
    content = _sequence(_TST_INFO, _tlv(0xA0, _tlv(0x04, tst_info)))
    digest = hashlib.sha256(tst_info).digest()
    return _container(_TST_INFO, content, version=3, digest=digest, key=key, timestamp=None)


def _container(
    kind: bytes, content: bytes, *, version: int, digest: bytes, key: Key, timestamp: TimeStamp | None
) -> bytes:
    prepared = _prepared.get(key)
    if prepared is None:
        prepared = _prepared[key] = _prepare(key)
    signed = _set(
        _sequence(_MESSAGE_DIGEST, _set(_tlv(0x04, digest))),
        _sequence(_CONTENT_TYPE, _set(kind)),
        prepared.signing_certificate,
    )
    signature = key.sign(digest=hashlib.sha256(signed).digest())
    unsigned = b""
    if timestamp is not None:
        token = timestamp(hashlib.sha256(signature).digest())
        unsigned = _tlv(0xA1, _sequence(_TIME_STAMP_TOKEN, _set(token)))
    signer = _sequence(
        prepared.signer_head,
        b"\xa0" + signed[1:],  # the same attributes under an implicit tag
        _sequence(_RSA_SHA256, _NULL),
        _tlv(0x04, signature),
        unsigned,
    )
    signed_data = _sequence(
        _tlv(0x02, bytes([version])),
        _set(_sequence(_SHA256, _NULL)),
        content,
        prepared.certificates,
        _set(signer),
    )
    return _sequence(_SIGNED_DATA, _tlv(0xA0, signed_data))
