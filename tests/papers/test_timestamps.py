"""Time stamps: an authority is asked over HTTP and not believed unseen; what it says proves when a paper was signed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from asn1crypto import tsp
from asn1crypto.cms import ContentInfo
from django.conf import settings

from procedures.now import now
from tests.papers.conftest import LEADER, SEAL, SEALED_AT, SIGNED_AT, Signed, stamping
from tests.papers.test_verify__tampering import expecting, failed, judge, signed_by, special_key, undecided
from workflows.management.commands.time_authority import server_for
from workflows.papers import cms, pki, timestamps
from workflows.papers.keys import TestKeyStore
from workflows.papers.timestamps import TestTimeAuthority, Timestamper, TimestampProblem, over_http
from workflows.papers.trust import TrustStore, TrustStores

IMPRINT = hashlib.sha256(b"a signature").digest()
REFUSED = bytes.fromhex("30093007020102")
"""A TimeStampResp with the status rejection and nothing but a reason, RFC 3161 §2.4.2."""
REPLY = "application/timestamp-reply"


def at_once() -> datetime:
    return SEALED_AT


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def answering(body: bytes, *, status: int = 200, kind: str = REPLY) -> Iterator[str]:
    """A server that gives one answer, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        yield url


@pytest.fixture(scope="module")
def authority(keys_folder: Path, keys: TestKeyStore) -> TestTimeAuthority:
    return TestTimeAuthority(keys_folder, clock=at_once)


@pytest.fixture(scope="module")
def trusted(keys_folder: Path, authority: TestTimeAuthority) -> TrustStore:
    return TrustStore.load(keys_folder, "time")


def stamper(
    ask: Callable[[bytes], bytes], trusted: TrustStore, clock: Callable[[], datetime] = at_once
) -> Timestamper:
    return Timestamper(ask, trusted, clock)


# -- asking -------------------------------------------------------------------------------------------------


@pytest.mark.promise("papers.time-stamped")
def test_an_authority_stamps_over_http(authority: TestTimeAuthority, trusted: TrustStore) -> None:
    with running(server_for(authority)) as url:
        token = stamper(over_http(url), trusted).token(IMPRINT)
    assert token.at == SEALED_AT
    info = ContentInfo.load(token.der)["content"]["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == IMPRINT
    assert info["gen_time"].native == SEALED_AT


@pytest.mark.promise("papers.time-stamped")
def test_openssl_takes_the_stamp_too(
    authority: TestTimeAuthority, trusted: TrustStore, keys_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "token").write_bytes(stamper(authority.answer, trusted).token(IMPRINT).der)

    def openssl(digest: bytes, root: Path) -> bool:
        command = ["openssl", "ts", "-verify", "-token_in", "-in", str(tmp_path / "token")]
        command += ["-digest", digest.hex(), "-CAfile", str(root)]
        command += ["-untrusted", str(keys_folder / "time" / "ca.pem")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode == 0 and "Verification: OK" in done.stdout

    assert openssl(IMPRINT, keys_folder / "time" / "root.pem")
    assert not openssl(IMPRINT[::-1], keys_folder / "time" / "root.pem")
    assert not openssl(IMPRINT, keys_folder / "public" / "root.pem")


def test_it_is_asked_within_a_running_loop_too(authority: TestTimeAuthority, trusted: TrustStore) -> None:
    async def ask() -> datetime:
        return stamper(authority.answer, trusted).token(IMPRINT).at

    assert asyncio.run(ask()) == SEALED_AT


def test_the_server_takes_nothing_but_a_question(authority: TestTimeAuthority) -> None:
    query = "application/timestamp-query"
    with running(server_for(authority)) as url:
        assert httpx.post(url, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
        assert httpx.post(url, content=b"x" * 5000, headers={"Content-Type": query}).status_code == 413
        assert httpx.get(url).status_code == 501
        garbage = httpx.post(url, content=b"junk", headers={"Content-Type": query})
    assert garbage.content == REFUSED + bytes.fromhex("03020204"), garbage.content.hex()  # badDataFormat


def test_only_sha256_is_stamped(authority: TestTimeAuthority) -> None:
    asked = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": b"\0" * 20},
        }
    )
    assert authority.answer(asked.dump()) == REFUSED + bytes.fromhex("03020780")  # badAlg


@pytest.mark.promise("papers.time-stamped")
@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>502</html>", 502, "text/html"),
        (b"<html>hello</html>", 200, "text/html"),
        (b"junk", 200, REPLY),
        (b"", 200, REPLY),
        (b"\x30\x03\x30\x01\x02", 200, REPLY),
        (b"0" * 100_000, 200, REPLY),
    ],
    ids=["502", "a page", "garbage", "nothing", "half", "too much"],
)
def test_an_answer_that_is_none_is_refused(body: bytes, status: int, kind: str, trusted: TrustStore) -> None:
    with (
        answering(body, status=status, kind=kind) as url,
        pytest.raises(TimestampProblem, match="unusable"),
    ):
        stamper(over_http(url), trusted).token(IMPRINT)


