"""The last revision of a paper: what a later validation needs, nothing else, and nothing hidden in it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tests.papers.conftest import LEADER, SEAL, SEALED_AT, Signed
from tests.papers.test_sign import pdfsig
from tests.papers.test_verify__tampering import (
    add_note,
    end_of_seal,
    expecting,
    failed,
    judge,
    paint_over,
    replace_data,
    signed_by,
    special_key,
    undecided,
    update,
)
from workflows.papers import archive, cms, longterm, pki
from workflows.papers.keys import TestKeyStore
from workflows.papers.sign import SignatureProblem
from workflows.papers.snapshot import sha256
from workflows.papers.trust import TrustStores


def stamp_in(signer_info: Any) -> bytes:
    """The DER time stamp of a signature."""
    found = {one["type"].native: one["values"][0] for one in signer_info["unsigned_attrs"]}
    return bytes(found["signature_time_stamp_token"].dump())


def evidence_of(pdf: bytes) -> tuple[list[x509.Certificate], list[x509.CertificateRevocationList]]:
    reader = PdfFileReader(BytesIO(pdf))
    certificates = DocumentSecurityStore.read_dss(reader).load_certs()
    return (
        [x509.load_der_x509_certificate(one.dump()) for one in certificates],
        [x509.load_der_x509_crl(der) for der in longterm.lists_in(reader)],
    )


@pytest.mark.promise("papers.evidence-inside")
def test_the_file_alone_holds_all_that_its_signatures_rest_on(
    decision: Signed, keys_folder: Path, tmp_path: Path
) -> None:
    """OpenSSL builds each path and checks each list with nothing but the file and the roots."""
    certificates, lists = evidence_of(decision.sealed)
    assert len({one.issuer for one in lists}) == 4, "roots and authorities of public duty and of the time"
    pool = tmp_path / "pool.pem"
    pool.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in certificates))
    crls = tmp_path / "crls.pem"
    crls.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in lists))
    root = keys_folder / "public" / "root.pem"
    signers = [
        one
        for one in certificates
        if not one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    ]
    assert len(signers) == 2
    for number, one in enumerate(signers):
        leaf = tmp_path / f"{number}.pem"
        leaf.write_bytes(one.public_bytes(Encoding.PEM))
        command = ["openssl", "verify", "-CAfile", str(root), "-untrusted", str(pool), "-CRLfile", str(crls)]
        command += ["-crl_check_all", "-attime", str(int(SEALED_AT.timestamp())), str(leaf)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    for signature in PdfFileReader(BytesIO(decision.sealed)).embedded_regular_signatures:
        token = tmp_path / "token"
        token.write_bytes(stamp_in(signature.signer_info))
        digest = sha256(signature.signer_info["signature"].native)
        command = ["openssl", "ts", "-verify", "-token_in", "-in", str(token), "-digest", digest]
        command += ["-CAfile", str(keys_folder / "time" / "root.pem"), "-untrusted", str(pool)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout, done.stderr


@pytest.mark.promise("papers.evidence-inside")
def test_the_evidence_changes_nothing_for_other_readers(decision: Signed, tmp_path: Path) -> None:
    end = end_of_seal(decision.sealed)
    assert end < len(decision.sealed)
    assert pdfsig(decision.sealed, tmp_path) == ["Signature is Valid."] * 2
    assert longterm.updates(decision.sealed, start=end) == (len(decision.sealed),)


def test_the_other_world_stays_outside(decision: Signed, stores: TrustStores) -> None:
    _certificates, lists = evidence_of(decision.sealed)
    enterprise = {x509.load_der_x509_crl(der).issuer for der in stores.enterprise.revocation_lists}
    assert not enterprise & {one.issuer for one in lists}


def test_an_authority_with_a_longer_chain_gets_the_room_it_needs(
    make: Callable[..., Signed], decision: Signed, stores: TrustStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cms, "RESERVED", (9000, 24000))
    roomy = make()
    assert len(roomy.sealed) > len(decision.sealed)
    assert judge(roomy.sealed, roomy, stores).verdict == "valid"
    assert make().sealed == roomy.sealed
    monkeypatch.setattr(cms, "RESERVED", (9000, 9002))
    with pytest.raises(SignatureProblem, match="larger than any file"):
        make()


def test_so_does_an_archive_stamp(
    decision: Signed, stores: TrustStores, timestamp: cms.TimeStamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    tight = archive.with_archive_stamp(decision.sealed, stores=stores, timestamp=timestamp)
    # Authorities' keys are 3072 bits: each of three signatures and four keys is 128 bytes longer than here.
    size = len(timestamp(b"\0" * 32)) + 7 * 128
    assert 2 * size <= archive.RESERVED[0]
    monkeypatch.setattr(archive, "RESERVED", (4000, 24000))
    roomy = archive.with_archive_stamp(decision.sealed, stores=stores, timestamp=timestamp)
    assert len(roomy) > len(tight)
    assert judge(roomy, decision, stores, record=None, ask_register=False).verdict == "valid"
    monkeypatch.setattr(archive, "RESERVED", (4000, 4002))
    with pytest.raises(archive.ArchiveFaulty, match="larger than any file"):
        archive.with_archive_stamp(decision.sealed, stores=stores, timestamp=timestamp)


# -- hidden in it -------------------------------------------------------------------------------------------


def insert(pdf: bytes, at: int, junk: bytes, *, shift: bool) -> bytes:
    """Bytes between two objects of the evidence; with `shift` its table and end follow, as a careful forger's would."""
    changed = pdf[:at] + junk + pdf[at:]
    if not shift:
        return changed
    end = end_of_seal(pdf)
    head, tail = changed[:end], changed[end:]

    def moved(match: re.Match[bytes]) -> bytes:
        offset = int(match[1])
        return b"%010d" % (offset + (len(junk) if offset >= at else 0)) + match[2]

    tail = re.sub(rb"(?m)^(\d{10})( \d{5} n )", moved, tail)
    return head + re.sub(
        rb"startxref\n(\d+)", lambda match: b"startxref\n%d" % (int(match[1]) + len(junk)), tail
    )


