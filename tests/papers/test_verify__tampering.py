"""Every way to tamper that we know gets the right verdict, for the right reason.

Poppler and OpenSSL are asked beside us: both accept a page that was painted over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.papers import samples
from tests.papers.conftest import ENTERPRISE, LATER, LEADER, SEAL, SEALED_AT, SIGNED_AT, Signed
from tests.papers.test_sign import openssl_verify, pdfsig
from workflows.papers import cms, issue, pki, sign
from workflows.papers.keys import Key, TestKeyStore, load_key
from workflows.papers.snapshot import sha256
from workflows.papers.stamps import PersonStamp, SealStamp
from workflows.papers.trust import TrustStores
from workflows.papers.verify import Verdict, claims, verify

name = generic.pdf_name


def judge(pdf: bytes, paper: Signed, stores: TrustStores, **changes: Any) -> Verdict:
    asked = {"expected": paper.expected, "record": paper.record, "at": LATER} | changes
    return verify(pdf, stores=stores, **asked)


def failed(verdict: Verdict) -> set[str]:
    return {reason.code for reason in verdict.reasons if reason.passed is False}


def undecided(verdict: Verdict) -> set[str]:
    return {reason.code for reason in verdict.reasons if reason.passed is None}


def end_of_seal(pdf: bytes) -> int:
    """Where the second signature's revision ends and the evidence begins."""
    ranges = re.findall(rb"/ByteRange \[\d+ \d+ (\d+) (\d+)", pdf)
    return sum(map(int, ranges[1]))


