"""The ledger: one canonical form in Python and SQL, guards in the database, and proof of every chain."""

import hashlib
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures import ledger
from procedures.ledger import GENESIS, Head
from procedures.ledger import proof as proof_module
from procedures.models import LedgerEntry
from procedures.now import HANOI, frozen

AT = datetime(2026, 11, 20, 1, 2, 3, 4, tzinfo=UTC)
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)).flatmap(
    lambda moment: st.integers(-12, 14).map(lambda h: moment.replace(tzinfo=timezone(timedelta(hours=h))))
)


def append(act: str = "note", **more: Any) -> LedgerEntry:
    values: dict[str, Any] = {"subject_kind": "key", "subject_id": 7, "actor": "system", "data": {"n": 1}}
    return ledger.append(**values | {"act": act, "at": AT} | more)


def sql_hash(row: LedgerEntry) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_hash(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                row.subject_kind,
                row.subject_id,
                row.sequence,
                row.at,
                row.actor,
                row.on_behalf_of,
                row.act,
                row.from_state,
                row.to_state,
                row.node,
                row.data,
                row.definition_sha256,
                row.prev_hash,
            ],
        )
        return str(cursor.fetchone()[0])


def test_a_chain_grows_and_holds(db: None) -> None:
    first, second = append(), append("again", from_state="a", to_state="b")
    assert (first.sequence, first.prev_hash) == (1, GENESIS.hash)
    assert (second.sequence, second.prev_hash) == (2, first.hash)
    assert ledger.head_of(subject_kind="key", subject_id=7) == Head(2, second.hash)
    assert ledger.head_of(subject_kind="key", subject_id=8) == GENESIS
    assert list(ledger.verify()) == []


def test_the_hash_is_as_specified(db: None) -> None:
    """docs/ledger.md shows this very example."""
    row = ledger.entry(
        head=GENESIS,
        subject_kind="dossier",
        subject_id=12,
        at=datetime(2026, 11, 20, 8, 2, 3, 4, tzinfo=HANOI),
        actor="user:3",
        act="submit",
        from_state="draft",
        to_state="submitted",
        data={"b": "Hồ sơ", "a": [1, True, None]},
    )
    assert row.data == '{"a":[1,true,null],"b":"Hồ sơ"}'
    assert row.hash == "1c19fe51c0803526281cc92104641701e9c4e4b59e90e1e359eb6bf9acaaeedb"
    assert row.hash == sql_hash(row)
    page = (Path(__file__).resolve().parents[2] / "docs" / "ledger.md").read_text("utf-8")
    example, shown = re.findall(r"```\n(.+)\n```", page)[:2]
    assert hashlib.sha256(example.encode()).hexdigest() == shown == row.hash


@pytest.mark.promise("ledger.one-canonical-form")
@pytest.mark.django_db
@settings(max_examples=200)
@given(
    data=st.dictionaries(text, plain, max_size=4),
    words=st.lists(text, min_size=5, max_size=5),
    at=moments,
    number=st.integers(-(2**62), 2**62),
)
def test_python_and_sql_compute_the_same_hash(
    data: dict[str, Any], words: list[str], at: datetime, number: int
) -> None:
    try:
        row = ledger.entry(
            head=Head(41, "ab" * 32),
            subject_kind=words[0],
            subject_id=number,
            at=at,
            actor=words[1],
            on_behalf_of=words[2],
            act=words[3],
            node=words[4],
            data=data,
        )
    except ValueError as error:
        assert "personal data" in str(error)  # noqa: PT017 - the only reason for which plain data are refused
        return
    assert sql_hash(row) == row.hash


@pytest.mark.parametrize(
    "data",
    [
        {"x": 1.5},
        {"x": "a\0b"},
        {"x": "\ud800"},
        {"x": datetime(2026, 1, 1, tzinfo=UTC)},
        {1: "x"},
        {"x": {"y": b""}},
    ],
    ids=["float", "nul", "half a character", "datetime", "number as key", "bytes"],
)
def test_what_has_no_canonical_form_is_refused(data: dict[Any, Any]) -> None:
    with pytest.raises(ValueError, match="ledger"):
        ledger.canonical(data)


@pytest.mark.promise("ledger.no-personal-data")
@pytest.mark.parametrize(
    "data",
    [{"email": "x"}, {"a": {"phone": "1"}}, {"rows": [{"full_name": "x"}]}, {"note": "write to an@b.vn now"}],
    ids=["key", "deep key", "key in a list", "mail address"],
)
def test_personal_data_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="personal data"):
        ledger.canonical(data)


def test_a_salted_value_can_be_recognised_but_not_read() -> None:
    assert ledger.salted("Nguyễn", salt="s") == ledger.salted("Nguyễn", salt="s")
    assert ledger.salted("Nguyễn", salt="s") != ledger.salted("Nguyễn", salt="t")
    assert len(ledger.salted("Nguyễn")) == 64


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ledger.entry(
            head=GENESIS, subject_kind="k", subject_id=1, at=datetime(2026, 1, 1), actor="a", act="b", data={}
        )


