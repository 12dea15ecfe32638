"""Papers rendered and signed twice, per second of one core: ours against plain WeasyPrint and pyHanko's SimpleSigner.

    python -m bench.issue [rounds] [papers a round]

Both sides make the same decision from the same facts, layout and fonts, as PDF/A-3a with the facts attached, and put
two visible RSA-3072 signatures on it: a certification and an approval, PAdES B-T, stamped by one test authority within
the process; and once more up to B-LTA, with certificates, lists and an archive time stamp. The peer is written as the
libraries' own documentation shows: a font configuration and a stylesheet for each paper, `SimpleSigner`, fields made
by pyHanko, its text stamps. It draws no watermark, no handwriting and no seal, and checks nothing; ours does, guard
included. Rounds are interleaved in one process on one core; raw rounds go to bench/results/issue.json.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

import weasyprint  # noqa: TID251 - the peer
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from weasyprint.text.fonts import FontConfiguration  # noqa: TID251

from tests.papers import samples
from tests.papers.conftest import LEADER, SEAL, Row
from workflows.papers import issue
from workflows.papers.archive import with_archive_stamp
from workflows.papers.keys import WATERMARK, Key, TestKeyStore
from workflows.papers.longterm import with_evidence
from workflows.papers.render import WeasyRenderer, _fetcher, qr_png, qr_text
from workflows.papers.snapshot import ATTACHMENT_NAME, canonical, sha256
from workflows.papers.templates import LAYOUTS, fill
from workflows.papers.timestamps import TestTimeAuthority, Timestamper
from workflows.papers.trust import TrustStore, TrustStores
from workflows.papers.verify import verify

RESULT = Path(__file__).parent / "results" / "issue.json"
SIGNED_AT = datetime(2026, 3, 2, 2, tzinfo=UTC)
SEALED_AT = SIGNED_AT + timedelta(minutes=7)
AIMS = {"sign": 10.0, "total": 3.0, "keep": 8.0}
"""At least so many times the peer."""
AIM_OF_TWO = 1.7
"""Two workers, at least so many times one."""

Step = Callable[[Row], bytes]


class Asking(TimeStamper):
    """The peer's client: it asks the same authority within the process, and believes it."""

    def __init__(self, authority: TestTimeAuthority) -> None:
        super().__init__()
        self._authority = authority

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._authority.answer(req.dump()))


def ours(keys: TestKeyStore, authority: TestTimeAuthority) -> dict[str, Callable[..., bytes]]:
    renderer = WeasyRenderer()
    trusted = TrustStore.load(keys._folder, "time")
    stamper = Timestamper(authority.answer, trusted, clock=lambda: SEALED_AT)

    def timestamp(imprint: bytes) -> bytes:
        return stamper.token(imprint).der

    def render(row: Row) -> bytes:
        return issue.produce_render(
            row, template=row.template, signers=row.signers, watermark=WATERMARK, renderer=renderer
        )

    def sign(row: Row, pdf: bytes) -> bytes:
        row.rendered_sha256 = sha256(pdf)
        one = issue.produce_signature(
            row,
            base=row.rendered_sha256,
            place=0,
            signers=row.signers,
            signatory=LEADER,
            keys=keys,
            read=lambda _: pdf,
            at=SIGNED_AT,
            timestamp=timestamp,
            evidence=None,
        )
        row.signed_sha256 = sha256(one)
        return issue.produce_signature(
            row, base=row.signed_sha256, place=1, signers=row.signers, signatory=SEAL, keys=keys,
            read=lambda _: one, at=SEALED_AT, timestamp=timestamp, evidence=None,
        )  # fmt: skip

    def keep(row: Row, pdf: bytes) -> bytes:
        stores = TrustStores.load(keys._folder)
        whole = with_evidence(sign(row, pdf), stores=stores)
        return with_archive_stamp(whole, stores=stores, timestamp=timestamp)

    return {"render": render, "sign": sign, "keep": keep}


