"""Every page of the product in Chromium, in the states that matter: axe finds nothing, nothing is wider than a
telephone, the policy is kept, no console complains. A route that nobody visits fails.

Each page is judged twice: at 1280 pixels in Vietnamese, and at 360 pixels, every second one there in English.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve, reverse
from playwright.sync_api import Browser

from config.accounts import closed
from integrations import console, delivery, inbox
from integrations.envelope import UseReport
from integrations.models import Difference, Message, Reconciliation
from integrations.partners import keys
from integrations.partners.vnsw import codec, mapping
from integrations.partners.vnsw.adapter import PEER
from integrations.signed_xml import sign
from procedures import calendars, readings
from procedures.models import Agency, User
from procedures.now import frozen, now, today
from tests.journeys.browser_driver import BrowserDriver
from tests.journeys.catalogue_play import Journey
from tests.journeys.ministry import TODAY, Ministry
from tests.journeys.pages import Visit, account, office, portal, public
from tests.journeys.scenario import People
from tests.journeys.test_catalogue import PLAN, REGISTRATION
from tests.journeys.test_catalogue__list import waiting
from tests.scenarios import actor, pdf
from workflows import outbox, service
from workflows.models import Extract, Licence, Piece, Task

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text(encoding="utf-8")
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "iframes": False,
}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

ONLY_POST = {
    "set_language", "portal:sign", "portal:submit", "portal:send_supplement", "portal:result", "portal:mark_read",
    "office:note", "office:act", "office:decide", "office:slip", "office:decide_calendar", "office:begin",
    "office:decide_reading", "portal:make_copy", "office:act_on_line", "office:act_on_message", "office:settle",
}  # fmt: skip
"""Nothing to see: they take a form. The test asks each for a page and wants to be refused, or led to the form."""
FILES = {
    "portal:piece", "portal:paper", "office:piece", "office:paper", "office:package", "office:extract",
    "office:message_content",
    "office:preview", "public:pdf", "portal:copy", "portal:report_paper", "office:report_paper",
}  # fmt: skip
"""Downloads. The test asks each and wants no HTML."""
MACHINES = {
    "livez", "readyz", "partner", "public:record", "public:verify_api",
    "public:offline_data", "public:offline_worker", "public:status_lists", "public:status_list", "public:issuer",
    "public:open_schema", "public:open_changes", "public:open_csv", "public:open_json",
    "public:credential_issuer", "public:authorization_server", "public:credential_type", "public:token", "public:nonce",
    "public:credential", "public:checkpoints_json", "public:checkpoint", "public:proof",
}  # fmt: skip
"""For machines, without a page."""
ELSEWHERE = {
    "office:waiting": "a part of the dossier's page, judged there while the system works",
    "mfa_download_recovery_codes": "a text file, asked for where one's own account is looked at",
}
OWN = (
    "mfa_index",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
    "mfa_deactivate_totp",
    "mfa_reauthenticate",
    "account_reauthenticate",
    "account_change_password",
    "account_logout",
)
"""The pages of one's own account, in the order in which somebody with an authenticator looks at them."""


def routes() -> dict[str, str]:
    """Every route that the product serves: the pattern of its address → its name, or its view's for one without."""
    found: dict[str, str] = {}

    def walk(patterns: list[Any], before: str, space: str) -> None:
        for one in patterns:
            here = before + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, here, f"{space}{one.namespace}:" if one.namespace else space)
            elif isinstance(one, URLPattern) and one.callback is not closed:
                found[here] = f"{space}{one.name}" if one.name else here

    walk(get_resolver().url_patterns, "", "")
    return found


