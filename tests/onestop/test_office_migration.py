"""A version tried on past dossiers, and running dossiers moved to it: seen beforehand, whole or not at all."""

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from procedures import catalog, ledger
from procedures.errors import Refused
from procedures.models import LedgerEntry, ProcedureVersion, User
from procedures.now import HANOI
from procedures.policy import SYSTEM
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import FOOD, PAID, PLAN, SIGNED
from tests.onestop.office_desk import text_of
from tests.scenarios import actor
from workflows import outbox, selectors, service
from workflows.models import Notice, Task

pytestmark = pytest.mark.usefixtures("monday_morning")

DAYS = (date(2026, 1, 1) + timedelta(days=n) for n in count(5))
"""A version a test: a compiled flow bears the day in its name, and is for ever."""
EXTRA = "  - {id: stability, title: {vi: Kết quả độ ổn định, en: Stability results}, form: copy, illustrative: true}\n"
CHANGES = (
    ("decision: {length: 21, unit: working_days", "decision: {length: 30, unit: working_days"),
    ("amount: 1500000", "amount: 1800000"),
    ("\npieces:\n", f"\npieces:\n{EXTRA}"),
)


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., ProcedureVersion]:
    """A second version of the food registration: changed as asked, published unless told otherwise."""

    def made(
        *changes: tuple[str, str], base: tuple[tuple[str, str], ...] = (), draft: bool = False
    ) -> ProcedureVersion:
        day = next(DAYS).isoformat()
        for name in ("bases", "food-registration"):
            shutil.copytree(catalog.CATALOGUE / name, tmp_path / name)
        old = tmp_path / "food-registration" / "2025-07-01"
        old.rename(old.with_name(day))
        for file, wanted in (
            (old.with_name(day) / "procedure.yaml", (("version: 2025-07-01", f"version: {day}"), *changes)),
            (tmp_path / "bases" / "one-stop" / "base.yaml", base),
        ):
            text = file.read_text("utf-8")
            for before, after in wanted:
                assert before in text
                text = text.replace(before, after)
            file.write_text(text, "utf-8")
        (synced,) = catalog.sync(actor=SYSTEM, root=tmp_path)
        if not draft:
            catalog.check(version=synced.version, by=User.objects.get(username="kiemsoat"))
            synced.version.refresh_from_db()
            catalog.publish(version=synced.version, by=User.objects.get(username="quantri"))
        return ProcedureVersion.objects.get(pk=synced.version.pk)

    return made


def filed() -> Journey:
    return Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed()


def client(who: str) -> Client:
    one = Client()
    one.force_login(User.objects.get(username=who))
    return one


def address() -> str:
    """Of the newest version's page."""
    day = ProcedureVersion.objects.filter(procedure__code="food-registration").latest("version").version
    return reverse("office:version_dossiers", args=["food-registration", day.isoformat()])


def page(who: str = "kiemsoat") -> str:
    return text_of(client(who).get(address()).content.decode())


RENAMED = (
    ("id: appraise\n", "id: examine\n"),
    ("to: appraise", "to: examine"),
    ("[appraise]", "[examine]"),
    ("appraise,", "examine,"),
)


@pytest.mark.promise("procedures.simulated")
class TestTrial:
    def test_a_draft_is_tried_on_past_dossiers_and_nothing_is_written(
        self, publish: Callable[..., ProcedureVersion]
    ) -> None:
        play = filed().played()
        publish(*CHANGES, draft=True)
        before = LedgerEntry.objects.count()
        read = page()
        assert LedgerEntry.objects.count() == before
        assert str(play.dossier.code) in read
        assert "Hạn trả kết quả sẽ là 17:00 thứ Hai, 13/04/2026 thay vì 17:00 thứ Ba, 31/03/2026" in read
        assert "Sẽ phải nộp thêm “Kết quả độ ổn định”" in read
        assert "Phí sẽ là 1.800.000 ₫ thay vì 1.500.000 ₫" in read
        assert "Chuyển hồ sơ đang giải quyết" not in read  # not before it is published

    def test_the_same_rules_change_nothing(self, publish: Callable[..., ProcedureVersion]) -> None:
        filed().played()
        publish(("Phí thẩm định hồ sơ", "Phí thẩm định"), draft=True)
        assert "Không có gì khác." in page()

    def test_another_way_and_answers_that_are_not_taken_are_named(
        self, publish: Callable[..., ProcedureVersion]
    ) -> None:
        filed().played()
        shorter = ('en: "Shelf life"}, max_length: 60}', 'en: "Shelf life"}, max_length: 3}')
        version = publish(shorter, base=(("to: prepare}", "to: appraise}"),), draft=True)
        (tried,) = selectors.trial(version, lang="vi")
        assert [one.kind for one in tried.differences] == ["answer", "route"]
        assert tried.differences[1].params == {"step": "Duyệt của phòng", "to": "Thẩm định"}


