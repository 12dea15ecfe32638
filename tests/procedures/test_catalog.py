"""The catalogue: folders, versions, publishing by two people, and what never changes."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from procedures import catalog, checks, folders, selectors
from procedures.definition.verify import Finding
from procedures.errors import Invalid, NotFound, Refused
from procedures.ledger import verify
from procedures.models import LedgerEntry, Procedure, ProcedureVersion, User
from procedures.now import now
from procedures.policy import SYSTEM, actor_of

State = ProcedureVersion.State
People = Callable[[str], User]


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A catalogue of one's own, with the import licence in it."""
    shutil.copytree(catalog.CATALOGUE / "device-import", tmp_path / "device-import")
    return tmp_path


@pytest.fixture
def folder(shelf: Path) -> Path:
    return shelf / "device-import" / "2025-07-01"


def new_version(shelf: Path, version: str) -> Path:
    """A copy of the import licence under a later date."""
    target = shelf / "device-import" / version
    shutil.copytree(shelf / "device-import" / "2025-07-01", target)
    file = target / "procedure.yaml"
    file.write_text(file.read_text("utf-8").replace("version: 2025-07-01", f"version: {version}"), "utf-8")
    return target


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "procedure.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def draft(ministry: None, shelf: Path) -> ProcedureVersion:
    """A second version, loaded and not yet checked."""
    new_version(shelf, "2026-12-01")
    synced = catalog.sync(actor=SYSTEM, root=shelf)
    return next(item.version for item in synced if item.change == "created")


# -- folders ----------------------------------------------------------------------------------------------------------


def test_the_hash_is_of_every_file_and_of_nothing_else(folder: Path) -> None:
    first = catalog.load(folder)
    (folder / "notes.txt").write_text("x", "utf-8")
    file = folder / "decision.html"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert catalog.load(folder).sha256 == first.sha256
    file.write_text(file.read_text("utf-8") + " ", "utf-8")
    assert catalog.load(folder).sha256 != first.sha256
    assert first.sha256 == folders.folder_sha256(first.files)


def test_names_and_contents_cannot_be_shifted_into_one_another() -> None:
    assert folders.folder_sha256({"a": "b"}) != folders.folder_sha256({"ab": ""})
    assert folders.folder_sha256({"a": "x", "b": ""}) != folders.folder_sha256({"a": "", "b": "x"})


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("code: device-import", "code: device-export", "holds device-export"),
        ("agency: HTTB", "agency: HTTB\nagency: QLD", "written twice: agency"),
        ("agency: HTTB", "agencie: HTTB", "agencie"),
        ("agency: HTTB", "agency: [", "procedure.yaml"),
        ("length: 15, unit", "length: -15, unit", "terms.decision.length"),
        ("act: accept", "act: bless", "act"),
    ],
    ids=["wrong folder", "key twice", "unknown key", "broken", "negative term", "unknown act"],
)
def test_an_unreadable_folder_says_where(folder: Path, old: str, new: str, complaint: str) -> None:
    edit(folder, old, new)
    with pytest.raises(Invalid, match=complaint):
        catalog.load(folder)


def test_every_error_of_a_definition_is_told_at_once(folder: Path) -> None:
    edit(folder, "agency: HTTB", "agencie: HTTB")
    edit(folder, "length: 15, unit", "length: -15, unit")
    with pytest.raises(Invalid) as caught:
        catalog.load(folder)
    assert len(caught.value.reasons) == 3


# -- versions ---------------------------------------------------------------------------------------------------------


def test_loading_twice_changes_nothing_and_a_draft_follows_its_folder(
    draft: ProcedureVersion, shelf: Path
) -> None:
    assert {item.change for item in catalog.sync(actor=SYSTEM, root=shelf)} == {"unchanged"}
    edit(shelf / "device-import" / "2026-12-01", "length: 15, unit", "length: 16, unit")
    changed = [item for item in catalog.sync(actor=SYSTEM, root=shelf) if item.change == "updated"]
    assert [item.version.pk for item in changed] == [draft.pk]
    draft.refresh_from_db()
    assert catalog.definition_of(draft.sha256).terms.decision.length == 16


@pytest.mark.promise("procedures.two-people")
def test_publishing_takes_two_people_with_the_right(draft: ProcedureVersion, person: People) -> None:
    for stranger in ("chuyenvien", "doanhnghiep1", "cuctruong"):
        with pytest.raises(Refused, match="Only"):
            catalog.check(version=draft, by=person(stranger))
    with pytest.raises(Refused, match="must be"):
        catalog.publish(version=draft, by=person("quantri"))
    checked = catalog.check(version=draft, by=person("kiemsoat"))
    assert checked.state == State.CHECKED
    with pytest.raises(Refused, match="another person"):
        catalog.publish(version=draft, by=person("kiemsoat"))
    published = catalog.publish(version=draft, by=person("quantri"))
    assert published.state == State.PUBLISHED
    acts = LedgerEntry.objects.filter(subject_kind="procedure_version", subject_id=draft.pk).order_by(
        "sequence"
    )
    assert list(acts.values_list("act", "to_state")) == [
        ("load", "draft"),
        ("check", "checked"),
        ("publish", "published"),
    ]
    assert set(acts.values_list("definition_sha256", flat=True)) == {draft.sha256}
    assert list(verify()) == []


