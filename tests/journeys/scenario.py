"""The main job as its people do it: from an application to a licence; then a refusal, and a withdrawal.

Written once against `Driver`: the demonstration's player runs it over HTTP, the journey tests in a browser by
clicking. It knows the addresses that people know, the words on the screens, and nothing else of the product.
"""

import io
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pikepdf

from tests.journeys.drawer import paper
from tests.journeys.phrases import said
from tests.journeys.script import Driver, Lost, Upload
from tests.journeys.totp import code, next_code

__all__ = ["People", "Story", "play", "verdict_of"]

PROCEDURE = "Cấp giấy phép nhập khẩu trang thiết bị y tế"
DEVICES = (
    {
        "Tên thiết bị": "Máy gây mê kèm thở",
        "Model": "AX-700",
        "Mã HS": "90192000",
        "Số lượng": "4",
        "Đơn vị tính": "máy",
        "Hãng sản xuất": "Kagayaki Medical Devices Co., Ltd.",
        "Nước sản xuất": "Nhật Bản",
        "Năm sản xuất": "2025",
    },
    {
        "Tên thiết bị": "Máy theo dõi bệnh nhân 7 thông số",
        "Model": "PM-7000 Plus",
        "Mã HS": "90181900",
        "Số lượng": "12",
        "Đơn vị tính": "máy",
        "Hãng sản xuất": "Hanseong Medical Systems Inc.",
        "Nước sản xuất": "Hàn Quốc",
    },
)
PIECES = {
    "Tài liệu kỹ thuật bằng tiếng Việt": "tai-lieu-ky-thuat.pdf",
    "Giấy chứng nhận ISO 13485 của nhà sản xuất": "iso-13485.pdf",
    "Giấy ủy quyền của chủ sở hữu thiết bị": "giay-uy-quyen.pdf",
}
CHECKLIST = (
    "Tờ khai đầy đủ, khớp với giấy tờ",
    "Tài liệu kỹ thuật có đủ chỉ định, chống chỉ định",
    "ISO 13485 còn hiệu lực, đúng nhà sản xuất",
    "Giấy ủy quyền hợp pháp hóa lãnh sự",
    "Mục đích thuộc trường hợp được cấp phép",
)
OFFICIALS = ("tiepnhan", "thuquy", "truongphong", "chuyenvien", "cuctruong", "vanthu")
"""Who comes to work in the morning. The leader's code at the door is an old one when there is something to sign."""
CODE = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[GH]\d{2}-\d{6}-\d{4}")
PATIENCE = 60.0
"""Seconds that a person waits for the system's own work."""


@dataclass
class People:
    """Accounts: user name → password and, for signers, the secret of the authenticator."""

    passwords: Mapping[str, str]
    secrets: Mapping[str, str]
    used: dict[str, str] = field(default_factory=dict)

    def one_time_code(self, who: str) -> str:
        """A code that this person has not used yet; waits for the next one if need be."""
        fresh = (
            next_code(self.secrets[who], used=self.used[who]) if who in self.used else code(self.secrets[who])
        )
        self.used[who] = fresh
        return fresh


