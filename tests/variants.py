"""Later versions of a procedure, changed for a test and published by two people, as the office would."""

import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from procedures import catalog
from procedures.models import ProcedureVersion, User
from procedures.policy import SYSTEM

__all__ = ["ANNEX", "publish", "with_annex", "with_countersigners"]

Source = dict[str, Any]


ANNEX = {"annex.html": '{% extends "annex.html" %}'}
"""The template that `with_annex` needs."""
_NONE: Mapping[str, str] = MappingProxyType({})


def publish(
    shelf: Path,
    change: Callable[[Source], Source],
    *,
    day: date,
    code: str = "device-import",
    templates: Mapping[str, str] = _NONE,
) -> ProcedureVersion:
    """Write the changed folder to `shelf`, and have it checked and published.

    `day`, from when it is in force, is its own for each change: a process compiles a version once.
    """
    folder = shelf / code / day.isoformat()
    shutil.copytree(catalog.CATALOGUE / code / "2025-07-01", folder)
    shutil.copytree(catalog.CATALOGUE / "bases", shelf / "bases", dirs_exist_ok=True)
    file = folder / "procedure.yaml"
    source = change(yaml.safe_load(file.read_text("utf-8"))) | {"version": day}
    file.write_text(yaml.safe_dump(source, allow_unicode=True, sort_keys=False), "utf-8")
    for name, text in templates.items():
        (folder / name).write_text(text, "utf-8")
    (synced,) = catalog.sync(actor=SYSTEM, root=shelf)
    checker, publisher = (User.objects.get(username=name) for name in ("kiemsoat", "quantri"))
    catalog.check(version=synced.version, by=checker)
    return catalog.publish(version=synced.version, by=publisher)


def with_countersigners(source: Source, *, roles: tuple[str, ...] = ("head", "specialist")) -> Source:
    """Between rendering and the leader's signature, one holder of each role of the division countersigns."""
    nodes = source["route"]["nodes"]
    names = [f"countersign_{place}" for place in range(1, len(roles) + 1)]
    following = [*names[1:], "sign"]
    for place, (name, role) in enumerate(zip(names, roles, strict=True)):
        outcome = {"to": f"{name}_made", "paper": "result", "step": "countersign"}
        back = {"id": "send_back", "title": _text("Trả lại"), "to": "appraise", "needs": ["reason"]}
        made = {"paper": "result", "step": "countersigned", "to": following[place]}
        nodes += [
            {
                "kind": "human", "id": name, "title": _text(f"Ký kiểm tra nội dung {place + 1}"),
                "role": role, "unit": "division", "different_from": ["appraise", *names[:place]],
                "share": {"length": 1, "unit": "working_hours", "illustrative": True},
                "outcomes": [
                    {"id": "countersign", "title": _text("Ký kiểm tra"), "needs": ["hash", "step_up"]} | outcome,
                    back | {"paper": "result", "step": "void"},
                ],
            },
            {
                "kind": "wait", "id": f"{name}_made", "title": _text("Đang ký số"), "party": "system",
                "limit": {"length": 1, "unit": "working_hours", "illustrative": True}, "at_limit": "alarm",
                "outcomes": [{"id": "countersigned", "title": _text("Đã ký")} | made],
            },
        ]  # fmt: skip
    by_name = {node["id"]: node for node in nodes}
    by_name["rendering"]["outcomes"][0]["to"] = names[0]
    by_name["sign"]["different_from"] += names
    for kind in ("decision", "refusal"):
        source["papers"][kind]["countersigners"] = len(roles)
    return source


def with_annex(source: Source) -> Source:
    """The decision has an annex in a file of its own."""
    source["papers"]["annex"] = {
        "template": "annex.html", "title": _text("Danh mục kèm theo"), "annex_of": "decision", "signers": ["seal"],
    }  # fmt: skip
    return source


def _text(vi: str) -> dict[str, str]:
    return {"vi": vi, "en": vi}