def peer(keys: TestKeyStore, authority: TestTimeAuthority) -> dict[str, Callable[..., bytes]]:
    timestamper = Asking(authority)
    css = (LAYOUTS / "paper.css").read_text(encoding="utf-8")

    def render(row: Row) -> bytes:
        facts = json.loads(row.snapshot)
        code = qr_text(
            url=facts["verification"]["url"], code=facts["verification"]["code"], statement=row.statement
        )
        fetcher = _fetcher({"qr": (qr_png(code), "image/png")})
        font_config = FontConfiguration()
        sheet = weasyprint.CSS(string=css, font_config=font_config, url_fetcher=fetcher)
        html = fill(template=row.template, snapshot=facts)
        attachment = weasyprint.Attachment(string=row.snapshot, name=ATTACHMENT_NAME, relationship="Data")
        return bytes(
            weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf(
                stylesheets=[sheet], font_config=font_config, pdf_variant="pdf/a-3a", attachments=[attachment]
            )
        )

    def simple(key: Key) -> signers.SimpleSigner:
        registry = SimpleCertificateStore()
        registry.register_multiple([asn1_x509.Certificate.load(der) for der in key.chain[1:]])
        private = key._private.private_bytes(  # type: ignore[attr-defined]
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return signers.SimpleSigner(
            asn1_x509.Certificate.load(key.chain[0]), asn1_keys.PrivateKeyInfo.load(private), registry
        )

    people = [
        ("Leader2", simple(keys.key(LEADER.ref)), (360, 190, 550, 300), True),
        ("Seal2", simple(keys.key(SEAL.ref)), (300, 190, 355, 300), False),
    ]

    stores = TrustStores.load(keys._folder)
    worlds = (stores.public, stores.time)

    def context() -> ValidationContext:
        return ValidationContext(
            trust_roots=[asn1_x509.Certificate.load(der) for one in worlds for der in one.roots],
            other_certs=[
                asn1_x509.Certificate.load(der) for one in worlds for der in (*one.authorities, *one.roots)
            ],
            crls=[der for one in worlds for der in one.revocation_lists],
            allow_fetching=False,
            moment=SEALED_AT,
        )

    def keep(row: Row, pdf: bytes) -> bytes:
        return sign(row, pdf, lta=True)

    def sign(_row: Row, pdf: bytes, *, lta: bool = False) -> bytes:
        for name, signer, box, certify in people:
            writer = IncrementalPdfFileWriter(BytesIO(pdf))
            out = signers.PdfSigner(
                signers.PdfSignatureMetadata(
                    field_name=name,
                    md_algorithm="sha256",
                    subfilter=fields.SigSeedSubFilter.PADES,
                    certify=certify,
                    docmdp_permissions=fields.MDPPerm.FILL_FORMS,
                    embed_validation_info=lta,
                    use_pades_lta=lta and not certify,
                    validation_context=context() if lta else None,
                ),
                signer=signer,
                timestamper=timestamper,
                stamp_style=TextStampStyle(stamp_text="Signed by: %(signer)s\nTime: %(ts)s"),
                new_field_spec=fields.SigFieldSpec(name, box=box),
            ).sign_pdf(writer)
            pdf = out.getvalue()
        return pdf

    return {"render": render, "sign": sign, "keep": keep}


def judging(stores: TrustStores) -> dict[str, Callable[..., bool]]:
    """Both signatures of a paper judged: by our verdict, and by pyHanko alone, each signature as it documents."""
    expected = issue.expectation_of(signers=("leader", "seal"), references=(LEADER.ref, SEAL.ref))

    def verdict(pdf: bytes) -> bool:
        found = verify(
            pdf,
            stores=stores,
            expected=expected,
            record=None,
            at=SEALED_AT + timedelta(days=1),
            ask_register=False,
        )
        return found.verdict == "valid"

    def signatures(pdf: bytes) -> bool:
        reader = PdfFileReader(BytesIO(pdf))
        found = [
            validate_pdf_signature(
                one,
                signer_validation_context=stores.public.context(SEALED_AT),
                ts_validation_context=stores.time.context(SEALED_AT),
            )
            for one in reader.embedded_regular_signatures
        ]
        return [one.bottom_line for one in found] == [True, True]

    return {"ours": verdict, "peer": signatures}


def measure(side: dict[str, Callable[..., bytes]], count: int) -> dict[str, float]:
    """Seconds of processor time a paper, each step apart."""
    spent = {"render": 0.0, "sign": 0.0, "keep": 0.0}
    wall = time.perf_counter()
    for number in range(count):
        facts = samples.decision(number=f"{number + 1:02d}/QĐ-HTTB")
        row = Row("decision", canonical(facts), samples.template("decision"), ref=uuid.UUID(int=number))
        start = time.process_time()
        pdf = side["render"](row)
        middle = time.process_time()
        side["sign"](row, pdf)
        end = time.process_time()
        side["keep"](row, pdf)
        spent["render"] += (middle - start) / count
        spent["sign"] += (end - middle) / count
        spent["keep"] += (time.process_time() - end) / count
    return spent | {"total": spent["render"] + spent["sign"], "wall": (time.perf_counter() - wall) / count}


WORKER = "worker"
A_WORKER = 12
"""Papers that a worker makes for the figure of two workers."""


def work(folder: str) -> float:
    """Papers a second of one worker, start and warming left out: it begins when its standard input ends."""
    keys = TestKeyStore(Path(folder))
    side = ours(keys, TestTimeAuthority(Path(folder), clock=lambda: SEALED_AT))
    measure(side, 1)
    print("ready", flush=True)
    sys.stdin.read()
    start = time.perf_counter()
    measure(side, A_WORKER)
    return A_WORKER / (time.perf_counter() - start)


def together(folder: str, workers: int) -> float:
    """Papers a second of so many workers at once."""
    command = [sys.executable, "-m", "bench.issue", WORKER, folder]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.close()
    return sum(float(one.stdout.read()) for one in started if one.stdout is not None and one.wait(300) == 0)


def main(rounds: int, count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        TestKeyStore(Path(folder)).key(LEADER.ref, holder=LEADER.holder, organisation=LEADER.organisation)
        TestKeyStore(Path(folder)).key(SEAL.ref, holder=SEAL.holder, organisation=SEAL.organisation)
        TestTimeAuthority(Path(folder), clock=lambda: SEALED_AT)
        pairs = [(together(folder, 1), together(folder, 2)) for _ in range(3)]
    scaling = round(statistics.median(two / one for one, two in pairs), 2)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        keys = TestKeyStore(Path(folder))
        for one in (LEADER, SEAL):
            keys.key(one.ref, holder=one.holder, organisation=one.organisation)
        authority = TestTimeAuthority(Path(folder), clock=lambda: SEALED_AT)
        sides = {"ours": ours(keys, authority), "peer": peer(keys, authority)}
        prove(sides["ours"], TrustStores.load(Path(folder)))
        judges = judging(TrustStores.load(Path(folder)))
        paper = Row("decision", canonical(samples.decision()), samples.template("decision"))
        file = sides["ours"]["sign"](paper, sides["ours"]["render"](paper))
        for side in sides.values():
            measure(side, 2)  # warm
        raw: list[dict[str, Any]] = []
        for number in range(rounds):
            for name in sorted(sides, reverse=bool(number % 2)):
                start = time.process_time()
                assert all(judges[name](file) for _ in range(count))
                judged = (time.process_time() - start) / count
                raw.append({"round": number, "side": name, "verify": judged} | measure(sides[name], count))
    summary = {
        name: {
            step: round(statistics.median(row[step] for row in raw if row["side"] == name) * 1000, 1)
            for step in ("render", "sign", "total", "keep", "verify", "wall")
        }
        for name in sides
    }
    ratios = {
        step: round(summary["peer"][step] / summary["ours"][step], 2)
        for step in ("render", "sign", "total", "keep", "verify", "wall")
    }
    result = {
        "what": "one decision rendered (PDF/A-3a) and signed twice (RSA-3072, PAdES B-T, visible); one core",
        "unit": "milliseconds a paper, medians; render, sign, both (total), and signing up to B-LTA (keep), "
        "judging both signatures (verify): processor time; wall: elapsed for all",
        "machine": {
            "python": platform.python_version(),
            "cpus": os.cpu_count(),
            "machine": platform.machine(),
        },
        "versions": {name: version(name) for name in ("weasyprint", "pyhanko", "cryptography")},
        "rounds": rounds,
        "papers_a_round": count,
        "median_ms": summary,
        "papers_a_second": {name: round(1000 / summary[name]["total"], 2) for name in sides},
        "times_the_peer": ratios,
        "two_workers_times_one": scaling,
        "aims": AIMS | {"two_workers_times_one": AIM_OF_TWO},
        "raw": [
            {key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()}
            for row in raw
        ],
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    shown = ("median_ms", "papers_a_second", "times_the_peer", "two_workers_times_one")
    print(json.dumps({key: result[key] for key in shown}, indent=1))
    reached = all(ratios[step] >= aim for step, aim in AIMS.items()) and scaling >= AIM_OF_TWO
    return 0 if reached else 1


def prove(side: dict[str, Callable[..., bytes]], stores: TrustStores) -> None:
    """What is measured is a paper that verifies."""
    row = Row("decision", canonical(samples.decision()), samples.template("decision"))
    row.sealed_sha256 = sha256(sealed := side["sign"](row, side["render"](row)))
    expected = issue.expectation_of(signers=row.signers, references=(LEADER.ref, SEAL.ref))
    at = SIGNED_AT + timedelta(days=1)
    kept = side["keep"](row, side["render"](row))
    row.sealed_sha256 = sha256(kept)
    verdict = verify(kept, stores=stores, expected=expected, record=issue.record_of(row), at=at)
    assert verdict.verdict == "valid", verdict
    row.sealed_sha256 = sha256(sealed)
    verdict = verify(sealed, stores=stores, expected=expected, record=issue.record_of(row), at=at)
    assert verdict.verdict == "valid", verdict


if __name__ == "__main__":
    if sys.argv[1:2] == [WORKER]:
        print(work(sys.argv[2]))
        sys.exit()
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(arguments or [7]), *([6] if len(arguments) < 2 else [])))
