"""Checkpoints of the ledger: made in time, chained and published; and the proof of a paper."""

import json
import subprocess
from base64 import b64decode
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from procedures import ledger
from procedures.ledger import tree
from procedures.models import LedgerEntry
from procedures.now import advance
from tests.scenarios import Play
from workflows import checkpoints, production, selectors
from workflows.credentials import keys
from workflows.models import Checkpoint, Paper
from workflows.selectors import open_ledger

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("ledger.checkpoints")]


def granted() -> Paper:
    play = Play().granted()
    return play.dossier.papers.get(kind="decision")


def made() -> list[Checkpoint]:
    """What the timer makes two hours later."""
    advance(timedelta(hours=2))
    return checkpoints.make_due()


def read(token: str) -> dict[str, Any]:
    """As somebody reads it who knows our keys from where we publish them, with another library."""
    published = Client().get("/.well-known/jwt-vc-issuer").json()["jwks"]["keys"]
    signed = JWS()
    signed.deserialize(token)
    header = signed.jose_header
    assert header["typ"] == "ledger-checkpoint+jwt"
    signed.verify(JWK(**next(one for one in published if one["kid"] == header["kid"])))
    said: dict[str, Any] = json.loads(signed.payload)
    return said


# -- made in time -----------------------------------------------------------------------------------------------------


def test_what_is_settled_is_put_into_a_checkpoint_once_a_day() -> None:
    granted()
    assert checkpoints.make_due() == []  # younger than an hour: somebody may still be writing beside it
    (first,) = made()
    hashes = LedgerEntry.objects.order_by("pk").values_list("hash", flat=True)
    assert (first.number, first.claims["count"], first.claims["root"]) == (
        1,
        len(hashes),
        tree.root_of(hashes),
    )
    assert made() == []
    ledger.append(subject_kind="calendar", subject_id=2031, actor="system", act="load", data={})
    advance(timedelta(days=1))
    (second,) = checkpoints.make_due()
    assert (second.number, second.claims["count"], second.first_id) == (2, 1, second.last_id)
    assert second.first_id > first.last_id
    advance(timedelta(days=1))
    assert checkpoints.make_due() == []  # nothing happened


