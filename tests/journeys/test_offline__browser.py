"""Checking a printed decision without a network, in Chromium: the page as a customs officer's telephone keeps it.

The network is really switched off, the clock of the browser is moved, lists and statements are forged in ways that only
a checker could notice.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, Route

from procedures.now import frozen
from tests.credentials.test_statement import SAID
from tests.credentials.test_statement import key as strange_key
from tests.scenarios import MONDAY, Play
from workflows import selectors
from workflows.credentials import keys
from workflows.credentials.statement import encode
from workflows.credentials.statuses import Status, token
from workflows.models import Licence, Paper

pytestmark = pytest.mark.promise("verify.offline")
PAGE = "/kiem-tra/ngoai-tuyen/"
DATA = f"{PAGE}du-lieu.json"
LIST = "/trang-thai/HTTB/QD/2026"
KEPT = "Đã lưu: từ nay trang này dùng được trong trình duyệt này khi không có mạng."
HOLDS = "Quyết định là thật và còn hiệu lực"
UNKNOWN = "Là thật; ở đây không biết còn hiệu lực hay không"
FORGED = "Mã QR không phải của chúng tôi"
OVER = "Là thật, nhưng đã hết hạn"


@pytest.fixture
def paper(monday: None) -> Paper:
    """A published decision."""
    return Play().granted().dossier.papers.select_related("number").get(kind="decision")


@pytest.fixture
def opened(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open the page in a fresh browser whose clock stands at a moment."""
    contexts = []

    def at(moment: datetime = MONDAY, **options: Any) -> Page:
        context = browser.new_context(
            locale="vi-VN", viewport={"width": 360, "height": 780}, base_url=live_server.url, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.clock.set_fixed_time(moment)
        page.goto(PAGE)
        return page

    yield at
    for context in contexts:
        context.close()


def address(paper: Paper, *, statement: str = "", code: str = "") -> str:
    return f"/V/{code or paper.code}/{statement or paper.statement}"


def said(page: Page, text: str) -> str:
    """What the page says of pasted text."""
    page.get_by_label("Địa chỉ trong mã QR").fill(text)
    page.locator("[data-result]").evaluate("node => node.replaceChildren()")
    page.get_by_role("button", name="Kiểm tra mã", exact=True).click()
    return verdict(page)


def verdict(page: Page) -> str:
    page.locator("[data-result] .verdict").wait_for()
    return " ".join(page.locator("[data-result]").inner_text().split())


def test_once_open_the_page_checks_a_printed_code_without_a_network(
    paper: Paper, opened: Callable[..., Page]
) -> None:
    page = opened()
    page.get_by_text(KEPT).wait_for()
    page.context.set_offline(True)
    page.goto(address(paper))  # as the telephone's camera opens it
    shown = verdict(page)
    assert HOLDS in shown
    assert paper.number
    for text in (paper.number.text, paper.dossier.subject.name, paper.title, "02/03/2026", "BẢN THỬ"):
        assert text in shown, text
    assert "02/03/2026 09:00" in shown  # the list's own moment
    assert FORGED in said(page, address(paper, code="0" * 32))
    page.clock.set_fixed_time(MONDAY + timedelta(days=8))
    page.reload()
    assert UNKNOWN in verdict(page)

    licence = Licence.objects.get(paper=paper)
    licence.revoke()
    licence.save()
    cache.clear()
    page.clock.set_fixed_time(MONDAY + timedelta(hours=1))
    page.reload()
    assert HOLDS in verdict(page)  # as of the moment that is shown
    page.context.set_offline(False)
    page.goto(PAGE)
    assert "Quyết định không còn hiệu lực" in said(page, address(paper))


def test_forged_and_foreign_statements_are_told_from_ours(paper: Paper, opened: Callable[..., Page]) -> None:
    page = opened()
    ours = keys.signing_key()
    assert ours
    assert HOLDS in said(page, f"HTTPS://DVC.EXAMPLE{address(paper)}")
    assert HOLDS in said(page, address(paper).lower().replace("/", " / "))
    for place in (0, 8, 40, 200, 330, len(paper.statement) - 3):
        letter = "A" if paper.statement[place] != "A" else "B"
        forged = paper.statement[:place] + letter + paper.statement[place + 1 :]
        assert HOLDS not in said(page, address(paper, statement=forged)), place
    assert "khóa chưa biết" in said(page, f"/V/{SAID.code}/{encode(SAID, key=strange_key())}")
    ended = encode(replace(SAID, valid_until=date(2026, 3, 1)), key=ours)
    assert OVER in said(page, f"/V/{SAID.code}/{ended}")
    lasting = encode(replace(SAID, valid_until=date(2026, 3, 2), index=paper.number.number), key=ours)  # type: ignore[union-attr]
    assert HOLDS in said(page, f"/V/{SAID.code}/{lasting}")  # on its last day
    beyond = encode(replace(SAID, index=4000), key=ours)
    assert "chưa cấp" in said(page, f"/V/{SAID.code}/{beyond}")
    elsewhere = encode(replace(SAID, series="KHAC"), key=ours)
    assert UNKNOWN in said(page, f"/V/{SAID.code}/{elsewhere}")
    for text in ("", "xin chào", f"/V/{paper.code}", address(paper, statement="A" * 400)):
        assert "Đây không phải mã QR của một quyết định" in said(page, text), text


@pytest.mark.promise("verify.status-lists")
def test_only_a_list_of_ours_that_is_current_and_of_that_series_is_believed(
    paper: Paper, opened: Callable[..., Page]
) -> None:
    ours, place = keys.signing_key(), paper.number.number  # type: ignore[union-attr]
    assert ours
    uri = f"https://dvc.example{LIST}"
    good = token({place: Status.HOLDS}, uri=uri, at=MONDAY, key=ours)
    head, body, signature = good.split(".")
    other_body = token({place: Status.HOLDS}, uri=uri, at=MONDAY + timedelta(days=1), key=ours).split(".")[1]
    lists = {
        "good": (good, HOLDS),
        "suspended": (token({place: Status.SUSPENDED}, uri=uri, at=MONDAY, key=ours), "tạm đình chỉ"),
        "replaced": (token({place: Status.REPLACED}, uri=uri, at=MONDAY, key=ours), "văn bản khác thay thế"),
        "not issued": (token({place: Status.NOT_YET}, uri=uri, at=MONDAY, key=ours), "chưa cấp"),
        "replayed": (token({place: Status.HOLDS}, uri=uri, at=MONDAY - timedelta(days=7), key=ours), UNKNOWN),
        "of another series": (
            token({place: Status.HOLDS}, uri=f"{uri[:-4]}2025", at=MONDAY, key=ours),
            UNKNOWN,
        ),
        "by somebody else": (token({place: Status.HOLDS}, uri=uri, at=MONDAY, key=strange_key()), UNKNOWN),
        "changed": (f"{head}.{other_body}.{signature}", UNKNOWN),
        "unsigned": (f"{head}.{body}.", UNKNOWN),
        "no list": ("x", UNKNOWN),
    }
    page = opened(service_workers="block")
    given = page.request.get(DATA).json()
    served: dict[str, Any] = {}

    def answer(route: Route) -> None:
        route.fulfill(content_type="application/json", body=json.dumps(given | {"lists": served}))

    page.route(f"**{DATA}", answer)
    for name, (list_token, wanted) in lists.items():
        served[LIST] = list_token
        assert wanted in said(page, address(paper)), name
    served.clear()
    assert UNKNOWN in said(page, address(paper))


def test_without_anything_kept_the_page_says_what_to_do(paper: Paper, opened: Callable[..., Page]) -> None:
    page = opened(service_workers="block")
    page.context.set_offline(True)
    assert "Trình duyệt này chưa lưu gì" in said(page, address(paper))


def test_what_is_kept_names_nobody(paper: Paper, opened: Callable[..., Page], live_server: Any) -> None:
    """A telephone that several people use keeps the page as nobody sees it."""
    from django.conf import settings
    from django.test import Client

    from procedures.models import User

    page = opened()
    client, who = Client(), User.objects.get(username="doanhnghiep1")
    client.force_login(who)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page.goto(PAGE)
    assert who.full_name in page.content()
    page.get_by_text(KEPT).wait_for()
    page.context.set_offline(True)
    page.goto(PAGE)
    page.get_by_role("heading", name="Kiểm tra mã QR khi không có mạng").wait_for()
    assert who.full_name not in page.content()


def test_the_address_of_the_list_is_the_one_that_the_page_looks_for(paper: Paper) -> None:
    with frozen(MONDAY):
        assert [name.path for name in selectors.status_lists()] == [LIST]
