"""The console of integration officers, through HTTP: the book, one message, what is done with it, the lines."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import delivery
from integrations.models import Connector, Inbound, Message
from procedures.models import User
from tests.integrations.played import Played
from tests.integrations.test_console import given_up, granted, window, written
from tests.onestop.office_desk import text_of
from workflows.models import Dossier

pytestmark = pytest.mark.promise("messages.console")
__all__ = ["window"]
OFFICER, OTHER = "tichhop", "tichhop2"


@pytest.fixture(autouse=True)
def _customs(window: Played) -> None:
    """Customs is there."""


def person(who: str) -> Client:
    one = Client()
    one.force_login(User.objects.get(username=who))
    return one


def book(who: str = OFFICER, **query: str) -> str:
    answer = person(who).get(reverse("office:messages"), query)
    assert answer.status_code == 200
    return text_of(answer.content.decode())


def page_of(message: Message, who: str = OFFICER) -> str:
    answer = person(who).get(reverse("office:message", args=[message.uuid]))
    assert answer.status_code == 200
    return text_of(answer.content.decode())


def do(message: Message, act: str, who: str = OFFICER, **typed: str) -> tuple[int, str]:
    answer = person(who).post(reverse("office:act_on_message", args=[message.uuid, act]), typed)
    return answer.status_code, text_of(answer.content.decode())


def test_the_book_is_looked_up_by_dossier_licence_identity_state_and_period() -> None:
    first, second = written(granted()), written(granted(), devices=[])
    delivery.sweep()
    both = book()
    assert first.dossier_code in both
    assert second.dossier_code in both
    assert "Được chấp nhận" in both
    assert "Cần người xem" in both
    for asked in (first.dossier_code, first.subject, str(first.uuid), first.wire_id):
        found = book(tim=asked)
        assert first.dossier_code in found
        assert second.dossier_code not in found
    assert second.dossier_code in book(**{"trang-thai": "can-xem"})
    assert first.dossier_code not in book(**{"trang-thai": "can-xem"})
    assert first.dossier_code in book(ky="hom-nay", **{"doi-tac": "vnsw"})
    assert first.dossier_code not in book(**{"doi-tac": "asw"})
    assert "Không có thông điệp phù hợp" in book(tim="khong-co")
    assert first.dossier_code in book(sau="abc", ky="khac", **{"trang-thai": "khac", "doi-tac": "khac"})


def test_what_a_partner_sent_has_a_book_of_its_own() -> None:
    message = written(granted())
    delivery.sweep()
    answer = Inbound.objects.get(message=message)
    shown = book(chieu="ve")
    assert answer.peer_id in shown
    assert message.dossier_code in shown
    one = person(OFFICER).get(reverse("office:inbound", args=[answer.pk])).content.decode()
    assert "ReceiveDate" in one
    assert message.subject in one
    assert person(OFFICER).get(reverse("office:inbound", args=[answer.pk + 99])).status_code == 404


def test_one_message_shows_its_timeline_and_its_words() -> None:
    message = written(granted())
    delivery.sweep()
    page = page_of(message)
    for words in (
        "Lần gửi 1",
        "Lần gửi 1: được chấp nhận",
        "Trả lời của đối tác",
        message.wire_id,
        "LicenceNumber",
        message.dossier_code,
    ):
        assert words in page
    assert "JVBERi0" not in page, "the file inside is named by its length"
    raw = person(OFFICER).get(reverse("office:message_content", args=[message.uuid]))
    assert raw.content == bytes(message.content)
    assert raw.headers["Content-Disposition"].startswith("attachment")


def test_an_officer_sends_again_what_was_given_up() -> None:
    message = given_up(written(granted()))
    assert "Gửi lại" in page_of(message)
    status, page = do(message, "retry")
    assert status == 422
    assert "Nêu lý do" in page
    assert do(message, "retry", reason="Đối tác đã hoạt động lại")[0] == 303
    delivery.sweep()
    assert Message.objects.get(pk=message.pk).state == "accepted"
    assert do(message, "retry", reason="Lần nữa")[0] == 409


def test_a_corrected_message_shows_what_differs() -> None:
    window_row = Connector.objects.get(name="vnsw")
    assert window_row.mode == "simulate"
    wrong = written(granted(), devices=[])
    status, _page = do(wrong, "resend", reason="Đã có danh sách thiết bị")
    assert status == 303
    made = Message.objects.get(cites=wrong)
    shown = page_of(made)
    assert "sửa" in shown
    assert "Khác gì so với thông điệp trước" in shown
    assert "Đã sửa, gửi thay" in page_of(wrong)


def test_skipping_takes_two_people_on_the_pages_too() -> None:
    dossier = granted()
    wrong = written(dossier, devices=[])
    later = written(dossier, revision=2)
    assert "Chờ thứ tự" in book()
    assert do(wrong, "ask-skip", reason="Giấy phép đã hủy")[0] == 303
    mine = page_of(wrong)
    assert "Cán bộ tích hợp khác quyết định" in mine
    assert "Không bỏ qua" not in mine
    assert do(wrong, "grant-skip")[0] == 403
    assert "Giấy phép đã hủy" in page_of(wrong, OTHER)
    assert do(wrong, "grant-skip", OTHER)[0] == 303
    assert "đồng ý" in page_of(wrong)
    delivery.sweep()
    assert Message.objects.get(pk=later.pk).state == "accepted"


def test_a_line_is_paused_opened_and_replayed_with_its_reasons_on_record() -> None:
    message = given_up(written(granted()))
    address = reverse("office:line", args=["vnsw"])
    officer = person(OFFICER)

    def act(name: str, **typed: str) -> int:
        return officer.post(reverse("office:act_on_line", args=["vnsw", name]), typed).status_code

    assert act("pause") == 422
    assert act("pause", reason="Đối tác bảo trì") == 303
    page = text_of(officer.get(address).content.decode())
    assert "Cán bộ tạm dừng" in page
    assert "Đối tác bảo trì" in page
    assert "Đoàn Khánh Vân" in page
    assert act("open", reason="Xong bảo trì") == 303
    assert act("replay", reason="Gửi bù", a_minute="nhiều") == 422
    assert act("replay", reason="Gửi bù", a_minute="30") == 303
    delivery.sweep()
    assert Message.objects.get(pk=message.pk).state == "accepted"
    assert "khớp với ta" in text_of(officer.get(address).content.decode())
    assert officer.get(reverse("office:line", args=["khong-co"])).status_code == 404


def test_auditors_and_controllers_read_and_others_do_not() -> None:
    message = given_up(written(granted()))
    for reader in ("kiemtoan", "kiemsoat"):
        assert message.dossier_code in book(reader)
        page = page_of(message, reader)
        assert "Có thể làm gì" not in page
        assert do(message, "retry", reader, reason="Thử")[0] == 403
        assert reverse("office:messages") in person(reader).get(reverse("office:inbox")).content.decode()
    for other in ("chuyenvien", "cuctruong", "quantri"):
        assert person(other).get(reverse("office:messages")).status_code == 403
        assert person(other).get(reverse("office:message", args=[message.uuid])).status_code == 403
        assert do(message, "retry", other, reason="Thử")[0] == 403
        assert reverse("office:messages") not in person(other).get(reverse("office:inbox")).content.decode()


def test_the_book_asks_the_database_as_often_with_many_messages(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    written(granted(), devices=[])
    client = person(OFFICER)
    client.get(reverse("office:messages"))
    with django_assert_max_num_queries(15) as few:
        client.get(reverse("office:messages"))
    for _number in range(3):
        written(granted(), devices=[])
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(reverse("office:messages"))


def test_a_dossier_is_a_link_for_whoever_may_open_it() -> None:
    message = written(granted())
    dossier = Dossier.objects.get(pk=message.dossier_id)
    link = reverse("office:dossier", args=[dossier.ref])
    address = reverse("office:message", args=[message.uuid])
    for reader, may in ((OFFICER, 404), ("kiemtoan", 200)):
        assert person(reader).get(link).status_code == may
        page = person(reader).get(address).content.decode()
        assert (link in page) is (may == 200)
        assert message.dossier_code in page
