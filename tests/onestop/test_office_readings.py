"""How an agency reads the evening hour, stated in the office: proposed by one, applied by another, for later days."""

import pytest
from django.test import Client
from django.urls import reverse

from procedures.models import Agency, LedgerEntry, TermReading, User
from procedures.now import frozen
from tests.onestop.office_desk import text_of
from tests.scenarios import MONDAY

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("time.evening-hour")]

HANDOVER = "Tính từ lúc bàn giao"


def post(who: str, *args: object, **typed: str) -> tuple[int, str]:
    client = Client()
    client.force_login(User.objects.get(username=who))
    name = "decide_reading" if args else "readings"
    answer = client.post(reverse(f"office:{name}", args=args), typed)
    return answer.status_code, text_of(answer.content.decode())


def page(who: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=who))
    return text_of(client.get(reverse("office:readings")).content.decode())


def typed(**changes: str) -> dict[str, str]:
    agency = str(Agency.objects.get(code="ATTP").pk)
    given = {
        "agency": agency,
        "from_handover": "1",
        "since": "03/03/2026",
        "basis": "Quyết định số 12/QĐ-ATTP",
    }
    return given | changes


def test_it_takes_two_people_and_stands_in_the_ledger_of_the_agency() -> None:
    assert "Đề nghị cách hiểu" not in page("tiepnhan")
    assert post("tiepnhan", **typed())[0] == 403
    assert post("kiemsoat", **typed())[0] == 303
    row = TermReading.objects.get()
    assert "Quyết định số 12/QĐ-ATTP" in page("quantri")
    status, said = post("kiemsoat", row.pk, "apply")
    assert status == 403
    assert "phải có hai người" in said
    assert post("kiemsoat", **typed())[0] == 422  # one proposal an agency at a time
    assert post("quantri", row.pk, "apply")[0] == 303
    status, said = post("quantri", row.pk, "decline")
    assert status == 409
    assert "đã được quyết định" in said
    acts = LedgerEntry.objects.filter(subject_kind="agency", subject_id=row.agency_id).order_by("sequence")
    assert list(acts.values_list("act", flat=True)) == ["propose_reading", "apply_reading"]
    assert page("tiepnhan").count(HANDOVER) == 1  # stated, and in force only from tomorrow


def test_a_proposal_can_be_declined_and_another_made() -> None:
    post("kiemsoat", **typed())
    assert post("quantri", TermReading.objects.get().pk, "decline")[0] == 303
    assert post("kiemsoat", **typed())[0] == 303


def test_what_was_not_applied_in_time_can_only_be_declined() -> None:
    post("kiemsoat", **typed())
    row = TermReading.objects.get()
    with frozen(MONDAY.replace(day=3)):
        status, said = post("quantri", row.pk, "apply")
        assert status == 409
        assert "bắt đầu từ một ngày sau hôm nay" in said
        assert post("quantri", row.pk, "decline")[0] == 303


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"since": "02/03/2026"}, "bắt đầu từ một ngày sau hôm nay"),
        ({"basis": "   "}, "Số và ngày của văn bản"),
        ({"agency": "0"}, "Cơ quan"),
        ({"from_handover": "perhaps"}, "Thời hạn tính từ khi nào"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_kept(changes: dict[str, str], said: str) -> None:
    status, page_said = post("kiemsoat", **typed(**changes))
    assert status == 422
    assert said in page_said
    assert not TermReading.objects.exists()
