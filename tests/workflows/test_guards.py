"""What the database itself refuses, whatever the code says: states outside the law, and a changed ledger."""

import contextlib
import io
import threading
from collections import deque
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from procedures import ledger
from procedures.law import life
from procedures.law.life import State
from procedures.models import LedgerEntry
from procedures.now import advance
from tests import scenarios
from tests.workflows.acts.stages import Quick
from tests.workflows.law_by_hand import ACTS, PAIRS
from workflows import checkpoints, service
from workflows.models import Dossier, NumberReservation
from workflows.papers import numbering

STATES = sorted(state.value for state in State)
LEGAL = sorted(PAIRS)
ILLEGAL = sorted((old, new) for old in STATES for new in STATES if old != new and (old, new) not in PAIRS)


def way_to(state: str) -> list[str]:
    """The shortest legal way from a draft."""
    came: dict[str, list[str]] = {"draft": []}
    queue = deque(["draft"])
    while queue:
        here = queue.popleft()
        for old, new in LEGAL:
            if old == here and new not in came:
                came[new] = [*came[here], new]
                queue.append(new)
    return came[state]


@pytest.fixture
def draft(ministry: None) -> Dossier:
    """A draft without anything in it."""
    who = scenarios.actor("doanhnghiep1")
    return service.start_draft(actor=who, procedure="device-import", subject_id=who.subjects[0])


def put(dossier: Dossier, state: str) -> int:
    """Around django-fsm, as a careless query would."""
    return Dossier.objects.filter(pk=dossier.pk).update(state=state)


# -- the legal table --------------------------------------------------------------------------------------------------


@pytest.mark.promise("guards.legal-table")
@pytest.mark.parametrize("old", STATES)
def test_every_pair_outside_the_table_is_refused_and_every_other_allowed(draft: Dossier, old: str) -> None:
    """132 pairs: for each old state, all eleven others."""
    for state in way_to(old):
        assert put(draft, state) == 1
    tried = set()
    for new in STATES:
        if new == old:
            continue
        tried.add((old, new))
        if (old, new) in PAIRS:
            with transaction.atomic():
                assert put(draft, new) == 1
                transaction.set_rollback(True)
        else:
            with pytest.raises(IntegrityError, match="no legal act leads from"), transaction.atomic():
                put(draft, new)
        assert Dossier.objects.get(pk=draft.pk).state == old
    assert len(tried) == len(STATES) - 1


@pytest.mark.promise("guards.legal-table")
def test_the_table_of_life_is_the_law_as_written_by_hand() -> None:
    assert (len(STATES), len(LEGAL), len(ILLEGAL)) == (12, 31, 101)
    assert {(old.value, new.value) for old, new in life.legal_pairs() if old != new} == PAIRS
    of_the_product = {
        row.act.value: (row.sources, row.target.value if row.target else "")
        for row in life.LIFE
        if row.act.value in ACTS
    }
    assert of_the_product == {act: (law.sources, law.target) for act, law in ACTS.items()}


@pytest.mark.promise("guards.legal-table")
def test_an_unknown_state_and_a_birth_in_mid_life_are_refused(draft: Dossier) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        put(draft, "approved")
    for state in STATES:
        copy = Dossier.objects.get(pk=draft.pk)
        copy.pk, copy.ref, copy.__dict__["state"] = None, uuid4(), state
        if state != "draft":
            with pytest.raises(IntegrityError, match="begins as a draft"), transaction.atomic():
                Dossier.objects.bulk_create([copy])


# -- the ledger -------------------------------------------------------------------------------------------------------

TAMPERINGS = {
    "UPDATE": "UPDATE procedures_ledgerentry SET actor = 'user:0'",
    "DELETE": "DELETE FROM procedures_ledgerentry",
    "TRUNCATE": "TRUNCATE procedures_ledgerentry",
    "TRUNCATE CASCADE": "TRUNCATE procedures_ledgerentry CASCADE",
    "DISABLE TRIGGER": "ALTER TABLE procedures_ledgerentry DISABLE TRIGGER USER",
    "DROP TRIGGER": "DROP TRIGGER ledger_frozen ON procedures_ledgerentry",
    "REPLACE FUNCTION": "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql "
    "AS $$ BEGIN RETURN NULL; END $$",
    "no triggers for me": "SET session_replication_role = replica",
}


