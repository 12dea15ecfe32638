"""A ministry in the middle of its work: a month of dossiers in all stages, for whoever looks at the pages.

Everything goes through the real service on the days on which it happened; nothing is written past it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from procedures.models import User
from procedures.now import HANOI, frozen, now
from tests.journeys.drawer import paper
from tests.scenarios import ANSWERS, Play, actor
from workflows import checkpoints, outbox, service
from workflows.models import Licence, Paper

__all__ = ["TODAY", "Ministry"]

TODAY = datetime(2026, 3, 2, 9, 0, tzinfo=HANOI)
NAMES = {
    "technical_summary": "tai-lieu-ky-thuat.pdf",
    "iso_13485": "iso-13485.pdf",
    "authorisation": "giay-uy-quyen.pdf",
}
LINES = {
    "technical_summary": ("TAI LIEU KY THUAT", "Chi dinh, chong chi dinh, thong so ky thuat"),
    "iso_13485": ("Certificate of Registration", "Quality management system, ISO 13485:2016"),
    "authorisation": ("Letter of Authorization", "To import and to file on behalf of the owner"),
}
DEVICES: tuple[dict[str, Any], ...] = (
    *ANSWERS["devices"],
    {
        "name": "Hệ thống chụp cộng hưởng từ 1,5 Tesla đã qua sử dụng",
        "model": "Solaris 15R",
        "hs_code": "90181300",
        "quantity": 1,
        "unit": "hệ thống",
        "manufacturer": "Nordlys Imaging AB",
        "country": "SE",
        "year": 2022,
    },
    {
        "name": "Máy siêu âm xách tay",
        "model": "EchoLite 3",
        "hs_code": "90181200",
        "quantity": 6,
        "unit": "máy",
        "manufacturer": "Siam Medical Co., Ltd.",
        "country": "TH",
        "year": 2025,
    },
)
SENT_BACK = "Bổ sung điều kiện về nơi lắp đặt."
SUPPLEMENT = [
    {
        "target": "piece:technical_summary",
        "what": "Thiếu phần chống chỉ định của máy AX-700",
        "why": "Bản tiếng Anh có mục 4.2 nhưng bản tiếng Việt bỏ trống.",
    },
    {
        "target": "section:devices",
        "what": "Số lượng máy PM-7000 Plus khác với hợp đồng",
        "why": "Hợp đồng tại trang 3 ghi 10 máy, tờ khai ghi 12 máy.",
    },
]


class Filed(Play):
    """A dossier with papers that can be read."""

    def upload(self, pieces: Iterable[str], *, text: str = "") -> None:
        """Hand in a paper for each piece."""
        maker = self.answers["devices"][0]["manufacturer"]
        for piece in pieces:
            service.upload(
                actor=actor(self.applicant),
                dossier_id=self.dossier_id,
                piece=piece,
                chunks=[
                    paper(*LINES[piece], maker, f"No. {self.dossier_id:04}", "full text" if text else "")
                ],
                name=NAMES[piece],
            )


def _at(day: int, month: int = 2, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=HANOI)


@dataclass
class Ministry:
    """Dossiers by the stage that they are in on 2 March 2026, 09:00."""

    plays: dict[str, Play] = field(default_factory=dict)

    def build(self) -> "Ministry":
        """Let the month happen. Takes some seconds."""
        self._concluded()
        self._running()
        self._fresh()
        outbox.drain()
        checkpoints.make_due()
        with self._dossier("making", _at(20), devices=DEVICES[:1]) as play:
            self._received(play, _at(23))
            self._decided(play, _at(24), number_day=_at(2, 3, 8, 59), until="reserve")
        return self

    def path(self, stage: str) -> str:
        """The address of a dossier in the portal."""
        return f"/ho-so/{self.plays[stage].dossier.ref}/"

    def desk(self, stage: str) -> str:
        """The address of a dossier in the office."""
        return f"/van-phong/ho-so/{self.plays[stage].dossier.ref}/"

    @property
    def decision(self) -> Paper:
        """A decision that was handed out."""
        return Paper.objects.filter(kind="decision", state="published").latest("pk")

    @property
    def licence(self) -> Licence:
        """The licence that it gave."""
        return Licence.objects.latest("pk")

    # -- what happened ---------------------------------------------------------------------------------------

    def _concluded(self) -> None:
        with self._dossier("returned", _at(2)) as play:
            self._received(play, _at(2, hour=10))
            self._decided(play, _at(5), number_day=_at(10))
        with frozen(_at(11, hour=8, minute=40)):
            service.collect_result(actor=actor(play.applicant), dossier_id=play.dossier_id)
        with self._dossier("concluded", _at(3), devices=DEVICES[:1]) as play:
            self._received(play, _at(3, hour=14))
            self._decided(play, _at(9), number_day=_at(27))
        with self._dossier(
            "refused", _at(3, hour=15), applicant="doanhnghiep2", devices=DEVICES[2:3]
        ) as play:
            self._received(play, _at(4))
            self._decided(play, _at(10), number_day=_at(26), refuse=True)

    def _running(self) -> None:
        with self._dossier("late", _at(2, hour=15), applicant="doanhnghiep2", devices=DEVICES[3:4]) as play:
            self._received(play, _at(2, hour=16))
            self._assigned(play, _at(3), to="chuyenvien2")
        with self._dossier("to_sign", _at(5), devices=DEVICES[1:2]) as play:
            self._received(play, _at(6))
            self._decided(play, _at(9), number_day=_at(27, hour=15), until="prepare", sent_back=True)
        with self._dossier(
            "to_seal", _at(5, hour=14), applicant="doanhnghiep2", devices=DEVICES[3:4]
        ) as play:
            self._received(play, _at(6, hour=10))
            self._decided(play, _at(10), number_day=_at(27, hour=16), until="sign")
        with self._dossier("in_process", _at(6)) as play:
            self._received(play, _at(9), supplement=True)
            self._assigned(play, _at(10))
        with self._dossier("supplement", _at(9)) as play:
            self._received(play, _at(9, hour=14))
            self._assigned(play, _at(10))
            with frozen(_at(25, hour=10)):
                play.step("chuyenvien", "appraise", "ask_supplement", items=SUPPLEMENT)
                play.work()
        with self._dossier("review", _at(10), applicant="doanhnghiep2", devices=DEVICES[:2]) as play:
            self._received(play, _at(11))
            self._assigned(play, _at(12))
            with frozen(_at(27, hour=11)):
                play.step("chuyenvien", "appraise", "propose_grant", checklist=play.checklist())
        with self._dossier("assign", _at(25)) as play:
            self._received(play, _at(26))
        with self._dossier("withdrawing", _at(24), devices=DEVICES[3:4]) as play:
            self._received(play, _at(25))
            self._assigned(play, _at(26))
            with frozen(_at(27, hour=14)):
                service.request_withdrawal(
                    actor=actor(play.applicant), dossier_id=play.dossier_id,
                    reason="Bên bán chậm giao hàng sang quý sau.", idempotency_key=str(uuid4()),
                )  # fmt: skip

    def _fresh(self) -> None:
        with self._dossier("fee_due", _at(27)) as play, frozen(_at(27, hour=10)):
            play.step("tiepnhan", "intake", "ask_fee")
            play.work()
        with self._dossier("intake_supplement", _at(27, hour=14), devices=DEVICES[2:3]) as play:
            with frozen(_at(27, hour=16)):
                play.step("tiepnhan", "intake", "ask_missing", items=SUPPLEMENT)
                play.work()
        with self._dossier("submitted", _at(2, 3, 8), applicant="doanhnghiep2"):
            pass
        with self._dossier("submitted_own", _at(2, 3, 8, 20), devices=DEVICES[:1]):
            pass
        with frozen(_at(2, 3, 8, 30)):
            self.plays["draft"] = Filed().draft()
            self.plays["draft_signed"] = Filed().draft()
            service.sign_declaration(
                actor=actor("doanhnghiep1"), dossier_id=self.plays["draft_signed"].dossier_id
            )
            who = actor("doanhnghiep1")
            begun = service.start_draft(actor=who, procedure="device-import", subject_id=who.subjects[0])
            self.plays["begun"] = Play(dossier_id=begun.pk)

    @contextmanager
    def _dossier(self, stage: str, at: datetime, devices: Any = DEVICES[:2], **who: str) -> Iterator[Play]:
        play = self.plays[stage] = Filed(answers=ANSWERS | {"devices": list(devices)}, **who)
        with frozen(at):
            play.submitted()
        yield play

    def _received(self, play: Play, at: datetime, *, supplement: bool = False) -> None:
        with frozen(at):
            if supplement:
                play.step("tiepnhan", "intake", "ask_missing", items=SUPPLEMENT[:1])
                play.upload(["technical_summary"], text="bản đủ")
                service.supply(
                    actor=actor(play.applicant),
                    dossier_id=play.dossier_id,
                    answers={},
                    idempotency_key=str(uuid4()),
                )
            play.step("tiepnhan", "intake", "ask_fee")
            payment = {
                "amount": 2_000_000,
                "payer": "Nguyễn Hoàng Nam",
                "receipt_no": f"PT-{play.dossier_id:04}",
            }
            play.step("thuquy", "collect_fee", "paid", payment=payment)
            play.step("tiepnhan", "intake", "accept")
            play.work()

    def _assigned(self, play: Play, at: datetime, *, to: str = "chuyenvien") -> None:
        with frozen(at):
            specialist = User.objects.get(username=to)
            play.step("truongphong", "assign", "assign", assignee_id=specialist.pk)

    def _decided(
        self, play: Play, at: datetime, *, number_day: datetime, until: str = "seal", refuse: bool = False,
        sent_back: bool = False,
    ) -> None:  # fmt: skip
        self._assigned(play, at)
        proposal: dict[str, Any] = {"checklist": play.checklist("fail" if refuse else "pass")}
        if refuse:
            proposal |= {
                "grounds": ["not_eligible"],
                "reason": "Hồ sơ không có kết quả thử nghiệm an toàn điện của thiết bị đã qua sử dụng.",
            }
        with frozen(at):
            outcome = "propose_refusal" if refuse else "propose_grant"
            play.step("chuyenvien", "appraise", outcome, **proposal)
            if sent_back:
                play.step("truongphong", "review", "send_back", reason=SENT_BACK)
                proposal |= {"conditions": "Chỉ lắp đặt tại cơ sở đào tạo đã nêu trong hồ sơ."}
                play.step("chuyenvien", "appraise", outcome, **proposal)
            play.step("truongphong", "review", "forward")
        with frozen(number_day):
            play.step("vanthu", "prepare", "prepare")
            if until == "reserve":  # the worker has not made the paper yet
                return
            play.work()
            if until == "prepare":
                return
            play.step("cuctruong", "sign", "sign", paper_sha256=play.result_sha256(), stepped_up_at=now())
            play.work()
            if until == "sign":
                return
            play.step("vanthu", "seal", "seal", paper_sha256=play.result_sha256())
            play.work()
