"""Takes the pictures in docs/pictures: the ministry of `ministry.py` on Monday 2 March 2026, in Debian's Chromium, and
the first page of a signed decision, drawn by poppler. Started by `python -m tests.journeys.pictures`.

Its one test is not among the tests of the product: it shows nothing but pages, and somebody has to look at them.
"""

import io
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser

from procedures.models import User
from procedures.now import frozen
from tests.journeys.browser_driver import BrowserDriver
from tests.journeys.ministry import TODAY, Ministry
from tests.journeys.script import Upload
from workflows import files

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
LARGEST = 250_000
"""Bytes of one picture."""
TALLEST = 6000
"""Pixels; a page that is longer would not be looked at."""
FRAMED = 1500
"""Height of the window, in pixels, for a page that shows a paper in a frame."""
WANTED = "MOTCUA_PICTURES"
"""The variable with the names of those wanted, separated by commas; all when it is empty."""


@dataclass(frozen=True)
class Picture:
    """One page as one person sees it."""

    name: str
    path: str
    who: str = ""
    width: int = 1280
    phone: bool = False
    then: Callable[[BrowserDriver], None] | None = None


def pictures(town: Ministry) -> list[Picture]:
    """What is kept."""
    enterprise, genuine = "doanhnghiep1", files.read(town.decision.file_sha256)
    forged = genuine.replace(b"/Title", b"/Titel", 1)
    return [
        Picture("home", "/", phone=True),
        Picture("search", "/thu-tuc/?q=nhap+khau+may+tho", phone=True),
        Picture("procedure", "/thu-tuc/device-import/", phone=True),
        Picture("form-step", f"{town.path('draft')}to-khai/devices/?dong=1", enterprise, phone=True),
        Picture(
            "form-error", f"{town.path('begun')}to-khai/purpose_section/", enterprise, phone=True, then=save
        ),
        Picture("pieces", f"{town.path('begun')}giay-to/", enterprise, phone=True),
        Picture("check", f"{town.path('draft_signed')}kiem-tra/", enterprise, phone=True),
        Picture("my-dossiers", "/ho-so/", enterprise, phone=True),
        Picture("my-dossier", town.path("supplement"), enterprise, phone=True),
        Picture("my-result", town.path("concluded"), enterprise, phone=True),
        Picture("office-inbox", "/van-phong/?xem=don-vi", "truongphong", 1440, phone=True),
        Picture("office-dossier", town.desk("in_process"), "chuyenvien", 1440),
        Picture("office-intake", town.desk("submitted"), "tiepnhan", 1440),
        Picture("sign", f"{town.desk('to_sign')}ky/", "cuctruong", 1440),
        Picture("office-history", f"{town.desk('returned')}nhat-ky/", "kiemtoan", 1440),
        Picture("office-numbers", "/van-phong/so-van-ban/", "vanthu", 1440),
        Picture("register", "/so-dang-ky/", phone=True),
        Picture("licence", f"/so-dang-ky/{town.licence.ref}/", phone=True),
        Picture("track", f"/tra-cuu/?code={town.plays['in_process'].dossier.code}", phone=True),
        Picture("verify", "/kiem-tra/", phone=True),
        Picture("verify-valid", "/kiem-tra/", phone=True, then=dropping(genuine)),
        Picture("verify-invalid", "/kiem-tra/", phone=True, then=dropping(forged)),
        Picture("by-code", f"/v/{town.decision.code}", phone=True),
        Picture("sign-in", "/tai-khoan/login/", phone=True),
    ]


def save(driver: BrowserDriver) -> None:
    """Go on without having answered."""
    driver.page.locator("form").evaluate_all("forms => forms.forEach(form => { form.noValidate = true })")
    driver.send("Lưu và tiếp tục")


def dropping(content: bytes) -> Callable[[BrowserDriver], None]:
    """Give a file to be checked."""
    return lambda driver: driver.send("Kiểm tra tệp", {"Tệp PDF": Upload("quyet-dinh.pdf", content)})


def keep(name: str, png: bytes) -> None:
    """Store a picture with as many colours as fit."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            break
    assert out.tell() <= LARGEST, f"{name} takes {out.tell()} bytes"
    (FOLDER / f"{name}.png").write_bytes(out.getvalue())
    print(f"{name}.png", picture.size, out.tell() // 1000, "kB", flush=True)


def test_take_pictures(monday: None, live_server: Any, browser: Browser, tmp_path: Path) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = set(filter(None, os.environ.get(WANTED, "").split(",")))
    with frozen(TODAY):
        town = Ministry().build()
        for picture in pictures(town):
            if not wanted or picture.name in wanted:
                take(browser, live_server.url, picture)
        pdf = tmp_path / "decision.pdf"
        pdf.write_bytes(files.read(town.decision.file_sha256))
    subprocess.run(
        ["pdftoppm", "-png", "-r", "96", "-f", "1", "-singlefile", pdf, tmp_path / "decision"], check=True
    )
    keep("decision", (tmp_path / "decision.png").read_bytes())


def take(browser: Browser, base: str, picture: Picture) -> None:
    """The page in one or two widths."""
    context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh")
    if picture.who:
        client = Client()
        client.force_login(User.objects.get(username=picture.who))
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])
    driver = BrowserDriver(context.new_page(), base)
    for width, name in ((picture.width, picture.name), (360, f"{picture.name}-phone")):
        if width == 360 and not picture.phone:
            continue
        driver.page.set_viewport_size({"width": width, "height": 900 if width > 360 else 780})
        driver.go(picture.path)
        if picture.then:
            picture.then(driver)
        framed = driver.page.locator("iframe").count() > 0
        if framed:  # Chromium's viewer of PDF files draws only what fits the window, and takes its time
            driver.page.set_viewport_size({"width": width, "height": FRAMED})
        driver.page.wait_for_timeout(4000 if framed else 300)
        keep(name, driver.page.screenshot(full_page=not framed))
    context.close()
