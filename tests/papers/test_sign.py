"""Signing: two signatures that every tool accepts, the same bytes whenever they are made again."""

from __future__ import annotations

import asyncio
import hashlib
import re
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from asn1crypto.cms import ContentInfo
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.papers.conftest import ENTERPRISE, LEADER, SEAL, SEALED_AT, SIGNED_AT, Row, Signed
from workflows.papers import cms, guard, issue, sign
from workflows.papers.keys import WATERMARK, KeyMissing, TestKeyStore
from workflows.papers.snapshot import sha256
from workflows.papers.stamps import PersonStamp, SealStamp, moment_text
from workflows.papers.trust import TrustStores


def pdfsig(pdf: bytes, folder: Path) -> list[str]:
    """poppler's word on each signature."""
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    out = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False).stdout
    return re.findall(r"Signature Validation: (.*)", out)


def openssl_verify(pdf: bytes, index: int, root: Path, folder: Path) -> bool:
    """OpenSSL's word on one signature: container and covered bytes, path to the root."""
    start, length, second, rest = (
        int(number) for number in re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", pdf)[index]
    )
    container = bytes.fromhex(pdf[length + 1 : second - 1].decode())
    size = int.from_bytes(container[2:4], "big") + 4
    (folder / "cms.der").write_bytes(container[:size])
    (folder / "covered").write_bytes(pdf[start : start + length] + pdf[second : second + rest])
    done = subprocess.run(
        [
            "openssl",
            "cms",
            "-verify",
            "-cades",
            "-binary",
            "-inform",
            "DER",
            "-in",
            str(folder / "cms.der"),
            "-purpose",
            "any",
            "-content",
            str(folder / "covered"),
            "-CAfile",
            str(root),
            "-out",
            "/dev/null",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0 and "successful" in done.stderr


@pytest.mark.promise("papers.two-signatures")
def test_both_signatures_are_accepted_by_poppler_and_openssl(
    decision: Signed, keys_folder: Path, tmp_path: Path
) -> None:
    assert pdfsig(decision.sealed, tmp_path) == ["Signature is Valid."] * 2
    root = keys_folder / "public" / "root.pem"
    assert [openssl_verify(decision.sealed, index, root, tmp_path) for index in (0, 1)] == [True, True]
    assert not openssl_verify(decision.sealed, 0, keys_folder / "enterprise" / "root.pem", tmp_path)


def test_the_person_certifies_and_the_seal_approves(decision: Signed) -> None:
    with pikepdf.open(BytesIO(decision.sealed)) as document:
        leader, seal = (field.V for field in document.Root.AcroForm.Fields)
        assert document.Root.Perms.DocMDP.objgen == leader.objgen
        assert leader.Reference[0].TransformParams.P == 2
        assert "/Reference" not in seal
        assert leader.SubFilter == seal.SubFilter == "/ETSI.CAdES.detached"
        assert str(leader.M) == "D:20260302090000+07'00'"
        assert str(seal.M) == "D:20260302090700+07'00'"


@pytest.mark.promise("papers.same-bytes")
def test_signing_again_gives_the_same_bytes(
    decision: Signed, keys: TestKeyStore, timestamp: cms.TimeStamp, stores: TrustStores
) -> None:
    files = {sha256(data): data for data in (decision.rendered, decision.signed)}
    for place, base, signatory, at, wanted in (
        (0, decision.rendered, LEADER, SIGNED_AT, decision.signed),
        (1, decision.signed, SEAL, SEALED_AT, decision.sealed),
    ):
        again = issue.produce_signature(
            decision.row,
            base=sha256(base),
            place=place,
            signers=decision.row.signers,
            signatory=signatory,
            keys=TestKeyStore(keys._folder),
            read=files.__getitem__,
            at=at,
            timestamp=timestamp,
            evidence=lambda: stores,
        )
        assert sha256(again) == sha256(wanted)


def test_what_was_read_is_what_was_signed(decision: Signed) -> None:
    assert decision.signed.startswith(decision.rendered)
    assert decision.sealed.startswith(decision.signed)


def test_the_signed_paper_still_passes_the_guard(decision: Signed) -> None:
    assert not guard.check(
        decision.sealed,
        attachment_sha256=decision.row.snapshot_sha256,
        fields=["Leader", "Seal"],
        expected_text=["thi hành Quyết định này./."],
        pages=1,
    )


class Kept(TimeStamper):
    """pyHanko's side of the comparison gets the same token as ours."""

    def __init__(self, stamp: cms.TimeStamp) -> None:
        super().__init__()
        self._stamp = stamp

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> ContentInfo:
        assert md_algorithm == "sha256"
        return ContentInfo.load(self._stamp(message_digest))


def test_the_container_is_byte_for_byte_that_of_pyhanko(keys: TestKeyStore, timestamp: cms.TimeStamp) -> None:
    for signatory in (LEADER, SEAL, ENTERPRISE):
        key = keys.key(signatory.ref, holder=signatory.holder, organisation=signatory.organisation)
        registry = SimpleCertificateStore()
        registry.register_multiple([asn1_x509.Certificate.load(der) for der in key.chain[1:]])
        private = key._private.private_bytes(  # type: ignore[attr-defined]
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signer = SimpleSigner(
            asn1_x509.Certificate.load(key.chain[0]), asn1_keys.PrivateKeyInfo.load(private), registry
        )
        for number in range(2):
            digest = hashlib.sha256(bytes([number])).digest()
            ours = cms.build(digest=digest, key=key, timestamp=timestamp)
            plain = asyncio.run(signer.async_sign(digest, "sha256", use_pades=True)).dump()
            assert cms.build(digest=digest, key=key, timestamp=None) == plain
            stamped = asyncio.run(
                signer.async_sign(digest, "sha256", use_pades=True, timestamper=Kept(timestamp))
            ).dump()
            assert ours == stamped
            # Ministries' keys are 3072 bits: each of five signatures and six keys is 128 bytes longer than here.
            assert (len(stamped) + 11 * 128) * 2 <= cms.RESERVED[0]


@pytest.mark.parametrize("case", ["twice", "unknown field", "seal certified", "not ours", "no PDF"])
def test_what_cannot_be_signed_is_refused(case: str, decision: Signed, keys: TestKeyStore) -> None:
    key = keys.key(LEADER.ref)
    stamp = PersonStamp(at=SIGNED_AT, name="A")
    plain = BytesIO()
    blank = pikepdf.new()
    blank.add_blank_page()
    blank.save(plain)
    pdf, field = {
        "twice": (decision.signed, "Leader"),
        "unknown field": (decision.rendered, "Nobody"),
        "seal certified": (decision.signed, "Seal"),
        "not ours": (plain.getvalue(), "Leader"),
        "no PDF": (b"junk", "Leader"),
    }[case]
    with pytest.raises(sign.SignatureProblem):
        sign.certify(pdf, key=key, field=field, stamp=stamp, at=SIGNED_AT, timestamp=None)


def test_a_file_that_is_not_the_recorded_one_is_not_signed(decision: Signed, keys: TestKeyStore) -> None:
    with pytest.raises(issue.PaperFaulty, match="recorded hash"):
        issue.produce_signature(
            decision.row, base=decision.row.signed_sha256, place=1, signers=("leader", "seal"), signatory=SEAL,
            keys=keys, read=lambda _: decision.rendered, at=SEALED_AT, timestamp=None, evidence=None,
        )  # fmt: skip
    with pytest.raises(issue.PaperFaulty, match="no signature 2"):
        issue.produce_signature(
            decision.row, base=decision.row.signed_sha256, place=1, signers=("applicant",), signatory=SEAL, keys=keys,
            read={decision.row.signed_sha256: decision.signed}.__getitem__, at=SEALED_AT, timestamp=None, evidence=None,
        )  # fmt: skip


def test_changed_facts_or_templates_are_not_rendered(keys: TestKeyStore, decision: Signed) -> None:
    class Changed(Row):
        snapshot_sha256 = "0" * 64  # type: ignore[assignment]

    row = Changed("decision", decision.row.snapshot, decision.row.template)
    with pytest.raises(issue.PaperFaulty, match="facts"):
        issue.produce_render(row, template=row.template, signers=row.signers, watermark=WATERMARK)
    with pytest.raises(issue.PaperFaulty, match="template"):
        issue.produce_render(decision.row, template="other", signers=("leader", "seal"), watermark=WATERMARK)


def test_the_guard_stops_a_layout_without_its_signature_fields(keys: TestKeyStore, decision: Signed) -> None:
    with pytest.raises(issue.PaperFaulty, match=r"form\.fields") as caught:
        issue.produce_render(
            decision.row, template=decision.row.template, signers=("officer", "seal"), watermark=WATERMARK
        )
    assert [finding.code for finding in caught.value.findings] == ["form.fields"]


def test_the_moment_is_shown_with_seconds_and_zone() -> None:
    assert moment_text(SEALED_AT) == "02.03.2026 09:07:00 +07:00"


def test_appearances_say_who_and_when_in_letters_that_can_be_copied(decision: Signed, tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(decision.sealed)
    text = subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Ký bởi: Nguyễn Thị Hồng Phượng" in text
    assert "Thời gian ký: 02.03.2026 09:00:00 +07:00" in text
    assert "Cơ quan: Cục Hạ tầng và Thiết bị y tế" in text


def test_a_name_too_long_for_a_certificate_is_shown_whole(
    make: Callable[..., Signed], tmp_path: Path
) -> None:
    name = "Cục Khoa học công nghệ và Đào tạo, Hạ tầng và Thiết bị y tế thuộc Bộ Y tế"
    file = tmp_path / "paper.pdf"
    file.write_bytes(make(seal=issue.Signatory("agency:LONG", name, name)).sealed)
    text = subprocess.run(
        ["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert name in " ".join(text.split())


def test_drawings_follow_from_names_alone() -> None:
    one = PersonStamp(at=SIGNED_AT, name="Nguyễn Văn A").content(190, 127)
    assert one == PersonStamp(at=SIGNED_AT, name="Nguyễn Văn A").content(190, 127)
    assert one != PersonStamp(at=SIGNED_AT, name="Trần Thị B").content(190, 127)
    for name in (
        "Bộ Y tế",
        "Văn phòng",
        "Cục Khoa học công nghệ và Đào tạo",
        "X" * 80,
        "Ủy ban nhân dân thành phố Cần Thơ",
    ):
        assert SealStamp(at=SIGNED_AT, name=name, parent="Bộ Y tế").content(125, 127).isascii()


def test_a_reference_of_no_kind_has_no_key(keys: TestKeyStore) -> None:
    with pytest.raises(KeyMissing):
        keys.key("person:an")