@dataclass
class Judge:
    """Opens pages in everybody's browsers and writes down what is wrong with them."""

    browser: Browser
    base: str
    spent: float = 0
    wrong: list[str] = field(default_factory=list)
    visited: set[str] = field(default_factory=set)
    _drivers: dict[tuple[str, str], BrowserDriver] = field(default_factory=dict)

    def driver(self, who: str, lang: str) -> BrowserDriver:
        """That person's browser, signed in."""
        if (who, lang) not in self._drivers:
            context = self.browser.new_context(locale="vi-VN" if lang == "vi" else "en-GB")
            if who:
                client = Client()
                client.force_login(User.objects.get(username=who))
                name = settings.SESSION_COOKIE_NAME
                context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": self.base}])
            self._drivers[who, lang] = BrowserDriver(context.new_page(), self.base)
        return self._drivers[who, lang]

    def visit(self, visit: Visit, *, english: bool) -> None:
        """Judge a page in Vietnamese on a wide screen, and on a telephone in Vietnamese or in English."""
        self.reached(visit.path)
        self._open(visit, "vi", 1280)
        self._open(visit, "en" if english else "vi", 360)

    def _open(self, visit: Visit, lang: str, width: int) -> None:
        driver, name = self.driver(visit.who, lang), f"{visit} [{lang} {width}]"
        driver.complaints.clear()
        driver.page.set_viewport_size({"width": width, "height": 900})
        driver.go(visit.path)
        if driver.status != visit.status:
            self.blame(name, f"answers {driver.status} at {driver.address()}")
        elif visit.then and lang == "vi":
            visit.then(driver)
        self.judge(driver, name, lang)

    def judge(self, driver: BrowserDriver, name: str, lang: str) -> None:
        """The page that is open."""
        page = driver.page
        if page.locator("html").get_attribute("lang") != lang:
            self.blame(name, "speaks another language")
        if (over := page.evaluate(OVERFLOW)) > 0:
            self.blame(name, f"is {over} pixels too wide")
        page.evaluate(AXE + "\n;void 0")  # through the protocol: the page's own policy stays as it is
        for one in page.evaluate("options => axe.run(document, options)", OPTIONS)["violations"]:
            nodes = [f"{node['target']} {node['html'][:160]}" for node in one["nodes"][:3]]
            self.blame(name, f"{one['id']} {nodes}")
        for said in driver.complaints:
            self.blame(name, said)

    def stranger(self) -> BrowserDriver:
        """A fresh browser with a telephone's screen."""
        context = self.browser.new_context(locale="vi-VN", viewport={"width": 360, "height": 800})
        driver = self._drivers[f"stranger {len(self._drivers)}", "vi"] = BrowserDriver(
            context.new_page(), self.base
        )
        return driver

    def look(self, driver: BrowserDriver, name: str) -> None:
        """Judge the open page, which must be that of the route."""
        if driver.status != 200 or driver.address().partition("?")[0] != reverse(name):
            self.blame(name, f"answers {driver.status} at {driver.address()}")
        self.reached(driver.address())
        self.judge(driver, name, "vi")
        driver.complaints.clear()

    def blame(self, name: str, what: str) -> None:
        """Write down what is wrong."""
        self.wrong.append(f"{name}: {what}")
        print("WRONG", self.wrong[-1], flush=True)

    def reached(self, path: str) -> None:
        """This address belongs to a route that was looked at."""
        with suppress(Resolver404):
            self.visited.add(resolve(path.partition("?")[0]).route)

    def answer(self, who: str, path: str) -> tuple[int, str]:
        """Status and media type of an address, without opening it."""
        self.reached(path)
        answer = self.driver(who, "vi").page.context.request.get(self.base + path, max_redirects=0)
        return answer.status, answer.headers.get("content-type", "")

    def close(self) -> None:
        """Close every window."""
        for driver in self._drivers.values():
            driver.page.context.close()


def judge_all(live_server: Any, browser: Browser, people: People, *, in_office: bool) -> None:
    """Every page of the office, or every other one."""
    with frozen(TODAY):
        town = Ministry().build()
        judge = Judge(browser, live_server.url)
        bound()
        if in_office:
            books()
            told()
        for number, visit in enumerate(
            office(town) if in_office else [*portal(town), *public(town), *account()]
        ):
            judge.visit(visit, english=number % 2 == 0)
        if not in_office:
            own_account(judge, people)
        nothing_to_see(judge, town, in_office=in_office)
        judge.close()
    here = {pattern: name for pattern, name in routes().items() if name.startswith("office:") is in_office}
    unvisited = {name for pattern, name in here.items() if pattern not in judge.visited} - set(ELSEWHERE)
    assert unvisited == set(), "routes that nobody visited"
    assert judge.wrong == [], "\n" + "\n".join(judge.wrong)


