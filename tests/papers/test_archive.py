"""Archive time stamps: a paper is judged right after every certificate of its day has ended."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.papers import samples
from tests.papers.conftest import LATER, LEADER, SEAL, SEALED_AT, SIGNED_AT, Row, Signed, stamping
from tests.papers.decades import Decades, day
from tests.papers.test_sign import pdfsig
from tests.papers.test_verify__tampering import (
    add_note,
    end_of_seal,
    failed,
    flip,
    flip_behind,
    flip_stream,
    judge,
    paint_over,
    replace_data,
    swap_digit,
    undecided,
    update,
)
from workflows.papers import issue, longterm, pki
from workflows.papers.archive import chain, with_archive_stamp
from workflows.papers.keys import WATERMARK, TestKeyStore
from workflows.papers.snapshot import canonical, sha256
from workflows.papers.trust import TrustStores
from workflows.papers.verify import Verdict, verify

EXPECTED = issue.expectation_of(signers=("leader", "seal"), references=(LEADER.ref, SEAL.ref))


@pytest.fixture(scope="module")
def decades(tmp_path_factory: pytest.TempPathFactory) -> Decades:
    found = Decades()
    for since, until, stamps_until in (
        ("2024-01-01", "2035-01-01", "2030-01-01"),
        ("2028-06-01", "2036-01-01", "2034-01-01"),
        ("2033-01-01", "2045-02-01", "2045-01-01"),
        ("2043-01-01", "2061-01-01", "2060-01-01"),
    ):
        folder = tmp_path_factory.mktemp(f"since-{since[:4]}")
        found.begin(folder, since=since, until=until, stamps_until=stamps_until)
    for who in (LEADER, SEAL):
        pki.issue(
            found.generations[0].folder,
            ref=who.ref,
            common_name=who.holder,
            organisation=who.organisation,
            not_after=day("2029-01-01"),
        )
    return found


def make_in(decades: Decades, renderer: Any) -> bytes:
    """A decision signed and sealed in 2026, with the evidence of that day."""
    folder = decades.generations[0].folder
    keys = TestKeyStore(folder)
    row = Row("decision", canonical(samples.decision()), samples.template("decision"))
    stamper = decades.stamper(SIGNED_AT)
    files = {}
    pdf = issue.produce_render(
        row, template=row.template, signers=row.signers, watermark=WATERMARK, renderer=renderer
    )
    for place, signatory in enumerate((LEADER, SEAL)):
        files[sha256(pdf)] = pdf
        pdf = issue.produce_signature(
            row,
            base=sha256(pdf),
            place=place,
            signers=row.signers,
            signatory=signatory,
            keys=keys,
            read=files.__getitem__,
            at=SIGNED_AT,
            timestamp=lambda imprint: stamper.token(imprint).der,
            evidence=lambda: decades.stores(SIGNED_AT),
        )
    return pdf


def renewed(pdf: bytes, decades: Decades, *days: str) -> bytes:
    """The paper after time stamps on those days."""
    for text in days:
        at = day(text)
        stamper = decades.stamper(at)
        pdf = with_archive_stamp(
            pdf, stores=decades.stores(at), timestamp=lambda imprint, by=stamper: by.token(imprint).der
        )
    return pdf


def judged(pdf: bytes, decades: Decades, at: datetime) -> Verdict:
    """By the signatures alone: as somebody who cannot ask the register."""
    return verify(pdf, stores=decades.stores(at), expected=EXPECTED, record=None, at=at, ask_register=False)


@pytest.fixture(scope="module")
def of_2026(decades: Decades, renderer: Any) -> bytes:
    return make_in(decades, renderer)


RENEWALS = ("2026-03-03", "2029-06-01", "2033-06-01", "2044-06-01")


@pytest.fixture(scope="module")
def kept(of_2026: bytes, decades: Decades) -> list[bytes]:
    """The paper without an archive stamp, with the first, with the first two, and so on."""
    files = [of_2026]
    for text in RENEWALS:
        files.append(renewed(files[-1], decades, text))
    return files


VALID_AT = {
    0: ("2026-03-03", "2028-12-01", "2029-12-01"),
    1: ("2026-03-03", "2028-12-01", "2029-12-01"),
    2: ("2029-12-01", "2031-01-01", "2033-12-01"),
    3: ("2034-06-01", "2036-06-01", "2044-12-01"),
    4: ("2045-06-01", "2046-01-01", "2059-01-01"),
}
NO_MORE_AT = {0: "2030-06-01", 1: "2031-01-01", 2: "2034-06-01", 3: "2046-01-01", 4: "2061-01-01"}


@pytest.mark.promise("papers.archived")
@pytest.mark.parametrize("stamps", VALID_AT)
def test_a_paper_lives_as_long_as_its_newest_time_stamp(
    stamps: int, kept: list[bytes], decades: Decades
) -> None:
    """In 2046 the signers, three authorities of the time and the root of public duty have all ended."""
    pdf = kept[stamps]
    for text in VALID_AT[stamps]:
        verdict = judged(pdf, decades, day(text))
        assert verdict.verdict == "valid", (text, failed(verdict), undecided(verdict))
    verdict = judged(pdf, decades, day(NO_MORE_AT[stamps]))
    assert verdict.verdict == "indeterminate"
    assert not failed(verdict)


@pytest.mark.promise("papers.archived")
def test_other_tools_agree_on_each_time_stamp(kept: list[bytes], decades: Decades, tmp_path: Path) -> None:
    """OpenSSL recomputes each from the bytes that it covers, as of its own day; poppler still reads the signatures."""
    pdf = kept[-1]
    assert pdfsig(pdf, tmp_path)[:2] == ["Signature is Valid."] * 2
    stamps = PdfFileReader(BytesIO(pdf)).embedded_timestamp_signatures
    assert len(stamps) == len(RENEWALS)
    for stamp, text, generation in zip(stamps, RENEWALS, decades.generations, strict=True):
        first, second, third, fourth = map(int, stamp.byte_range)
        (tmp_path / "data").write_bytes(pdf[first : first + second] + pdf[third : third + fourth])
        (tmp_path / "token").write_bytes(ContentInfo.load(stamp.pkcs7_content).dump())
        home = generation.folder / "time"
        command = ["openssl", "ts", "-verify", "-token_in", "-in", str(tmp_path / "token")]
        command += ["-data", str(tmp_path / "data"), "-CAfile", str(home / "root.pem")]
        command += ["-untrusted", str(home / "ca.pem"), "-attime", str(int(day(text).timestamp()))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Verification: OK" in done.stdout, done.stderr


@pytest.mark.promise("papers.archived")
def test_a_stamp_that_comes_too_late_saves_nothing(kept: list[bytes], decades: Decades) -> None:
    """The authority of 2026 ended in 2030; between that day and the stamp of 2031 nobody vouches for it."""
    late = renewed(kept[1], decades, "2031-01-01")
    verdict = judged(late, decades, day("2031-06-01"))
    assert verdict.verdict == "indeterminate"
    assert "file.archived" in undecided(verdict)


@pytest.mark.promise("papers.archived")
def test_stolen_keys_of_ended_certificates_make_nothing_old(decades: Decades, renderer: Any) -> None:
    """Signed in 2032 with the stolen keys of a leader and of an authority that both have ended, all of it dated 2026;
    then stamped by the honest authority of 2032."""
    forged = make_in(decades, renderer)
    assert judged(renewed(forged, decades, "2029-12-01"), decades, day("2032-06-01")).verdict == "valid"
    forged = renewed(forged, decades, "2032-01-01")
    verdict = judged(forged, decades, day("2032-06-01"))
    assert verdict.verdict == "indeterminate"
    assert undecided(verdict) >= {"signature.timestamp", "signature.time"}


def test_a_list_that_was_put_in_later_is_not_asked_about_an_earlier_day(
    kept: list[bytes], decades: Decades
) -> None:
    reader = PdfFileReader(BytesIO(kept[2]))
    found = chain(reader, trusted=decades.stores(day("2030-06-01")).time, at=day("2030-06-01"))
    assert found.passed
    assert found.moment.date() == day("2026-03-03").date()
    assert set(found.lists) < set(longterm.lists_in(reader))


# -- tampering ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archived(decision: Signed, stores: TrustStores, keys_folder: Path) -> bytes:
    """With two stamps, a day apart."""
    pdf = decision.sealed
    for days in (1, 2):
        stamp = stamping(keys_folder, at=LATER + timedelta(days=days))
        pdf = with_archive_stamp(pdf, stores=stores, timestamp=stamp)
    return pdf


AFTER = LATER + timedelta(days=3)


def judge_archived(pdf: bytes, paper: Signed, stores: TrustStores, at: datetime = AFTER) -> Verdict:
    return judge(pdf, paper, stores, at=at, record=None, ask_register=False)


def stamp_again(pdf: bytes, stores: TrustStores, keys_folder: Path, at: datetime = AFTER) -> bytes:
    return with_archive_stamp(pdf, stores=stores, timestamp=stamping(keys_folder, at=at))


def test_an_archived_paper_is_valid_and_says_since_when(
    archived: bytes, decision: Signed, stores: TrustStores
) -> None:
    verdict = judge_archived(archived, decision, stores)
    assert verdict.verdict == "valid"
    said = next(one for one in verdict.reasons if one.code == "file.archived")
    assert said.detail == (LATER + timedelta(days=1)).isoformat()
    known = replace(decision.record, file_sha256=sha256(archived), since=AFTER)
    assert judge(archived, decision, stores, at=AFTER, record=known).verdict == "valid"


def inner_end(pdf: bytes) -> int:
    """Where the revision of the first stamp ends."""
    byte_range = PdfFileReader(BytesIO(pdf)).embedded_timestamp_signatures[0].byte_range
    return int(byte_range[2]) + int(byte_range[3])


BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "the content": (flip_stream, "signature.intact"),
    "a digit of the newest stamp": (lambda pdf: swap_digit(pdf, pdf.rindex(b"/Contents <") + 5000), ""),
    "a digit of the first stamp": (
        lambda pdf: swap_digit(pdf, pdf.rindex(b"/Contents <", 0, inner_end(pdf)) + 5000),
        "file.archived",
    ),
    "what a list says": (
        lambda pdf: flip(pdf, pdf.index(b"stream\n", end_of_seal(pdf)) + 300),
        "file.archived",
    ),
    "a digit behind the newest stamp": (flip_behind, "file.archived"),
    "a space at the end": (lambda pdf: pdf + b" ", "file.end"),
    "a second end": (lambda pdf: pdf + b"%%EOF\n", "file.end"),
    "a comment before the newest stamp": (
        lambda pdf: pdf[: inner_end(pdf)] + b"%hidden\n" + pdf[inner_end(pdf) :],
        "",
    ),
    "the first stamp taken out": (
        lambda pdf: pdf[: pdf.index(b"%%EOF\n", pdf.index(b"/DSS")) + 6] + pdf[inner_end(pdf) :],
        "",
    ),
    "half of the newest stamp": (lambda pdf: pdf[: inner_end(pdf) + 2000], "file.end"),
    "a note after the stamps": (lambda pdf: update(pdf, add_note), "file.end"),
    "the page painted over": (lambda pdf: update(pdf, paint_over), "signature.unchanged"),
    "the data replaced": (lambda pdf: update(pdf, replace_data), "signature.unchanged"),
}


@pytest.mark.promise("papers.tampering")
@pytest.mark.parametrize("case", BROKEN)
def test_what_was_done_to_an_archived_paper_is_found(
    case: str, archived: bytes, decision: Signed, stores: TrustStores
) -> None:
    change, why = BROKEN[case]
    verdict = judge_archived(change(archived), decision, stores)
    assert verdict.verdict == "invalid"
    assert why in failed(verdict) or not why, failed(verdict)


@pytest.mark.promise("papers.tampering")
@pytest.mark.parametrize("change", [paint_over, add_note, replace_data], ids=lambda change: change.__name__)
def test_an_honest_stamp_over_a_changed_paper_makes_it_no_better(
    change: Callable[[IncrementalPdfFileWriter], None],
    decision: Signed,
    stores: TrustStores,
    keys_folder: Path,
) -> None:
    forged = stamp_again(update(decision.signed, change), stores, keys_folder)
    assert judge_archived(forged, decision, stores).verdict == "invalid"
    forged = stamp_again(update(decision.sealed, change), stores, keys_folder)
    verdict = judge_archived(forged, decision, stores)
    assert verdict.verdict == "invalid"
    assert "signature.unchanged" in failed(verdict)


@pytest.mark.promise("papers.tampering")
def test_a_stamp_of_another_paper_is_none(
    make: Callable[..., Signed], decision: Signed, stores: TrustStores, keys_folder: Path
) -> None:
    tokens: list[bytes] = []
    honest = stamping(keys_folder, at=LATER)

    def kept(imprint: bytes) -> bytes:
        tokens.append(honest(imprint))
        return tokens[-1]

    with_archive_stamp(decision.signed, stores=stores, timestamp=kept)
    forged = with_archive_stamp(decision.sealed, stores=stores, timestamp=lambda _imprint: tokens[0])
    assert failed(judge_archived(forged, decision, stores)) == {"file.archived"}


@pytest.mark.promise("papers.tampering")
def test_stamps_out_of_order_are_told(
    archived: bytes, decision: Signed, stores: TrustStores, keys_folder: Path
) -> None:
    to_come = stamp_again(archived, stores, keys_folder, at=AFTER + timedelta(days=1))
    assert failed(judge_archived(to_come, decision, stores)) == {"file.archived"}
    assert judge_archived(to_come, decision, stores, at=AFTER + timedelta(days=2)).verdict == "valid"
    turned = stamp_again(archived, stores, keys_folder, at=LATER)
    assert failed(judge_archived(turned, decision, stores)) == {"file.archived"}


@pytest.mark.promise("papers.tampering")
def test_a_strangers_stamp_proves_nothing(
    decision: Signed, stores: TrustStores, keys_folder: Path, tmp_path: Path
) -> None:
    TestKeyStore(tmp_path).key(LEADER.ref, holder=LEADER.holder)
    forged = with_archive_stamp(decision.sealed, stores=stores, timestamp=stamping(tmp_path, at=LATER))
    verdict = judge_archived(forged, decision, stores)
    assert (verdict.verdict, undecided(verdict)) == ("indeterminate", {"file.archived"})


def test_evidence_after_the_newest_stamp_is_not_under_it(
    archived: bytes, decision: Signed, stores: TrustStores, tmp_path: Path
) -> None:
    TestKeyStore(tmp_path).key(LEADER.ref, holder=LEADER.holder)
    more = longterm.with_evidence(archived, stores=replace(stores, time=TrustStores.load(tmp_path).time))
    assert "file.end" in failed(judge_archived(more, decision, stores))


def test_the_same_paper_and_stamp_give_the_same_bytes(
    decision: Signed, stores: TrustStores, keys_folder: Path
) -> None:
    stamp = stamping(keys_folder, at=SEALED_AT)
    first, second = (with_archive_stamp(decision.sealed, stores=stores, timestamp=stamp) for _ in range(2))
    assert first == second
    assert first.startswith(decision.sealed)
