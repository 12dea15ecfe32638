"""The facts a paper states, frozen: one canonical text, one hash, one list of the places a template may ask for.

The canonical text is attached to the PDF and its SHA-256 stands in the ledger, so text and hash must be the same
whoever computes them: keys sorted, no spaces, NFC, UTF-8, no floating point.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

__all__ = ["ATTACHMENT_NAME", "FIELDS", "Snapshot", "canonical", "sha256", "unknown_fields"]

Snapshot = Mapping[str, Any]
"""JSON-like: text, int, bool, None, lists and mappings with text keys."""

ATTACHMENT_NAME = "du-lieu.json"

_SHAPE: dict[str, tuple[str, ...]] = {
    "agency": ("parent", "name", "short", "place"),
    "number": (),
    "date": (),
    "dossier": ("code", "received_at", "procedure_title", "serial", "term_text"),
    "subject": ("name", "tax_code", "code_label", "address", "phone", "email"),
    "submitter": ("name", "phone"),
    "decision": ("bases", "title", "authority", "articles", "recipients", "reasons", "subtitle"),
    "translation": ("title", "authority", "agency", "parent"),
    "bilingual_bases": ("vi", "en"),
    "bilingual_articles": ("vi", "en"),
    "devices": ("name", "model", "hs_code", "quantity", "unit", "country", "manufacturer", "purpose"),
    "tables": ("title", "columns", "rows"),
    "signer": ("name", "title", "capacity_lines"),
    "countersigners": ("title",),
    "annexes": ("title", "code", "sha256"),
    "annex": ("of",),
    "officer": ("name", "title", "unit", "phone"),
    "deadline": ("due_at", "term_text"),
    "extension": ("before", "after", "reason"),
    "items": ("piece", "what", "why", "basis"),
    "tacit": ("outcome", "basis", "due_at", "appeal"),
    "made_at": (),
    "book": ("title", "since", "until", "lines"),
    "copied": ("title", "number", "issued", "valid_until", "decision", "replaces", "standing"),
    "history": ("day", "what"),
    "conditions": ("due", "text"),
    "licences": ("number", "issued", "holder", "address", "about", "valid_until", "note"),
    "book_lines": (
        "code",
        "procedure",
        "applicant",
        "contact",
        "agency",
        "received",
        "transferred",
        "due",
        "result",
        "returned",
        "note",
    ),
    "handovers": ("giver", "giver_person", "receiver", "at", "result", "step"),
    "pieces": ("title", "copies", "form"),
    "stop": ("stage", "reason", "fee_note", "decided_at"),
    "fee": ("name", "amount", "receipt_no", "paid_at", "method"),
    "declaration": ("answers", "statement"),
    "answers": ("label", "value"),
    "result": ("channel", "place"),
    "verification": ("url", "code"),
    "lang": (),
}

FIELDS = frozenset(_SHAPE) | {f"{top}.{leaf}" for top, leaves in _SHAPE.items() for leaf in leaves}
"""Every dotted place of the contract. A list's items have the same place as the list: `devices.name`."""


def _plain(value: Any) -> Any:
    """`value` with every text in NFC; raises TypeError for what JSON would not keep exactly."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {unicodedata.normalize("NFC", str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    raise TypeError(f"a snapshot cannot hold {type(value).__name__}: write it as text")


def canonical(snapshot: Snapshot) -> str:
    """The one text of a snapshot. Raises TypeError for floats, dates and other values JSON would not keep."""
    return json.dumps(_plain(snapshot), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text: str | bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal digits; text is hashed as UTF-8."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def unknown_fields(places: set[str] | frozenset[str]) -> frozenset[str]:
    """Those of `places` that no snapshot has: a typing mistake in a template."""
    return frozenset(place for place in places if place not in FIELDS)