def hidden(shift: bool, junk: bytes) -> Callable[[bytes], bytes]:
    def change(pdf: bytes) -> bytes:
        return insert(pdf, pdf.index(b"endobj\n", end_of_seal(pdf)) + 7, junk, shift=shift)

    return change


HIDDEN: dict[str, Callable[[bytes], bytes]] = {
    "bytes between two objects": hidden(False, b"hidden"),
    "bytes between two objects, the table mended": hidden(True, b"hidden\n"),
    "a comment between two objects": hidden(True, b"%hidden\n"),
    "an object that no table lists": hidden(True, b"999 0 obj\n(hidden)\nendobj\n"),
    "a stream that no table lists": hidden(
        True, b"999 0 obj\n<<\n/Length 6\n>>\nstream\nhidden\nendstream\nendobj\n"
    ),
    "a space at the end": lambda pdf: pdf + b" ",
    "a second end": lambda pdf: pdf + b"%%EOF\n",
    "the evidence twice": lambda pdf: pdf + pdf[end_of_seal(pdf) :],
    "half of the evidence": lambda pdf: pdf[: end_of_seal(pdf) + 2000],
}


@pytest.mark.promise("papers.tampering")
@pytest.mark.parametrize("case", HIDDEN)
def test_nothing_is_hidden_in_the_evidence(case: str, decision: Signed, stores: TrustStores) -> None:
    pdf = HIDDEN[case](decision.sealed)
    assert not longterm.updates(pdf, start=end_of_seal(decision.sealed))
    verdict = judge(pdf, decision, stores)
    assert verdict.verdict == "invalid"
    assert failed(verdict) & {"file.end", "file.readable"}


@pytest.mark.promise("papers.tampering")
@pytest.mark.parametrize("change", [paint_over, add_note, replace_data], ids=lambda change: change.__name__)
def test_what_stands_in_place_of_the_evidence_must_be_evidence(
    change: Callable[[IncrementalPdfFileWriter], None], decision: Signed, stores: TrustStores
) -> None:
    """One revision, written as ours are, that changes what was signed."""
    pdf = update(decision.sealed[: end_of_seal(decision.sealed)], change)
    verdict = judge(pdf, decision, stores, record=replace(decision.record, file_sha256=sha256(pdf)))
    assert verdict.verdict == "invalid"
    assert "signature.unchanged" in failed(verdict)


def test_without_the_evidence_it_is_another_file(decision: Signed, stores: TrustStores) -> None:
    """Its signatures hold; that it was not issued so, the register says."""
    verdict = judge(decision.sealed[: end_of_seal(decision.sealed)], decision, stores)
    assert not failed(verdict)
    assert undecided(verdict) == {"register.known"}


# -- what it is good for ------------------------------------------------------------------------------------


@pytest.mark.promise("papers.evidence-inside")
def test_when_nobody_has_the_lists_any_more_the_file_does(decision: Signed, stores: TrustStores) -> None:
    blind = replace(stores, public=replace(stores.public, revocation_lists=()))
    assert judge(decision.sealed, decision, blind).verdict == "valid"
    without = decision.sealed[: end_of_seal(decision.sealed)]
    assert "signature.revocation" in undecided(judge(without, decision, blind))


@pytest.mark.promise("papers.evidence-inside")
def test_an_old_list_in_the_file_does_not_outweigh_a_newer_one_of_ours(
    decision: Signed, keys: TestKeyStore, keys_folder: Path, timestamp: cms.TimeStamp
) -> None:
    """Signed after a theft, with the list from before it put into the file."""
    ref = "official:stolen"
    key = special_key(keys_folder, ref)
    before = TrustStores.load(keys_folder)
    pki.revoke(keys_folder, ref=ref, at=SEALED_AT - timedelta(days=30))
    signed = signed_by(decision, key, keys.key(SEAL.ref), leaders=timestamp, seals=timestamp)
    pdf = longterm.with_evidence(signed, stores=before)
    verdict = judge(pdf, decision, TrustStores.load(keys_folder), **expecting(decision, ref, pdf))
    assert failed(verdict) == {"signature.revocation"}


def test_lists_of_a_stranger_in_the_file_say_nothing(
    decision: Signed, stores: TrustStores, tmp_path: Path
) -> None:
    TestKeyStore(tmp_path).key(LEADER.ref, holder=LEADER.holder)
    signed = decision.sealed[: end_of_seal(decision.sealed)]
    foreign = TrustStores.load(tmp_path)
    pdf = longterm.with_evidence(signed, stores=replace(stores, public=foreign.public, time=foreign.time))
    blind = replace(stores, public=replace(stores.public, revocation_lists=()))
    verdict = judge(pdf, decision, blind, at=datetime(2026, 4, 1, tzinfo=UTC))
    assert "signature.revocation" in undecided(verdict)
