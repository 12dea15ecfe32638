"""A leader whose key is at a remote signing service signs in the office: one paper, or many under one authorisation."""

import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from procedures.errors import Busy, Invalid
from procedures.models import LedgerEntry
from procedures.now import frozen, now
from tests.onestop.office_desk import Desk, code_of, text_of
from tests.onestop.test_together import imports, send
from tests.papers.csc import Csc
from tests.scenarios import MONDAY, Play
from workflows import files, outbox, selectors
from workflows.models import Paper, RemoteSignature
from workflows.papers import custody, issue, pki, signing_service
from workflows.papers.signing_service import TEST_PIN, credential_id
from workflows.papers.verify import verify

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("papers.remote-signing")]
NAME = credential_id("cuctruong")


@pytest.fixture(scope="module")
def play(seeded: None, django_db_blocker: Any) -> Iterator[Play]:
    """A dossier whose decision waits for the leader's signature."""
    with django_db_blocker.unblock(), frozen(MONDAY):
        yield Play().prepared()


@pytest.fixture
def csc(seeded: None, tmp_path: Path, settings: Any) -> Iterator[Csc]:
    """The leader of the department signs there; nobody else does."""
    found = Csc(tmp_path / "csc", Path(settings.KEYS_DIR), ("cuctruong",))
    found.configure(settings)
    custody._remote.cache_clear()
    yield found
    found.close()


def decision(play: Play) -> Paper:
    return Paper.objects.get(dossier=play.dossier_id, kind="decision")


def code(desk: Desk, play: Play, csc: Csc) -> str:
    """Asked for on the page, and sent to its holder."""
    fields, action, prefix = desk.form(play.dossier, "sign", page="sign")
    answer = desk.send(fields, action, prefix, send="1")
    assert answer.status_code == 200
    assert "Dịch vụ ký số của bạn gửi mã cho bạn." in text_of(answer.content.decode())
    return csc.codes[NAME]


def test_a_leader_signs_with_a_key_that_is_elsewhere(csc: Csc, play: Play) -> None:
    desk = Desk("cuctruong")
    read = text_of(desk.page(play.dossier, "sign"))
    for words in ("Mã PIN của khóa ký", "Mã của dịch vụ ký số", "Gửi mã cho tôi"):
        assert words in read, words
    assert "cuctruong (ký từ xa)" in read, "the certificate that will sign"
    form = desk.page(play.dossier, "sign").partition('/sign/"')[2]
    assert " name=" not in form[form.index("<button") :].partition(">")[0], (
        "Enter signs, and asks for no code"
    )
    assert "Mã dùng một lần" not in read, "one factor more than the service's own would prove nothing more"
    given = {"pin": TEST_PIN, "code": code(desk, play, csc)}
    desk.do(play.dossier, "sign", page="sign", **given)
    assert (csc.calls["credentials/authorize"], csc.calls["signatures/signHash"]) == (1, 1)
    csc.close()
    outbox.drain()
    assert decision(play).state == "signed", "whoever writes the file needs no service"
    play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
    play.work()
    paper = decision(play)
    checked = selectors.verify_file(files.read(paper.file_sha256)).verdict
    assert checked.verdict == "valid", [one for one in checked.reasons if one.outcome != "passed"]
    signers = {one.subject: one.detail for one in checked.reasons if one.code == "signature.signer"}
    assert signers["Leader"].startswith("cuctruong (ký từ xa)")
    kept = RemoteSignature.objects.get()
    assert (kept.paper_id, kept.at) == (paper.pk, paper.approved_at)
    assert f'"remote_signature":"{kept.digest}"' in LedgerEntry.objects.get(act="sign.sign").data


def test_a_certificate_need_not_know_our_names(csc: Csc, play: Play) -> None:
    """A real authority writes a person's own number into it; whose key it is, this installation knows."""
    csc.service.user_id = "CCCD:001090012345"
    desk = Desk("cuctruong")
    desk.do(play.dossier, "sign", page="sign", pin=TEST_PIN, code=code(desk, play, csc))
    outbox.drain()
    play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
    play.work()
    paper = decision(play)
    pdf = files.read(paper.file_sha256)
    assert selectors.verify_file(pdf).verdict.verdict == "valid"
    stores = custody.trust_stores()
    unknown = issue.expectation_of(
        signers=("leader", "seal"), references=("official:cuctruong", "agency:HTTB")
    )
    found = verify(pdf, stores=stores, expected=unknown, record=issue.record_of(paper), at=now())
    failed = [(one.code, one.subject) for one in found.reasons if one.passed is False]
    assert failed == [("signature.signer", "Leader")], "anybody else's certificate is not the leader's"