def test_an_authority_that_is_away_is_a_problem(trusted: TrustStore) -> None:
    with answering(b"") as url:
        pass
    with pytest.raises(TimestampProblem, match="not reached"):
        stamper(over_http(url), trusted).token(IMPRINT)


@pytest.mark.promise("papers.time-stamped")
def test_an_answer_to_another_question_is_refused(authority: TestTimeAuthority, trusted: TrustStore) -> None:
    kept: list[bytes] = []

    def replayed(request: bytes) -> bytes:
        kept.append(authority.answer(request))
        return kept[0]

    twice = stamper(replayed, trusted)
    twice.token(IMPRINT)
    with pytest.raises(TimestampProblem):
        twice.token(IMPRINT)

    def of_something_else(request: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(request)
        asked["message_imprint"]["hashed_message"] = hashlib.sha256(b"other").digest()
        return authority.answer(asked.dump(force=True))

    with pytest.raises(TimestampProblem, match="not over our signature"):
        stamper(of_something_else, trusted).token(IMPRINT)


@pytest.mark.promise("papers.time-stamped")
def test_an_authority_of_another_root_is_not_believed(trusted: TrustStore, tmp_path: Path) -> None:
    foreign = TestTimeAuthority(tmp_path, clock=at_once)
    with pytest.raises(TimestampProblem, match="not trusted"):
        stamper(foreign.answer, trusted).token(IMPRINT)


def test_who_may_only_sign_papers_does_not_stamp(
    keys_folder: Path, trusted: TrustStore, keys: TestKeyStore
) -> None:
    """A certificate without the purpose of time stamps, under the right root."""
    wrong = TestTimeAuthority(keys_folder, clock=at_once)
    home = pki.issue(keys_folder, ref="official:clockmaker", common_name="A", organisation="B")
    wrong._key = special_key(keys_folder, "official:clockmaker")
    assert home.exists()
    in_public = replace(TrustStores.load(keys_folder).public, name="time")
    with pytest.raises(TimestampProblem, match="not trusted"):
        stamper(wrong.answer, in_public).token(IMPRINT)


@pytest.mark.promise("papers.time-stamped")
def test_the_path_is_judged_once_a_minute_and_each_signature_every_time(
    authority: TestTimeAuthority, trusted: TrustStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[datetime] = []
    honest = TrustStore.context

    def context(store: TrustStore, moment: datetime) -> Any:
        judged.append(moment)
        return honest(store, moment)

    monkeypatch.setattr(TrustStore, "context", context)
    timestamps._context.cache_clear()
    present = [SEALED_AT]
    patient = stamper(authority.answer, trusted, lambda: present[0])
    first, second = patient.token(IMPRINT), patient.token(IMPRINT)
    assert len(judged) == 1
    assert first.until == second.until == pki.TIME_UNTIL

    def damaged(request: bytes) -> bytes:
        answer = authority.answer(request)
        return answer[:-9] + bytes([answer[-9] ^ 1]) + answer[-8:]

    with pytest.raises(TimestampProblem, match="not signed by whom it names"):
        stamper(damaged, trusted).token(IMPRINT)
    with pytest.raises(TimestampProblem, match="not trusted"):
        stamper(authority.answer, replace(trusted, roots=(), authorities=())).token(IMPRINT)
    present[0] += timedelta(minutes=1)
    judged.clear()
    patient.token(IMPRINT)
    assert len(judged) == 1


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_authority_whose_clock_is_not_ours_is_refused(
    minutes: int, authority: TestTimeAuthority, trusted: TrustStore
) -> None:
    def ours() -> datetime:
        return SEALED_AT + timedelta(minutes=minutes)

    with pytest.raises(TimestampProblem, match="clock"):
        stamper(authority.answer, trusted, ours).token(IMPRINT)


# -- what a stamp proves ------------------------------------------------------------------------------------


def test_a_stamped_paper_says_by_when_it_was_signed(decision: Signed, stores: TrustStores) -> None:
    verdict = judge(decision.sealed, decision, stores)
    assert verdict.verdict == "valid"
    stamps = [reason for reason in verdict.reasons if reason.code == "signature.timestamp"]
    assert [(one.subject, one.passed, one.detail) for one in stamps] == [
        ("Leader", True, SEALED_AT.isoformat()),
        ("Seal", True, SEALED_AT.isoformat()),
    ]


@pytest.mark.promise("papers.time-proven")
def test_a_certificate_that_expired_since_is_no_matter_where_the_time_is_proven(
    decision: Signed, stores: TrustStores, keys: TestKeyStore, keys_folder: Path, timestamp: cms.TimeStamp
) -> None:
    ends = datetime(2026, 6, 1, tzinfo=UTC)
    short = special_key(keys_folder, "official:stamped-short", not_after=ends)
    late = stamping(keys_folder, at=ends + timedelta(days=1))
    for stamp, proven in ((timestamp, True), (late, False)):
        pdf = signed_by(decision, short, keys.key(SEAL.ref), leaders=stamp, seals=timestamp)
        asked = expecting(decision, "official:stamped-short", pdf) | {"at": datetime(2027, 1, 1, tzinfo=UTC)}
        verdict = judge(pdf, decision, stores, **asked | {"record": None})
        assert not failed(verdict)
        assert ("signature.time" in undecided(verdict)) is not proven


@pytest.mark.promise("papers.time-proven")
def test_a_revocation_matters_unless_the_stamp_is_older(
    decision: Signed, keys: TestKeyStore, keys_folder: Path, timestamp: cms.TimeStamp
) -> None:
    revoked_at = SEALED_AT + timedelta(hours=1)
    key = special_key(keys_folder, "official:stamped-revoked")
    pki.revoke(keys_folder, ref="official:stamped-revoked", at=revoked_at)
    stores = TrustStores.load(keys_folder)
    late = stamping(keys_folder, at=revoked_at + timedelta(hours=1))
    for stamp, proven in ((timestamp, True), (late, False)):
        pdf = signed_by(decision, key, keys.key(SEAL.ref), leaders=stamp, seals=timestamp)
        asked = expecting(decision, "official:stamped-revoked", pdf)
        verdict = judge(pdf, decision, stores, **asked | {"record": None})
        assert not failed(verdict)
        assert ("signature.revocation" in undecided(verdict)) is not proven


def test_who_says_he_signed_after_the_stamp_is_not_believed(
    decision: Signed, stores: TrustStores, keys: TestKeyStore, keys_folder: Path, timestamp: cms.TimeStamp
) -> None:
    early = stamping(keys_folder, at=SIGNED_AT - timedelta(hours=1))
    pdf = signed_by(decision, keys.key(LEADER.ref), keys.key(SEAL.ref), leaders=early, seals=timestamp)
    verdict = judge(pdf, decision, stores, **expecting(decision, LEADER.ref, pdf))
    assert failed(verdict) == {"signature.time"}


def test_the_stamp_of_another_signature_is_found_out(
    decision: Signed, stores: TrustStores, keys: TestKeyStore, timestamp: cms.TimeStamp
) -> None:
    pdf = signed_by(
        decision,
        keys.key(LEADER.ref),
        keys.key(SEAL.ref),
        leaders=lambda _imprint: timestamp(IMPRINT),
        seals=timestamp,
    )
    verdict = judge(pdf, decision, stores, **expecting(decision, LEADER.ref, pdf))
    assert failed(verdict) == {"signature.timestamp"}


def test_the_stamp_of_a_stranger_decides_nothing(
    decision: Signed, stores: TrustStores, keys: TestKeyStore, timestamp: cms.TimeStamp, tmp_path: Path
) -> None:
    foreign = stamping_of(TestTimeAuthority(tmp_path, clock=at_once), tmp_path)
    pdf = signed_by(decision, keys.key(LEADER.ref), keys.key(SEAL.ref), leaders=foreign, seals=timestamp)
    verdict = judge(pdf, decision, stores, **expecting(decision, LEADER.ref, pdf))
    assert (verdict.verdict, undecided(verdict)) == ("indeterminate", {"signature.timestamp"})


def stamping_of(authority: TestTimeAuthority, folder: Path) -> cms.TimeStamp:
    own = Timestamper(authority.answer, TrustStore.load(folder, "time"), clock=at_once)
    return lambda imprint: own.token(imprint).der


def test_the_command_serves_until_it_is_told_to_stop(keys_folder: Path, trusted: TrustStore) -> None:
    """As an operator starts it, in a process of its own, with its own clock: today's."""
    command = [sys.executable, "manage.py", "time_authority", "--port", "0"]
    environment = os.environ | {"KEYS_DIR": str(keys_folder), "MODE": "development"}
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            token = stamper(over_http(url), trusted, now).token(IMPRINT)
            assert abs(token.at - now()) < timedelta(minutes=5)
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