@dataclass
class Story:
    """What the player learns on the way."""

    open: Callable[[], Driver]
    """A fresh browser."""
    people: People
    report: Callable[[str, float], None]
    """Called after each step with its title and seconds."""
    drivers: dict[str, Driver] = field(default_factory=dict)
    page: str = ""
    """Address of the applicant's dossier."""
    desk: str = ""
    """Address of the same dossier in the office."""
    dossier_code: str = ""
    decision: bytes = b""
    verification: str = ""
    verdict: str = ""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step of the story, timed and told."""
        begun = time.monotonic()
        yield
        self.report(title, time.monotonic() - begun)

    def who(self, username: str) -> Driver:
        """That person's browser, signed in."""
        if username not in self.drivers:
            driver = self.drivers[username] = self.open()
            driver.go("/tai-khoan/login/")
            driver.send(
                said("Sign in"),
                {said("User name"): username, said("Password"): self.people.passwords[username]},
            )
            if driver.address().startswith("/tai-khoan/"):
                if username not in self.people.secrets:
                    raise Lost(f"{username} could not sign in: {driver.text()[:400]}")
                driver.send(
                    said("Sign in"),
                    {said("Code from your authenticator app"): self.people.one_time_code(username)},
                )
        return self.drivers[username]

    def office(self, username: str) -> Driver:
        """That official before the dossier."""
        driver = self.who(username)
        driver.go(self.desk)
        return driver

    def until(self, driver: Driver, address: str, there: Callable[[Driver], bool], what: str) -> None:
        """Look again and again until the system has done its part."""
        end = time.monotonic() + PATIENCE
        while True:
            driver.go(address)
            if there(driver):
                return
            if time.monotonic() > end:
                raise Lost(
                    f"{what} did not come within {PATIENCE:.0f} s; {address} says: {driver.text()[:800]}"
                )
            time.sleep(0.3)


def in_the_drawer(title: str) -> Upload:
    """The enterprise's paper of that title; each asked for is another file."""
    name = PIECES.get(title, title)
    maker, device = DEVICES[0]["Hãng sản xuất"], DEVICES[0]["Tên thiết bị"]
    return Upload(
        name,
        paper(title.removesuffix(".pdf"), maker, f"{device} {DEVICES[0]['Model']}", f"No. {time.time_ns()}"),
    )


# -- the applicant ------------------------------------------------------------------------------------------


def apply(story: Story, applicant: str = "doanhnghiep1", *, short: bool = False) -> None:
    """Find the procedure, fill in the form, add the papers, check, sign, submit."""
    enterprise = story.who(applicant)
    with story.step("Doanh nghiệp tìm thủ tục, không cần gõ dấu"):
        enterprise.go("/thu-tuc/?q=nhap khau thiet bi")
        enterprise.see(PROCEDURE)
        enterprise.follow(PROCEDURE)
    with story.step("Đọc thời hạn, phí, giấy tờ, các bước"):
        enterprise.see("15 ngày làm việc", "2.000.000", *PIECES, "Thẩm định")
    with story.step("Mở hồ sơ, điền tờ khai"):
        enterprise.follow(said("File an application"))
        enterprise.send(said("Begin the application"))
        enterprise.send(said("Save and go on"), near=said("Save and go on"))
        enterprise.send(
            said("Save and go on"),
            {
                "Nhập khẩu để làm gì?": "Đào tạo, hướng dẫn sử dụng",
                "Nói rõ mục đích và nơi sử dụng": "Đào tạo bác sĩ gây mê hồi sức tại Bệnh viện Đa khoa tỉnh",
            },
        )
        devices = DEVICES[:1] if short else DEVICES
        for number, device in enumerate(devices, start=1):
            last = number == len(devices)
            enterprise.send(said("Save and go on") if last else said("Done, add another"), device)
    with story.step("Tải giấy tờ lên"):
        files = {said("Add files: %(title)s") % {"title": title}: in_the_drawer(title) for title in PIECES}
        enterprise.send(said("Save and go on"), files)
    with story.step("Kiểm tra lại, ký đơn đề nghị"):
        enterprise.see("Máy gây mê kèm thở", "Đào tạo, hướng dẫn sử dụng")
        enterprise.send(said("Sign the declaration"))
        enterprise.see(said("Signed declaration (PDF)"))
    with story.step("Nộp hồ sơ"):
        enterprise.send(said("Submit the application"))
        story.page = _dossier_page(enterprise)
        story.desk = "/van-phong" + story.page


def _dossier_page(driver: Driver) -> str:
    found = re.search(r"/ho-so/[0-9a-f-]{36}/", driver.address())
    if found is None:
        raise Lost(f"{driver.address()} is no page of a dossier")
    return found.group()