def test_slips_bear_the_key_that_signs_by_itself(csc: Csc) -> None:
    """The leader answers for a slip that the system makes; nobody is at hand to authorise it."""
    csc.credentials_file.write_text(f'{{"official:tiepnhan": "{credential_id("tiepnhan")}"}}', "utf-8")
    play = Play().received()
    play.work()
    slip = Paper.objects.get(dossier=play.dossier_id, kind="receipt")
    assert slip.state == "published"
    assert selectors.verify_file(files.read(slip.file_sha256)).verdict.verdict == "valid"
    assert not csc.calls["credentials/authorize"]


def test_many_decisions_under_one_authorisation(csc: Csc) -> None:
    plays = imports(3, "sign")
    asked = send("cuctruong", plays, "sign", "sign", send="1")
    page = asked.content.decode()
    assert asked.status_code == 200
    assert len(re.findall(r'-chosen"[^>]* checked', page)) == 3, "what was ticked stays ticked"
    answer = send("cuctruong", plays, "sign", "sign", pin=TEST_PIN, code=csc.codes[NAME])
    assert answer.status_code == 303, text_of(answer.content.decode())
    assert (csc.calls["credentials/authorize"], csc.calls["signatures/signHash"]) == (1, 1)
    outbox.drain()
    assert {play.dossier.papers.get(kind="decision").state for play in plays} == {"signed"}
    assert RemoteSignature.objects.values("at").distinct().count() == 1


def test_only_what_may_be_signed_is_authorised(csc: Csc) -> None:
    """Of two ticked dossiers, the bytes of one are not those that were read: it goes to no service."""
    plays = imports(2, "sign")
    send("cuctruong", plays, "sign", "sign", send="1")
    answer = send(
        "cuctruong", plays, "sign", "sign", pin=TEST_PIN, code=csc.codes[NAME], line1__paper_sha256="0" * 64
    )
    assert answer.status_code == 409
    assert [row.paper.dossier_id for row in RemoteSignature.objects.all()] == [plays[0].dossier_id]
    assert decision(plays[1]).state == "rendered"


def test_too_many_at_once_are_told_before_anybody_is_asked(csc: Csc) -> None:
    csc.service.most = 1
    plays = imports(2, "sign")
    answer = send("cuctruong", plays, "sign", "sign", pin=TEST_PIN, code="123456")
    assert answer.status_code == 422
    assert "Dịch vụ ký số của bạn ký nhiều nhất 1 văn bản mỗi lần." in text_of(answer.content.decode())
    assert not csc.calls["credentials/authorize"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pin": "0000"}, "Dịch vụ ký số của bạn không chấp nhận mã PIN này."),
        ({"code": "000000"}, "Dịch vụ ký số của bạn không chấp nhận mã này"),
        ({"pin": ""}, "Điền “Mã PIN của khóa ký”"),
        ({"code": ""}, "Điền “Mã của dịch vụ ký số”"),
    ],
)
def test_a_wrong_pin_or_code_signs_nothing(csc: Csc, play: Play, given: dict[str, str], said: str) -> None:
    desk = Desk("cuctruong")
    right = {"pin": TEST_PIN, "code": code(desk, play, csc)}
    assert said in text_of(desk.do(play.dossier, "sign", page="sign", status=422, **right | given))
    assert decision(play).state == "rendered"
    assert not RemoteSignature.objects.exists()


def test_after_too_many_wrong_codes_the_service_is_not_asked(csc: Csc, play: Play) -> None:
    """Services lock a key after a few wrong PINs: somebody at a screen left open must not get that far."""
    desk = Desk("cuctruong")
    for _try in range(10):
        desk.do(play.dossier, "sign", page="sign", status=422, pin="0000", code="1")
    said = text_of(desk.do(play.dossier, "sign", page="sign", status=422, pin="0000", code="1"))
    assert "Nhập sai mã quá nhiều lần." in said
    assert csc.calls["credentials/authorize"] < 10


def test_a_service_that_is_away_loses_nothing(csc: Csc, play: Play) -> None:
    desk = Desk("cuctruong")
    given = {"pin": TEST_PIN, "code": code(desk, play, csc)}
    csc.close()
    said = text_of(desk.do(play.dossier, "sign", page="sign", status=503, **given))
    assert "Dịch vụ ký số của bạn không trả lời, nên chưa ký gì." in said
    custody._remote.cache_clear()
    assert "Dịch vụ ký số của bạn không trả lời" in text_of(desk.page(play.dossier, "sign"))
    assert decision(play).state == "rendered"
    csc.open()
    custody._remote.cache_clear()
    desk.do(play.dossier, "sign", page="sign", **given)
    assert decision(play).state == "approved"


