"""Put signatures on a paper: the first person's, which certifies it, then others', the agency's seal last.

*Certify* is a certification signature: after it only signing is allowed (DocMDP, P=2). *Approve* is an approval
signature over everything before it. All are PAdES B-T: each carries an authority's time stamp. pyHanko prepares the
file and checks what may be signed; the container comes from cms.py. One input gives one sequence of bytes: the moment
is an argument, and the file's second identifier follows from what was signed, so a signature made again after a crash
is the same signature, if it is given the same time stamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import generic as untyped_generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.stamp import BaseStampStyle

from workflows.papers import cms
from workflows.papers.cms import TimeStamp
from workflows.papers.formfields import STAMP_FONT
from workflows.papers.keys import Key
from workflows.papers.longterm import Update
from workflows.papers.stamps import OPACITY, SMALL_PRINT, Stamp

__all__ = ["SignatureProblem", "approve", "certify"]

generic: Any = untyped_generic  # its constructors have no annotations
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


class SignatureProblem(RuntimeError):
    """The paper cannot be signed there: no such empty field, signed already, locked, or no file of ours."""


def certify(
    pdf: bytes, *, key: Key, field: str, stamp: Stamp, at: datetime, timestamp: TimeStamp | None
) -> bytes:
    """`pdf` with the first person's certification signature in `field`, made at `at` (aware).

    Raises SignatureProblem, and what `timestamp` raises; without it the signature is B-B.
    """
    return _sign(pdf, key=key, field=field, stamp=stamp, at=at, timestamp=timestamp, certification=True)


def approve(
    pdf: bytes, *, key: Key, field: str, stamp: Stamp, at: datetime, timestamp: TimeStamp | None
) -> bytes:
    """`pdf` with a later person's, or the agency's, approval signature in `field`, made at `at` (aware).

    Raises as `certify` does.
    """
    return _sign(pdf, key=key, field=field, stamp=stamp, at=at, timestamp=timestamp, certification=False)


class _Appearance:
    def __init__(self, writer: Any, stamp: Stamp, width: float, height: float) -> None:
        self._writer, self._stamp, self._size = writer, stamp, (width, height)

    def apply_appearance(self, annotation: Any) -> None:
        form = self._writer.root["/AcroForm"]
        try:
            font = form["/DR"]["/Font"].raw_get(pdf_name(f"/{STAMP_FONT}"))
        except KeyError as error:
            raise SignatureProblem("the file has no stamp font: it was not rendered as a paper") from error
        width, height = self._size
        opaque = generic.DictionaryObject(
            {pdf_name("/ca"): generic.FloatObject(0.82), pdf_name("/CA"): generic.FloatObject(0.82)}
        )
        stream = generic.StreamObject(stream_data=self._stamp.content(width, height))
        stream.update(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): generic.ArrayObject(map(generic.FloatObject, (0, 0, width, height))),
                pdf_name("/Resources"): generic.DictionaryObject(
                    {
                        pdf_name("/Font"): generic.DictionaryObject({pdf_name(f"/{SMALL_PRINT}"): font}),
                        pdf_name("/ExtGState"): generic.DictionaryObject({pdf_name(f"/{OPACITY}"): opaque}),
                    }
                ),
            }
        )
        stream.compress()
        reference = self._writer.add_object(stream)
        annotation[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): reference})


@dataclass(frozen=True)
class _Drawn(BaseStampStyle):
    """Hands our drawing to pyHanko. Its own text stamps write unscaled widths and clip what they show."""

    drawing: Stamp | None = None

    def create_stamp(self, writer: Any, box: Any, text_params: dict[str, Any]) -> Any:
        assert self.drawing is not None
        return _Appearance(writer, self.drawing, float(box.width), float(box.height))


def _sign(
    pdf: bytes,
    *,
    key: Key,
    field: str,
    stamp: Stamp,
    at: datetime,
    timestamp: TimeStamp | None,
    certification: bool,
) -> bytes:
    if at.tzinfo is None:
        raise ValueError("the moment of signing needs its time zone")
    at = at.astimezone(HANOI).replace(microsecond=0)
    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        name=key.holder,
        subfilter=SigSeedSubFilter.PADES,
        certify=certification,
        docmdp_permissions=MDPPerm.FILL_FORMS,
    )
    signer = PdfSigner(
        metadata,
        signer=Signer(signing_cert=asn1_x509.Certificate.load(key.chain[0])),
        stamp_style=_Drawn(drawing=stamp),
    )
    try:
        for reserved in (key.room,) if key.room else cms.RESERVED:
            output = BytesIO()
            session = signer.init_signing_session(Update(pdf, label=field), existing_fields_only=True)
            session.system_time = at
            document = session.prepare_tbs_document(validation_info=None, bytes_reserved=reserved)
            prepared, _ = document.digest_tbs_document(output=output)
            container = cms.build(digest=prepared.document_digest, key=key, timestamp=timestamp)
            if 2 * len(container) <= reserved:
                prepared.fill_with_cms(output, container)
                return output.getvalue()
    except (SigningError, PdfError) as error:
        raise SignatureProblem(str(error)) from error
    raise SignatureProblem("the signature and its time stamp are larger than any file of ours has room for")
