"""Acts through their forms: what is refused says why beside the field, keeps what was typed, and changes nothing."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from procedures.models import LedgerEntry, User
from tests.onestop.office_desk import Desk, checklist, code_of, text_of
from tests.onestop.test_office_lists import queries
from tests.scenarios import Play
from workflows.models import SupplementItem

pytestmark = pytest.mark.usefixtures("monday_morning")


def entries(play: Play) -> int:
    """How many acts the ledger holds."""
    return LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id).count()


def test_missing_things_are_asked_for_line_by_line() -> None:
    play = Play().submitted()
    desk = Desk("tiepnhan")
    before = entries(play)
    # Nothing named: refused, and the summary says what to do.
    assert "error-summary" in desk.do(play.dossier, "ask_missing", status=422)
    # Half a line: refused beside the field, and what was typed is still there.
    typed = {"item0-what": "Bản scan thiếu trang 2", "item0-target": ""}
    kept = desk.do(play.dossier, "ask_missing", status=422, **typed)
    assert "Bản scan thiếu trang 2" in kept
    assert "item0-target_error" in kept
    # More lines, without a script: everything typed stays, nothing is judged.
    more = desk.do(play.dossier, "ask_missing", status=200, more="1", **typed)
    assert "Bản scan thiếu trang 2" in more
    assert "error-summary" not in more
    assert 'name="intake-ask_missing-item9-what"' in more
    assert entries(play) == before
    # Two lines, the second far down: both arrive.
    desk.do(
        play.dossier, "ask_missing",
        **{
            "item0-target": "piece:iso_13485", "item0-what": "Thiếu trang 2", "item0-why": "Có phạm vi",
            "item4-target": "section:devices", "item4-what": "Sai mã HS", "item4-basis": "Điều 48",
        },
    )  # fmt: skip
    found = SupplementItem.objects.filter(supplement__dossier=play.dossier_id).values_list(
        "target", "what", "basis"
    )
    assert list(found) == [
        ("piece:iso_13485", "Thiếu trang 2", ""),
        ("section:devices", "Sai mã HS", "Điều 48"),
    ]
    assert "Sai mã HS" in desk.page(play.dossier, muc="tham-dinh")


@pytest.mark.promise("office.closed-acts-say-why")
def test_closed_acts_say_why_and_who_may() -> None:
    play = Play().submitted()
    said = text_of(Desk("tiepnhan").page(play.dossier))
    assert "Tiếp nhận hồ sơ" in said  # closed: the fee is not paid
    play.step("tiepnhan", "intake", "ask_fee")
    locked = text_of(Desk("tiepnhan").page(play.dossier)).partition("Ghi nhận đã nộp phí")[2]
    assert "Phòng Tài chính" in locked.partition("Thời hạn")[0][:200]
    assert 'action="' not in re.sub(
        r'action="[^"]*ghi-chu/"', "", Desk("tiepnhan").page(play.dossier).partition("<main")[2]
    )


def test_the_cashier_enters_exactly_what_is_due() -> None:
    play = Play().submitted()
    play.step("tiepnhan", "intake", "ask_fee")
    desk = Desk("thuquy")
    assert 'value="2.000.000"' in desk.page(play.dossier)
    kept = desk.do(play.dossier, "paid", status=422, amount="1.999.999", payer="Bà Yến", receipt_no="PT-9")
    assert "Bà Yến" in kept
    assert "PT-9" in kept
    assert "paid-amount_error" in kept
    assert "paid-amount_error" in desk.do(
        play.dossier, "paid", status=422, amount="hai triệu", payer="Bà Yến"
    )
    desk.do(play.dossier, "paid", amount="2000000", payer="Bà Yến")


@pytest.mark.promise("office.nothing-typed-is-lost")
def test_an_appraisal_that_is_incomplete_keeps_every_answer() -> None:
    play = Play().assigned()
    desk = Desk("chuyenvien")
    answers = checklist(play.dossier)
    half = dict(list(answers.items())[:2])
    kept = desk.do(
        play.dossier, "propose_grant", status=422, conditions="Chỉ dùng để đào tạo.",
        note_iso_ok="Hết hạn 30/11/2026", **half,
    )  # fmt: skip
    assert "Chỉ dùng để đào tạo." in kept
    assert "Hết hạn 30/11/2026" in kept
    assert len(re.findall(r'value="pass"[^>]*checked', kept)) == 2
    # A licence cannot be drafted when a line is not met: the reason stands at that line.
    failed = desk.do(play.dossier, "propose_grant", status=422, **(answers | {"check_iso_ok": "fail"}))
    assert "check_iso_ok_error" in failed
    # A refusal needs a ground and a reason, both told at once.
    refused = desk.do(play.dossier, "propose_refusal", status=422, **answers)
    assert "propose_refusal-grounds_error" in refused
    assert "propose_refusal-reason_error" in refused
    desk.do(play.dossier, "propose_refusal", grounds=["not_eligible"], reason="Thiếu thử nghiệm.", **answers)
    assert "Thiếu thử nghiệm." in text_of(Desk("truongphong").page(play.dossier, muc="tham-dinh"))


@pytest.mark.promise("office.twice-is-once")
def test_the_same_form_sent_twice_acts_once_and_a_stale_page_names_who_was_faster() -> None:
    play = Play().submitted()
    desk = Desk("tiepnhan")
    form = desk.form(play.dossier, "ask_fee")
    stale = desk.form(play.dossier, "refuse")
    assert desk.send(*form).status_code == 303
    after = entries(play)
    again = desk.send(*form)
    assert again.status_code == 303
    assert entries(play) == after
    answer = desk.send(*stale, grounds=["false_papers"], reason="Giấy ủy quyền giả, xem công văn 12.")
    said = text_of(answer.content.decode())
    assert answer.status_code == 409
    assert "Trần Thị Hòa" in said
    assert "Giấy ủy quyền giả, xem công văn 12." in said
    assert reverse("office:dossier", args=[play.dossier.ref]) in answer.content.decode()
    # An incomplete form from a stale page is told the same, not what it lacks.
    assert desk.send(*stale).status_code == 409
    assert entries(play) == after


def test_an_act_of_somebody_else_is_refused_and_unknown_acts_do_not_exist() -> None:
    play = Play().assigned()
    fields, action, prefix = Desk("chuyenvien").form(play.dossier, "propose_grant")
    before = entries(play)
    for username in ("chuyenvien2", "truongphong", "tiepnhan"):
        answer = Desk(username).send(fields, action, prefix, **checklist(play.dossier))
        assert answer.status_code == 403, username
    assert Desk("truongphong_qld").send(fields, action, prefix).status_code == 404
    desk = Desk("chuyenvien")
    assert desk.send(fields, action.replace("propose_grant", "fly"), prefix).status_code == 404
    other = action.replace(str(play.task("appraise").pk), "999999999")
    assert desk.send(fields, other, prefix).status_code == 404
    assert desk.client.get(action)["Location"] == reverse("office:dossier", args=[play.dossier.ref])
    assert entries(play) == before


def test_notes_are_kept_for_colleagues() -> None:
    play = Play().assigned()
    head = Desk("truongphong")
    address = reverse("office:note", args=[play.dossier.ref])
    assert head.client.post(address, {"note-text": " "}).status_code == 422
    assert head.client.post(address, {"note-text": "Đối chiếu <b>kỹ</b> địa chỉ."}).status_code == 303
    assert "Đối chiếu &lt;b&gt;kỹ&lt;/b&gt; địa chỉ." in Desk("chuyenvien").page(play.dossier)
    assert Desk("chuyenvien_qld").client.post(address, {"note-text": "x"}).status_code == 404


@pytest.mark.promise("office.dossier-fixed-queries")
def test_the_work_page_takes_a_fixed_number_of_queries() -> None:
    play = Play().assigned()
    desk = Desk("chuyenvien")
    before = queries(desk, "dossier", play.dossier.ref)
    assert before <= 32
    for number in range(6):
        Desk("truongphong").client.post(
            reverse("office:note", args=[play.dossier.ref]), {"note-text": f"Ghi chú {number}"}
        )
    assert queries(desk, "dossier", play.dossier.ref) == before
    play.step(
        "chuyenvien", "appraise", "propose_grant", checklist=play.checklist(),
    )  # fmt: skip
    play.step("truongphong", "review", "send_back", reason="Sửa.")
    assert abs(queries(desk, "dossier", play.dossier.ref) - before) <= 1


@pytest.mark.promise("office.fresh-code-to-sign")
def test_signing_needs_a_fresh_code_and_the_bytes_that_were_read() -> None:
    play = Play().prepared()
    leader = Desk("cuctruong")
    before = entries(play)
    page = leader.page(play.dossier, "sign")
    paper = play.dossier.papers.get(kind="decision")
    assert paper.rendered_sha256 in page
    assert "sign-code_error" in leader.do(play.dossier, "sign", page="sign", status=422)
    assert "sign-code_error" in leader.do(play.dossier, "sign", page="sign", status=422, code="000000")
    # Other bytes than those on the page: refused, even with a good code.
    good = code_of("cuctruong")
    fields, action, prefix = leader.form(play.dossier, "sign", page="sign")
    other = fields | {f"{prefix}-paper_sha256": "0" * 64}
    answer = leader.send(other, action, prefix, code=good)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    # The code was used up by that; a code signs once.
    assert leader.send(fields, action, prefix, code=good).status_code == 422
    assert entries(play) == before
    cache.clear()
    assert leader.send(fields, action, prefix, code=code_of("cuctruong")).status_code == 303
    # The same form again gets the first answer, though its code is used.
    assert leader.send(fields, action, prefix, code=code_of("cuctruong")).status_code == 303
    assert entries(play) == before + 1
    assert leader.client.session["account_authentication_methods"][-1]["reauthenticated"] is True


def test_somebody_without_an_authenticator_cannot_sign_and_is_told_what_to_do() -> None:
    from allauth.mfa.models import Authenticator

    play = Play().prepared()
    Authenticator.objects.filter(user=User.objects.get(username="cuctruong")).delete()
    leader = Desk("cuctruong")
    refused = leader.do(play.dossier, "sign", page="sign", status=422, code="123456")
    assert "sign-code_error" in refused
    assert "123456" not in text_of(refused)


@pytest.mark.promise("office.exact-bytes")
def test_bytes_are_served_by_their_fingerprint_to_who_may_see_them_and_only_in_our_frames() -> None:
    play = Play().prepared()
    dossier, paper = play.dossier, play.dossier.papers.get(kind="decision")
    leader = Desk("cuctruong")
    right = reverse("office:paper", args=[dossier.ref, paper.ref, paper.rendered_sha256])
    answer = leader.client.get(right)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert (
        leader.client.get(reverse("office:paper", args=[dossier.ref, paper.ref, "0" * 64])).status_code == 404
    )
    other = Play("doanhnghiep2").submitted().dossier
    assert (
        leader.client.get(
            reverse("office:paper", args=[other.ref, paper.ref, paper.rendered_sha256])
        ).status_code
        == 404
    )
    assert Desk("cuctruong_qld").client.get(right).status_code == 404

    piece = dossier.pieces.first()
    assert piece is not None
    own = leader.client.get(reverse("office:piece", args=[dossier.ref, piece.pk]))
    assert own.status_code == 200
    assert own["Content-Disposition"].startswith("inline")
    foreign = reverse("office:piece", args=[other.ref, piece.pk])
    assert Desk("tiepnhan").client.get(foreign).status_code == 404


def test_while_the_system_works_the_page_says_so_and_goes_on_by_itself() -> None:
    play = Play().appraised()
    play.step("truongphong", "review", "forward")
    play.step("vanthu", "prepare", "prepare")
    clerk = Desk("vanthu")
    address = reverse("office:waiting", args=[play.dossier.ref, play.task("rendering").pk])
    assert address in clerk.page(play.dossier)
    waiting = clerk.client.get(address)
    assert 'id="dang-lam"' in waiting.content.decode()
    assert "HX-Refresh" not in waiting
    assert "<main" in clerk.page(play.dossier, "sign")
    play.work()
    assert clerk.client.get(address)["HX-Refresh"] == "true"