def test_without_a_moment_it_is_now(db: None) -> None:
    with frozen(AT):
        assert append(at=None).at == AT


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"hash": "0" * 64}, "wrong hash"),
        ({"sequence": 5}, "no entry 4"),
        ({"prev_hash": "a" * 64}, "does not follow"),
    ],
    ids=["hash", "gap", "previous"],
)
def test_the_database_refuses_a_broken_chain(db: None, change: dict[str, Any], complaint: str) -> None:
    append()
    row = ledger.entry(
        head=ledger.head_of(subject_kind="key", subject_id=7),
        subject_kind="key",
        subject_id=7,
        at=AT,
        actor="system",
        act="x",
        data={},
    )
    for name, value in change.items():
        setattr(row, name, value)
    with pytest.raises(DatabaseError, match=complaint), transaction.atomic():
        row.save()
    assert list(ledger.verify()) == []


@pytest.mark.promise("ledger.append-only")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE procedures_ledgerentry SET actor = 'user:9'",
        "DELETE FROM procedures_ledgerentry",
        "TRUNCATE procedures_ledgerentry",
    ],
)
def test_nobody_changes_the_ledger(
    transactional_db: None, owner_connection: psycopg.Connection, statement: str
) -> None:
    append()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added"):
        owner_connection.execute(statement)
    assert LedgerEntry.objects.count() == 1


@pytest.fixture
def tamper(transactional_db: None, owner_connection: psycopg.Connection) -> Iterator[Any]:
    """Change the ledger as a superuser who switches the triggers off, and on again."""

    def change(statement: str) -> None:
        owner_connection.execute("ALTER TABLE procedures_ledgerentry DISABLE TRIGGER USER")
        owner_connection.execute(statement)
        owner_connection.execute("ALTER TABLE procedures_ledgerentry ENABLE TRIGGER USER")

    yield change
    owner_connection.execute("ALTER TABLE procedures_ledgerentry ENABLE TRIGGER USER")


@pytest.mark.promise("ledger.tampering-named")
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE procedures_ledgerentry SET actor = 'user:4' WHERE sequence = 2", {(2, "hash")}),
        (
            "UPDATE procedures_ledgerentry SET data = replace(data, '1', '2') WHERE sequence = 3",
            {(3, "hash")},
        ),
        (
            "UPDATE procedures_ledgerentry SET at = at + interval '1 microsecond' WHERE sequence = 1",
            {(1, "hash")},
        ),
        ("DELETE FROM procedures_ledgerentry WHERE sequence = 2", {(3, "gap"), (3, "chain")}),
        (
            "UPDATE procedures_ledgerentry SET hash = repeat('a', 64) WHERE sequence = 2",
            {(2, "hash"), (3, "chain")},
        ),
        ("DELETE FROM procedures_ledgerentry WHERE sequence = 3", {(2, "head")}),
        ("DELETE FROM procedures_ledgerentry", {(3, "head")}),
    ],
    ids=["actor", "data", "time", "row removed", "hash replaced", "tail cut", "chain removed"],
)
def test_what_a_superuser_changed_is_found_and_named(
    tamper: Any, monkeypatch: pytest.MonkeyPatch, statement: str, expected: set[tuple[int, str]]
) -> None:
    last = [append("a"), append("b"), append("c")][-1]
    kept = [("key", 7, last.sequence, last.hash)]
    monkeypatch.setattr(proof_module, "_heads", [lambda: kept])
    assert list(ledger.verify()) == []
    tamper(statement)
    assert {(finding.sequence, finding.code) for finding in ledger.verify()} == expected
    with pytest.raises(CommandError, match="findings"):
        call_command("verify_ledger", stdout=StringIO())


def test_a_guard_that_is_switched_off_is_found(
    transactional_db: None, owner_connection: psycopg.Connection
) -> None:
    owner_connection.execute("ALTER TABLE procedures_ledgerentry DISABLE TRIGGER ledger_frozen")
    try:
        assert [finding.code for finding in ledger.verify()] == ["guard"]
    finally:
        owner_connection.execute("ALTER TABLE procedures_ledgerentry ENABLE TRIGGER ledger_frozen")


def test_one_subject_alone_can_be_verified(db: None) -> None:
    append()
    append(subject_id=8)
    out = StringIO()
    call_command("verify_ledger", subject="key:8", stdout=out)
    assert out.getvalue().startswith("ledger: 1 entries, every chain holds")
    with pytest.raises(CommandError, match="write kind"):
        call_command("verify_ledger", subject="key:x", stdout=out)


def test_two_at_once_do_not_fork_the_chain(transactional_db: None) -> None:
    barrier = threading.Barrier(4)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            barrier.wait(10)
            for _ in range(5):
                append(f"t{number}")
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert LedgerEntry.objects.count() == 20
    assert list(ledger.verify()) == []