def test_a_repetition_asks_nobody_again(csc: Csc, play: Play) -> None:
    desk = Desk("cuctruong")
    given = {"pin": TEST_PIN, "code": code(desk, play, csc)}
    fields, action, prefix = desk.form(play.dossier, "sign", page="sign")
    assert [desk.send(fields, action, prefix, **given).status_code for _click in range(2)] == [303, 303]
    assert csc.calls["credentials/authorize"] == 1
    assert LedgerEntry.objects.filter(act="sign.sign").count() == 1


def test_nobody_passes_by_the_service(csc: Csc, play: Play) -> None:
    """A second factor of ours is no authorisation there: the paper would wait for a signature for ever."""
    with pytest.raises(Invalid) as caught:
        play.step("cuctruong", "sign", "sign", paper_sha256=play.result_sha256(), stepped_up_at=now())
    assert [reason.code for reason in caught.value.reasons] == ["step_up"]
    assert decision(play).state == "rendered"


def test_somebody_else_still_signs_with_the_own_authenticator(csc: Csc, play: Play) -> None:
    csc.credentials_file.write_text("{}", "utf-8")
    desk = Desk("cuctruong")
    desk.do(play.dossier, "sign", page="sign", code=code_of("cuctruong"))
    play.work()
    assert decision(play).state == "signed"
    assert not csc.calls


def test_a_revoked_certificate_is_told_and_authorises_nothing(
    csc: Csc, play: Play, tmp_path: Path, settings: Any
) -> None:
    desk = Desk("cuctruong")
    given = {"pin": TEST_PIN, "code": code(desk, play, csc)}
    fields, action, prefix = desk.form(play.dossier, "sign", page="sign")
    settings.KEYS_DIR = shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
    pki.revoke(settings.KEYS_DIR, ref="remote:official:cuctruong", at=now())
    said = text_of(desk.page(play.dossier, "sign"))
    assert "cho chữ ký này đã bị thu hồi." in said
    answer = desk.send(fields, action, prefix, **given)
    assert answer.status_code == 422
    assert "cho chữ ký này đã bị thu hồi." in text_of(answer.content.decode())
    assert not csc.calls["credentials/authorize"]


def test_the_application_may_not_change_what_was_signed(csc: Csc, play: Play) -> None:
    desk = Desk("cuctruong")
    desk.do(play.dossier, "sign", page="sign", pin=TEST_PIN, code=code(desk, play, csc))
    for change in (lambda rows: rows.update(value=b"x"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change(RemoteSignature.objects.all())


def test_the_operator_reads_whose_keys_are_there(csc: Csc) -> None:
    said = StringIO()
    call_command("keys", stdout=said)
    assert said.getvalue() == (
        "official:cuctruong\tat the signing service\tcuctruong (ký từ xa)\tuntil 2034-07-01\tmay sign\n"
    )


def test_an_app_is_waited_for_without_any_field(csc: Csc, play: Play) -> None:
    csc.service.mode = "implicit"
    desk = Desk("cuctruong")
    read = text_of(desk.page(play.dossier, "sign"))
    assert "Xác nhận trong ứng dụng của dịch vụ ký số" in read
    assert "Mã PIN" not in read
    desk.do(play.dossier, "sign", page="sign")
    play.work()
    assert decision(play).state == "signed"


def test_a_list_of_credentials_that_cannot_be_read_is_no_list_without_this_leader(
    csc: Csc, play: Play
) -> None:
    """Else the own authenticator would be asked for, and the paper would bear another key."""
    csc.credentials_file.write_text("{", "utf-8")
    desk = Desk("cuctruong")
    assert "Dịch vụ ký số của bạn không trả lời" in text_of(desk.page(play.dossier, "sign"))
    desk.do(play.dossier, "sign", page="sign", status=503, pin=TEST_PIN, code="123456")
    with pytest.raises(Busy):
        play.step("cuctruong", "sign", "sign", paper_sha256=play.result_sha256(), stepped_up_at=now())
    assert decision(play).state == "rendered"


def test_pin_and_code_are_kept_nowhere(
    csc: Csc, play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pin, sent = "gio-mua-dong-bac-7391", "Z7391-tay-nam"
    monkeypatch.setattr(signing_service, "TEST_PIN", pin)
    desk = Desk("cuctruong")
    csc.service._codes[NAME] = sent
    desk.do(play.dossier, "sign", page="sign", status=422, pin=f"{pin}x", code=sent)
    csc.service._codes[NAME] = sent
    desk.do(play.dossier, "sign", page="sign", pin=pin, code=sent)
    play.work()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', [f"{pin}|{sent}"])
            assert cursor.fetchone() == (0,), table
    assert pin not in caplog.text
    assert sent not in caplog.text
