"""What a validator will need in twenty years, put into the file: PAdES B-LT (ETSI EN 319 142-1).

After the last signature comes one more revision, the document security store (DSS): every certificate on the way from
the signers and from the time-stamping authority to their roots, and the revocation lists that were current when the
paper was issued. It changes nothing that was signed; whoever reads the file later needs neither us nor the authorities'
addresses of today to see that the certificates were good then.
"""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from asn1crypto.cms import ContentInfo, SignedData
from pyhanko.pdf_utils import generic as untyped_generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import ValidationInfoReadingError

from workflows.papers.trust import TrustStores

__all__ = ["Update", "containers", "lists_in", "supply", "updates", "with_evidence"]

generic: Any = untyped_generic  # its constructors have no annotations


class Update(IncrementalPdfFileWriter):
    """An incremental update whose bytes follow from `pdf` and `label` alone.

    Metadata is left as it is: neither signature nor evidence changes content.
    """

    def __init__(self, pdf: bytes, *, label: str) -> None:
        super().__init__(BytesIO(pdf))
        token = hashlib.sha256(label.encode() + b"\0" + hashlib.sha256(pdf).digest()).digest()[:16]
        self._document_id[1] = generic.ByteStringObject(token)  # instead of a random one

    def _update_meta(self) -> None:
        return


_OBJECT = re.compile(rb"\d+ \d+ obj\n")
_STREAM = re.compile(rb"<<\n/Length (\d+)\n>>\nstream\n")
_STREAM_END, _END = b"\nendstream\nendobj\n", b"\nendobj\n"
_TABLE = re.compile(
    rb"xref\n(?P<entries>(?:\d+ \d+\n(?:\d{10} \d{5} [nf] \n)+)+)"
    rb"trailer\n<<\n[^%]*>>\nstartxref\n(?P<at>\d+)\n%%EOF\n"
)
_IN_USE = re.compile(rb"^(\d{10}) \d{5} n ", re.MULTILINE)


def updates(pdf: bytes, *, start: int) -> tuple[int, ...] | None:
    """Where the revisions end that stand from `start` on, each as `Update` writes it: objects side by side, the table
    that lists each of them, the end. None where anything else stands there. What they mean is not judged here.

    pyHanko, poppler and qpdf all pass over bytes that no table lists; here they are found.
    """
    ends: list[int] = []
    while start < len(pdf):
        end = _end_of_update(pdf, start)
        if end is None:
            return None
        ends.append(end)
        start = end
    return tuple(ends)


def _end_of_update(pdf: bytes, start: int) -> int | None:
    at, found = start, set()
    if pdf[at : at + 1] == b"\n":
        at += 1
    while begun := _OBJECT.match(pdf, at):
        found.add(at)
        stream = _STREAM.match(pdf, begun.end())
        if stream:
            end = stream.end() + int(stream[1])
            mark = _STREAM_END
        else:
            end, mark = pdf.find(_END, begun.end()), _END
            if end < 0 or b"stream" in pdf[begun.end() : end]:
                return None
        if pdf[end : end + len(mark)] != mark:
            return None
        at = end + len(mark)
    table = _TABLE.match(pdf, at)
    whole = (
        table is not None
        and int(table["at"]) == at
        and {int(offset) for offset in _IN_USE.findall(table["entries"])} == found
    )
    return table.end() if table is not None and whole else None


def lists_in(file: PdfHandler) -> tuple[bytes, ...]:
    """The DER revocation lists in a file, or in an earlier revision of it; empty where there are none. They are to be
    believed as far as their own signatures go."""
    try:
        store = DocumentSecurityStore.read_dss(file)
    except ValidationInfoReadingError:
        return ()
    return tuple(bytes(one.get_object().data) for one in store.crls)


def with_evidence(pdf: bytes, *, stores: TrustStores) -> bytes:
    """`pdf`, whole and signed, with the certificates and lists that its signatures rest on.

    The same signatures and lists give the same bytes.
    """
    writer = Update(pdf, label="evidence")
    supply(writer, pdf=pdf, stores=stores)
    output = BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]
    return output.getvalue()


_BYTE_RANGE = re.compile(rb"/ByteRange \[ *0 +(\d+) +(\d+) +(\d+) *\]")


def containers(pdf: bytes) -> list[SignedData]:
    """The containers of a file of ours, those of signatures and of archive time stamps, in the order of signing.

    Read from the bytes: pyHanko's reader goes over their digits one by one, most of the time that an update takes.
    """
    found = []
    for start, end, _length in (map(int, one.groups()) for one in _BYTE_RANGE.finditer(pdf)):
        digits = pdf[start:end]
        if digits[:1] == b"<" and digits[-1:] == b">":
            found.append(ContentInfo.load(bytes.fromhex(digits[1:-1].decode("ascii")))["content"])
    return found


def supply(writer: Update, *, pdf: bytes, stores: TrustStores) -> None:
    """Put into an update of `pdf` what its signatures rest on and the file does not hold yet."""
    certificates: set[bytes] = {*stores.time.authorities, *stores.time.roots}
    lists: set[bytes] = set(stores.time.revocation_lists)
    for container in containers(pdf):
        own = {certificate.dump() for certificate in container["certificates"]}
        for store in (stores.public, stores.enterprise):
            if own & set(store.roots):
                lists |= set(store.revocation_lists)
        certificates |= own
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[asn1_x509.Certificate.load(der) for der in sorted(certificates)],
        crls=[asn1_crl.CertificateList.load(der) for der in sorted(lists)],
    )
