"""Silence: it decides only where the version says so, when the date has passed running, and the notice says by what."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from procedures import catalog
from procedures.errors import Invalid, Refused
from procedures.models import LedgerEntry, User
from procedures.now import HANOI, advance, now
from procedures.policy import SYSTEM
from tests.journeys.catalogue_play import Journey
from tests.journeys.test_catalogue import FOOD, PLAN
from tests.scenarios import actor
from workflows import files, outbox, selectors, service
from workflows.dossier.acts import mass
from workflows.mass import fire_silence
from workflows.models import Licence, Notice
from workflows.papers.verify import claims

pytestmark = [pytest.mark.django_db, pytest.mark.promise("time.silence")]

NOTICE = """  tacit_notice:
    template: tacit_notice.html
    title: {vi: Thông báo kết quả do quá thời hạn, en: Notice of what silence decided}
    series: TBQH
    pattern: "{n:02d}/TBQH"
    signers: [officer, seal]
"""


def published(tmp_path: Path, outcome: str) -> None:
    """A second version of the food registration in which silence decides, in force from Monday."""
    for name in ("bases", "food-registration"):
        shutil.copytree(catalog.CATALOGUE / name, tmp_path / name)
    old = tmp_path / "food-registration" / "2025-07-01"
    new = old.with_name("2026-03-02")
    old.rename(new)
    file = new / "procedure.yaml"
    text = file.read_text("utf-8").replace("version: 2025-07-01", "version: 2026-03-02")
    appeal = "{vi: Khiếu nại tới Cục trưởng trong 90 ngày., en: Complain to the director within 90 days.}"
    tacit = f"  tacit: {{outcome: {outcome}, illustrative: true, appeal: {appeal}}}\n"
    for before, added in (("\nterms:\n", tacit), ("\npapers:\n", NOTICE)):
        assert before in text
        text = text.replace(before, before + added)
    file.write_text(text, "utf-8")
    (synced,) = catalog.sync(actor=SYSTEM, root=tmp_path)
    catalog.check(version=synced.version, by=User.objects.get(username="kiemsoat"))
    synced.version.refresh_from_db()
    catalog.publish(version=synced.version, by=User.objects.get(username="quantri"))


def appraised() -> Journey:
    """A food dossier on the specialist's desk."""
    return Journey("food-registration", FOOD, PLAN, applicant="doanhnghiep2").filed().walked(until="appraise")


@pytest.mark.usefixtures("monday_morning")
class TestSilence:
    def test_it_refuses_with_a_notice_that_names_the_date_and_the_appeal(self, tmp_path: Path) -> None:
        published(tmp_path, "refusal")
        play = appraised()
        due = play.dossier.due_at
        assert due is not None
        assert due.astimezone(HANOI).date() == date(2026, 3, 31)
        advance(due - now() - timedelta(days=1))
        assert fire_silence() == 0
        advance(timedelta(days=2))
        assert (fire_silence(), fire_silence()) == (1, 0)
        outbox.drain()
        dossier = play.dossier
        assert (dossier.state, dossier.due_at) == ("concluded", due)
        assert not dossier.tasks.filter(finished__isnull=True).exists()
        paper = dossier.papers.get(kind="tacit_notice")
        told = json.loads(paper.snapshot)["tacit"]
        assert (told["outcome"], told["appeal"]) == (
            "được coi là bị từ chối",
            "Khiếu nại tới Cục trưởng trong 90 ngày.",
        )
        assert paper.state == "published"
        assert claims(files.read(paper.sealed_sha256)).code == paper.code  # type: ignore[union-attr]
        assert Notice.objects.filter(dossier=dossier, kind="tacit_refusal", mailed_at__isnull=False).exists()
        assert not Licence.objects.filter(dossier=dossier).exists()
        service.collect_result(actor=actor("doanhnghiep2"), dossier_id=dossier.pk)
        assert play.dossier.state == "returned"

    def test_it_grants_and_the_right_rests_on_the_notice(self, tmp_path: Path) -> None:
        published(tmp_path, "grant")
        play = appraised()
        advance(timedelta(days=40))
        assert (fire_silence(), fire_silence()) == (1, 0)
        outbox.drain()
        licence = play.licence
        assert (licence.paper.kind, licence.paper.state) == ("tacit_notice", "published")
        assert selectors.verify_file(files.read(licence.paper.sealed_sha256)).paper == licence.paper

    def test_a_stopped_clock_decides_nothing(self, tmp_path: Path) -> None:
        published(tmp_path, "refusal")
        plan = PLAN | {"appraise": "ask_supplement"}
        play = Journey("food-registration", FOOD, plan, applicant="doanhnghiep2").filed()
        play.walked(until="await_supplement")
        assert play.dossier.due_at is None
        advance(timedelta(days=60))
        assert fire_silence() == 0
        with pytest.raises((Invalid, Refused)):
            service.pass_in_silence(dossier_id=play.dossier_id)
        assert play.dossier.state == "supplement_requested"

    def test_a_decision_under_way_is_given_up_with_its_number(self, tmp_path: Path) -> None:
        published(tmp_path, "refusal")
        play = appraised().walked(until="sign")
        advance(timedelta(days=40))
        assert fire_silence() == 1
        paper = play.dossier.papers.get(kind="decision")
        assert (paper.state, paper.number.state) == ("void", "void")  # type: ignore[union-attr]

    def test_batches_and_one_by_one_write_the_same_rows(self, tmp_path: Path) -> None:
        published(tmp_path, "refusal")
        plays = [appraised() for _ in range(2)]
        advance(timedelta(days=40))
        service.pass_in_silence(dossier_id=plays[0].dossier_id)
        dossier = plays[1].dossier
        closing = mass.by_silence(dossier.definition, dossier.definition_sha256)
        assert closing is not None
        assert mass.close_together(closing, [dossier.pk], now=now()) == 1
        entries = [
            LedgerEntry.objects.filter(subject_kind="dossier", subject_id=play.dossier_id).latest("sequence")
            for play in plays
        ]
        assert (
            len({(one.act, one.from_state, one.to_state, one.node, one.data, one.actor) for one in entries})
            == 1
        )

    def test_where_the_version_is_silent_nothing_is_decided(self) -> None:
        play = appraised()
        advance(timedelta(days=60))
        assert fire_silence() == 0
        with pytest.raises(Refused):
            service.pass_in_silence(dossier_id=play.dossier_id)
        assert play.dossier.state == "in_process"