def supply(story: Story, name: str, *, applicant: str = "doanhnghiep1") -> None:
    """Answer a request for a supplement with a new file."""
    enterprise = story.who(applicant)
    enterprise.go(story.page)
    enterprise.send(
        said("Check and send the supplement"),
        {said("File for item %(number)s") % {"number": 1}: in_the_drawer(name)},
    )
    enterprise.send(said("Send the supplement"))


# -- officials ----------------------------------------------------------------------------------------------


def ask(official: Driver, button: str, where: str, what: str, why: str) -> None:
    """Ask for one thing that is missing."""
    official.send(button, {said("Where"): where, said("What is missing"): what, said("Why"): why})


def receive(story: Story, *, short: bool = False) -> None:
    """Reception and cashier: missing paper, fee, acceptance."""
    reception, cashier = story.office("tiepnhan"), story.who("thuquy")
    if not short:
        with story.step("Một cửa yêu cầu bổ sung một giấy tờ, nêu đủ một lần"):
            ask(
                reception,
                "Yêu cầu bổ sung giấy tờ",
                "Giấy chứng nhận ISO 13485 của nhà sản xuất",
                "Bản scan thiếu trang 2",
                "Trang 2 ghi phạm vi chứng nhận",
            )
        with story.step("Doanh nghiệp bổ sung"):
            supply(story, "iso-13485-du-trang.pdf")
    with story.step("Một cửa yêu cầu nộp phí"):
        reception = story.office("tiepnhan")
        reception.send("Yêu cầu nộp phí")
    with story.step("Thủ quỹ ghi nhận phí, phát biên lai"):
        cashier = story.office("thuquy")
        cashier.send("Ghi nhận đã nộp phí", {said("Receipt number"): "PT-0001"})
    with story.step("Một cửa tiếp nhận: mã hồ sơ, giấy tiếp nhận và hẹn trả"):
        reception = story.office("tiepnhan")
        reception.send("Tiếp nhận hồ sơ")
        enterprise = story.who("doanhnghiep1")
        story.until(
            enterprise,
            story.page,
            lambda d: d.says("Giấy tiếp nhận hồ sơ và hẹn trả kết quả"),
            "the receipt slip",
        )
        found = CODE.search(enterprise.text())
        if found is None:
            raise Lost("the accepted dossier shows no code")
        story.dossier_code = found.group()


def appraise(story: Story, *, short: bool = False, refuse: bool = False) -> None:
    """Assignment, supplement, appraisal, review."""
    with story.step("Trưởng phòng phân công chuyên viên"):
        head = story.office("truongphong")
        head.send("Phân công thẩm định", {said("Give it to"): "Đỗ Minh Khôi"})
    specialist = story.who("chuyenvien")
    if not short:
        with story.step("Chuyên viên yêu cầu bổ sung: thời hạn dừng"):
            specialist = story.office("chuyenvien")
            ask(
                specialist,
                "Yêu cầu bổ sung",
                "Tài liệu kỹ thuật bằng tiếng Việt",
                "Thiếu phần chống chỉ định của máy AX-700",
                "Bản tiếng Anh có mục 4.2 nhưng bản tiếng Việt bỏ trống",
            )
            enterprise = story.who("doanhnghiep1")
            enterprise.go(story.page)
            enterprise.see("Thiếu phần chống chỉ định của máy AX-700")
        with story.step("Doanh nghiệp bổ sung: thời hạn tính lại từ đầu"):
            supply(story, "tai-lieu-ky-thuat-du.pdf")
    verdict = said("Not met") if refuse else said("Met")
    checks = dict.fromkeys(CHECKLIST, verdict)
    with story.step("Chuyên viên thẩm định, trình dự thảo"):
        specialist = story.office("chuyenvien")
        if refuse:
            grounds = {"Tài liệu kỹ thuật không chứng minh được chất lượng và an toàn": True}
            reason = {said("Reason"): "Không có kết quả thử nghiệm an toàn điện của thiết bị."}
            specialist.send("Trình dự thảo từ chối", checks | grounds | reason)
        else:
            specialist.send("Trình dự thảo cấp phép", checks)
    if not short:
        with story.step("Trưởng phòng trả lại một lần, có lý do"):
            head = story.office("truongphong")
            head.send("Trả lại để sửa", {said("Reason"): "Bổ sung điều kiện về nơi lắp đặt"})
        with story.step("Chuyên viên sửa dự thảo, trình lại"):
            specialist = story.office("chuyenvien")
            specialist.see("Bổ sung điều kiện về nơi lắp đặt")
            terms = {said("Conditions of the licence"): "Chỉ lắp đặt tại cơ sở đào tạo đã nêu trong hồ sơ."}
            specialist.send("Trình dự thảo cấp phép", checks | terms)
    with story.step("Trưởng phòng duyệt, trình ký"):
        head = story.office("truongphong")
        head.send("Duyệt và trình ký")


