"""The ministry of the demonstration, and the official calendar."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import CommandError, call_command

from procedures import calendars, catalog, seed, selectors
from procedures.definition.model import Definition, Role
from procedures.errors import Refused
from procedures.law.working_time import DayKind
from procedures.ledger import verify
from procedures.models import CalendarDay, CalendarYear, LedgerEntry, Membership, ProcedureVersion, User
from procedures.policy import ANONYMOUS, SYSTEM


@pytest.fixture
def ministry(db: None) -> None:
    """Everything that `manage.py seed` makes; for one test, since others begin with nothing."""
    seed.seed()


def counts() -> list[int]:
    models = (User, Membership, ProcedureVersion, CalendarDay, LedgerEntry, Authenticator)
    return [model.objects.count() for model in models]


def test_seeding_twice_is_seeding_once(ministry: None) -> None:
    before = counts()
    call_command("seed", stdout=StringIO())
    assert counts() == before
    assert list(verify()) == []


def test_if_empty_leaves_people_alone(db: None) -> None:
    User.objects.create_user("somebody", full_name="x")
    out = StringIO()
    call_command("seed", if_empty=True, stdout=out)
    assert "nothing done" in out.getvalue()
    assert User.objects.count() == 1


def test_every_role_is_held_and_every_step_can_be_done(ministry: None, device_import: Definition) -> None:
    held = selectors.held_roles(on=date(2026, 11, 20))
    assert {role for role, _unit in held} == set(Role)
    for node in device_import.route.nodes:
        if node.kind == "human":
            assert (node.role, device_import.route.units[node.unit]) in held
    appraisers = selectors.holders(role=Role.SPECIALIST, unit_code="HTTB-QLNK", on=date(2026, 11, 20))
    assert {user.username for user in appraisers} == {"chuyenvien", "chuyenvien2"}
    assert not selectors.holders(role=Role.SPECIALIST, unit_code="HTTB-QLNK", on=date(2023, 1, 1))


def test_the_procedure_is_published_by_two(ministry: None) -> None:
    rows = list(ProcedureVersion.objects.all())
    assert len(rows) == len(catalog.folders())
    for row in rows:
        assert row.state == "published"
        assert row.checked_by != row.published_by


def test_leader_and_clerk_have_one_time_codes_that_work(ministry: None) -> None:
    known = {account["username"]: account for account in seed.accounts()}
    signers = [person.username for person in seed.PEOPLE if person.totp_secret]
    assert {"cuctruong", "vanthu", "cuctruong_kcb", "vanthu_pb"} <= set(signers)
    for username in signers:
        row = Authenticator.objects.get(user__username=username, type="totp")
        secret = known[username]["totp_secret"]
        code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
        assert TOTP(row).validate_code(code)
    assert Authenticator.objects.count() == len(signers)


def test_the_accounts_sign_in(ministry: None, tmp_path: Path) -> None:
    path = tmp_path / "demo" / "accounts.json"
    call_command("accounts", output=path)
    assert path.stat().st_mode & 0o777 == 0o600
    accounts = json.loads(path.read_text("utf-8"))
    out = StringIO()
    call_command("accounts", stdout=out)
    assert json.loads(out.getvalue()) == accounts
    assert len(accounts) == User.objects.count()
    for account in accounts[:2]:
        assert User.objects.get(username=account["username"]).check_password(account["password"])
    assert {account["role_id"] for account in accounts} == {*(str(role) for role in Role), "applicant"}


@pytest.mark.promise("demo.never-in-production")
def test_production_gets_no_invented_people(db: None, settings: Any) -> None:
    settings.MODE = "production"
    out = StringIO()
    call_command("seed", stdout=out)
    assert User.objects.count() == 0
    assert set(ProcedureVersion.objects.values_list("state", flat=True)) == {"draft"}
    assert CalendarYear.objects.count() == 4
    assert seed.accounts() == []
    with pytest.raises(RuntimeError, match="production"):
        seed.seed()


# -- calendar ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2024-02-08", DayKind.HOLIDAY),
        ("2024-04-29", DayKind.HOLIDAY),
        ("2024-05-04", DayKind.MAKEUP),
        ("2025-01-31", DayKind.HOLIDAY),
        ("2025-04-26", DayKind.MAKEUP),
        ("2025-05-02", DayKind.HOLIDAY),
        ("2026-01-02", DayKind.HOLIDAY),
        ("2026-01-10", DayKind.MAKEUP),
        ("2026-02-20", DayKind.HOLIDAY),
        ("2026-02-23", DayKind.WORKING),
        ("2026-04-27", DayKind.HOLIDAY),
        ("2026-08-22", DayKind.MAKEUP),
        ("2026-08-31", DayKind.HOLIDAY),
        ("2026-11-24", DayKind.HOLIDAY),
        ("2027-05-03", DayKind.HOLIDAY),
        ("2026-11-21", DayKind.WEEKEND),
    ],
)
def test_the_official_calendar(db: None, day: str, kind: DayKind) -> None:
    calendars.load_calendar(by=SYSTEM)
    calendar = selectors.calendar()
    assert calendar.kind(date.fromisoformat(day)) is kind
    if kind in {DayKind.HOLIDAY, DayKind.MAKEUP}:
        assert set(calendar.names[date.fromisoformat(day)]) == {"vi", "en"}


@pytest.mark.promise("calendar.source-of-each-year")
def test_a_year_says_how_sure_it_is(db: None) -> None:
    calendars.load_calendar(by=SYSTEM)
    assert dict(CalendarYear.objects.values_list("year", "status")) == {
        2024: "unchecked",
        2025: "unchecked",
        2026: "unchecked",
        2027: "provisional",
    }
    swap = CalendarDay.objects.get(date=date(2026, 1, 2))
    assert "12729/VPCP-KGVX" in swap.decision
    calendar = selectors.calendar()
    assert calendar.is_certain(date(2026, 6, 1))
    assert not calendar.is_certain(date(2027, 6, 1))
    assert not calendar.is_certain(date(2028, 6, 1))


def test_a_make_up_day_is_a_rest_day_otherwise_and_a_holiday_is_named_once(db: None) -> None:
    calendars.load_calendar(by=SYSTEM)
    for day in CalendarDay.objects.filter(kind="makeup"):
        assert day.date.weekday() >= 5


def test_a_changed_calendar_is_loaded_and_ledgered(db: None, tmp_path: Path) -> None:
    assert calendars.load_calendar(by=SYSTEM) == [2024, 2025, 2026, 2027]
    assert calendars.load_calendar(by=SYSTEM) == []
    path = tmp_path / "calendar.yaml"
    row = '{day: 2027-02-05, to: 2027-02-11, vi: "Tết", en: "Tết"}'
    path.write_text(
        f'2027:\n  status: official\n  decision: "Văn bản 1"\n  holidays:\n    - {row}\n', "utf-8"
    )
    assert calendars.load_calendar(by=SYSTEM, path=path) == [2027]
    year = CalendarYear.objects.get(pk=2027)
    assert (year.status, year.decision, year.days.count()) == ("official", "Văn bản 1", 7)
    entries = LedgerEntry.objects.filter(subject_kind="calendar", subject_id=2027).order_by("sequence")
    assert [entry.sequence for entry in entries] == [1, 2]
    path.write_text(
        '2027:\n  status: official\n  holidays:\n    - {day: 2026-02-05, vi: "x", en: "x"}\n', "utf-8"
    )
    with pytest.raises(ValueError, match="not a period of that year"):
        calendars.load_calendar(by=SYSTEM, path=path)
    with pytest.raises(Refused):
        calendars.load_calendar(by=ANONYMOUS)


def test_an_unreadable_catalogue_is_one_clear_line(ministry: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from procedures import catalog, folders

    monkeypatch.setattr(catalog, "load", lambda path: folders.load(path.parent))
    with pytest.raises(CommandError, match=r"seed: .*no procedure.yaml"):
        call_command("seed", stdout=StringIO())