def update(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """An incremental update, as an attacker would append it."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def paint_over(writer: IncrementalPdfFileWriter) -> None:
    stream = generic.StreamObject(stream_data=b"1 1 1 rg 80 300 400 200 re f")
    writer.add_stream_to_page(0, writer.add_object(stream))


def add_note(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    box = generic.ArrayObject(map(generic.NumberObject, (100, 400, 300, 450)))
    note = generic.DictionaryObject(
        {name("/Type"): name("/Annot"), name("/Subtype"): name("/FreeText"), name("/Rect"): box,
         name("/Contents"): generic.pdf_string("Hết hiệu lực"), name("/DA"): generic.pdf_string("/Helv 12 Tf")}
    )  # fmt: skip
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0).reference)


def replace_data(writer: IncrementalPdfFileWriter) -> None:
    held = writer.root["/AF"][0]["/EF"]
    held[name("/F")] = writer.add_object(generic.StreamObject(stream_data=b'{"forged":true}'))
    writer.update_container(held)


def flip(pdf: bytes, at: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def swap_digit(pdf: bytes, at: int) -> bytes:
    return pdf[:at] + (b"1" if pdf[at : at + 1] != b"1" else b"2") + pdf[at + 1 :]


def flip_stream(pdf: bytes) -> bytes:
    """Inside the colour profile, the first stream of the file."""
    return flip(pdf, pdf.index(b"stream\n") + 200)


def flip_table(pdf: bytes) -> bytes:
    """In the table of objects: hardly any parser gets past it."""
    return flip(pdf, pdf.index(b"\nxref\n") + 500)


def flip_signature(pdf: bytes) -> bytes:
    """Within the seal's signature value."""
    start = pdf.rindex(b"/Contents <") + 11
    raw = bytes.fromhex(pdf[start : pdf.index(b">", start)].decode())
    value = ContentInfo.load(raw)["content"]["signer_infos"][0]["signature"].native
    return swap_digit(pdf, start + 2 * raw.index(value) + 20)


def flip_stamp(pdf: bytes) -> bytes:
    """The last digits of the seal's container are those of the signature on its time stamp."""
    start = pdf.rindex(b"/Contents <") + 11
    size = int(pdf[start + 4 : start + 8], 16) + 4
    return swap_digit(pdf, start + 2 * size - 20)


def flip_behind(pdf: bytes) -> bytes:
    """In the room that was kept free for the last container and not used: no signature covers it."""
    return swap_digit(pdf, pdf.index(b">", pdf.rindex(b"/Contents <")) - 9)


def strip_signatures(pdf: bytes) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        for field in document.Root.AcroForm.Fields:
            del field.V
        del document.Root.Perms
        out = BytesIO()
        document.save(out)
    return out.getvalue()


def save_again(pdf: bytes) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        out = BytesIO()
        document.save(out)
    return out.getvalue()


@dataclass(frozen=True)
class Tampering:
    """A change to the file, the reasons that must fail, and what poppler and OpenSSL say of the two signatures."""

    change: Callable[[bytes], bytes]
    fails: frozenset[str]
    poppler: tuple[str, ...] = ()
    openssl: tuple[bool, bool] | None = None
    """None: the signatures are not found in the bytes."""


VALID, INVALID, MISMATCH = "Signature is Valid.", "Signature is Invalid.", "Digest Mismatch."
BOTH, NEITHER = (True, True), (False, False)
CASES = {
    "bit flipped in a stream": Tampering(
        flip_stream, frozenset({"signature.intact"}), (MISMATCH, MISMATCH), NEITHER
    ),
    "bit flipped in the table of objects": Tampering(flip_table, frozenset(), (MISMATCH, MISMATCH), NEITHER),
    "digit changed in the seal's signature": Tampering(
        flip_signature, frozenset({"signature.intact"}), (VALID, INVALID), (True, False)
    ),
    "digit changed in the seal's time stamp": Tampering(
        flip_stamp, frozenset({"signature.timestamp"}), (VALID, VALID), BOTH
    ),
    "digit changed behind the seal's container": Tampering(
        flip_behind, frozenset({"signature.intact"}), (VALID, VALID), BOTH
    ),
    "page painted over": Tampering(
        lambda pdf: update(pdf, paint_over),
        frozenset({"file.end", "signature.unchanged"}),
        (VALID, VALID),
        BOTH,
    ),
    "note added": Tampering(
        lambda pdf: update(pdf, add_note),
        frozenset({"file.end", "signature.unchanged"}),
        (VALID, VALID),
        BOTH,
    ),
    "data replaced": Tampering(
        lambda pdf: update(pdf, replace_data),
        frozenset({"file.end", "data.matches", "signature.unchanged"}),
        (VALID, VALID),
        BOTH,
    ),
    "bytes appended": Tampering(lambda pdf: pdf + b"%%EOF\n", frozenset({"file.end"}), (VALID, VALID), BOTH),
    "one byte appended": Tampering(lambda pdf: pdf + b" ", frozenset({"file.end"}), (VALID, VALID), BOTH),
    "signatures stripped": Tampering(strip_signatures, frozenset({"signatures.expected"})),
    "saved again by a library": Tampering(save_again, frozenset({"signature.intact"}), (MISMATCH, MISMATCH)),
    "cut short": Tampering(lambda pdf: pdf[:-3000], frozenset(), (VALID, VALID), BOTH),
    "only the beginning": Tampering(lambda pdf: pdf[:500], frozenset({"file.readable"})),
    "not a PDF": Tampering(lambda _: b"\x89PNG\r\n", frozenset({"file.readable"})),
    "empty": Tampering(lambda _: b"", frozenset({"file.readable"})),
}


@pytest.mark.promise("papers.verdict")
def test_the_issued_file_is_valid(decision: Signed, stores: TrustStores) -> None:
    verdict = judge(decision.sealed, decision, stores)
    assert (verdict.verdict, verdict.test_keys) == ("valid", True)
    assert all(reason.passed for reason in verdict.reasons)
    assert {reason.subject for reason in verdict.reasons} == {"", "Leader", "Seal"}


@pytest.mark.promise("papers.tampering")
@pytest.mark.parametrize("case", CASES)
def test_a_tampered_file_is_invalid_for_the_right_reason(
    case: str, decision: Signed, stores: TrustStores, keys_folder: Path, tmp_path: Path
) -> None:
    tampering = CASES[case]
    pdf = tampering.change(decision.sealed)
    assert pdf != decision.sealed
    verdict = judge(pdf, decision, stores)
    assert verdict.verdict == "invalid"
    assert tampering.fails <= failed(verdict)
    assert "register.known" in undecided(verdict)
    assert tuple(pdfsig(pdf, tmp_path)) == tampering.poppler
    if tampering.openssl is None:
        assert len(re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", pdf)) < 2
    else:
        root = keys_folder / "public" / "root.pem"
        assert tuple(openssl_verify(pdf, index, root, tmp_path) for index in (0, 1)) == tampering.openssl
    # without register and expectation a tampered file is still never valid
    alone = judge(pdf, decision, stores, record=None, expected=None, ask_register=False)
    assert alone.verdict != "valid"


@pytest.mark.promise("papers.two-signatures")
def test_without_the_seal_nothing_was_issued(decision: Signed, stores: TrustStores) -> None:
    verdict = judge(decision.signed, decision, stores)
    assert verdict.verdict == "invalid"
    assert "signatures.expected" in failed(verdict)


def test_an_unsigned_file_says_nothing(decision: Signed, stores: TrustStores) -> None:
    assert judge(decision.rendered, decision, stores).verdict == "invalid"
    stranger = judge(decision.rendered, decision, stores, expected=None, record=None)
    assert stranger.verdict == "indeterminate"
    assert "signatures.expected" in undecided(stranger)


def test_a_third_signature_is_not_expected(decision: Signed, stores: TrustStores, keys: TestKeyStore) -> None:
    from asn1crypto import x509 as asn1_x509
    from pyhanko.sign.fields import SigFieldSpec
    from pyhanko.sign.signers.pdf_cms import Signer
    from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner

    key = keys.key(SEAL.ref)
    signer = PdfSigner(
        PdfSignatureMetadata(field_name="Extra", md_algorithm="sha256"),
        signer=Signer(signing_cert=asn1_x509.Certificate.load(key.chain[0])),
        new_field_spec=SigFieldSpec("Extra"),
    )
    session = signer.init_signing_session(IncrementalPdfFileWriter(BytesIO(decision.sealed)))
    prepared, out = session.prepare_tbs_document(
        validation_info=None, bytes_reserved=15000
    ).digest_tbs_document()
    prepared.fill_with_cms(out, cms.build(digest=prepared.document_digest, key=key, timestamp=None))
    verdict = judge(out.getvalue(), decision, stores)
    assert verdict.verdict == "invalid"
    assert "signatures.expected" in failed(verdict)


def test_another_certificate_beside_the_signers_changes_nothing_but_the_file(
    decision: Signed, stores: TrustStores
) -> None:
    at = decision.sealed.lower().rindex(stores.public.roots[0].hex().encode()) + 1000
    verdict = judge(swap_digit(decision.sealed, at), decision, stores)
    assert verdict.verdict == "indeterminate"
    assert undecided(verdict) == {"register.known"}


# -- who signed, and when -----------------------------------------------------------------------------------


def signed_by(
    paper: Signed,
    leader: Key,
    seal: Key,
    *,
    at: datetime = SIGNED_AT,
    leaders: cms.TimeStamp | None = None,
    seals: cms.TimeStamp | None = None,
) -> bytes:
    """The paper signed and sealed at `at`, with their time stamps, if any, and no evidence."""
    one = sign.certify(
        paper.rendered,
        key=leader,
        field="Leader",
        stamp=PersonStamp(at=at, name=leader.holder),
        at=at,
        timestamp=leaders,
    )
    stamp = SealStamp(at=at, name=seal.holder, parent="Bộ Y tế")
    return sign.approve(one, key=seal, field="Seal", stamp=stamp, at=at, timestamp=seals)


def test_another_official_is_not_the_one_who_had_to_sign(
    make: Callable[..., Signed], decision: Signed, stores: TrustStores
) -> None:
    other = make(leader=issue.Signatory("official:other", "Nguyễn Thị Hồng Phượng", LEADER.organisation))
    verdict = judge(other.sealed, decision, stores)
    assert verdict.verdict == "invalid"
    assert failed(verdict) == {"signature.signer"}


@pytest.mark.promise("papers.clerk-changes-nothing")
@pytest.mark.parametrize("change", [paint_over, add_note, replace_data], ids=lambda change: change.__name__)
def test_whoever_seals_cannot_change_what_the_leader_signed(
    change: Callable[[IncrementalPdfFileWriter], None],
    decision: Signed,
    stores: TrustStores,
    keys: TestKeyStore,
) -> None:
    changed = update(decision.signed, change)
    stamp = SealStamp(at=SEALED_AT, name=SEAL.holder, parent="Bộ Y tế")
    pdf = sign.approve(
        changed, key=keys.key(SEAL.ref), field="Seal", stamp=stamp, at=SEALED_AT, timestamp=None
    )
    verdict = judge(pdf, decision, stores, record=replace(decision.record, file_sha256=sha256(pdf)))
    assert verdict.verdict == "invalid"
    assert {(one.subject, one.code) for one in verdict.reasons if one.passed is False} >= {
        ("Leader", "signature.unchanged")
    }


def test_an_enterprise_cannot_sign_for_an_authority(
    decision: Signed, stores: TrustStores, keys: TestKeyStore
) -> None:
    pdf = signed_by(decision, keys.key(ENTERPRISE.ref, holder=ENTERPRISE.holder), keys.key(SEAL.ref))
    verdict = judge(pdf, decision, stores)
    assert verdict.verdict == "invalid"
    assert "signature.signer" in failed(verdict)


@pytest.mark.promise("papers.wrong-root")
def test_a_copied_name_under_another_root_is_explained(
    decision: Signed, stores: TrustStores, tmp_path: Path
) -> None:
    forger = TestKeyStore(tmp_path)
    pdf = signed_by(
        decision,
        forger.key(LEADER.ref, holder=LEADER.holder, organisation=LEADER.organisation),
        forger.key(SEAL.ref, holder=SEAL.holder, organisation=SEAL.organisation),
    )
    verdict = judge(pdf, decision, stores)
    assert verdict.verdict == "invalid"
    assert failed(verdict) == {"signature.signer"}
    unknown = judge(pdf, decision, stores, expected=None, record=None)
    assert unknown.verdict == "indeterminate"
    assert "authority that we do not know" in " ".join(reason.message for reason in unknown.reasons)


def special_key(folder: Path, ref: str, **changes: Any) -> Key:
    """A key of an official outside the ordinary: expired, or short-lived."""
    home = pki.issue(folder, ref=ref, common_name=LEADER.holder, organisation=LEADER.organisation, **changes)
    return load_key(home, authorities=folder / "public")


def expecting(paper: Signed, ref: str, pdf: bytes) -> dict[str, Any]:
    return {
        "expected": issue.expectation_of(signers=("leader", "seal"), references=(ref, SEAL.ref)),
        "record": replace(paper.record, file_sha256=sha256(pdf)),
    }


@pytest.mark.promise("papers.expired")
def test_a_certificate_expired_before_signing_is_invalid(
    decision: Signed, stores: TrustStores, keys: TestKeyStore, keys_folder: Path
) -> None:
    old = special_key(keys_folder, "official:expired", not_after=datetime(2026, 1, 1, tzinfo=UTC))
    pdf = signed_by(decision, old, keys.key(SEAL.ref))
    verdict = judge(pdf, decision, stores, **expecting(decision, "official:expired", pdf))
    assert (verdict.verdict, failed(verdict)) == ("invalid", {"signature.time"})


def test_a_certificate_expired_since_needs_the_register(
    decision: Signed, stores: TrustStores, keys: TestKeyStore, keys_folder: Path
) -> None:
    short = special_key(keys_folder, "official:short", not_after=datetime(2026, 6, 1, tzinfo=UTC))
    pdf = signed_by(decision, short, keys.key(SEAL.ref))
    asked = expecting(decision, "official:short", pdf) | {"at": datetime(2027, 1, 1, tzinfo=UTC)}
    assert judge(pdf, decision, stores, **asked).verdict == "valid"
    alone = judge(pdf, decision, stores, **asked | {"record": None})
    assert alone.verdict == "indeterminate"
    assert "signature.time" in undecided(alone)


def test_a_certificate_revoked_before_signing_is_invalid_after_it_is_not(
    decision: Signed, keys: TestKeyStore, keys_folder: Path
) -> None:
    for ref, revoked_at, outcome in (
        ("official:revoked-early", SIGNED_AT - timedelta(days=1), "invalid"),
        ("official:revoked-late", SEALED_AT + timedelta(hours=1), "valid"),
    ):
        key = special_key(keys_folder, ref)
        pki.revoke(keys_folder, ref=ref, at=revoked_at)
        stores = TrustStores.load(keys_folder)
        pdf = signed_by(decision, key, keys.key(SEAL.ref))
        asked = expecting(decision, ref, pdf)
        verdict = judge(pdf, decision, stores, **asked)
        assert verdict.verdict == outcome, failed(verdict)
        if outcome == "invalid":
            assert failed(verdict) == {"signature.revocation"}
        else:  # nothing but the signer's word says that it came first
            assert "signature.revocation" in undecided(
                judge(pdf, decision, stores, **asked | {"record": None})
            )


def test_without_a_current_revocation_list_nothing_is_concluded(
    decision: Signed, stores: TrustStores
) -> None:
    """Neither with us nor in the file, which is that of before its evidence was added."""
    blind = replace(stores, public=replace(stores.public, revocation_lists=()))
    verdict = judge(decision.sealed[: end_of_seal(decision.sealed)], decision, blind)
    assert verdict.verdict == "indeterminate"
    assert "signature.revocation" in undecided(verdict)


def test_a_signature_from_the_future_is_invalid(decision: Signed, stores: TrustStores) -> None:
    verdict = judge(decision.sealed, decision, stores, at=SIGNED_AT - timedelta(days=1))
    assert "signature.time" in failed(verdict)


# -- the register -------------------------------------------------------------------------------------------


@pytest.mark.promise("papers.register-decides")
@pytest.mark.parametrize(
    ("state", "outcome"),
    [("published", "valid"), ("sealed", "indeterminate"), ("void", "invalid")],
)
def test_the_register_has_the_last_word(
    state: str, outcome: str, decision: Signed, stores: TrustStores
) -> None:
    assert (
        judge(decision.sealed, decision, stores, record=replace(decision.record, state=state)).verdict
        == outcome
    )


def test_a_well_signed_file_that_the_register_does_not_know_is_not_valid(
    make: Callable[..., Signed], decision: Signed, stores: TrustStores
) -> None:
    assert judge(decision.sealed, decision, stores, record=None).verdict == "indeterminate"
    twin = make(signed_at=SIGNED_AT + timedelta(seconds=1), sealed_at=SEALED_AT)
    verdict = judge(twin.sealed, decision, stores)
    assert verdict.verdict == "indeterminate"
    assert undecided(verdict) == {"register.known"}
    other = make(number="06/GPNK-BYT")
    assert "data.matches" in failed(judge(other.sealed, decision, stores))


def test_claims_find_the_record_and_never_raise(decision: Signed) -> None:
    found = claims(decision.sealed)
    assert found is not None
    assert (found.code, found.number) == (samples.CODE, "05/GPNK-BYT")
    assert found.sha256 == decision.row.snapshot_sha256
    for stranger in (b"", b"junk", decision.sealed[:700]):
        assert claims(stranger) is None