@pytest.mark.promise("procedures.migrated")
class TestMove:
    def test_running_dossiers_go_on_by_the_terms_of_the_new_version_and_ended_ones_stay(
        self, publish: Callable[..., ProcedureVersion]
    ) -> None:
        ended, running = filed().played(), filed().walked(until="appraise")
        version = publish(*CHANGES)
        assert "1 hồ sơ có thể tiếp tục theo phiên bản này" in page()
        answer = client("kiemsoat").post(address(), {"action": "move"})
        assert answer.status_code == 303
        outbox.drain()
        dossier = running.dossier
        assert (dossier.version_id, dossier.definition_sha256) == (version.pk, version.sha256)
        assert dossier.due_at.astimezone(HANOI).date() == date(2026, 4, 13)  # type: ignore[union-attr]
        assert ended.dossier.version_id != version.pk
        entry = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier.pk).latest("sequence")
        assert (entry.act, json.loads(entry.data)["to"]) == ("migrate", version.sha256)
        assert Notice.objects.get(dossier=dossier, kind="migrate").mailed_at is not None
        assert list(ledger.verify(subject_kind="dossier")) == []
        assert "Không có hồ sơ đang giải quyết nào theo phiên bản khác" in page()
        running.played()
        assert running.taken == [*PAID, "appraise.propose_grant", *SIGNED]
        history = selectors.history(running.dossier, internal=True, lang="vi")
        assert "Moved to another version of the procedure" in [event.title for event in history]

    def test_a_step_of_another_name_is_mapped_and_its_performer_is_remembered(
        self, publish: Callable[..., ProcedureVersion]
    ) -> None:
        running, reviewed = filed().walked(until="appraise"), filed().walked(until="review")
        version = publish(("{id: appraise, share", "{id: examine, share"), base=RENAMED)
        read = page()
        assert "“Thẩm định” không có trong phiên bản này" in read
        assert "1 hồ sơ có thể tiếp tục" in read  # the one on the head's desk
        again = client("kiemsoat").post(address(), {"action": "look", "step_appraise": "examine"})
        assert "2 hồ sơ có thể tiếp tục" in text_of(again.content.decode())
        assert (
            client("kiemsoat").post(address(), {"action": "move", "step_appraise": "examine"}).status_code
            == 303
        )
        assert {running.dossier.version_id, reviewed.dossier.version_id} == {version.pk}
        task = Task.objects.get(process_id=running.dossier_id, finished__isnull=True)
        assert (task.node, str(task.flow_task.name)) == ("examine", "examine")
        done = Task.objects.get(process_id=reviewed.dossier_id, node="examine")
        assert done.performer is not None  # so that the same person does not review it
        lines = selectors.handovers(reviewed.dossier, lang="vi")
        assert [line.step for line in lines][-2:] == ["Thẩm định", "Duyệt của phòng"]
        running.played()
        assert running.taken[-5:] == ["examine.propose_grant", *SIGNED]

    def test_a_decision_under_way_stays_and_the_rest_is_moved(
        self, publish: Callable[..., ProcedureVersion]
    ) -> None:
        signing, running = filed().walked(until="sign"), filed().walked(until="appraise")
        version = publish(*CHANGES)
        assert "số và nội dung đã cố định" in page()
        client("kiemsoat").post(address(), {"action": "move"})
        assert signing.dossier.version_id != version.pk
        assert running.dossier.version_id == version.pk
        moved, stayed = service.migrate(
            actor=actor("kiemsoat"),
            version=version,
            dossier_ids=[signing.dossier_id, running.dossier_id],
            steps={},
        )
        assert (moved, [reason.code for _id, reasons in stayed for reason in reasons]) == (
            0,
            ["decision_under_way"],
        )

    def test_only_who_publishes_moves(self, publish: Callable[..., ProcedureVersion]) -> None:
        running = filed().walked(until="appraise")
        version = publish(*CHANGES)
        assert client("truongphong").post(address(), {"action": "move"}).status_code == 403
        with pytest.raises(Refused):
            service.migrate(
                actor=actor("truongphong"), version=version, dossier_ids=[running.dossier_id], steps={}
            )
        assert running.dossier.version_id != version.pk