def test_a_changed_folder_voids_the_check(draft: ProcedureVersion, person: People, shelf: Path) -> None:
    catalog.check(version=draft, by=person("kiemsoat"))
    edit(shelf / "device-import" / "2026-12-01", "length: 15, unit", "length: 16, unit")
    catalog.sync(actor=SYSTEM, root=shelf)
    draft = ProcedureVersion.objects.get(pk=draft.pk)
    assert (draft.state, draft.checked_by) == (State.DRAFT, None)


@pytest.mark.promise("procedures.unsound-never-published")
def test_an_unsound_version_is_not_checked(ministry: None, shelf: Path, person: People) -> None:
    target = new_version(shelf, "2026-12-01")
    edit(target, "different_from: [appraise, review]", "different_from: [review]")
    synced = catalog.sync(actor=SYSTEM, root=shelf)
    version = next(item.version for item in synced if item.change == "created")
    with pytest.raises(Invalid) as caught:
        catalog.check(version=version, by=person("kiemsoat"))
    assert [reason.code for reason in caught.value.reasons] == ["drafter_signs"]


def test_a_step_that_nobody_can_do_is_not_checked(draft: ProcedureVersion, person: People) -> None:
    clerk = person("vanthu")
    clerk.is_active = False
    clerk.save()
    with pytest.raises(Invalid) as caught:
        catalog.check(version=draft, by=person("kiemsoat"))
    assert {reason.code for reason in caught.value.reasons} == {"role_nobody_holds"}


@pytest.mark.promise("procedures.published-never-changes")
def test_what_is_published_never_changes(ministry: None, shelf: Path) -> None:
    edit(shelf / "device-import" / "2025-07-01", "length: 15, unit", "length: 16, unit")
    with pytest.raises(Invalid, match="may not change"):
        catalog.sync(actor=SYSTEM, root=shelf)
    row = ProcedureVersion.objects.get(procedure__code="device-import")
    for change in (
        {"sha256": "a" * 64},
        {"content": {}},
        {"files": {}},
        {"version": date(2020, 1, 1)},
        {"state": "draft"},
    ):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            ProcedureVersion.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
        ProcedureVersion.objects.filter(pk=row.pk).delete()


def test_the_row_alone_proves_its_hash(ministry: None) -> None:
    row = ProcedureVersion.objects.get(procedure__code="device-import")
    assert folders.folder_sha256(row.files) == row.sha256
    assert row.content == folders.parse(row.files).model_dump(mode="json")


def test_only_those_who_may_load(ministry: None, person: People) -> None:
    with pytest.raises(Refused):
        catalog.sync(actor=actor_of(person("truongphong"), now()))


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_version_in_force_follows_the_day(draft: ProcedureVersion, person: People) -> None:
    old = catalog.in_force("device-import", date(2026, 12, 5))
    assert old.version == date(2025, 7, 1)  # a draft is not in force
    catalog.check(version=draft, by=person("kiemsoat"))
    catalog.publish(version=draft, by=person("quantri"))
    assert catalog.in_force("device-import", date(2026, 11, 30)).pk == old.pk
    assert catalog.in_force("device-import", date(2026, 12, 1)).pk == draft.pk
    for code, day in (("device-import", date(2025, 6, 30)), ("nothing", date(2026, 12, 1))):
        with pytest.raises(NotFound, match="in force"):
            catalog.in_force(code, day)
    catalog.retire(version=draft, by=person("quantri"), last_day=date(2026, 12, 31))
    assert catalog.in_force("device-import", date(2026, 12, 31)).pk == draft.pk
    assert catalog.in_force("device-import", date(2027, 1, 1)).pk == old.pk


def test_a_definition_is_read_once_by_id_or_hash(
    ministry: None, django_assert_num_queries: Callable[[int], object]
) -> None:
    row = ProcedureVersion.objects.get(procedure__code="device-import")
    first = catalog.definition_of(row.pk)
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        assert catalog.definition_of(row.sha256) is first
        assert "<" in catalog.template(row.sha256, "decision.html")
    with pytest.raises(NotFound):
        catalog.definition_of("0" * 64)
    with pytest.raises(NotFound):
        catalog.definition_of(-1)
    with pytest.raises(NotFound):
        catalog.template(row.sha256, "nothing.html")


