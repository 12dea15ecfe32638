"""What an official asks of the applicant, item by item, with the answer so far."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from onestop.portal import words
from onestop.portal.reading import file_rows
from onestop.portal.uploading import Taken, accepted
from workflows.models import Dossier, Supplement

__all__ = ["request_of"]


def request_of(
    dossier: Dossier,
    asked: Supplement,
    *,
    taken: Taken | None = None,
    typed: Mapping[int, str] | None = None,
    fixed: bool = False,
) -> dict[str, Any]:
    """The open request for the page: each item with its answer so far. `fixed`: to be read over, not changed."""
    lang, typed = words.language(), typed or {}
    items = []
    for number, item in enumerate(sorted(asked.items.all(), key=lambda row: row.pk), 1):
        kind, _sep, name = item.target.partition(":")
        handed_in = [
            piece
            for piece in asked.pieces.all()
            if kind == "piece" and piece.piece == name and piece.superseded_at is None
        ]
        text = typed.get(item.pk, item.answer)
        control = f"tep-{item.pk}"
        items.append(
            {
                "id": item.pk,
                "number": number,
                "what": item.what,
                "why": item.why,
                "where": _where(dossier, kind, name, item.basis, lang),
                "done": bool(handed_in or text.strip()),
                "files": file_rows(dossier, handed_in, removable=not fixed),
                "takes_file": kind == "piece",
                "control": control,
                "accept": _accept(dossier, kind, name),
                "errors": (taken.errors.get(control, []) if taken else []),
                "answer": text,
            }
        )
    return {
        "items": items,
        "open": sum(not item["done"] for item in items),
        "total": len(items),
        "round": asked.round,
        "until": asked.answer_by,
        "at_intake": asked.stage == "intake",
        "by": asked.requested_by,
    }


def _where(dossier: Dossier, kind: str, name: str, basis: str, lang: str) -> str:
    try:
        found: Any = dossier.definition.piece(name) if kind == "piece" else dossier.definition.section(name)
        title = found.title.get(lang)
    except KeyError:
        title = ""
    place = _("Paper: %(title)s") if kind == "piece" else _("Form: %(title)s")
    said = [place % {"title": title}] if title else []
    return ". ".join([*said, *([basis] if basis else [])])


def _accept(dossier: Dossier, kind: str, name: str) -> str:
    try:
        return accepted(dossier.definition.piece(name).formats) if kind == "piece" else ""
    except KeyError:
        return ""
