"""A draft as text, its papers printed on sample data, and a dossier played on it."""

import subprocess
from functools import partial

import pytest
from django.http import HttpResponse
from django.urls import reverse

from procedures import catalog, editing, folders
from procedures.models import ProcedureVersion
from procedures.policy import SYSTEM
from tests.onestop.designer_desk import Controller, as_shown, draft_of, sha256_of, yaml_of
from tests.onestop.office_desk import text_of
from workflows.models import Dossier

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("office.designer")]


# -- as text ----------------------------------------------------------------------------------------------------------


def test_the_same_draft_as_text() -> None:
    row, controller = draft_of(), Controller()
    href = reverse("office:text", args=["device-free-sale", "2026-07-01", "procedure.yaml"])

    def typed(text: str) -> HttpResponse:
        form = as_shown(controller.client.get(href).content.decode())
        answer: HttpResponse = controller.client.post(href, {"seen": form["seen"], "text": text})
        return answer

    page = as_shown(controller.client.get(href).content.decode())
    assert page["text"] == yaml_of(row)
    assert typed(page["text"].replace("\n", "\r\n")).status_code == 303
    assert sha256_of(row) == row.sha256
    answer = typed(page["text"].replace("amount: 1000000", "amount: nhiều"))
    assert answer.status_code == 422
    assert "fees.0.amount" in answer.content.decode()
    assert "amount: nhiều" in answer.content.decode()
    assert typed("a: &x [1]\nb: *x\n").status_code == 422
    assert typed(page["text"].replace("code: device-free-sale", "code: another")).status_code == 422
    assert typed(page["text"].replace("amount: 1000000", "amount: 70000")).status_code == 303
    assert controller.fields(row, "fees", "fees.certificate")["s-amount"] == "70.000"
    stale = controller.client.post(href, {"seen": page["seen"], "text": page["text"]})
    assert stale.status_code == 409
    base = reverse("office:text", args=["device-free-sale", "2026-07-01", "base.yaml"])
    assert controller.client.post(base, {"text": "x"}).status_code == 200
    assert "base.yaml" in controller.client.get(base).content.decode()


def test_papers_are_seen_printed_before_anything_is_saved() -> None:
    row, controller = draft_of(), Controller()
    address = ["device-free-sale", "2026-07-01"]
    for kind in folders.source(row.files)["papers"]:
        if folders.source(row.files)["papers"][kind] is None:
            continue
        answer = controller.client.get(reverse("office:preview", args=[*address, kind]))
        assert answer["Content-Type"] == "application/pdf", (kind, text_of(answer.content.decode()))
    decision = reverse("office:preview", args=[*address, "decision"])
    words = pdf_text(controller.client.get(decision).content)
    assert "BẢN XEM THỬ" in words
    assert "Công ty Cổ phần Mẫu" in words
    assert "xuất khẩu sang Nhật Bản" in words
    assert len(pdf_text(controller.client.get(decision, {"luong": "dai"}).content)) > 2 * len(words)
    bare = pdf_text(controller.client.get(decision, {"luong": "it"}).content)
    assert "BỘ Y TẾ" in words.upper()
    assert "BỘ Y TẾ" not in bare.upper()  # as if the ministry itself decided
    template = row.files["decision.html"]
    shown = controller.client.post(
        decision, {"text": template.replace("PHỤ LỤC", "BẢNG KÈM THEO"), "luong": "dai"}
    )
    assert "BẢNG KÈM THEO" in pdf_text(shown.content)
    broken = controller.client.post(decision, {"text": "{% nonsense %}"})
    assert broken.status_code == 422
    assert "Không in được văn bản" in text_of(broken.content.decode())
    assert sha256_of(row) == row.sha256
    href = reverse("office:text", args=[*address, "decision.html"])
    form = as_shown(controller.client.get(href).content.decode())
    assert controller.client.post(href, {"seen": form["seen"], "text": "{% nonsense %}"}).status_code == 303
    assert (
        "bad_template"
        in controller.client.get(href.replace("decision.html", "procedure.yaml")).content.decode()
    )


@pytest.mark.parametrize(
    ("chapter", "place", "typed", "said"),
    [
        ("papers", "papers.decision", {"articles": "Điều gì đó của {khong_co}."}, "khong_co"),
        ("papers", "papers.decision", {"articles": "Ngoặc {"}, "Không"),
        ("papers", "papers.decision", {"pattern": "{m}/QĐ"}, "&#x27;m&#x27;"),
    ],
)
def test_a_paper_that_asks_for_what_there_is_not_says_so(
    chapter: str, place: str, typed: dict[str, str], said: str
) -> None:
    row, controller = draft_of(), Controller()
    assert controller.save(row, chapter, place, **typed).status_code == 303
    answer = controller.client.get(
        reverse("office:preview", args=["device-free-sale", "2026-07-01", "decision"])
    )
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Không in được văn bản này" in text_of(answer.content.decode())


def test_a_preview_of_no_agency_and_of_no_text_says_so() -> None:
    row, controller = draft_of(), Controller()
    href = reverse("office:text", args=["device-free-sale", "2026-07-01", "procedure.yaml"])
    seen = as_shown(controller.client.get(href).content.decode())
    text = seen["text"].replace("agency: HTTB", "agency: KHONGCO")
    assert controller.client.post(href, {"seen": seen["seen"], "text": text}).status_code == 303
    decision = reverse("office:preview", args=["device-free-sale", "2026-07-01", "decision"])
    assert "KHONGCO" in controller.client.get(decision).content.decode()
    assert controller.client.post(decision, {"text": ""}).status_code == 422
    assert row.pk


