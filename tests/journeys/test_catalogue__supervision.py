"""What goes on about a right that was given: conditions, inspections, and its passing to another holder."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail

from procedures.errors import Invalid, NotFound, Refused, WrongState
from procedures.models import Subject
from procedures.now import advance, today
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import GRANTED, PAID, PLAN, REFUSED, REGISTRATION, states
from tests.journeys.test_catalogue__authority import FINDINGS, HARMED
from tests.scenarios import actor
from workflows import mass, outbox, selectors, service
from workflows.dossier import supervision
from workflows.models import Licence, LicenceCondition, Notice, Paper

FREE_SALE = {
    "destination": "LA",
    "copies": 2,
    "products": [{"name": "Nhiệt kế điện tử", "model": "NK-2", "circulation_number": "2400123/ĐKLH"}],
}
pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("catalogue.played")]


def registered(**answers: Any) -> Licence:
    return Journey("device-registration-cd", REGISTRATION | answers, PLAN).filed().played().licence


def condition(licence: Licence, name: str = "yearly_report") -> LicenceCondition:
    return LicenceCondition.objects.get(licence=licence, condition=name)


def report(
    one: LicenceCondition, text: str = "Đã lưu hành 14 máy, không có sự cố.", who: str = "doanhnghiep1"
) -> None:
    service.report_condition(actor=actor(who), condition_id=one.pk, text=text, files=[])


def conclude(one: LicenceCondition, *, met: bool, remark: str = "", who: str = "chuyenvien_dklh") -> None:
    service.conclude_report(actor=actor(who), condition_id=one.pk, met=met, remark=remark)


def told() -> list[str]:
    outbox.drain()
    return list(Notice.objects.order_by("pk").values_list("kind", flat=True))


# -- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.promise("licence.conditions")
def test_the_conditions_stand_in_the_decision_and_bind_from_its_day() -> None:
    held = registered()
    assert held.issued_on == date(2026, 3, 2)
    assert [(one.condition, one.due_on, one.state) for one in selectors.conditions_of(held)] == [
        ("yearly_report", date(2027, 3, 2), "due"),
        ("clinical_follow_up", date(2028, 3, 2), "due"),
    ]
    assert (
        "Điều kiện kèm theo: (1) báo cáo tình hình lưu hành, sự cố và việc xử lý sự cố của trang thiết bị y tế, chậm "
        "nhất ngày 02/03/2027, sau đó 12 tháng một lần; (2) nộp kết quả theo dõi lâm sàng sau khi lưu hành, chậm nhất "
        "ngày 02/03/2028."
    ) in held.paper.snapshot


@pytest.mark.promise("licence.conditions")
def test_a_condition_that_its_answers_do_not_call_for_does_not_come() -> None:
    held = registered(device_class="c")
    assert [one.condition for one in selectors.conditions_of(held)] == ["yearly_report"]
    assert "lâm sàng sau khi lưu hành" not in held.paper.snapshot


@pytest.mark.promise("licence.conditions")
def test_a_report_is_read_sent_back_and_found_enough_and_the_condition_falls_due_anew() -> None:
    one = condition(registered())
    report(one)
    with pytest.raises(WrongState, match="reported on already"):
        report(one)
    with pytest.raises(Refused):
        conclude(one, met=True, who="vanthu")
    with pytest.raises(Invalid, match="Say why"):
        conclude(one, met=False, remark="  ")
    conclude(one, met=False, remark="Chưa nêu cách xử lý khiếu nại của Bệnh viện Bạch Mai.")
    assert condition(one.licence).state == "due"
    report(one, "Đã lưu hành 14 máy; khiếu nại ngày 3/5 đã xử lý xong ngày 9/5.")
    conclude(one, met=True)
    after = condition(one.licence)
    assert (after.state, after.due_on) == ("due", date(2028, 3, 2))
    with pytest.raises(WrongState, match="No report waits"):
        conclude(one, met=True)
    entries = [event.act for event in selectors.history(one.licence.dossier, internal=False, lang="vi")]
    assert entries[:4] == ["confirm_condition", "report_condition", "return_report", "report_condition"]
    assert told()[-2:] == ["return_report", "confirm_condition"]
    assert mail.outbox[-1].subject.endswith("Một điều kiện của giấy phép đã được công nhận thực hiện")


@pytest.mark.promise("licence.conditions")
def test_what_is_met_once_and_for_all_stays_met() -> None:
    one = condition(registered(), "clinical_follow_up")
    report(one, "Theo dõi 200 người bệnh trong 12 tháng.")
    conclude(one, met=True)
    assert condition(one.licence, "clinical_follow_up").state == "met"
    with pytest.raises(WrongState):
        report(one)


@pytest.mark.promise("licence.conditions")
def test_only_the_holder_reports_and_an_empty_report_is_none() -> None:
    one = condition(registered())
    with pytest.raises(NotFound):
        report(one, who="doanhnghiep2")
    with pytest.raises(Invalid, match="Say in at most"):
        report(one, "   ")
    assert condition(one.licence).state == "due"


@pytest.mark.promise("licence.conditions")
def test_the_holder_is_reminded_once_and_told_when_the_day_has_passed_and_the_inspection_comes_sooner() -> (
    None
):
    held = registered(device_class="c")
    assert held.inspect_by == date(2029, 3, 2)
    before = len(told())
    assert mass.sweep_conditions() == 0
    advance(timedelta(days=340))
    assert mass.sweep_conditions() == 1
    assert mass.sweep_conditions() == 0
    assert told()[before:] == ["condition_due"]
    advance(date(2027, 3, 2) - today())
    assert mass.sweep_conditions() == 0, "its last day"
    advance(timedelta(days=1))
    assert mass.sweep_conditions() == 1
    assert mass.sweep_conditions() == 0
    assert told()[before:] == ["condition_due", "condition_overdue"]
    marks = [one.extra_headers["Message-ID"] for one in mail.outbox]
    assert len(set(marks)) == len(marks), "no mail looks like one that came before"
    held = Licence.objects.get(pk=held.pk)
    assert (condition(held).state, held.inspect_by) == ("overdue", date(2027, 3, 2))
    report(condition(held))
    conclude(condition(held), met=True)
    assert Licence.objects.get(pk=held.pk).inspect_by == date(2029, 3, 2)


@pytest.mark.promise("licence.conditions")
def test_conditions_of_a_right_that_is_over_bind_nobody() -> None:
    held = registered()
    Journey("device-registration-revocation", FINDINGS, {}).opened(held, by="chuyenvien_dklh").played()
    advance(timedelta(days=400))
    assert mass.sweep_conditions() == 0
    with pytest.raises(WrongState, match="is over"):
        report(condition(held))


# -- inspections ------------------------------------------------------------------------------------------------------

VISIT = {
    "cause": "planned",
    "visit_on": "2026-03-16",
    "place": "Kho Sông Hồng, 12 đường Nguyễn Văn Cừ, Hà Nội",
    "scope": "Hồ sơ lưu hành, nhãn, bảo quản, xử lý khiếu nại.",
}


def inspect(held: Licence, plan: dict[str, Any] | None = None) -> Journey:
    play = Journey("device-registration-inspection", VISIT, plan or {})
    return play.opened(held, by="chuyenvien_dklh").played()


@pytest.mark.promise("licence.inspections")
def test_an_inspection_in_order_leaves_the_right_as_it_was_and_plans_the_next_by_its_risk() -> None:
    held = registered()
    assert held.inspect_by == date(2028, 3, 2), "class D: after 24 months"
    assert selectors.to_inspect(actor=actor("chuyenvien_dklh")) == []
    advance(timedelta(days=700))
    (due,) = selectors.to_inspect(actor=actor("chuyenvien_dklh"))
    assert (due.licence.pk, due.by, due.under_way) == (held.pk, date(2028, 3, 2), None)
    play = Journey("device-registration-inspection", VISIT, {}).opened(held, by="chuyenvien_dklh")
    (due,) = selectors.to_inspect(actor=actor("chuyenvien_dklh"))
    assert due.under_way.pk == play.dossier_id
    play.played()
    assert play.taken == ["assign.assign", "visit.visited", *GRANTED]
    assert states("device_registration") == [(held.number, "in_force")]
    after = Licence.objects.get(pk=held.pk)
    assert after.inspection_id == play.dossier_id
    assert after.inspect_by.year == today().year + 2
    assert selectors.to_inspect(actor=actor("chuyenvien_dklh")) == []
    assert selectors.to_inspect(actor=actor("chuyenvien")) == [], "another division plans nothing here"
    assert "Không phát hiện vi phạm" in play.dossier.papers.get(kind="decision").snapshot


@pytest.mark.promise("licence.inspections")
def test_findings_lead_to_a_suspension_that_is_filled_in_from_them_and_to_an_inspection_soon() -> None:
    held = registered()
    play = inspect(held, {"appraise": "propose_refusal"})
    assert play.taken == ["assign.assign", "visit.visited", *REFUSED]
    held = Licence.objects.get(pk=held.pk)
    assert (held.state, held.inspect_by) == ("in_force", date(2026, 9, 2)), "after six months"
    paper = play.dossier.papers.get(kind="refusal")
    suspension = next(
        one for one in selectors.openings(actor=actor("chuyenvien_dklh")) if one.effect == "suspend"
    )
    given = selectors.first_answers(suspension, held)
    assert given["source"] == f"Kết luận kiểm tra: có vi phạm số {paper.number.text} ngày 02/03/2026"
    assert given["found"]
    ended = (
        Journey("device-registration-suspension", HARMED | given, {})
        .opened(held, by="chuyenvien_dklh")
        .played()
    )
    assert Licence.objects.get(pk=held.pk).state == "suspended"
    assert f"Căn cứ: {given['source']}" in ended.dossier.papers.get(kind="decision").snapshot


@pytest.mark.promise("licence.conditions")
def test_what_a_new_decision_says_anew_counts_and_the_rest_passes_on() -> None:
    held = registered()
    late = condition(held, "clinical_follow_up")
    kind = held.dossier.definition.licence
    again = kind.model_copy(update={"conditions": kind.conditions[:1]})
    new = Licence.objects.create(
        register=held.register,
        number="99/QĐ-HTTB",
        dossier=Journey("device-free-sale", FREE_SALE, PLAN).filed().dossier,
        paper=Paper.objects.exclude(pk=held.paper_id).first(),
        subject=held.subject,
        issued_on=date(2026, 6, 1),
        replaces=held,
    )
    supervision.attach(new, again, held.dossier.definition.route.units, lambda _when: True)
    assert {(one.condition, one.due_on) for one in new.conditions.all()} == {
        ("yearly_report", date(2027, 6, 1)),
        ("clinical_follow_up", late.due_on),
    }
    assert [one.condition for one in held.conditions.all()] == ["yearly_report"], "replaced with its licence"


# -- another holder ---------------------------------------------------------------------------------------------------


def transfer(held: Licence, to: str) -> Journey:
    answers = {"licence_held": held.number, "new_tax_code": to, "why": "Tổ chức lại hệ thống phân phối."}
    return Journey("device-registration-transfer", answers, PLAN)


@pytest.mark.promise("licence.transfer")
def test_a_number_passes_to_another_holder_with_what_is_not_yet_met() -> None:
    held = registered()
    other = Subject.objects.get(pk=actor("doanhnghiep2").subjects[0])
    overdue = condition(held)
    play = transfer(held, other.tax_code).filed().played()
    assert play.taken == [*PAID, *GRANTED]
    new = play.licence
    assert (new.subject_id, new.replaces_id) == (other.pk, held.pk)
    assert states("device_registration") == [(held.number, "replaced"), (new.number, "in_force")]
    assert new.facts == held.facts
    assert new.inspect_by == date(2028, 3, 2), "by the table of the number that it replaces"
    assert condition(new).pk == overdue.pk
    assert f"sang {other.name}, mã số thuế {other.tax_code}" in new.paper.snapshot
    seen = {row.ref for row in selectors.my_licences(actor=actor("doanhnghiep2"))[0]}
    assert new.ref in seen
    assert new.ref not in {row.ref for row in selectors.my_licences(actor=actor("doanhnghiep1"))[0]}
    report(condition(new), who="doanhnghiep2")
    conclude(condition(new), met=True)
    told()
    mine = dict(Notice.objects.values_list("kind", "subject_id").filter(dossier=play.dossier_id))
    assert mine["grant"] == held.subject_id
    assert mine["licence_taken_over"] == mine["confirm_condition"] == other.pk
    shown = {event.act for event in selectors.history(play.dossier, internal=False, lang="vi")}
    assert "grant" in shown
    assert "confirm_condition" not in shown, "what the new holder does is no business of the old one"


@pytest.mark.promise("licence.transfer")
def test_a_transfer_to_nobody_known_or_to_oneself_is_told_before_it_is_filed() -> None:
    held = registered()
    own = held.subject.tax_code
    with pytest.raises(Invalid, match="Nobody with this tax code"):
        transfer(held, "0109999998").filed()
    with pytest.raises(Invalid, match="your own tax code"):
        transfer(held, own).filed()


# -- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("licence.conditions")
def test_the_lists_ask_as_often_for_many_as_for_one(django_assert_num_queries: Any) -> None:
    def lists() -> None:
        holder, desk = actor("doanhnghiep1"), actor("chuyenvien_dklh")
        with django_assert_num_queries(2):
            rows, _more = selectors.my_licences(actor=holder)
            assert all(list(row.conditions.all()) for row in rows)
        with django_assert_num_queries(3):
            assert [one.kind.title.vi for one in selectors.reports_to_read(actor=desk)]
        with django_assert_num_queries(1):
            assert not [one.kind.title.vi for one in selectors.overdue_conditions(actor=desk)]

    report(condition(registered()))
    lists()
    report(condition(registered()))
    lists()
