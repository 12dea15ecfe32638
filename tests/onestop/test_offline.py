"""Beside the signed paper: the statement in its QR code, the lists of what holds, the keys, the page that is kept."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings as live
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from procedures.now import HANOI, advance
from tests.credentials.test_statement import read
from tests.credentials.test_statuses import opened, places
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import PLAN
from tests.scenarios import ANSWERS, Play
from workflows import selectors
from workflows.credentials import keys
from workflows.models import Licence, Paper

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("verify.status-lists")]
LIST = "/trang-thai/HTTB/QD/2026"
GENUINE, FORGED = "Mã QR đúng là mã của văn bản này khi cấp", "Mã QR này không phải của văn bản này"


def decision_of(play: Play) -> Paper:
    return play.dossier.papers.select_related("number__series").get(kind="decision")


def held(play: Play) -> Licence:
    return Licence.objects.get(dossier=play.dossier_id)


def standing(paper: Paper) -> int:
    """What the list says of a paper when it is signed anew."""
    cache.clear()
    answer = Client().get(LIST)
    assert answer.status_code == 200
    signing = keys.signing_key()
    assert signing
    assert paper.number
    return places(opened(answer.content.decode(), signing)[1])[paper.number.number]


# -- the statement ----------------------------------------------------------------------------------------------------


@pytest.mark.promise("verify.offline")
def test_a_decision_bears_a_statement_of_what_it_says_and_no_other_paper_does() -> None:
    play = Play().granted()
    paper, signing = decision_of(play), keys.signing_key()
    assert signing
    assert paper.number
    said = read(paper.statement, signing)
    assert said[2] == paper.number.text
    assert said[7] == bytes.fromhex(paper.code)
    assert (said["a"], said["s"], said["n"]) == ("HTTB", "QD", paper.number.number)
    assert said["f"] == bytes.fromhex(paper.snapshot_sha256)[:16]
    assert (said["h"], said["t"]) == (play.dossier.subject.name, paper.title)
    assert not play.dossier.papers.exclude(kind="decision").exclude(statement="").exists()
    refused = Play().granted(refuse=True)
    assert not refused.dossier.papers.exclude(statement="").exists()


@pytest.mark.promise("verify.offline")
def test_the_last_day_of_the_right_stands_in_the_statement() -> None:
    paper = Journey("device-import", ANSWERS, PLAN).filed().played().licence.paper
    licence, signing = paper.licence, keys.signing_key()
    assert signing
    said = read(paper.statement, signing)
    if licence.valid_until is None:
        assert 4 not in said
    else:
        assert said[4] == int(_midnight(licence.valid_until + timedelta(days=1)))


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), HANOI).timestamp()


@pytest.mark.promise("verify.offline")
def test_without_a_key_a_decision_is_made_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "signing_key", lambda: None)
    paper = decision_of(Play().granted())
    assert paper.statement == ""
    record = Client().get(f"/v/{paper.code}.json").json()
    assert record["status"] is None


def test_the_address_of_the_qr_code_says_whether_it_is_the_papers_own() -> None:
    one, other = decision_of(Play().granted()), decision_of(Play().granted())
    changed = one.statement[:-1] + ("A" if one.statement[-1] != "A" else "B")
    for statement, said in (
        (one.statement, GENUINE),
        (one.statement.lower(), GENUINE),
        (changed, FORGED),
        (other.statement, FORGED),
        ("MOTCUA", FORGED),
    ):
        page = Client().get(f"/V/{one.code}/{statement}")
        assert page.status_code == 200
        assert said in page.content.decode()
    plain = Client().get(f"/V/{one.code}").content.decode()
    assert GENUINE not in plain
    assert FORGED not in plain


# -- what holds -------------------------------------------------------------------------------------------------------


def test_a_paper_that_is_not_issued_yet_does_not_hold_and_one_given_up_never_will() -> None:
    play = Play().prepared()
    first = decision_of(play)
    assert standing(first) == 12
    play.step("cuctruong", "sign", "send_back", reason="Sửa Điều 2")
    play.work()
    first.refresh_from_db()
    assert (first.state, standing(first)) == ("void", 1)


def _suspended(play: Play) -> None:
    licence = held(play)
    licence.suspend()
    licence.save()


def _revoked(play: Play) -> None:
    licence = held(play)
    licence.revoke()
    licence.save()


def _amended(play: Play) -> None:
    advance(timedelta(days=3))
    answers = {
        "licence_held": held(play).number,
        "why": "Giảm số lượng thiết bị.",
        "devices": ANSWERS["devices"][:1],
    }
    Journey("device-import-amendment", answers, PLAN).filed().played()


def _its_day_has_passed(play: Play) -> None:
    licence = held(play)
    licence.valid_until = date(2026, 3, 5)
    licence.save()
    assert standing(decision_of(play)) == 0
    advance(timedelta(days=4))


@pytest.mark.parametrize(
    ("happens", "status"),
    [(lambda play: None, 0), (_suspended, 2), (_revoked, 1), (_amended, 3), (_its_day_has_passed, 1)],
    ids=["in force", "suspended", "revoked", "amended", "expired"],
)
def test_the_list_says_what_has_become_of_a_licence(happens: Callable[[Play], None], status: int) -> None:
    play = Play().granted()
    happens(play)
    assert standing(decision_of(play)) == status


def test_a_list_costs_one_query_however_many_papers_it_tells_of(django_assert_num_queries: Any) -> None:
    name = selectors.ListName("HTTB", "QD", 2026)
    Play().granted()
    with django_assert_num_queries(1):
        selectors.status_list(name)
    Play().granted()
    with django_assert_num_queries(1):
        selectors.status_list(name)


def test_lists_are_found_from_a_paper_and_from_the_list_of_lists() -> None:
    paper = decision_of(Play().granted())
    assert paper.number
    uri = f"{live.BASE_URL}{LIST}"
    record = Client().get(f"/v/{paper.code}.json").json()
    assert record["status"] == {"status_list": {"idx": paper.number.number, "uri": uri}}
    assert Client().get("/trang-thai/").json() == {"status_lists": [uri]}
    answer = Client().get(LIST)
    assert answer["Content-Type"] == "application/statuslist+jwt"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert set(answer["Cache-Control"].split(", ")) == {"public", "max-age=60"}
    published = Client().get("/.well-known/jwt-vc-issuer").json()
    header = json.loads(_segment(answer.content.decode().split(".")[0]))
    assert header["kid"] in {key["kid"] for key in published["jwks"]["keys"]}
    assert "d" not in published["jwks"]["keys"][0]
    assert published["issuer"] == live.BASE_URL


def _segment(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    "path", [LIST, "/trang-thai/HTTB/TNHS/2026", "/trang-thai/HTTB/QD/99999999999999999999"]
)
def test_a_list_that_nobody_needs_is_not_there(path: str) -> None:
    Play().received()
    answer = Client().get(path, headers={"Accept-Language": "vi"})
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["title"] == "Không có danh sách này."


def test_without_a_key_no_list_is_signed_and_the_asker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Play().granted()
    monkeypatch.setattr(keys, "signing_key", lambda: None)
    answer = Client().get(LIST)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_key")


# -- what is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.promise("verify.offline")
def test_the_page_is_given_all_that_it_needs_and_its_worker_keeps_what_is_there() -> None:
    Play().granted()
    given = Client().get("/kiem-tra/ngoai-tuyen/du-lieu.json").json()
    assert set(given["lists"]) == {LIST}
    assert [key["test"] for key in given["keys"]] == [True]
    worker = Client().get("/kiem-tra/ngoai-tuyen/luu.js")
    assert worker["Service-Worker-Allowed"] == "/"
    assert worker["Content-Type"].startswith("text/javascript")
    script = worker.content.decode()
    known = json.loads(script[script.index("= {") + 2 : script.index("};") + 1])
    assert known["page"] == reverse("public:offline")
    for part in known["parts"]:
        assert finders.find(part.removeprefix(live.STATIC_URL)), part