def pdf_text(pdf: bytes) -> str:
    assert pdf.startswith(b"%PDF"), text_of(pdf.decode())[:2000]
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().split())


# -- played -----------------------------------------------------------------------------------------------------------


def play(row: ProcedureVersion, *moves: str, filed: str = "2026-03-02T08:30", **query: str) -> str:
    href = reverse("office:try_out", args=[row.procedure.code, row.version.isoformat()])
    answer = Controller().client.get(href, {"tu": filed, "di": ",".join(moves)} | query)
    assert answer.status_code == 200
    return text_of(answer.content.decode())


TAKEN_IN = ("intake.ask_fee", "collect_fee.paid", "intake.accept", "assign.assign")


def test_a_dossier_is_played_with_a_clock_that_one_moves() -> None:
    row = draft_of()
    read = play(row)
    assert "Nộp phí" in read or "Yêu cầu nộp phí" in read
    read = play(row, *TAKEN_IN)
    assert "Thẩm định" in read
    assert "05/03/2026" in read  # three working days: the day of receipt does not count
    read = play(row, *TAKEN_IN, "appraise.ask_supplement", "@2026-04-01T12:00")
    assert "Quá hạn bổ sung" not in read.partition("Diễn biến")[2].partition("Sơ đồ")[0]
    read = play(row, *TAKEN_IN, "appraise.ask_supplement", "@2026-04-01T12:00", luc="2026-04-02T12:00")
    happened = read.partition("Diễn biến")[2].partition("Sơ đồ")[0]
    assert "Quá hạn bổ sung" in happened
    assert "Đã hết giới hạn chờ" in happened
    assert "Hồ sơ đã kết thúc." in read
    assert not Dossier.objects.exists()
    assert sha256_of(row) == row.sha256


def test_what_cannot_be_done_stops_the_game_and_says_so() -> None:
    row = draft_of()
    for move in (
        "seal.seal",
        "intake.accept",
        "@2025-01-01T00:00",
        "x",
        "@never",
        "appraise.ask_supplement~9",
    ):
        read = play(row, *(TAKEN_IN if "~" in move else ()), move)
        assert "Lần chạy thử dừng trước" in read, move
    assert "Lần chạy thử" not in play(row, filed="hôm qua")
    for far in ("@9999-12-31T23:59", "@2031-01-01T00:00"):
        assert "Lần chạy thử dừng trước" in play(row, far)
    # The same move may come twice: only the second is in the way.
    read = play(row, *TAKEN_IN, "appraise.extend", "appraise.extend")
    assert "Lần chạy thử dừng trước “appraise.extend”" in read
    happened = read.partition("Diễn biến")[2].partition("Sơ đồ")[0]
    assert happened.count("Thẩm định: Xin lỗi và hẹn lại ngày trả") == 1


def test_the_applicant_withdraws_in_a_game() -> None:
    read = play(draft_of(), *TAKEN_IN, "decide_withdrawal.withdraw", "decide_withdrawal.agree")
    assert "Người nộp xin rút hồ sơ" in read


def test_a_faulty_version_is_played_if_it_can_be() -> None:
    row, controller = draft_of(), Controller()
    controller.save(row, "route", "route.nodes.appraise.outcomes.ask_supplement", when="")
    assert "Vẫn chạy thử được." in play(row)
    controller.send(row, "route", "route.nodes.review", action="drop")
    assert "chưa chạy thử được" in play(row)


def pharmacy(*moves: str, **query: str) -> str:
    """The page of a game on the pharmacy procedure, as HTML."""
    href = reverse("office:try_out", args=["pharmacy-eligibility", "2025-07-01"])
    answer = Controller().client.get(href, {"tu": "2026-03-02T08:30", "di": ",".join(moves)} | query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_what_the_applicant_answered_decides_the_way_and_what_is_missing_the_player() -> None:
    moves = (*TAKEN_IN, "desk_check.complete")
    unanswered = pharmacy(*TAKEN_IN)
    assert "desk_check.complete~1" in unanswered  # either way
    answered = pharmacy(*TAKEN_IN, **{"tl-assessed": "yes"})
    assert "desk_check.complete~1" not in answered
    assert "tl-assessed=yes" in answered  # the links keep the answers
    there = text_of(pharmacy(*moves, **{"tl-assessed": "yes"}))
    assert (
        "Đánh giá thực tế tại cơ sở"
        not in there.partition("Hồ sơ đang ở đâu")[2].partition("Ngày hẹn trả")[0]
    )
    there = text_of(pharmacy(*moves, **{"tl-assessed": "no"}))
    assert "Đánh giá thực tế tại cơ sở" in there.partition("Ngày hẹn trả")[0]


def test_a_fee_whose_table_gives_no_amount_stops_no_game() -> None:
    row = draft_of("pharmacy-eligibility")
    words = partial(editing.put, path=("tables", "assessment_fee"), values={"rows": [{"then": "đắt"}]})
    catalog.revise(version=row, change=words, actor=SYSTEM)
    href = reverse("office:try_out", args=[row.procedure.code, row.version.isoformat()])
    answer = Controller().client.get(href, {"tu": "2026-03-02T08:30", "tl-business": "making"})
    assert answer.status_code == 200
    assert "Vẫn chạy thử được." in text_of(answer.content.decode())


def test_an_answer_that_cannot_be_is_told_beside_its_question() -> None:
    read = pharmacy(**{"tl-assessed": "perhaps"})
    assert "govuk-error-message" in read
    assert "perhaps" not in text_of(read)