@pytest.mark.promise("screens.accessible-everywhere")
class TestTheOffice:
    """In a class of its own, as is the rest, so that two workers share them (`--dist loadscope`)."""

    def test_every_page_passes_axe_fits_a_telephone_and_obeys_the_policy(
        self, monday: None, live_server: Any, browser: Browser, people: People
    ) -> None:
        judge_all(live_server, browser, people, in_office=True)


@pytest.mark.promise("screens.accessible-everywhere")
class TestThePortalAndTheRest:
    """Everything outside the office."""

    def test_every_page_passes_axe_fits_a_telephone_and_obeys_the_policy(
        self, monday: None, live_server: Any, browser: Browser, people: People
    ) -> None:
        judge_all(live_server, browser, people, in_office=False)


def bound() -> None:
    """A licence with two conditions, one of them reported on with a paper; and a dossier that waits to be listed."""
    waiting("Máy thở chức năng cao")
    held = Journey("device-registration-cd", REGISTRATION, PLAN).filed().played().licence
    service.report_condition(
        actor=actor("doanhnghiep1"),
        condition_id=held.conditions.earliest("pk").pk,
        text="Đã lưu hành 14 máy, không có sự cố.",
        files=[(service.take_in(chunks=[pdf("bảng kê")], name="bảng kê.pdf"), "bảng kê.pdf")],
    )


def told() -> None:
    """A message to customs that was given up and that somebody asks to skip, another that waits, and a use that customs
    reported."""
    first, *_others = Message.objects.filter(connector__name="vnsw").order_by("pk")
    Message.objects.filter(pk=first.pk).update(dead_after=now() - timedelta(days=9999))
    delivery.sweep()
    console.ask_skip(actor=actor("tichhop"), uuid=first.uuid, reason="Giấy phép đã được thay thế.")
    licence = Licence.objects.get(number=first.subject, register="device_import")
    report = UseReport(
        peer_id="tk-2026-000001",
        register=licence.register,
        number=licence.number,
        year=licence.issued_on.year,
        declaration="105512345670",
        used_on=today(),
        lines={1: 1},
    )
    root = mapping.use_envelope(report, at=now())
    signed = sign(root, within=codec.SIGNED_WITHIN, by=keys.signatory(PEER))
    assert inbox.receive(partner="vnsw", body=codec.wrap(signed, part="request")).status == 200
    run = Reconciliation.objects.create(
        connector=first.connector, day=today() - timedelta(days=1), at=now(), ours=2, theirs=1
    )
    Difference.objects.create(reconciliation=run, message=first, wire_id=first.wire_id, kind="missing_there")


def books() -> None:
    """A signed extract, and a change of the calendar and a reading that wait for another."""
    reception, controller = User.objects.get(username="tiepnhan"), User.objects.get(username="kiemsoat")
    service.extract_register(
        actor=actor("tiepnhan"),
        by=reception,
        agency=Agency.objects.get(code="HTTB"),
        since=date(2026, 2, 1),
        until=date(2026, 2, 28),
    )
    outbox.drain()
    days = [*calendars.held(2027), calendars.Day("2027-11-25", "holiday", "Nghỉ hoán đổi", "Swapped")]
    calendars.propose(
        year=2027, status="provisional", decision="", days=days, by=controller, actor=actor("kiemsoat")
    )
    readings.propose(
        agency=Agency.objects.get(code="HTTB"),
        from_handover=True,
        since=today() + timedelta(days=1),
        basis="Quyết định số 12/QĐ-HTTB",
        by=controller,
        actor=actor("kiemsoat"),
    )


