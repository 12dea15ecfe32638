"""What the matrix stands on: the table, the routes, one dossier walking through its life, and everybody's session."""

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config import urls
from procedures.models import User
from procedures.now import now
from tests.scenarios import Play, actor
from workflows import service
from workflows.models import Licence, Paper, Task

__all__ = [
    "ACTORS",
    "DEMO_URLS",
    "STAGES",
    "World",
    "ask",
    "demo_urls",
    "routes",
    "rows",
    "session",
    "unguarded",
]

TABLE = Path(__file__).with_name("matrix.csv")
DEMO_URLS = "tests.matrix.demo_urls"
ACTORS = {
    "anonymous": "",
    "applicant": "doanhnghiep1",
    "colleague": "doanhnghiep1b",
    "stranger": "doanhnghiep2",
    "reception": "tiepnhan",
    "cashier": "thuquy",
    "head": "truongphong",
    "specialist": "chuyenvien",
    "leader": "cuctruong",
    "clerk": "vanthu",
    "outsider": "chuyenvien_qld",
    "auditor": "kiemtoan",
}
NOT_OURS = ("account_", "mfa_", "set_language")
"""Routes of libraries: what we allow of them stands in test_accounts."""
NOBODYS = UUID("00000000-0000-4000-8000-000000000000")
CSRF = "a" * 32


def rows() -> list[dict[str, str]]:
    """The table, as written; lines that begin with # are headings."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if line.strip() and not line.startswith("#")))


def demo_urls() -> ModuleType:
    """config.urls as it is in a demonstration, under a name of its own. Call it with DEMO switched on."""
    spec = importlib.util.spec_from_file_location(DEMO_URLS, str(urls.__file__))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[DEMO_URLS] = module
    return module


def routes(resolver: URLResolver | None = None) -> dict[str, set[str]]:
    """Every named route of the product with its namespace, and what its address asks for."""
    found: dict[str, set[str]] = {}

    def walk(patterns: list[Any], space: str, asked: set[str]) -> None:
        for one in patterns:
            names = asked | set(one.pattern.converters)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space, names)
            elif isinstance(one, URLPattern) and one.name:
                found[f"{space}{one.name}"] = names

    walk((resolver or get_resolver()).url_patterns, "", set())
    return {name: asked for name, asked in found.items() if not name.startswith(NOT_OURS)}


STAGES = (
    "", "draft", "intake", "await_intake", "intake_again", "collect_fee", "assign", "appraise", "decide_withdrawal",
    "review", "prepare", "sign", "seal", "concluded", "returned",
)  # fmt: skip
"""The stages in the order of life; the rows of the table follow it."""


class World:
    """One dossier on its way through its life. What the matrix itself has done already is not done again."""

    def __init__(self) -> None:
        self.play = Play()
        self.stage = ""

    def go_to(self, stage: str) -> None:
        """On to a stage, through all between. There is no way back."""
        here, there = STAGES.index(self.stage), STAGES.index(stage)
        assert there >= here, f"the rows of {stage} stand behind those of {self.stage}"
        for name in STAGES[here + 1 : there + 1]:
            getattr(self, f"_{name}")()
            self.stage = name

    # -- one step each ---------------------------------------------------------------------------------------

    def _draft(self) -> None:
        self.play.draft()

    def _intake(self) -> None:
        who = actor(self.play.applicant)
        service.sign_declaration(actor=who, dossier_id=self.play.dossier_id)
        service.submit(actor=who, dossier_id=self.play.dossier_id, idempotency_key="matrix")

    def _await_intake(self) -> None:
        items = [{"target": "piece:iso_13485", "what": "Thiếu trang 2"}]
        self.play.step("tiepnhan", "intake", "ask_missing", items=items)
        self.play.work()

    def _intake_again(self) -> None:
        self.play.upload(["iso_13485"], text="đủ trang")
        who = actor(self.play.applicant)
        service.supply(actor=who, dossier_id=self.play.dossier_id, answers={}, idempotency_key="matrix")

    def _collect_fee(self) -> None:
        self._step("tiepnhan", "intake", "ask_fee")

    def _assign(self) -> None:
        payment = {"amount": 2_000_000, "payer": "Nguyễn Thị Hoàng Yến"}
        self._step("thuquy", "collect_fee", "paid", payment=payment)
        self._step("tiepnhan", "intake", "accept")
        self.play.work()

    def _appraise(self) -> None:
        specialist = User.objects.get(username="chuyenvien").pk
        self._step("truongphong", "assign", "assign", assignee_id=specialist)

    def _decide_withdrawal(self) -> None:
        service.request_withdrawal(
            actor=actor(self.play.applicant),
            dossier_id=self.play.dossier_id,
            reason="Đổi nhà cung cấp.",
            idempotency_key="matrix",
        )

    def _review(self) -> None:
        self._step("truongphong", "decide_withdrawal", "decline", reason="Đã thẩm định xong.")
        self._step("chuyenvien", "appraise", "propose_grant", checklist=self.play.checklist())

    def _prepare(self) -> None:
        self._step("truongphong", "review", "forward")

    def _sign(self) -> None:
        self._step("vanthu", "prepare", "prepare")
        self.play.work()

    def _seal(self) -> None:
        self._step("cuctruong", "sign", "sign", paper_sha256=self.play.result_sha256(), stepped_up_at=now())
        self.play.work()

    def _concluded(self) -> None:
        self._step("vanthu", "seal", "seal", paper_sha256=self.play.result_sha256())
        self.play.work()

    def _returned(self) -> None:
        service.collect_result(actor=actor(self.play.applicant), dossier_id=self.play.dossier_id)

    def _step(self, who: str, node: str, outcome: str, **given: Any) -> None:
        """Finish an open step, unless a row of the table has."""
        if node in self.play.open_nodes():
            self.play.step(who, node, outcome, **given)

    # -- addresses -------------------------------------------------------------------------------------------

    def address(self, route: str, *, asked: set[str], act: str) -> str:
        """The route's address, about the dossier as it stands; `act` is "step.outcome" for the route of acts."""
        known = self._known(route, act) if asked else {}
        return reverse(route, kwargs={name: known[name] for name in asked})

    def _known(self, route: str, act: str) -> dict[str, Any]:
        if route.startswith("public:"):
            licence = Licence.objects.first()
            paper = Paper.objects.filter(kind="decision").first()
            return {
                "ref": licence.ref if licence else NOBODYS,
                "code": paper.code if paper else "KHONGCO",
                "statement": paper.statement if paper else "KHONGCO",
                "agency": "HTTB",
                "series": "QD",
                "register": "device_import",
                "year": 2026,
                "number": 1,
            }
        if route.removeprefix("portal:") in {
            "licence", "wallet", "report", "report_paper", "make_copy", "copy",
        }:  # fmt: skip
            return {"ref": Licence.objects.get().ref, "condition": 0, "piece": 0, "copy": NOBODYS}
        if self.stage == "":
            return {
                "code": {
                    "office:open": "device-registration-revocation",
                    "office:list": "device-registration-list",
                }.get(route, "device-import"),
                "partner": "vnsw",
                "mood": "calm",
                "ref": NOBODYS,
                "day": "2025-07-01",
                "act": "check",
                "decision": "apply",
                "chapter": "terms",
                "name": "procedure.yaml",
                "kind": "decision",
                "year": 2026,
                "reading": 0,
                "number": 0,
                "piece": 0,
                "node": "sign",
                "outcome": "sign",
                "uuid": NOBODYS,
                "line_act": "pause",
                "message_act": "retry",
            }
        dossier = self.play.dossier
        piece = dossier.pieces.order_by("pk").first()
        papers = dossier.papers.filter(rendered_sha256__gt="").order_by("-pk")
        paper = papers.filter(kind__in=["decision", "refusal"]).first() or papers.first()
        node, _, outcome = act.partition(".")
        tasks = Task.objects.filter(process=dossier).order_by("-pk")
        task = (tasks.filter(node=node) if node else tasks.filter(finished__isnull=True)).first()
        return {
            "ref": dossier.ref,
            "kind": "control_slip",
            "section": "importer",
            "piece": piece.pk if piece else 0,
            "piece_id": piece.pk if piece else 0,
            "paper": paper.ref if paper else NOBODYS,
            "paper_ref": paper.ref if paper else NOBODYS,
            "sha256": paper.file_sha256 if paper else "0" * 64,
            "task_id": task.pk if task else 0,
            "outcome": outcome,
        }


