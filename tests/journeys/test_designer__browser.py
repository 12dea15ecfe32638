"""The designer in Chromium: the verifier speaks while one types, and a template is printed beside its text."""

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect

from procedures import drafts
from procedures.models import ProcedureVersion, User
from procedures.policy import SYSTEM
from tests.journeys.browser_driver import BrowserDriver

pytestmark = pytest.mark.promise("office.designer")


def test_one_types_and_sees(monday: None, live_server: Any, browser: Browser) -> None:
    of = ProcedureVersion.objects.get(procedure__code="device-free-sale")
    row = drafts.begin(of=of, day=date(2026, 9, 1), actor=SYSTEM)
    context = browser.new_context(locale="vi-VN")
    client = Client()
    client.force_login(User.objects.get(username="kiemsoat"))
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    driver = BrowserDriver(context.new_page(), live_server.url)
    page, here = driver.page, "/van-phong/thu-tuc/device-free-sale/2026-09-01/"
    driver.go(f"{here}sua/route/?muc=route.nodes.appraise.outcomes.ask_supplement")
    proof = page.locator("#proof")
    expect(proof).to_contain_text("Đã chứng minh")
    page.locator("#id_s-when").fill("")
    page.keyboard.press("Tab")
    expect(proof).to_contain_text("too_many_rounds")
    expect(proof).to_contain_text("chưa lưu")
    row.refresh_from_db()
    assert row.sha256 == ProcedureVersion.objects.get(pk=row.pk).sha256
    page.locator("#id_s-when").fill("facts.rounds < facts.rounds_allowed")
    page.keyboard.press("Tab")
    expect(proof).not_to_contain_text("too_many_rounds")
    page.locator("#id_s-title__vi").fill("Yêu cầu bổ sung hồ sơ")
    page.get_by_role("button", name="Lưu vào bản nháp").click()
    expect(page.get_by_text("Đã lưu vào bản nháp.")).to_be_visible()
    assert "Yêu cầu bổ sung hồ sơ" in ProcedureVersion.objects.get(pk=row.pk).files["procedure.yaml"]

    driver.go(f"{here}tep/side_by_side.html/")
    text = page.locator("textarea")
    text.fill(text.input_value() + "{% block english %}Certificate{% endblock %}")
    for _time in range(2):  # as often as one likes
        with page.expect_response(lambda answer: "/xem-thu/" in answer.url) as shown:
            page.get_by_role("button", name="Xem bản in thử").first.click()
        assert shown.value.status == 200  # what cannot be printed answers 422
    page.get_by_role("button", name="Lưu vào bản nháp").click()
    expect(page.get_by_text("Đã lưu vào bản nháp.")).to_be_visible()
    assert "Certificate" in ProcedureVersion.objects.get(pk=row.pk).files["side_by_side.html"]
    assert not driver.complaints
    context.close()