def own_account(judge: Judge, people: People) -> None:
    """One's own account wants somebody who has signed in by the page and has just said so again."""
    leader, enterprise = judge.stranger(), judge.stranger()
    sign_in(leader, "cuctruong", people)
    judge.look(leader, "mfa_authenticate")
    code = people.one_time_code("cuctruong")
    leader.send("Đăng nhập", {"Mã trong ứng dụng xác thực": code})
    for name in OWN:
        visit_own(judge, leader, name, people.passwords["cuctruong"])
        if name == "mfa_generate_recovery_codes":
            leader.send("Tạo mã mới")
            assert leader.download(reverse("mfa_download_recovery_codes"))
    sign_in(enterprise, "doanhnghiep1", people)
    visit_own(judge, enterprise, "mfa_activate_totp", people.passwords["doanhnghiep1"])


def sign_in(driver: BrowserDriver, who: str, people: People) -> None:
    """Name and password."""
    driver.go("/tai-khoan/login/")
    driver.send("Đăng nhập", {"Tên đăng nhập": who, "Mật khẩu": people.passwords[who]})


def visit_own(judge: Judge, driver: BrowserDriver, name: str, password: str) -> None:
    """A page of one's own account; with the password once more where it is asked for."""
    driver.go(reverse(name))
    if name != "account_reauthenticate" and driver.address().startswith(reverse("account_reauthenticate")):
        driver.send("Xác nhận", {"Mật khẩu": password})
    judge.look(driver, name)


def nothing_to_see(judge: Judge, town: Ministry, *, in_office: bool) -> None:
    """What is on the list of exceptions is there for a good reason."""
    dossier = town.plays["returned"].dossier
    piece, paper = dossier.pieces.order_by("pk").first(), dossier.papers.get(kind="decision")
    task = Task.objects.filter(process=dossier).first()
    assert piece
    assert task
    known = {
        "ref": dossier.ref, "piece": piece.pk, "piece_id": piece.pk, "paper": paper.ref, "paper_ref": paper.ref,
        "sha256": paper.file_sha256, "code": paper.code, "task_id": task.pk, "outcome": "accept", "partner": "vnsw",
        "day": "2025-07-01", "act": "check", "kind": "control_slip", "year": 2027, "reading": 1, "decision": "apply",
        "agency": "HTTB", "series": "QD", "register": "device_import", "number": 1,
        "uuid": paper.ref, "line_act": "pause", "message_act": "retry",
    }  # fmt: skip
    for name in sorted(ONLY_POST | FILES | MACHINES):
        if name.startswith("office:") is not in_office:
            continue
        asked = next(set(one[1]) for one in get_possibilities(name))
        about = known | (
            {"code": "device-import"} if "day" in asked else {}
        )  # of a procedure, not of a paper
        if name == "office:extract":
            about["ref"] = Extract.objects.get(licence=None).ref
        if name == "portal:copy":
            outbox.drain()
            made = Extract.objects.select_related("licence").get(licence__isnull=False)
            about |= {"ref": made.licence.ref, "copy": made.ref}
        who = "chuyenvien" if in_office else "doanhnghiep1"
        if name == "office:message_content":
            about["uuid"], who = Message.objects.earliest("pk").uuid, "tichhop"
        if name.endswith(":report_paper"):
            brought = Piece.objects.select_related("report__condition__licence").get(report__isnull=False)
            condition, who = brought.report.condition, "chuyenvien_dklh" if in_office else who
            about |= {"ref": condition.licence.ref, "condition": condition.pk, "number": condition.pk}
            about["piece"] = brought.pk
        path = reverse(name, kwargs={key: about[key] for key in asked})
        status, media = judge.answer(who, path)
        if name in ONLY_POST and status not in {302, 405}:
            judge.wrong.append(f"{name} answers a GET with {status}")
        if name in FILES and "html" in media:
            judge.wrong.append(f"{name} is a page: {media}")


def get_possibilities(name: str) -> Iterator[Any]:
    """What the address of a route asks for."""
    resolver = get_resolver()
    space, _, last = name.rpartition(":")
    if space:
        resolver = resolver.namespace_dict[space][1]
    for possibilities, *_rest in resolver.reverse_dict.getlist(last):
        yield from possibilities
