"""Every page of the product in the states that matter: who opens it, and what they do there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from integrations.models import Inbound, Message
from procedures import catalog, drafts, editing
from procedures.models import ProcedureVersion
from procedures.policy import SYSTEM
from tests.journeys.browser_driver import BrowserDriver
from tests.journeys.ministry import Ministry
from tests.journeys.script import Upload
from workflows import files
from workflows.models import Licence, LicenceCondition

__all__ = ["Visit", "account", "office", "portal", "public"]


@dataclass
class Visit:
    """One page in one state."""

    path: str
    who: str = ""
    status: int = 200
    then: Callable[[BrowserDriver], None] | None = None
    """What the person does there before the page is judged."""

    def __str__(self) -> str:
        return f"{self.path} as {self.who or 'anybody'}{' after acting' if self.then else ''}"


def portal(town: Ministry) -> Iterator[Visit]:
    """What enterprises see."""
    one, other = "doanhnghiep1", "doanhnghiep2"
    yield Visit("/")
    yield Visit("/", one)
    yield Visit("/thu-tuc/")
    yield Visit("/thu-tuc/?q=nhap+khau")
    yield Visit("/thu-tuc/?q=khong+co+gi")
    yield Visit("/thu-tuc/device-import/")
    yield Visit("/thu-tuc/device-import/nop/", one)
    yield Visit("/ho-so/", one)
    yield Visit("/ho-so/?q=khong-co", one)
    yield Visit("/thong-bao/", one)
    yield Visit("/thong-bao/", other)
    for stage in ("begun", "draft", "submitted_own", "intake_supplement", "fee_due", "in_process", "supplement",
                  "withdrawing", "to_sign", "concluded", "returned"):  # fmt: skip
        yield Visit(town.path(stage), one)
    yield Visit(town.path("refused"), other)
    for section in ("importer", "purpose_section", "devices"):
        yield Visit(f"{town.path('begun')}to-khai/{section}/", one)
        yield Visit(f"{town.path('begun')}to-khai/{section}/", one, then=pressing("Lưu và tiếp tục"))
    yield Visit(f"{town.path('draft')}to-khai/devices/", one)
    yield Visit(f"{town.path('draft')}to-khai/devices/?dong=1", one)
    yield Visit(f"{town.path('begun')}giay-to/", one)
    yield Visit(f"{town.path('draft')}giay-to/", one)
    yield Visit(f"{town.path('begun')}kiem-tra/", one)
    yield Visit(f"{town.path('draft')}kiem-tra/", one)
    yield Visit(f"{town.path('draft_signed')}kiem-tra/", one)
    yield Visit(f"{town.path('supplement')}bo-sung/", one)
    wallet = f"/giay-phep/{Licence.objects.get(dossier__state='concluded', register='device_import').ref}/vi/"
    yield Visit(wallet, one, status=409)
    held = Licence.objects.filter(dossier__state="returned", register="device_import").latest("pk")
    yield Visit(f"/giay-phep/{held.ref}/vi/", one)
    yield Visit(f"/giay-phep/{held.ref}/vi/", one, then=pressing("Hiện mã cho ví"))
    yield Visit("/giay-phep/", one)
    yield Visit("/giay-phep/", other)
    numbered = LicenceCondition.objects.latest("pk")
    yield Visit(f"/giay-phep/{numbered.licence.ref}/", one)
    yield Visit(f"/giay-phep/{numbered.licence.ref}/", one, then=pressing("Lấy bản sao"))
    yield Visit(f"/giay-phep/{numbered.licence.ref}/dieu-kien/{numbered.pk}/", one)
    yield Visit(
        f"/giay-phep/{numbered.licence.ref}/dieu-kien/{numbered.pk}/", one, then=pressing("Gửi báo cáo")
    )
    yield Visit(f"{town.path('supplement')}rut/", one)
    yield Visit(f"{town.path('supplement')}rut/", one, then=pressing("Gửi đề nghị rút hồ sơ"))
    yield Visit(town.path("refused"), one, status=404)
    yield Visit("/ho-so/", "chuyenvien", status=403)


def designer() -> Iterator[Visit]:
    """A draft with faults, thing by thing, as text, and played."""
    row = drafts.begin(
        of=ProcedureVersion.objects.get(procedure__code="device-free-sale"),
        day=date(2026, 9, 1),
        actor=SYSTEM,
    )
    unsound = partial(editing.put, path=("route", "nodes", "sign"), values={"different_from": []})
    catalog.revise(version=row, change=unsound, actor=SYSTEM)
    here, edit = "/van-phong/thu-tuc/device-free-sale/2026-09-01/", "sua/"
    for place in (
        "general/",
        "terms/",
        "papers/?muc=papers.decision",
        "route/?muc=route.nodes.appraise",
        "partners/",
    ):
        yield Visit(f"{here}{edit}{place}", "kiemsoat")
    yield Visit(f"{here}tep/procedure.yaml/", "kiemsoat")
    yield Visit(f"{here}tep/side_by_side.html/", "kiemsoat")
    moves = "intake.ask_fee,collect_fee.paid,intake.accept,assign.assign"
    yield Visit(f"{here}thu/?tu=2026-03-02T08:30&di={moves}", "kiemsoat")


def office(town: Ministry) -> Iterator[Visit]:
    """What officials see."""
    for who in ("tiepnhan", "truongphong", "chuyenvien", "cuctruong", "vanthu", "thuquy", "kiemtoan"):
        yield Visit("/van-phong/", who)
    yield Visit("/van-phong/?xem=don-vi", "truongphong")
    yield Visit("/van-phong/?xem=cho", "truongphong")
    yield Visit("/van-phong/tim/", "chuyenvien")
    yield Visit("/van-phong/tim/?q=cuu+long", "chuyenvien")
    yield Visit("/van-phong/so-van-ban/", "vanthu")
    yield Visit("/van-phong/luu-giu/", "kiemtoan")
    yield Visit("/van-phong/nhieu-ho-so/device-import/sign/sign/", "cuctruong", then=pressing("Ký văn bản"))
    yield Visit("/van-phong/nhieu-ho-so/device-import/assign/assign/", "truongphong")
    yield Visit("/van-phong/mo-ho-so/", "tiepnhan")
    yield Visit("/van-phong/mo-ho-so/?q=gay+me", "chuyenvien_dklh")
    about = Licence.objects.get(register="device_registration").ref
    yield Visit(
        f"/van-phong/mo-ho-so/device-registration-revocation/{about}/",
        "chuyenvien_dklh",
        then=pressing("Mở hồ sơ"),
    )
    yield Visit(
        "/van-phong/danh-muc/device-registration-list/", "chuyenvien_dklh", then=pressing("Mở danh mục")
    )
    yield Visit("/van-phong/sau-cap-phep/", "chuyenvien_dklh")
    yield Visit("/van-phong/sau-cap-phep/", "tiepnhan")
    yield Visit(f"/van-phong/sau-cap-phep/{LicenceCondition.objects.earliest('pk').pk}/", "chuyenvien_dklh")
    yield Visit("/van-phong/lien-thong/", "tichhop")
    yield Visit("/van-phong/lien-thong/?chieu=ve", "kiemtoan")
    yield Visit("/van-phong/lien-thong/?tim=khong-co", "tichhop")
    given_up, waiting = Message.objects.filter(connector__name="vnsw").order_by("pk")[:2]
    yield Visit(f"/van-phong/lien-thong/{given_up.uuid}/", "tichhop2")
    yield Visit(f"/van-phong/lien-thong/{given_up.uuid}/", "kiemtoan")
    yield Visit(f"/van-phong/lien-thong/{waiting.uuid}/", "tichhop", then=pressing("Gửi lại"))
    yield Visit(f"/van-phong/lien-thong/nhan/{Inbound.objects.get().pk}/", "tichhop")
    yield Visit("/van-phong/lien-thong/doi-chieu/", "tichhop", then=pressing("Đưa khỏi danh sách"))
    yield Visit("/van-phong/lien-thong/duong-day/vnsw/", "tichhop", then=pressing("Tạm dừng kết nối"))
    yield Visit("/van-phong/so-theo-doi/?thang=2026-02", "tiepnhan")
    yield Visit("/van-phong/so-theo-doi/?thang=2020-01", "chuyenvien")
    yield Visit("/van-phong/so-theo-doi/?thang=2026-03&co-quan=HTTB&so=device_registration", "tiepnhan")
    yield Visit("/van-phong/lich/", "kiemsoat")
    yield Visit("/van-phong/lich/2027/", "quantri")
    yield Visit("/van-phong/lich/2033/", "tiepnhan")
    yield Visit("/van-phong/lich/nhan-muon/", "kiemsoat")
    yield Visit("/van-phong/thu-tuc/", "kiemsoat")
    yield Visit("/van-phong/thu-tuc/device-import/2025-07-01/ho-so/", "kiemsoat")
    yield from designer()
    yield Visit("/van-phong/thu-tuc/device-registration-cd/2025-07-01/", "kiemsoat")
    yield Visit("/van-phong/thu-tuc/device-import/2025-07-01/", "truongphong")
    for stage, who in (("submitted", "tiepnhan"), ("fee_due", "thuquy"), ("assign", "truongphong"),
                       ("in_process", "chuyenvien"), ("late", "chuyenvien2"), ("supplement", "chuyenvien"),
                       ("withdrawing", "truongphong"), ("review", "truongphong"), ("making", "vanthu"),
                       ("to_sign", "chuyenvien"), ("concluded", "tiepnhan"), ("returned", "kiemtoan")):  # fmt: skip
        yield Visit(town.desk(stage), who)
    for part in ("tham-dinh", "van-ban", "phi", "lien-thong"):
        yield Visit(f"{town.desk('concluded')}?muc={part}", "chuyenvien")
    for stage in ("in_process", "returned"):
        yield Visit(f"{town.desk(stage)}nhat-ky/", "chuyenvien")
        yield Visit(f"{town.desk(stage)}thoi-han/", "chuyenvien")
    yield Visit(f"{town.desk('to_sign')}ky/", "cuctruong")
    yield Visit(f"{town.desk('to_sign')}ky/", "cuctruong", then=signing_with_nothing)
    yield Visit(f"{town.desk('to_seal')}ky/", "vanthu")
    yield Visit(f"{town.desk('concluded')}ky/", "chuyenvien")
    yield Visit(town.desk("in_process"), "chuyenvien", then=pressing("Trình dự thảo cấp phép"))
    yield Visit(town.desk("submitted"), "tiepnhan", then=pressing("Yêu cầu bổ sung giấy tờ"))
    yield Visit(town.desk("in_process"), "chuyenvien_qld", status=404)
    yield Visit("/van-phong/", "doanhnghiep1", status=403)


def public(town: Ministry) -> Iterator[Visit]:
    """What anybody sees."""
    dossier, paper = town.plays["concluded"].dossier, town.decision
    yield Visit("/so-cai/")
    yield Visit("/tra-cuu/")
    yield Visit(f"/tra-cuu/?code={dossier.code}")
    yield Visit("/tra-cuu/?code=000.00.18.G10-260101-9999", status=404)
    yield Visit("/so-dang-ky/")
    yield Visit("/so-dang-ky/?q=AX-700")
    yield Visit("/so-dang-ky/?q=khong+co")
    yield Visit(f"/so-dang-ky/{town.licence.ref}/")
    yield Visit("/so-dang-ky/du-lieu/")
    yield Visit("/kiem-tra/")
    yield Visit("/kiem-tra/", then=pressing("Kiểm tra tệp"))
    genuine = files.read(paper.file_sha256)
    yield Visit("/kiem-tra/", then=dropping(genuine))
    yield Visit("/kiem-tra/", then=dropping(genuine.replace(b"/Title", b"/Titel", 1)))
    yield Visit("/kiem-tra/", then=dropping(genuine + b"\n% more\n"))
    yield Visit(f"/v/{paper.code}")
    yield Visit(f"/V/{paper.code}")
    yield Visit(f"/V/{paper.code}/{paper.statement}")
    yield Visit(f"/v/{paper.code}/{paper.statement[:-1]}")
    yield Visit("/kiem-tra/ngoai-tuyen/")
    yield Visit("/kiem-tra/ngoai-tuyen/", then=reading(f"/V/{paper.code}/{paper.statement}"))
    yield Visit("/v/KHONGCOMANAY", status=404)
    yield Visit("/khong-co-trang-nay/", status=404)


def account() -> Iterator[Visit]:
    """Signing in, and one's own account."""
    yield Visit("/tai-khoan/login/")
    yield Visit("/tai-khoan/login/", then=pressing_wrong_password)
    yield Visit("/tai-khoan/inactive/")


