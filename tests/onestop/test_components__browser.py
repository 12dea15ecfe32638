"""The gallery in Chromium: axe finds nothing, nothing overflows, the policy is kept, with and without scripts.

The server runs without a database: none of these pages may need one.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

AXE = (Path(__file__).parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.urls("tests.onestop.gallery_urls")


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    started = LiveServer("localhost")
    started._live_server_modified_settings.enable()
    yield started
    started.stop()
    started._live_server_modified_settings.disable()


def complaints(page: Page) -> list[str]:
    heard: list[str] = []
    page.on(
        "console",
        lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("response", lambda answer: heard.append(answer.url) if answer.status >= 400 else None)
    return heard


@pytest.mark.parametrize("path", ["/gallery/", "/gallery/office/", "/tai-khoan/login/"])
@pytest.mark.parametrize(("width", "lang"), [(1280, "vi"), (320, "en")])
@pytest.mark.promise("screens.accessible")
def test_pages_pass_axe_fit_and_obey_the_policy(
    server: LiveServer, browser: Browser, path: str, width: int, lang: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale=lang)
    page = context.new_page()
    heard = complaints(page)
    page.goto(server.url + path, wait_until="networkidle")
    assert heard == []
    assert page.locator("html").get_attribute("lang") == lang
    scrolls = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(scrolls) <= 0
    # Through the protocol, so that the page's own policy stays as strict as for everybody.
    page.evaluate(AXE + "\n;void 0")
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    context.close()


def test_a_dependent_field_opens_with_its_answer(server: LiveServer, page: Page) -> None:
    page.goto(server.url + "/gallery/")
    inner = page.locator("[name=fresh-aid_decision]")
    expect(inner).to_be_hidden()
    page.locator("#id_fresh-purpose_1").check()
    expect(inner).to_be_visible()
    page.locator("#id_fresh-purpose_0").check()
    expect(inner).to_be_hidden()


@pytest.mark.promise("screens.without-scripts")
def test_without_scripts_everything_can_be_reached(server: LiveServer, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="vi-VN")
    page = context.new_page()
    page.goto(server.url + "/gallery/")
    expect(page.locator("[name=fresh-aid_decision]")).to_be_visible()
    expect(page.locator(".condition").last).to_be_visible()
    upload = page.locator("#id_fresh-catalogue")
    expect(upload).to_be_visible()
    assert upload.bounding_box()["width"] > 100, "the native control is drawn"
    page.goto(server.url + "/gallery/office/")
    closed = page.locator("details.act").nth(1)
    closed.locator("summary").click()
    expect(closed.locator(".act__body")).to_be_visible()
    context.close()


def test_an_error_is_focused_first_and_leads_to_its_field(server: LiveServer, page: Page) -> None:
    page.goto(server.url + "/gallery/")
    summary = page.locator(".govuk-error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").nth(0).click()
    expect(page.locator("#id_wrong-tax_code")).to_be_focused()


def test_chosen_and_dropped_files_are_named(server: LiveServer, page: Page) -> None:
    page.goto(server.url + "/gallery/")
    zone = page.locator("[data-drop]", has=page.locator("#id_fresh-manuals"))
    files = [{"name": f"tai-lieu-{n}.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"} for n in (1, 2)]
    page.locator("#id_fresh-manuals").set_input_files(files)
    expect(zone.locator("[data-said]")).to_have_text("tai-lieu-1.pdf, tai-lieu-2.pdf")
    drop = """zone => { const taken = new DataTransfer(); taken.items.add(new File(["x"], "keo-tha.pdf"));
    taken.items.add(new File(["y"], "thu-hai.pdf"));
    zone.dispatchEvent(new DragEvent("drop", {dataTransfer: taken, bubbles: true})); }"""
    zone.evaluate(drop)
    expect(zone.locator("[data-said]")).to_have_text("keo-tha.pdf, thu-hai.pdf")
    single = page.locator("[data-drop]", has=page.locator("#id_fresh-catalogue"))
    single.evaluate(drop)
    expect(single.locator("[data-said]")).to_have_text("keo-tha.pdf")


def test_the_language_is_changed_in_place(server: LiveServer, browser: Browser) -> None:
    context = browser.new_context(locale="vi-VN")
    page = context.new_page()
    page.goto(server.url + "/gallery/?q=1")
    page.get_by_role("button", name="EN, read in English").click()
    assert page.url == server.url + "/gallery/?q=1"
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    context.close()