def session(base_url: str, username: str) -> httpx.Client:
    """A browser of that person; of nobody for an empty name."""
    client = httpx.Client(base_url=base_url, trust_env=False, timeout=60)
    client.cookies.set(settings.CSRF_COOKIE_NAME, CSRF)
    if username:
        signed_in = Client()
        signed_in.force_login(User.objects.get(username=username))
        client.cookies.set(
            settings.SESSION_COOKIE_NAME, signed_in.cookies[settings.SESSION_COOKIE_NAME].value
        )
    return client


def ask(client: httpx.Client, method: str, path: str) -> httpx.Response:
    """One request. A POST is empty but for the token that a page of ours would carry."""
    if method == "GET":
        return client.get(path)
    return client.post(path, data={"csrfmiddlewaretoken": CSRF})


def unguarded(answer: Any) -> list[str]:
    """What is missing from the headers that every answer must carry."""
    headers, found = answer.headers, []
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy and "default-src 'none'" not in policy:
        found.append("no content security policy")
    if "unsafe" in policy:
        found.append("the policy allows inline code")
    if headers.get("X-Content-Type-Options") != "nosniff":
        found.append("types may be guessed")
    if headers.get("X-Frame-Options") not in {"DENY", "SAMEORIGIN"}:
        found.append("may be framed by anybody")
    if headers.get("Referrer-Policy") != "same-origin" or "Permissions-Policy" not in headers:
        found.append("no referrer or permissions policy")
    if headers.get("Cross-Origin-Opener-Policy") != "same-origin":
        found.append("may be opened by anybody")
    return found