def pressing(button: str) -> Callable[[BrowserDriver], None]:
    """Press a button without having filled anything in: the page says what is missing."""

    def press(driver: BrowserDriver) -> None:
        forms = driver.page.locator("form", has=driver.page.get_by_role("button", name=button, exact=True))
        forms.first.evaluate("form => { form.noValidate = true }")
        driver.send(button)

    return press


def dropping(content: bytes) -> Callable[[BrowserDriver], None]:
    """Give a file to be checked."""
    return lambda driver: driver.send("Kiểm tra tệp", {"Tệp PDF": Upload("quyet-dinh.pdf", content)})


def reading(address: str) -> Callable[[BrowserDriver], None]:
    """Paste what a QR code says, and wait for what the page makes of it."""

    def read(driver: BrowserDriver) -> None:
        driver.page.get_by_label("Địa chỉ trong mã QR").fill(address)
        driver.page.get_by_role("button", name="Kiểm tra mã", exact=True).click()
        driver.page.locator("[data-result] .verdict").wait_for()

    return read


def signing_with_nothing(driver: BrowserDriver) -> None:
    """Press the button that signs, without a code."""
    button = driver.page.locator("form button", has_text="Ký Quyết định").first.text_content() or ""
    pressing(" ".join(button.split()))(driver)


def pressing_wrong_password(driver: BrowserDriver) -> None:
    """Try to sign in with a wrong password."""
    driver.send("Đăng nhập", {"Tên đăng nhập": "tiepnhan", "Mật khẩu": "sai mất rồi"})