def decide(story: Story, *, refuse: bool = False) -> None:
    """Number, signature with a one-time code, seal."""
    name = said("Notice %(number)s") if refuse else said("Decision %(number)s")
    start = name.partition("%(number)s")[0].strip()
    with story.step("Văn thư kiểm tra thể thức, giữ số và ngày"):
        clerk = story.office("vanthu")
        clerk.send("Cấp số và chuẩn bị bản ký")
    signing = story.desk + "ky/"
    with story.step("Lãnh đạo đọc đúng bản sẽ ký"):
        leader = story.who("cuctruong")
        story.until(
            leader, signing, lambda d: _button_like(d, said("Sign %(paper)s"), start) is not None, "the paper"
        )
        for path in leader.links("/van-ban/"):
            if not leader.download(path).startswith(b"%PDF"):
                raise Lost("the paper to be signed is no PDF")
    with story.step("Lãnh đạo ký bằng mã một lần"):
        button = _button_like(leader, said("Sign %(paper)s"), start)
        assert button is not None
        leader.send(button, {said("One-time code"): story.people.one_time_code("cuctruong")})
    with story.step("Văn thư kiểm tra và đóng dấu"):
        clerk = story.who("vanthu")
        story.until(
            clerk,
            signing,
            lambda d: _button_like(d, said("Seal %(paper)s"), start) is not None,
            "the signature",
        )
        button = _button_like(clerk, said("Seal %(paper)s"), start)
        assert button is not None
        clerk.send(button)


def _button_like(driver: Driver, pattern: str, name: str) -> str | None:
    """The button that signs or seals a paper, whose number only the page knows."""
    before = pattern.partition("%(paper)s")[0]
    found = re.search(re.escape(f"{before}{name}") + r" \S+/\S+", driver.text())
    if found is None:
        return None
    return found.group() if driver.offers(found.group()) else None


def collect(story: Story, *, refuse: bool = False) -> None:
    """The applicant fetches the result."""
    enterprise = story.who("doanhnghiep1")
    with story.step("Doanh nghiệp nhận kết quả"):
        story.until(enterprise, story.page, lambda d: d.offers(said("Receive the result")), "the result")
        enterprise.send(said("Receive the result"))
        enterprise.go(story.page)
        title = "Thông báo từ chối cấp giấy phép" if refuse else "Quyết định cấp giấy phép"
        enterprise.see(title)
        story.decision = _result(enterprise)


def _result(driver: Driver) -> bytes:
    """The result on the applicant's page: the paper that its leader signed."""
    for path in driver.links("/van-ban/"):
        content = driver.download(path)
        with pikepdf.open(io.BytesIO(content)) as document:
            fields = [str(field.get("/T", "")) for field in document.Root.AcroForm.Fields]
        if "Leader" in fields:
            return content
    raise Lost("the dossier offers no signed result")


