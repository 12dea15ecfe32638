"""A dossier goes through the office by its pages alone: each person sees the acts, fills the form, and it moves on."""

import pytest

from procedures.models import User
from tests.onestop.office_desk import Desk, checklist, code_of, text_of
from tests.scenarios import Play
from workflows.models import NumberReservation

pytestmark = pytest.mark.usefixtures("monday_morning")


@pytest.mark.promise("office.whole-way")
def test_a_dossier_goes_through_the_office_by_its_pages_alone() -> None:
    play = Play().submitted()
    reception, cashier, head = Desk("tiepnhan"), Desk("thuquy"), Desk("truongphong")
    reception.do(play.dossier, "ask_fee")
    cashier.do(play.dossier, "paid", amount="2.000.000", payer="Nguyễn Thị Hoàng Yến", receipt_no="PT-1")
    reception.do(play.dossier, "accept")
    assert play.dossier.code
    head.do(play.dossier, "assign", assignee_id=User.objects.get(username="chuyenvien").pk)
    specialist, clerk, leader = Desk("chuyenvien"), Desk("vanthu"), Desk("cuctruong")
    specialist.do(play.dossier, "propose_grant", **checklist(play.dossier))
    head.do(play.dossier, "send_back", reason="Ghi rõ nơi lắp đặt vào điều kiện.")
    assert "Ghi rõ nơi lắp đặt vào điều kiện." in specialist.page(play.dossier)
    specialist.do(play.dossier, "propose_grant", conditions="Chỉ lắp đặt tại Huế.", **checklist(play.dossier))
    assert "Chỉ lắp đặt tại Huế." in head.page(play.dossier, muc="tham-dinh")
    head.do(play.dossier, "forward")
    clerk.do(play.dossier, "prepare")
    assert 'id="dang-lam"' in clerk.page(play.dossier)
    play.work()

    # Sent back by the leader: the number is void, and the register says why.
    leader.do(play.dossier, "send_back", page="sign", reason="Sai tên thiết bị thứ hai.")
    assert "Sai tên thiết bị thứ hai." in text_of(leader.get("numbers", loai="void"))
    specialist.do(play.dossier, "propose_grant", **checklist(play.dossier))
    head.do(play.dossier, "forward")
    clerk.do(play.dossier, "prepare")
    play.work()
    assert "02/QĐ-HTTB" in text_of(leader.page(play.dossier, "sign"))

    leader.do(play.dossier, "sign", page="sign", code=code_of("cuctruong"))
    play.work()
    clerk.do(play.dossier, "seal", page="sign")
    play.work()
    assert play.dossier.state == "concluded"
    states = NumberReservation.objects.filter(series__kind="QD").order_by("number")
    assert [row.state for row in states] == ["void", "used"]

    # The control slip names the units in turn, and every step was in time: the clock stood still.
    slip = text_of(head.page(play.dossier, "history"))
    for unit in ("Bộ phận Một cửa", "Phòng Tài chính", "Phòng Quản lý nhập khẩu", "Văn thư Cục Hạ tầng"):
        assert unit in slip
    assert "01/QĐ-HTTB" in slip
    head.page(play.dossier, "time_limit")
    head.page(play.dossier, muc="van-ban")
    head.page(play.dossier, muc="phi")
    head.page(play.dossier, muc="lien-thong")