def test_many_entries_make_several_checkpoints_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    granted()
    count = LedgerEntry.objects.count()
    monkeypatch.setattr(checkpoints, "MOST", 7)
    rows = made()
    assert [row.claims["count"] for row in rows] == [7] * (count // 7) + ([count % 7] if count % 7 else [])
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert list(checkpoints.faults()) == []


def test_without_a_key_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    granted()
    monkeypatch.setattr(checkpoints, "signing_key", lambda: None)
    assert made() == []


# -- published --------------------------------------------------------------------------------------------------------


def test_checkpoints_are_published_signed_and_name_the_one_before() -> None:
    granted()
    (first,) = made()
    ledger.append(subject_kind="calendar", subject_id=2031, actor="system", act="load", data={})
    advance(timedelta(days=1))
    (second,) = checkpoints.make_due()
    listed = Client().get("/so-cai/moc.json").json()
    assert listed["next"] is None
    texts = [one["checkpoint"] for one in listed["checkpoints"]]
    assert texts == [second.token, first.token]
    said = read(texts[0])
    assert said["previous"] == sha256(texts[1].encode()).hexdigest()
    assert (said["number"], said["count"], said["root"]) == (2, 1, second.claims["root"])
    one = Client().get(f"/so-cai/{said['number']}")
    assert (one["Content-Type"], one.content.decode()) == ("application/jwt", second.token)
    assert said["sub"].endswith("/so-cai/2")
    assert Client().get("/so-cai/3").status_code == 404
    assert Client().get(f"/so-cai/{10**30}").status_code == 404
    page = Client().get("/so-cai/").content.decode()
    assert second.claims["root"] in page


def test_an_authority_says_when_a_checkpoint_was_there(settings: Any, tmp_path: Path) -> None:
    granted()
    (row,) = made()
    assert Client().get("/so-cai/moc.json").json()["checkpoints"][0]["timestamp"] is None
    assert checkpoints.stamp_due() == 1
    assert checkpoints.stamp_due() == 0
    (one,) = Client().get("/so-cai/moc.json").json()["checkpoints"]
    (tmp_path / "token").write_bytes(b64decode(one["timestamp"]))
    (tmp_path / "text").write_text(one["checkpoint"], "ascii")
    home = Path(settings.KEYS_DIR) / "time"
    command = ["openssl", "ts", "-verify", "-token_in", "-in", str(tmp_path / "token")]
    command += ["-data", str(tmp_path / "text"), "-CAfile", str(home / "root.pem")]
    command += ["-untrusted", str(home / "ca.pem"), "-attime", str(int(row.at.timestamp()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stderr


def test_an_authority_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_imprint: bytes) -> bytes:
        raise production.TimestampProblem("not reached")

    granted()
    made()
    with monkeypatch.context() as patch:
        patch.setattr(production, "timestamp", away)
        assert checkpoints.stamp_due() == 0
    assert checkpoints.stamp_due() == 1


def test_a_long_list_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    granted()
    monkeypatch.setattr(checkpoints, "MOST", 9)
    monkeypatch.setattr(open_ledger, "PAGE", 2)
    rows, found, address = made(), [], "/so-cai/moc.json"
    while address:
        page = Client().get(address).json()
        found += [one["checkpoint"] for one in page["checkpoints"]]
        address = (page["next"] or "").partition("testserver")[2]
    assert len(rows) > 2
    assert found == [row.token for row in reversed(rows)]
    for damaged in ("x", "-1", "9" * 17, "9" * 400, "%00", "²"):
        assert Client().get(f"/so-cai/moc.json?truoc={damaged}").status_code == 200


# -- the proof --------------------------------------------------------------------------------------------------------


def test_the_proof_leads_from_the_bytes_of_a_paper_to_what_was_signed() -> None:
    paper = granted()
    assert Client().get(f"/v/{paper.code}/so-cai.json").status_code == 404
    assert "Trong sổ cái" not in Client().get(f"/v/{paper.code}").content.decode()
    made()
    proof = Client().get(f"/v/{paper.code}/so-cai.json").json()
    assert json.loads(json.loads(proof["entry"])["data"])["sealed_sha256"] == paper.sealed_sha256
    assert sha256(proof["entry"].encode()).hexdigest() == proof["hash"]
    root = tree.root_from(proof["hash"], index=proof["index"], count=proof["count"], path=proof["path"])
    said = read(proof["checkpoint"])
    assert (root, said["count"]) == (said["root"], proof["count"])
    page = Client().get(f"/v/{paper.code}").content.decode()
    assert f"/v/{paper.code}/so-cai.json" in page
    record = Client().get(f"/v/{paper.code}.json").json()["ledger"]
    assert Client().get(record["checkpoint"].partition("8000")[2]).content.decode() == proof["checkpoint"]
    assert record["proof"].endswith(f"/v/{paper.code}/so-cai.json")


def test_the_proof_names_nobody() -> None:
    paper = granted()
    made()
    entry = json.loads(Client().get(f"/v/{paper.code}/so-cai.json").json()["entry"])
    assert entry["actor"] == "system"
    assert entry["on_behalf_of"] == ""


@pytest.mark.parametrize("code", ["KHONGCO", "x" * 300])
def test_an_unknown_code_has_no_proof(code: str) -> None:
    answer = Client().get(f"/v/{code}/so-cai.json")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("content", ["", "not a token", "a.b.c"])
def test_a_file_that_holds_no_checkpoint_of_ours_is_named(content: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(content)
    with pytest.raises(CommandError, match=r"holds no checkpoint|differ"):
        call_command("verify_checkpoints", str(kept), stdout=StringIO())
    with pytest.raises(CommandError, match="not there"):
        call_command("verify_checkpoints", str(tmp_path / "not there"), stdout=StringIO())


def test_a_checkpoint_of_a_strange_key_is_a_fault() -> None:
    granted()
    (row,) = made()
    stranger = JWS(json.dumps(read(row.token)))
    key = JWK.generate(kty="EC", crv="P-256")
    stranger.add_signature(key, alg="ES256", protected='{"alg":"ES256","typ":"ledger-checkpoint+jwt"}')
    (fault,) = checkpoints.faults_of([str(stranger.serialize(compact=True))])
    assert str(fault) == "checkpoint:0 #0 checkpoint: it is not signed by a key of the register"


def test_what_the_same_key_signed_for_something_else_is_no_checkpoint() -> None:
    paper = granted()
    (row,) = made()
    assert list(checkpoints.faults_of([row.token])) == []
    told, key = selectors.place_of(paper), keys.signing_key()
    assert told
    assert key
    for other in (selectors.status_list(told[0]), key.jws(json.dumps(read(row.token)).encode(), typ="JWT")):
        (fault,) = checkpoints.faults_of([other])
        assert "not signed" in fault.message