@pytest.mark.promise("guards.ledger-append-only")
@pytest.mark.parametrize("statement", TAMPERINGS.values(), ids=TAMPERINGS)
def test_the_application_may_only_append_to_the_ledger(ministry: None, statement: str) -> None:
    before = list(LedgerEntry.objects.order_by("pk").values())
    assert before, "the seed has published a procedure"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("motcua_app",)
    with pytest.raises(ProgrammingError, match=r"denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)
    assert list(LedgerEntry.objects.order_by("pk").values()) == before


@pytest.mark.promise("guards.ledger-append-only")
def test_the_orm_cannot_either(ministry: None) -> None:
    entry = LedgerEntry.objects.first()
    for attempt in (
        lambda: LedgerEntry.objects.filter(pk=entry.pk).update(actor="user:0"),
        lambda: LedgerEntry.objects.filter(pk=entry.pk).delete(),
        entry.save,
        entry.delete,
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            attempt()


@pytest.fixture
def committed(committed_monday: None) -> Quick:
    """A submitted dossier, asked for its fee, in committed rows."""
    return Quick().declared().to("fee_due")


def verify_ledger() -> str:
    """What the command says, or the findings with which it fails."""
    out = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("verify_ledger", stdout=out)
    return out.getvalue()


def behind_its_back(owner: psycopg.Connection, statement: str, *parameters: object) -> None:
    """As the owner, with the triggers switched off for the moment, so that only the chain can tell."""
    with owner.transaction():
        owner.execute("ALTER TABLE procedures_ledgerentry DISABLE TRIGGER USER")
        assert owner.execute(statement, parameters).rowcount == 1
        owner.execute("ALTER TABLE procedures_ledgerentry ENABLE TRIGGER USER")


@pytest.mark.promise("guards.flipped-byte")
def test_one_byte_flipped_by_the_owner_is_found_and_named(
    committed: Quick, owner_connection: psycopg.Connection
) -> None:
    assert "every chain holds" in verify_ledger()
    where = "subject_kind = 'dossier' AND subject_id = %s AND sequence = 1"
    for column, flipped in {
        "data": "overlay(data placing chr(ascii(substr(data, 30, 1)) # 1) from 30 for 1)",
        "actor": "overlay(actor placing chr(ascii(right(actor, 1)) # 1) from length(actor) for 1)",
        "hash": "overlay(hash placing CASE right(hash, 1) WHEN '0' THEN '1' ELSE '0' END from 64 for 1)",
        "at": "at + interval '1 microsecond'",
    }.items():
        before = LedgerEntry.objects.get(subject_kind="dossier", subject_id=committed.dossier_id, sequence=1)
        behind_its_back(
            owner_connection,
            f"UPDATE procedures_ledgerentry SET {column} = {flipped} WHERE {where}",
            committed.dossier_id,
        )
        found = verify_ledger()
        assert f"dossier:{committed.dossier_id} #1 hash" in found, (column, found)
        behind_its_back(
            owner_connection,
            f"UPDATE procedures_ledgerentry SET {column} = %s WHERE {where}",
            getattr(before, column),
            committed.dossier_id,
        )
    assert "every chain holds" in verify_ledger()


@pytest.mark.promise("guards.cut-tail")
def test_a_cut_tail_is_found_by_the_head_that_the_dossier_keeps(
    committed: Quick, owner_connection: psycopg.Connection
) -> None:
    behind_its_back(
        owner_connection,
        "DELETE FROM procedures_ledgerentry WHERE subject_kind = 'dossier' AND subject_id = %s AND sequence = 2",
        committed.dossier_id,
    )
    assert f"dossier:{committed.dossier_id} #1 head" in verify_ledger()
    behind_its_back(
        owner_connection,
        "DELETE FROM procedures_ledgerentry WHERE subject_kind = 'dossier' AND subject_id = %s AND sequence = 1",
        committed.dossier_id,
    )
    assert f"dossier:{committed.dossier_id} #2 head: the whole chain is missing" in verify_ledger()
    with pytest.raises(DatabaseError):
        committed.step("thuquy", "collect_fee", "paid", payment={"amount": 2_000_000, "payer": "A"})


@pytest.mark.promise("guards.guards-watched")
def test_a_guard_that_was_left_off_is_found(committed: Quick, owner_connection: psycopg.Connection) -> None:
    owner_connection.execute("ALTER TABLE procedures_ledgerentry DISABLE TRIGGER ledger_frozen")
    try:
        assert "trigger ledger_frozen is missing or switched off" in verify_ledger()
    finally:
        owner_connection.execute("ALTER TABLE procedures_ledgerentry ENABLE TRIGGER ledger_frozen")


def written_anew(owner: psycopg.Connection, dossier_id: int) -> None:
    """The last entry of a dossier and the head beside it, every hash right: the chain by itself looks whole."""
    row = LedgerEntry.objects.filter(subject_kind="dossier", subject_id=dossier_id).latest("sequence")
    row.at -= timedelta(minutes=1)
    row.hash = ledger.hash_of(row)
    changed = "UPDATE procedures_ledgerentry SET at = %s, hash = %s WHERE id = %s"
    behind_its_back(owner, changed, row.at, row.hash, row.pk)
    owner.execute("UPDATE workflows_dossier SET head_hash = %s WHERE id = %s", [row.hash, dossier_id])


@pytest.mark.promise("ledger.checkpoints")
def test_a_chain_written_anew_with_its_head_no_longer_bears_out_its_checkpoint(
    committed: Quick, owner_connection: psycopg.Connection
) -> None:
    advance(timedelta(hours=2))
    assert checkpoints.make_due()
    assert "every chain holds" in verify_ledger()
    written_anew(owner_connection, committed.dossier_id)
    assert verify_ledger() == "checkpoint:1 #0 checkpoint: its entries were changed, removed or added to\n"


@pytest.mark.promise("ledger.checkpoints")
def test_checkpoints_made_anew_are_not_those_that_were_kept_elsewhere(
    committed: Quick, owner_connection: psycopg.Connection, tmp_path: Path
) -> None:
    advance(timedelta(hours=2))
    (row,) = checkpoints.make_due()
    (tmp_path / "kept.txt").write_text(f"{row.token}\n", "ascii")
    out = io.StringIO()
    call_command("verify_checkpoints", str(tmp_path / "kept.txt"), stdout=out)
    assert out.getvalue() == "checkpoints: 1 kept, all stand here\n"
    written_anew(owner_connection, committed.dossier_id)
    owner_connection.execute("DELETE FROM workflows_checkpoint")
    assert checkpoints.make_due()
    assert "every chain holds" in verify_ledger()
    with pytest.raises(CommandError, match="1 kept, 1 differ"):
        call_command("verify_checkpoints", str(tmp_path / "kept.txt"), stdout=io.StringIO())


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("guards.numbers")
def test_fifty_at_once_get_fifty_numbers_without_a_gap_or_a_double(transactional_db: None) -> None:
    """A fifth of them change their mind: what is rolled back leaves no gap."""
    people = 50
    barrier = threading.Barrier(people)
    kept: list[int] = []
    failed: list[BaseException] = []

    def reserve(number: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            with transaction.atomic():
                row = numbering.reserve(
                    agency_code="HTTB", series="QD", pattern="{n:02d}/QĐ", on=date(2026, 3, 2)
                )
                if number % 5 == 0:
                    transaction.set_rollback(True)
                else:
                    kept.append(row.number)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=reserve, args=(number,)) for number in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    assert sorted(kept) == list(range(1, 41))
    assert list(NumberReservation.objects.order_by("number").values_list("number", flat=True)) == sorted(kept)
