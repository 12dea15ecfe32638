"""One bit flipped in an object of every kind in an issued file; poppler and OpenSSL are asked beside us.

Which signatures each of the three must refuse follows from where the bit lies: inside what the signature covers or not.
"""

import re
from pathlib import Path

import pytest

from tests.papers.conftest import Signed
from tests.papers.test_sign import openssl_verify, pdfsig
from tests.papers.test_verify__tampering import VALID, failed, flip, judge, undecided
from workflows.papers.trust import TrustStores

pytestmark = pytest.mark.promise("papers.tampering")
SIGNED = {
    "catalogue": rb"^<</Type /Catalog",
    "list of pages": rb"^<</Type /Pages",
    "page": rb"^<</Type /Page/",
    "what is painted on the page": rb"^<</Filter /FlateDecode/Length \d+>>\nstream",
    "resources of the page": rb"^<</ExtGState",
    "picture": rb"^<</Type /XObject/Subtype /Image",
    "font": rb"^<</Type /Font/Subtype /Type0",
    "font of its letters": rb"^<</Type /Font/Subtype /CIDFontType2",
    "description of a font": rb"^<</Type /FontDescriptor",
    "outlines of a font": rb"^<</Length1 ",
    "bookmark": rb"^<</Title ",
    "root of the tags": rb"^<</Type /StructTreeRoot",
    "places of the tags": rb"^<</Nums ",
    "tag": rb"^<</Type /StructElem",
    "tag of a signature": rb"^<</Type /OBJR",
    "description of the file": rb"^<</Type /Metadata",
    "title of the file": rb"^<</Producer ",
    "colour profile": rb"^<</N 3",
    "attached data": rb"^<</Type /EmbeddedFile",
    "name of the attached data": rb"^<</Type /Filespec",
    "names of what is attached": rb"^<</Names ",
    "field of a signature": rb"^<</Type /Annot/Subtype /Widget",
    "stamp of the leader": rb"/Subtype /Form\n/BBox",
    "moment of the leader's signature": rb"/M \(D",
}
"""Kind → how one of its objects is recognised in the bytes."""


def objects(pdf: bytes) -> list[tuple[int, int]]:
    """Where the body of every object begins and ends, in the order of the file."""
    return [match.span(1) for match in re.finditer(rb"\n\d+ 0 obj\n(.*?)\nendobj", pdf, re.DOTALL)]


def covered(pdf: bytes, at: int) -> list[bool]:
    """Whether each signature covers the byte."""
    ranges = [tuple(map(int, found)) for found in re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", pdf)]
    return [a <= at < a + b or c <= at < c + d for a, b, c, d in ranges]


def inside(pdf: bytes, start: int, end: int) -> int:
    """A byte in the middle of an object: of its stream where it has one, and of no signature's container."""
    stream = pdf.find(b"stream\n", start, end)
    at = (start + end) // 2 if stream < 0 else (stream + 7 + end - len("endstream")) // 2
    moment = pdf.find(b"/M (D", start, end)
    return moment + 12 if moment >= 0 else at


def asked_of_all(pdf: bytes, at: int, keys_folder: Path, folder: Path) -> bytes:
    """The file with that bit flipped; poppler and OpenSSL have refused the signatures that cover it, and no other."""
    changed, broken = flip(pdf, at), covered(pdf, at)
    root = keys_folder / "public" / "root.pem"
    assert [openssl_verify(changed, index, root, folder) for index in (0, 1)] == [not one for one in broken]
    said = pdfsig(changed, folder)
    assert said.count(VALID) <= broken.count(False)
    assert len(said) < 2 or [word == VALID for word in said] == [
        not one for one in broken
    ]  # it may not find them all
    return changed


@pytest.mark.parametrize("kind", SIGNED)
def test_a_bit_in_what_was_signed_is_found_by_everybody(
    kind: str, decision: Signed, stores: TrustStores, keys_folder: Path, tmp_path: Path
) -> None:
    pdf = decision.sealed
    start, end = next(span for span in objects(pdf) if re.search(SIGNED[kind], pdf[slice(*span)]))
    at = inside(pdf, start, end)
    assert any(covered(pdf, at))
    verdict = judge(asked_of_all(pdf, at, keys_folder, tmp_path), decision, stores)
    assert verdict.verdict == "invalid"
    assert {"signature.intact", "file.readable"} & failed(verdict)


def test_a_bit_in_what_the_seal_added_leaves_the_leaders_signature_whole(
    decision: Signed, stores: TrustStores, keys_folder: Path, tmp_path: Path
) -> None:
    pdf = decision.sealed
    spans = [span for span in objects(pdf) if covered(pdf, inside(pdf, *span)) == [False, True]]
    assert len(spans) >= 3
    for span in spans:
        verdict = judge(asked_of_all(pdf, inside(pdf, *span), keys_folder, tmp_path), decision, stores)
        assert verdict.verdict == "invalid"
        assert {"signature.intact", "file.readable"} & failed(verdict)


def test_a_bit_in_the_evidence_breaks_no_signature_and_is_seen_by_us_alone(
    decision: Signed, stores: TrustStores, keys_folder: Path, tmp_path: Path
) -> None:
    """Certificates and lists are added behind both signatures: the register knows which file was issued."""
    pdf = decision.sealed
    spans = [span for span in objects(pdf) if not any(covered(pdf, inside(pdf, *span)))]
    assert len(spans) >= 10
    for span in spans:
        verdict = judge(asked_of_all(pdf, inside(pdf, *span), keys_folder, tmp_path), decision, stores)
        assert verdict.verdict != "valid"
        assert "register.known" in undecided(verdict)
