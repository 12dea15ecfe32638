"""Customs reports what was used of a licence: by the simulator, in a process of its own, over real HTTP."""

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

import httpx
import pytest
from lxml import etree

from integrations import answers, inbox
from integrations.models import Inbound
from integrations.partners import keys
from integrations.partners.vnsw import codec
from integrations.signed_xml import text_of, verify
from procedures.errors import Busy
from procedures.models import LedgerEntry
from procedures.now import now
from tests.integrations.played import Played
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN
from tests.scenarios import ANSWERS
from workflows.models import Licence, LicenceUse

pytestmark = [pytest.mark.urls("tests.integrations.urls"), pytest.mark.promise("messages.use-reports")]


@pytest.fixture
def licence(committed_monday: None) -> Licence:
    """Four of the first device, twelve of the second."""
    return Journey("device-import", ANSWERS, PLAN).filed().played().licence


@pytest.fixture
def customs(
    running: Callable[[str], Played], live_server: object, licence: Licence
) -> Callable[..., etree._Element]:
    """The customs officer at the simulator; what we answered, its signature verified."""
    window = running("vnsw").ensure()

    def report(lines: dict[int, int], declaration: str = "105512345670", **other: str) -> etree._Element:
        said = [
            ("so_dang_ky", licence.register), ("so_giay_phep", licence.number), ("nam", "2026"),
            ("to_khai", declaration), ("ngay", "2026-03-02"), ("toi", f"{live_server}/lien-thong/vnsw"),
            *(("dong", str(line)) for line in lines), *(("so_luong", str(amount)) for amount in lines.values()),
        ]  # fmt: skip
        said = [(name, other.pop(name, value)) for name, value in said] + list(other.items())
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.post(
                f"{window.address}/_use",
                content=urlencode(said),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
            )
        if answer.status_code != 200:
            raise LookupError(f"{answer.status_code} {answer.text}")
        raw = codec.unwrap(answer.content, part="response")
        return verify(raw, within=codec.SIGNED_WITHIN, pinned=keys.certificate(keys.OURS), now=now())

    return report


def function_of(root: etree._Element) -> str:
    return text_of(root, "Header/Subject/function")


def errors_of(root: etree._Element) -> list[tuple[str, str]]:
    return [
        (text_of(one, "ErrorCode"), text_of(one, "ErrorName"))
        for one in root.iterfind("Body/Content/ErrorList/Error")
    ]


def used(licence: Licence) -> list[int]:
    return [one.goods.used for one in licence.lines.select_related("goods").order_by("place")]


def test_a_use_is_counted_acknowledged_and_given_back(
    customs: Callable[..., etree._Element], licence: Licence
) -> None:
    answer = customs({1: 3, 2: 5}, ma="tk-1")
    assert function_of(answer) == "99"
    assert text_of(answer, "Header/Subject/preReference") == "tk-1"
    assert used(licence) == [3, 5]
    assert function_of(customs({}, ma="tk-2")) == "99"
    assert used(licence) == [0, 0]
    acts = LedgerEntry.objects.filter(subject_id=licence.dossier_id, actor="partner:vnsw").order_by(
        "sequence"
    )
    assert [row.act for row in acts] == ["use_licence", "take_back_use"]
    assert LicenceUse.objects.filter(used_on=date(2026, 3, 2), declaration="105512345670").count() == 4
    assert list(Inbound.objects.values_list("peer_id", "state")) == [("tk-1", "applied"), ("tk-2", "applied")]


def test_a_report_that_comes_again_gets_the_same_answer_and_changes_nothing(
    customs: Callable[..., etree._Element], licence: Licence
) -> None:
    customs({1: 3}, ma="tk-1")
    kept = Inbound.objects.get()
    customs({1: 3}, ma="tk-9")  # a window that makes a new identifier of every try
    assert used(licence) == [3, 0]
    raw = codec.wrap(bytes(kept.raw), part="request")
    again = inbox.receive(partner="vnsw", body=raw)
    assert again.status == 200
    assert again.body == bytes(kept.acknowledgement)
    assert used(licence) == [3, 0]
    with pytest.raises(LookupError, match="409"):
        customs({1: 1}, ma="tk-1")
    assert used(licence) == [3, 0]


def test_what_cannot_be_counted_is_refused_in_the_codes_of_the_window(
    customs: Callable[..., etree._Element], licence: Licence
) -> None:
    answer = customs({1: 5, 7: 1})
    assert function_of(answer) == "00"
    assert errors_of(answer) == [
        ("A001-Quantity-00000001", "Dòng 1: báo cáo 5, chỉ còn 4."),
        ("E001-Line-00000001", "Giấy phép không có dòng 7 với số lượng như vậy."),
    ]
    assert [code for code, _text in errors_of(customs({1: 1}, so_giay_phep="99/QĐ-HTTB"))] == [
        "E001-LicenceNumber-00000001"
    ]
    assert [code for code, _text in errors_of(customs({}, "khong-co"))] == ["E001-DeclarationNumber-00000001"]
    assert used(licence) == [0, 0]
    assert set(Inbound.objects.values_list("state", flat=True)) == {"refused"}
    assert set(Inbound.objects.values_list("note", flat=True)) == {
        "more_than_left; no_line", "no_licence", "nothing_to_take_back",
    }  # fmt: skip


def test_what_could_not_be_counted_yet_is_counted_when_it_comes_again_or_by_the_sweep(
    customs: Callable[..., etree._Element], licence: Licence, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:

        def busy(**_said: object) -> None:
            raise Busy

        broken.setattr(answers, "record_use", busy)
        with pytest.raises(LookupError, match="503"):
            customs({1: 1}, ma="tk-1")
    assert used(licence) == [0, 0]
    assert Inbound.objects.get().state == "stored"
    assert inbox.resume() == 1
    assert used(licence) == [1, 0]
    kept = Inbound.objects.get()
    assert kept.state == "applied"
    assert inbox.receive(partner="vnsw", body=codec.wrap(bytes(kept.raw), part="request")).body == bytes(
        kept.acknowledgement
    )


def test_the_page_of_the_simulator_offers_the_form(
    running: Callable[[str], Played], licence: Licence
) -> None:
    with httpx.Client(trust_env=False, timeout=10) as client:
        answer = client.post(f"{running('vnsw').ensure().address}/_use", content=b"nam=x")
    assert answer.status_code == 400
