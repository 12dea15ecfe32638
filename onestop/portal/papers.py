"""The papers of a draft on whatever page asks for them: handed in, taken back, used again, and shown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from onestop.components import formats
from onestop.portal import words
from onestop.portal.reading import applicant, file_rows
from onestop.portal.uploading import Taken, accepted, take
from procedures.errors import NotFound, Reason
from workflows import selectors, service
from workflows.models import Dossier, Piece

__all__ = ["asked_papers", "hand_in", "refused_papers"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def hand_in(request: HttpRequest, dossier: Dossier, pieces: Sequence[str]) -> Taken:
    """What the page sent for these required pieces: files chosen, one taken back, one of an earlier dossier used again.

    Raises NotFound for a file of another dossier.
    """
    who = applicant(request)
    taken = take(request, actor=who, dossier=dossier, controls={_control(piece): piece for piece in pieces})
    removed, (piece, _dot, earlier) = (
        request.POST.get("remove", ""),
        request.POST.get("reuse", "").partition("."),
    )
    taken.stays = bool(removed or earlier)
    if request.POST.get("action") == "upload" and not (taken.kept or taken.errors or taken.stays):
        asked = [view.id for view in selectors.pieces_of(dossier, lang=words.language()) if view.id in pieces]
        control = _control(asked[0]) if asked else ""
        taken.refuse(control, _("No file was chosen. Choose a file, then upload it."), 422)
    if removed:
        service.remove_piece(actor=who, dossier_id=dossier.pk, piece_id=_number(removed))
    if earlier:
        service.reuse_piece(actor=who, dossier_id=dossier.pk, piece=piece, earlier=_number(earlier))
    return taken


def asked_papers(
    dossier: Dossier, views: Iterable[selectors.PieceView], taken: Taken
) -> list[dict[str, Any]]:
    """The required pieces as the page shows them, with what was wrong with the files just sent. One query."""
    store = selectors.reusable(dossier)
    return [_asked(dossier, view, taken, store) for view in views]


def refused_papers(asked: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(what is wrong, the control) for the summary of errors."""
    return [(text, f"id_{piece['control']}") for piece in asked for text in piece["errors"]]


def _control(piece: str) -> str:
    return f"tep-{piece}"


def _number(sent: str) -> int:
    if not sent.isdecimal() or len(sent) > 18:
        raise NotFound(Reason("no_file", gettext_noop("There is no such file in this dossier.")))
    return int(sent)


_BADGES = {
    "missing": (gettext_noop("Not there yet"), "dot", "grey"),
    "checking": (gettext_noop("Being checked"), "scan", "amber"),
    "ready": (gettext_noop("Complete"), "check", "green"),
    "failed": (gettext_noop("Not usable"), "warning", "red"),
}


def _asked(
    dossier: Dossier, view: selectors.PieceView, taken: Taken, store: Mapping[str, list[Piece]]
) -> dict[str, Any]:
    required = dossier.definition.piece(view.id)
    control = _control(view.id)
    text, icon, tone = _BADGES[view.state]
    return {
        "id": view.id,
        "control": control,
        "title": view.title,
        "hint": view.hint,
        "form": words.form_words(required),
        "basis": view.basis,
        "illustrative": view.illustrative,
        "badge": (_(text), icon, tone),
        "files": file_rows(dossier, view.files, removable=True),
        "store": [(f"{view.id}.{row.pk}", _held(row)) for row in store.get(view.id, ())],
        "errors": taken.errors.get(control, []),
        "accept": accepted(view.formats),
        "kinds": ", ".join(kind.upper() for kind in view.formats),
    }


def _held(row: Piece) -> str:
    """A paper of the applicant's store, in words."""
    return _("%(name)s, handed in %(day)s with dossier %(dossier)s.") % {
        "name": row.name,
        "day": formats.day(row.uploaded_at),
        "dossier": row.dossier.code or str(row.dossier.ref)[:8].upper(),
    }
