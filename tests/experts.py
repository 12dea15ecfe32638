"""The import licence with experts who work side by side: a route with every gateway, for tests of the verifier and of
the real service."""

from typing import Any

__all__ = ["with_experts"]

Source = dict[str, Any]


def text(vi: str) -> dict[str, str]:
    return {"vi": vi, "en": vi}


def expert(name: str, *, join: str = "experts_met") -> Source:
    """A step in which an expert gives an opinion."""
    return {
        "kind": "human",
        "id": name,
        "title": text(f"Ý kiến {name}"),
        "role": "specialist",
        "unit": "division",
        "share": {"length": 2, "unit": "working_hours", "illustrative": True},
        "outcomes": [{"id": "given", "title": text("Cho ý kiến"), "to": join, "needs": ["opinion"]}],
    }


def with_experts(source: Source, *names: str) -> Source:
    """Acceptance → the system begins → a split with one expert each (and a lawyer for aid) → join → a decision by their
    opinions → appraisal, or a council first."""
    names = names or ("quality", "clinical")
    nodes = source["route"]["nodes"]
    intake = next(node for node in nodes if node["id"] == "intake")
    next(o for o in intake["outcomes"] if o["id"] == "accept")["to"] = "begin_work"
    appraise = next(node for node in nodes if node["id"] == "appraise")
    appraise["assigned"] = False
    source["route"]["nodes"] = [node for node in nodes if node["id"] != "assign"] + [
        {
            "kind": "auto",
            "id": "begin_work",
            "title": text("Chuyển chuyên gia"),
            "outcomes": [{"id": "begun", "title": text("Đã chuyển"), "act": "begin", "to": "experts"}],
        },
        {
            "kind": "split",
            "id": "experts",
            "title": text("Chuyên gia cho ý kiến song song"),
            "join": "experts_met",
            "outcomes": [
                *({"id": name, "title": text(name), "to": name} for name in names),
                {"id": "legal", "title": text("Pháp chế"), "to": "legal", "when": "purpose == 'aid'"},
            ],
        },
        *(expert(name) for name in names),
        {
            **expert("legal"),
            "outcomes": [
                {"id": "given", "title": text("Cho ý kiến"), "to": "experts_met", "needs": ["opinion"]},
                {"id": "again", "title": text("Xem lại"), "to": "legal_copy", "needs": ["reason"]},
            ],
        },
        {
            **expert("legal_copy", join="legal"),
            "outcomes": [{"id": "found", "title": text("Đã có bản gốc"), "to": "legal"}],
        },
        {"kind": "join", "id": "experts_met", "title": text("Đã đủ ý kiến"), "to": "weigh"},
        {
            "kind": "decision",
            "id": "weigh",
            "title": text("Ý kiến trái chiều?"),
            "outcomes": [
                {
                    "id": "disputed",
                    "title": text("Có"),
                    "to": "council",
                    "when": "facts.opinions_against > 0",
                },
                {"id": "agreed", "title": text("Không"), "to": "appraise"},
            ],
        },
        {
            "kind": "human",
            "id": "council",
            "title": text("Hội đồng"),
            "role": "head",
            "unit": "division",
            "share": {"length": 2, "unit": "working_hours", "illustrative": True},
            "outcomes": [{"id": "held", "title": text("Đã họp"), "to": "appraise", "needs": ["minutes"]}],
        },
    ]
    return source