@pytest.mark.promise("catalogue.search-without-diacritics")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nhap khau thiet bi", True),
        ("NHẬP KHẨU", True),
        ("viện trợ", True),
        ("vien tro may tho", True),
        ("medical import", True),
        ("BYTE0400010", True),
        ("nha\u0323\u0302p khẩu", True),  # the same letters, composed another way
        ("", True),
        ("mỹ phẩm", False),
        ("thiết bị %", False),
    ],
)
def test_search_without_diacritics(ministry: None, text: str, found: bool) -> None:
    codes = {row.procedure.code for row in selectors.search(text=text, on=date(2026, 11, 20))}
    assert ("device-import" in codes) is found


def test_folding() -> None:
    assert selectors.folded("  Đường  ẤM Ỹ ") == "duong am y"


# -- checks -----------------------------------------------------------------------------------------------------------


def point(monkeypatch: pytest.MonkeyPatch, shelf: Path) -> None:
    monkeypatch.setattr(catalog, "folders", lambda: folders.folders(shelf))
    monkeypatch.setattr(catalog, "released", lambda: folders.released(shelf))


def test_the_catalogue_of_this_product_passes_its_checks() -> None:
    assert checks.check_catalogue(None) == []


@pytest.mark.promise("procedures.released-hash-pinned")
def test_a_changed_release_is_an_error(monkeypatch: pytest.MonkeyPatch, shelf: Path, folder: Path) -> None:
    point(monkeypatch, shelf)
    sha256 = catalog.load(folder).sha256
    (shelf / "released.yaml").write_text(f"device-import/2025-07-01: {sha256}\n", "utf-8")
    assert checks.check_catalogue(None) == []
    edit(folder, "length: 15, unit", "length: 16, unit")
    assert [message.id for message in checks.check_catalogue(None)] == ["procedures.E003"]
    shutil.rmtree(folder)
    assert [message.id for message in checks.check_catalogue(None)] == ["procedures.E003"]


def test_faults_of_a_folder_are_errors(monkeypatch: pytest.MonkeyPatch, shelf: Path, folder: Path) -> None:
    point(monkeypatch, shelf)
    edit(folder, "different_from: [appraise, review]", "different_from: [review]")
    assert [message.id for message in checks.check_catalogue(None)] == ["procedures.E002"]
    edit(folder, "agency: HTTB", "agencie: HTTB")
    assert [message.id for message in checks.check_catalogue(None)] == ["procedures.E001"]


def test_a_folder_that_differs_from_what_was_published(
    ministry: None, monkeypatch: pytest.MonkeyPatch, shelf: Path, folder: Path
) -> None:
    point(monkeypatch, shelf)
    assert checks.check_published(None, databases=["default"]) == []
    edit(folder, "length: 15, unit", "length: 16, unit")
    assert [m.id for m in checks.check_published(None, databases=["default"])] == ["procedures.E004"]
    assert checks.check_published(None, databases=None) == []


def test_templates_are_judged_when_somebody_can_read_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_templates", [])
    loaded = catalog.load(folder)

    def places(text: str) -> set[str]:
        if "receipt" in text:
            raise ValueError("broken")
        return {"colour"}

    (folder / "receipt.html").write_text("receipt", "utf-8")
    loaded = catalog.load(folder)
    assert catalog.findings(loaded) == []
    catalog.register_templates(places_of=places, sources={"number"})
    found: list[Finding] = catalog.findings(loaded)
    assert ("bad_template", "receipt.html") in {(f.code, f.where) for f in found}
    assert ("place_without_source", "papers.decision") in {(f.code, f.where) for f in found}


def test_release_pins_a_hash_once(monkeypatch: pytest.MonkeyPatch, shelf: Path, folder: Path) -> None:
    point(monkeypatch, shelf)
    monkeypatch.setattr(catalog, "CATALOGUE", shelf)
    call_command("release", "device-import/2025-07-01", verbosity=0)
    assert folders.released(shelf) == {"device-import/2025-07-01": catalog.load(folder).sha256}
    edit(folder, "length: 15, unit", "length: 16, unit")
    with pytest.raises(CommandError, match="make a new version"):
        call_command("release", "device-import/2025-07-01")


def test_the_procedure_is_called_as_its_newest_version_says(draft: ProcedureVersion) -> None:
    assert Procedure.objects.get(code="device-import").title("en") == "Import licence for medical devices"


@pytest.mark.django_db
def test_a_paper_names_its_holder_and_not_an_answer_that_may_be_changed(tmp_path: Path) -> None:
    """The name in the form is filled in, and may be typed over; the paper would not be the holder's."""
    home = catalog.CATALOGUE / "practising-licence" / "2025-07-01"
    folder = shutil.copytree(home.parents[1], tmp_path / "catalogue") / "practising-licence" / "2025-07-01"
    file = folder / "procedure.yaml"
    file.write_text(file.read_text("utf-8").replace("{subject_name}", "{full_name}"), "utf-8")
    found = catalog.findings(catalog.load(folder))
    assert {(one.code, one.where) for one in found} == {("holder_unnamed", "papers.decision")}