def verify(story: Story) -> None:
    """Anybody: the register, the code, the file."""
    anybody = story.open()
    with story.step("Giấy phép có trong sổ đăng ký công khai"):
        anybody.go("/so-dang-ky/?q=AX-700")
        anybody.see("Máy gây mê kèm thở")
    with story.step("Ai cũng kiểm tra được: quét mã QR"):
        story.verification = code_of(story.decision)
        anybody.go(f"/V/{story.verification}")
        anybody.see(story.verification[:8])
    with story.step("Ai cũng kiểm tra được: thả tệp"):
        anybody.go("/kiem-tra/")
        anybody.send(said("Check the file"), {said("The PDF file"): Upload("quyet-dinh.pdf", story.decision)})
        story.verdict = verdict_of(anybody)
    with story.step("Tra cứu bằng mã hồ sơ, không cần đăng nhập"):
        anybody.go(f"/tra-cuu/?code={story.dossier_code}")
        anybody.see(story.dossier_code)


def code_of(pdf: bytes) -> str:
    """The verification code, from the data attached to the paper: what its QR code carries."""
    import json

    with pikepdf.open(io.BytesIO(pdf)) as document:
        attached = next(iter(document.attachments.values())).get_file().read_bytes()
    return str(json.loads(attached)["verification"]["code"])


def verdict_of(driver: Driver) -> str:
    """valid, invalid or indeterminate, from the words of the page."""
    for verdict, words in VERDICTS.items():
        if driver.says(said(words)):
            return verdict
    return "none"


VERDICTS = {
    "valid": "The document is valid",
    "invalid": "The document is not valid",
    "indeterminate": "No conclusion yet",
}


def partners(story: Story) -> None:
    """Customs and the ASEAN window have answered; the official sees it."""
    with story.step("Hải quan và ASEAN đã nhận và trả lời"):
        specialist = story.who("chuyenvien")
        story.until(
            specialist,
            story.desk + "?muc=lien-thong",
            lambda d: d.text().count(said("Accepted")) >= 2,
            "the partners' answers",
        )


def notices(story: Story) -> None:
    """Each act towards the applicant left a notice."""
    with story.step("Thông báo cho doanh nghiệp"):
        enterprise = story.who("doanhnghiep1")
        enterprise.go("/thong-bao/")
        enterprise.see(said("Licence granted"), said("Fee asked for"))


def withdraw(story: Story) -> None:
    """A dossier withdrawn before it was accepted."""
    enterprise = story.who("doanhnghiep1")
    with story.step("Doanh nghiệp xin rút một hồ sơ khác"):
        enterprise.go(story.page)
        enterprise.follow(said("Withdraw the dossier"))
        enterprise.send(
            said("Send the request to withdraw"), {said("Why do you withdraw?"): "Thay đổi kế hoạch"}
        )
    with story.step("Trưởng phòng đồng ý, hồ sơ dừng"):
        head = story.office("truongphong")
        head.send("Đồng ý cho rút")
        story.until(enterprise, story.page, lambda d: d.says("Thông báo dừng giải quyết hồ sơ"), "the notice")


def play(story: Story, *, side_stories: bool = True) -> None:
    """The whole scenario. Raises Lost where a person would be."""
    with story.step("Doanh nghiệp và các công chức đăng nhập; người ký và văn thư thêm mã một lần"):
        for username in ("doanhnghiep1", *OFFICIALS):
            story.who(username)
    apply(story)
    receive(story)
    appraise(story)
    decide(story)
    collect(story)
    partners(story)
    notices(story)
    verify(story)
    granted = (story.decision, story.verdict, story.dossier_code)
    if side_stories:
        apply(story, short=True)
        receive(story, short=True)
        appraise(story, short=True, refuse=True)
        decide(story, refuse=True)
        collect(story, refuse=True)
        apply(story, short=True)
        withdraw(story)
    story.decision, story.verdict, story.dossier_code = granted
