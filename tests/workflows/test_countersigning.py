"""Who answers for the content countersigns before the leader: in the file, in its order, and by different people."""

from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from procedures.errors import Invalid, Refused
from procedures.models import LedgerEntry
from procedures.now import now
from tests.papers.test_sign import pdfsig
from tests.scenarios import Play, actor
from tests.variants import publish, with_countersigners
from workflows import files, selectors
from workflows.models import Countersignature, NumberReservation, Paper
from workflows.papers import custody, issue
from workflows.papers.trust import Certificate
from workflows.papers.verify import verify

pytestmark = pytest.mark.promise("papers.countersigned")
DAY = date(2026, 1, 15)
FIELDS = ["Countersigner1", "Countersigner2", "Leader", "Seal"]
PEOPLE = ["official:truongphong", "official:chuyenvien2", "official:cuctruong", "agency:HTTB"]
COUNTERSIGN = [
    ("truongphong", "countersign_1", "countersign"),
    ("chuyenvien2", "countersign_2", "countersign"),
]


@pytest.fixture
def play(ministry: None, tmp_path: Path) -> Play:
    """A dossier whose rendered decision waits for the first of two countersignatures."""
    publish(tmp_path, with_countersigners, day=DAY)
    play = Play().prepared()
    assert play.dossier.definition.version == DAY
    assert play.open_nodes() == {"countersign_1"}
    return play


def signs(play: Play, who: str, node: str, outcome: str, *, sha256: str = "") -> None:
    """One signature on the bytes that are there now, and the worker's turn."""
    read = sha256 or play.result_sha256()
    play.step(who, node, outcome, paper_sha256=read, stepped_up_at=now() - timedelta(seconds=20))
    play.work()


def paper(play: Play) -> Paper:
    return play.dossier.papers.exclude(state="void").get(kind__in=["decision", "refusal"])


def names(pdf: bytes) -> list[str]:
    return [one.field_name for one in PdfFileReader(BytesIO(pdf)).embedded_regular_signatures]


def finished(play: Play) -> bytes:
    for step in COUNTERSIGN:
        signs(play, *step)
    signs(play, "cuctruong", "sign", "sign")
    play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
    play.work()
    return files.read(paper(play).file_sha256)


def test_each_signs_what_the_one_before_signed(play: Play, tmp_path: Path) -> None:
    read = [play.result_sha256()]
    for number, step in enumerate(COUNTERSIGN, 1):
        signs(play, *step)
        assert names(files.read(play.result_sha256())) == FIELDS[:number]
        assert paper(play).state == "rendered", "read and signed by the next"
        read.append(play.result_sha256())
    assert len(set(read)) == 3
    assert [row.signer.username for row in Countersignature.objects.order_by("place")] == [
        "truongphong",
        "chuyenvien2",
    ]
    signs(play, "cuctruong", "sign", "sign")
    play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
    play.work()
    pdf = files.read(paper(play).file_sha256)
    for sha256 in read:
        assert pdf.startswith(files.read(sha256)), "what was read is what was signed"
    assert names(pdf) == FIELDS
    assert pdfsig(pdf, tmp_path) == ["Signature is Valid."] * 4
    verdict = selectors.verify_file(pdf).verdict
    assert verdict.verdict == "valid", [one for one in verdict.reasons if one.outcome != "passed"]
    assert [one.subject for one in verdict.reasons if one.code == "signature.signer"] == FIELDS
    entries = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id)
    assert f'"read_sha256":"{read[0]}"' in entries.get(act="countersign_1.countersign").data
    assert f'"countersigned_sha256":"{read[2]}"' in entries.get(act="sign.sign").data


def test_a_file_with_a_countersignature_less_or_of_somebody_else_is_not_the_paper(play: Play) -> None:
    pdf = finished(play)
    stores, record = custody.trust_stores(), issue.record_of(paper(play))
    words = ("countersigner", "countersigner", "leader", "seal")

    def failed(references: list[str], signers: tuple[str, ...] = words) -> set[tuple[str, str]]:
        expected = issue.expectation_of(signers=signers, references=references)
        found = verify(pdf, stores=stores, expected=expected, record=record, at=now())
        return {(one.code, one.subject) for one in found.reasons if one.passed is False}

    assert failed(PEOPLE) == set()
    other = ["official:truongphong", "official:chuyenvien", *PEOPLE[2:]]
    assert failed(other) == {("signature.signer", "Countersigner2")}
    assert ("signatures.expected", "") in failed(PEOPLE[2:], words[2:])
    cut = pdf[: len(files.read(paper(play).countersigned_sha256))]
    checked = selectors.verify_file(cut).verdict
    assert checked.verdict == "invalid"
    assert any(one.code == "signatures.expected" and one.passed is False for one in checked.reasons)


def test_nobody_countersigns_twice_and_who_countersigned_does_not_sign(play: Play) -> None:
    with pytest.raises(Refused):
        signs(play, "chuyenvien", "countersign_1", "countersign")
    before = play.result_sha256()
    signs(play, *COUNTERSIGN[0])
    with pytest.raises(Refused):
        signs(play, "chuyenvien", "countersign_2", "countersign")  # who drafted
    with pytest.raises(Invalid):
        signs(play, *COUNTERSIGN[1], sha256=before)  # bytes that somebody has signed meanwhile
    with pytest.raises(Invalid, match="one-time code"):
        play.step("chuyenvien2", "countersign_2", "countersign", paper_sha256=play.result_sha256())
    assert Countersignature.objects.count() == 1


def test_what_is_sent_back_is_countersigned_anew(play: Play) -> None:
    for step in COUNTERSIGN:
        signs(play, *step)
    play.step("cuctruong", "sign", "send_back", reason="Ghi lại điều kiện.")
    assert NumberReservation.objects.get(series__kind="QD").state == "void"
    play.step("chuyenvien", "appraise", "propose_grant", checklist=play.checklist())
    play.step("truongphong", "review", "forward")
    play.step("vanthu", "prepare", "prepare")
    play.work()
    assert play.open_nodes() == {"countersign_1"}
    assert names(finished(play)) == FIELDS
    assert Countersignature.objects.count() == 4
    assert play.dossier.state == "concluded"


def test_the_key_that_countersigns_must_be_fit(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "certificate_to_sign", lambda ref, **_: Certificate(None, "revoked"))
    with pytest.raises(Invalid, match="revoked"):
        signs(play, *COUNTERSIGN[0])
    assert not Countersignature.objects.exists()


def test_what_is_open_is_told_to_who_may(play: Play) -> None:
    def acts(who: str) -> set[str]:
        found = selectors.open_acts(actor=actor(who), dossier=play.dossier)
        return {act.outcome.id for act in found if act.open and act.node.id.startswith("countersign")}

    assert acts("truongphong") == {"countersign", "send_back"}
    assert acts("chuyenvien2") == acts("cuctruong") == set()
