"""Proof for decades: time stamps over the whole file, each put on before the certificate of the last one ends.

PAdES B-LTA (ETSI EN 319 142-1). One revision holds the lists that are current by then and a document time stamp over
everything before. Later the stamps are judged from the newest to the oldest, each at the moment that the next newer one
proves, and with the lists that the file held by then. So an authority whose certificate has long ended is still judged
as of a day on which it was in force, and nobody who gets hold of its key afterwards can put anything under that day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation import SignatureCoverageLevel
from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_timestamp

from workflows.papers.longterm import Update, containers, lists_in, supply
from workflows.papers.moments import CLOCK_SKEW
from workflows.papers.trust import TrustStore, TrustStores, certificate_facts
from workflows.papers.waiting import finish

__all__ = ["ArchiveFaulty", "Chain", "chain", "end_of", "holds_nothing_else", "judging", "with_archive_stamp"]

RESERVED = (12000, 60000)
"""Hexadecimal digits to keep free for a time stamp, and again where those are too few, as for signatures (cms.py)."""


class ArchiveFaulty(RuntimeError):
    """The file is not put under a time stamp: it does not hold by itself (any more). A person must look at it."""


def with_archive_stamp(pdf: bytes, *, stores: TrustStores, timestamp: Callable[[bytes], bytes]) -> bytes:
    """`pdf` with the certificates and lists of today that it lacks, and a time stamp over all of it.

    `timestamp`: SHA-256 of the bytes covered → DER TimeStampToken; what it raises is raised. Raises ArchiveFaulty where
    a file of ours has no room for one.
    """
    stamps = [
        one for one in containers(pdf) if one["encap_content_info"]["content_type"].native == "tst_info"
    ]
    name = f"Archive{len(stamps) + 1}"
    for reserved in RESERVED:
        writer = Update(pdf, label=name)
        supply(writer, pdf=pdf, stores=stores)
        embedding = PdfCMSEmbedder(new_field_spec=SigFieldSpec(sig_field_name=name)).write_cms(
            field_name=name, writer=writer
        )
        next(embedding)
        embedding.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=reserved)))  # type: ignore[no-untyped-call]
        prepared, output = embedding.send(SigIOSetup(md_algorithm="sha256"))
        token = timestamp(prepared.document_digest)
        if 2 * len(token) <= reserved:
            embedding.send(ContentInfo.load(token))
            return bytes(output.getvalue())
    raise ArchiveFaulty("the time stamp is larger than any file of ours has room for")


@dataclass(frozen=True)
class Chain:
    """What the time stamps over a whole file prove."""

    moment: datetime
    """What is not covered by any that holds is judged as of now; what is, as of this moment (aware)."""
    lists: tuple[bytes, ...]
    """DER revocation lists that the file held by then."""
    passed: bool | None
    """False: one is damaged or out of order; None: one comes from an authority that cannot be trusted (any more)."""
    ends: tuple[int, ...]
    """Where what each stamp covers ends, oldest first."""

    @property
    def count(self) -> int:
        """How many stamps there are."""
        return len(self.ends)

    def is_all_after(self, revisions: tuple[int, ...] | None) -> bool:
        """Whether the revisions that end there are at most one of evidence, then one of each stamp; None: they are not
        revisions of ours."""
        if revisions is None:
            return False
        evidence = len(revisions) - self.count
        return evidence in (0, 1) and revisions[evidence:] == self.ends


def end_of(signature: Any) -> int:
    """Where what a signature covers ends in its file."""
    byte_range = [int(number) for number in signature.byte_range]
    return byte_range[2] + byte_range[3]


def holds_nothing_else(signature: Any) -> bool:
    """Whether nothing stands behind the container in the place that was kept free for it: no signature covers that."""
    held = bytes(signature.pkcs7_content)
    return not held[len(ContentInfo.load(held).dump()) :].strip(b"\0")


def judging(certificate: bytes, *, trusted: TrustStore, lists: tuple[bytes, ...], at: datetime) -> TrustStore:
    """The store to judge a DER certificate with at `at`: lists in the file count only where we have none ourselves, so
    an old one cannot speak against a newer one of ours."""
    known = certificate_facts(certificate, store=trusted, at=at).revocation != "unknown"
    return trusted if known else trusted.also(lists)


def chain(reader: PdfFileReader, *, trusted: TrustStore, at: datetime) -> Chain:
    """Judge the time stamps over the whole file, the newest as of `at` (aware), by the authorities of `trusted`."""
    moment, lists = at, lists_in(reader)
    stamps = reader.embedded_timestamp_signatures
    ends = tuple(map(end_of, stamps))
    for stamp in reversed(stamps):
        store = judging(stamp.signer_cert.dump(), trusted=trusted, lists=lists, at=moment)
        status = finish(async_validate_pdf_timestamp(stamp, store.context(moment)))
        whole = (
            status.intact
            and status.valid
            and holds_nothing_else(stamp)
            and status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
            and status.modification_level <= ModificationLevel.LTA_UPDATES
            and status.timestamp <= moment + CLOCK_SKEW
        )
        if not whole:
            return Chain(moment, lists, False, ends)
        if not status.trusted:
            return Chain(moment, lists, None, ends)
        moment = min(moment, status.timestamp)
        lists = lists_in(reader.get_historical_resolver(stamp.signed_revision))
    return Chain(moment, lists, True, ends)
