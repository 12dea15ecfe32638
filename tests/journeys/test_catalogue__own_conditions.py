"""A condition with a day for one licence alone: drafted by the specialist, printed, reported on like any other."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from procedures.definition.model import Human, Need, Outcome
from procedures.errors import Invalid
from procedures.models import LedgerEntry, Subject
from procedures.now import advance, today
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN, REGISTRATION
from tests.journeys.test_catalogue__supervision import conclude, report, told, transfer
from tests.onestop.office_desk import Desk, checklist, text_of
from tests.scenarios import actor
from workflows import mass, selectors
from workflows.service import Input, OwnCondition

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("licence.own-conditions")]
CALIBRATED = OwnCondition(due_on=date(2026, 12, 31), text="nộp kết quả kiểm định của lô hàng đầu tiên")


class Strict(Journey):
    """A specialist who adds a condition to the draft that grants."""

    own: tuple[OwnCondition, ...] = (CALIBRATED,)

    def given(self, node: Human, outcome: Outcome) -> Input:
        found = super().given(node, outcome)
        wanted = self.own if Need.DRAFT_GRANT in outcome.needs else ()
        return found.model_copy(update={"own_conditions": wanted})


def strict(procedure: str = "device-registration-cd") -> Strict:
    return Strict(procedure, REGISTRATION | {"device_class": "c"}, PLAN).filed()  # type: ignore[return-value]


def test_it_is_printed_after_the_others_and_binds_until_it_is_met() -> None:
    licence = strict().played().licence
    assert (
        "sau đó 12 tháng một lần; (2) nộp kết quả kiểm định của lô hàng đầu tiên, chậm nhất ngày 31/12/2026."
    ) in licence.paper.snapshot
    own, yearly = selectors.conditions_of(licence)
    assert (own.kind.title.vi, own.due_on, yearly.condition) == (
        CALIBRATED.text,
        CALIBRATED.due_on,
        "yearly_report",
    )
    page = text_of(Client().get(reverse("public:licence", args=[licence.ref])).content.decode())
    assert CALIBRATED.text[1:] in page, "its first letter is a capital there"
    report(own)
    conclude(own, met=True)
    assert own.__class__.objects.get(pk=own.pk).state == "met", "once, and not anew"
    entries = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=licence.dossier_id)
    assert not any(CALIBRATED.text in entry.data for entry in entries), (
        "what people write stays out of the ledger"
    )


def test_its_holder_is_reminded_and_it_passes_to_the_next_holder() -> None:
    held = strict().played().licence
    own = selectors.conditions_of(held)[0]
    other = Subject.objects.get(pk=actor("doanhnghiep2").subjects[0])
    new = transfer(held, other.tax_code).filed().played().licence
    assert [one.pk for one in selectors.conditions_of(new) if one.text] == [own.pk]
    advance(CALIBRATED.due_on - timedelta(days=1) - today())
    assert mass.sweep_conditions() == 1
    assert "condition_due" in told()
    report(own, who="doanhnghiep2")


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2020, 1, 1)])
def test_its_day_is_still_to_come(day: date) -> None:
    play = strict()
    play.own = (OwnCondition(due_on=day, text="nộp báo cáo"),)
    with pytest.raises(Invalid, match=f"{day:%d/%m/%Y} is no day to come"):
        play.walked()


def test_where_nobody_reads_reports_there_is_none() -> None:
    answers = {
        "destination": "JP",
        "copies": 2,
        "products": [{"name": "A", "model": "B", "circulation_number": "1"}],
    }
    play = Strict("device-free-sale", answers, PLAN).filed()
    with pytest.raises(Invalid, match="Nobody reads reports"):
        play.walked()


def test_the_specialist_types_one_a_line_and_what_is_wrong_comes_back() -> None:
    play = strict().walked(until="appraise")
    desk = Desk("chuyenvien_dklh")
    assert "Điều kiện có thời hạn" in text_of(desk.page(play.dossier))
    for typed, said in (
        ("nộp kết quả kiểm định", "Dòng 1 không bắt đầu bằng ngày"),
        ("31/12/2026 nộp kết quả\n31/02/2027 nộp báo cáo", "Dòng 2 không bắt đầu bằng ngày"),
        ("31/12/2026 a", "Dòng 1 phải nêu việc cần làm"),
        ("\n".join(["31/12/2026 nộp báo cáo"] * 6), "Không quá 5 điều kiện"),
        ("31/12/2020 nộp báo cáo", "31/12/2020 không phải là ngày sắp tới"),
    ):
        answer = desk.send(
            *desk.form(play.dossier, "propose_grant"), **checklist(play.dossier), own_conditions=typed
        )
        page = answer.content.decode()
        assert answer.status_code == 422
        assert said in text_of(page), said
        assert typed.splitlines()[0] in page, "what was typed is still there"
    desk.do(
        play.dossier,
        "propose_grant",
        **checklist(play.dossier),
        own_conditions="31.12.2026: nộp kết quả kiểm định.",
    )
    body = play.dossier.drafts.latest("pk").body
    assert body["own_conditions"] == [{"due_on": "2026-12-31", "text": "nộp kết quả kiểm định"}]
    assert "31/12/2026 nộp kết quả kiểm định" in text_of(
        Desk("truongphong_dklh").page(play.dossier, muc="tham-dinh")
    )
