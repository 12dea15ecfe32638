"""A dossier as the office shows it: answers in words, papers, the clock, what happened. Presentation only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from onestop.answers import answer_text, language, moved_date
from onestop.components import formats
from onestop.office.words import short_hash
from procedures.definition.forms import visible_fields
from procedures.definition.model import Definition
from workflows import selectors
from workflows.models import Dossier, Paper, Piece
from workflows.selectors import Event, PieceView

__all__ = ["Shown", "Tab", "answers", "clock", "events", "language", "pieces", "reference", "shown_piece"]

INLINE = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""What a browser may show inside our page; anything else is a download."""
DECLARATION = "to-khai"
"""The tab of the signed declaration; no piece bears this name, for a hyphen is not allowed in theirs."""


def reference(dossier: Dossier) -> str:
    """The dossier code, or before acceptance the beginning of its reference."""
    return dossier.code or str(dossier.ref)[:8].upper()


# -- answers --------------------------------------------------------------------------------------------------


def answers(definition: Definition, given: Mapping[str, Any], *, lang: str) -> list[dict[str, Any]]:
    """The form by section: {"id", "title", "rows": [(label, value)], "lines": [{"title", "rows"}]}."""
    found = []
    for section in definition.form:
        shown: dict[str, Any] = {
            "id": section.id,
            "title": section.title.get(lang),
            "repeat": section.repeat,
            "rows": [],
            "lines": [],
        }
        if section.repeat:
            for row in given.get(section.id) or ():
                fields = visible_fields(definition, section, given, row)
                title = str(row.get(section.row_title, ""))
                pairs = [
                    (f.title.get(lang), answer_text(f, row.get(f.id), lang=lang))
                    for f in fields
                    if f.id != section.row_title
                ]
                shown["lines"].append({"title": title, "rows": [pair for pair in pairs if pair[1]]})
        else:
            shown["rows"] = [
                (f.title.get(lang), answer_text(f, given.get(f.id), lang=lang))
                for f in visible_fields(definition, section, given)
            ]
        found.append(shown)
    return found


# -- pieces ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tab:
    """One paper above the viewer."""

    id: str
    title: str
    icon: str
    note: str
    """In words what the icon says."""
    current: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What the viewer shows now."""

    title: str
    note: str
    href: str
    """Of the bytes; empty when there is nothing to open."""
    kind: str
    """pdf, image, or file (only to download)."""
    hint: str = ""
    others: tuple[tuple[str, str], ...] = ()
    """(name, href) of further files of the same piece."""
    earlier: tuple[tuple[str, str], ...] = ()
    """(name, href) of the files that these superseded."""


_ICONS = {"ready": "check", "missing": "warning", "failed": "cross", "checking": "scan"}


def _note_of(state: str) -> str:
    return {
        "ready": pgettext("office", "handed in"),
        "missing": pgettext("office", "missing"),
        "failed": pgettext("office", "not usable"),
        "checking": _("being checked"),
    }[state]


def pieces(
    dossier: Dossier, found: Sequence[PieceView], declaration: Paper | None, *, chosen: str
) -> tuple[list[Tab], str]:
    """The tabs and the id of the one that is shown: the chosen one, or the first with a file."""
    known = {piece.id for piece in found} | ({DECLARATION} if declaration else set())
    if chosen not in known:
        first = next((piece.id for piece in found if piece.files), found[0].id if found else "")
        chosen = first or DECLARATION
    tabs = []
    if declaration:
        tabs.append(
            Tab(
                DECLARATION,
                _("Signed application"),
                "check",
                pgettext("office", "signed"),
                chosen == DECLARATION,
            )
        )
    for number, piece in enumerate(found, start=1):
        title = f"{number} {piece.title}"
        tabs.append(Tab(piece.id, title, _ICONS[piece.state], _note_of(piece.state), chosen == piece.id))
    return tabs, chosen


def shown_piece(
    dossier: Dossier, found: Sequence[PieceView], declaration: Paper | None, *, chosen: str, file_id: str
) -> Shown | None:
    """What the viewer shows for a tab; `file_id` picks another file of the same piece."""
    if chosen == DECLARATION:
        if declaration is None:
            return None
        note = formats.stamp(declaration.published_at)
        return Shown(declaration.title, note, paper_href(dossier, declaration), "pdf")
    piece = next((piece for piece in found if piece.id == chosen), None)
    if piece is None:
        return None
    everything = [*piece.files, *piece.superseded]
    if not everything:
        return Shown(piece.title, _("Not handed in."), "", "file", hint=piece.hint)
    current = next((p for p in everything if str(p.pk) == file_id), everything[0])
    note = " · ".join(
        [
            current.name,
            formats.file_size(current.file.size),
            _("handed in %(at)s") % {"at": formats.stamp(current.uploaded_at)},
        ]
    )
    media = current.file.media_type
    kind = "pdf" if media == "application/pdf" else "image" if media in INLINE else "file"
    return Shown(
        title=piece.title,
        note=note,
        href=piece_href(dossier, current) if current.file.is_clean else "",
        kind=kind,
        hint=piece.hint,
        others=tuple(_file_link(dossier, piece, p) for p in piece.files if p is not current),
        earlier=tuple(_file_link(dossier, piece, p) for p in piece.superseded if p is not current),
    )


def _file_link(dossier: Dossier, piece: PieceView, row: Piece) -> tuple[str, str]:
    page = reverse("office:dossier", args=[dossier.ref])
    name = f"{row.name} ({formats.stamp(row.uploaded_at)})"
    return name, f"{page}?giay-to={piece.id}&tep={row.pk}#giay-to"


def piece_href(dossier: Dossier, piece: Piece) -> str:
    """Where the bytes of a piece are."""
    return reverse("office:piece", args=[dossier.ref, piece.pk])


def paper_href(dossier: Dossier, paper: Paper) -> str:
    """Where the newest bytes of a paper are; empty before it is rendered."""
    if not paper.file_sha256:
        return ""
    return reverse("office:paper", args=[dossier.ref, paper.ref, paper.file_sha256])


def annexes(dossier: Dossier, paper: Paper) -> list[tuple[str, str]]:
    """Title and address of each annex of a paper that has been rendered."""
    found = selectors.annexes_of(paper, definition=dossier.definition)
    return [(one.title, paper_href(dossier, one)) for one in found if one.file_sha256]


# -- the clock and what happened ------------------------------------------------------------------------------


def clock(dossier: Dossier, *, lang: str) -> dict[str, Any] | None:
    """The explained deadline as the components take it, and `left`: whole days (or hours), negative when late."""
    explanation = selectors.deadline(dossier)
    if explanation is None:
        return None
    found = explanation.as_dict(lang=lang, translate=_)
    left = explanation.total - explanation.used
    if explanation.overdue and left >= 0:
        left = -1
    return {**found, "left": left, "hours": str(explanation.term.unit) == "working_hours"}


def events(dossier: Dossier, found: Sequence[Event]) -> list[dict[str, Any]]:
    """The ledger for people, newest first."""
    rows = []
    for event in found:
        who = event.actor or (_("the system") if not event.actor_title else "")
        if event.actor_title:
            who = f"{who}, {event.actor_title.lower()}"
        if event.on_behalf_of:
            who = _("%(who)s, on behalf of %(other)s") % {"who": who, "other": event.on_behalf_of}
        rows.append(
            {
                "at": event.at,
                "sequence": event.sequence,
                "title": _(event.title),
                "who": who,
                "reason": event.reason,
                "moved": moved_date(event.data) if "due_after" in event.data else "",
                "void": event.data.get("number_void", ""),
                "papers": [(_paper_label(p), paper_href(dossier, p)) for p in event.papers],
                "hash": short_hash(event.hash),
                "internal": event.internal,
            }
        )
    return rows


MINUTES_A_DAY = 8 * 60


def way(dossier: Dossier, handed: Sequence[selectors.Handover]) -> dict[str, Any]:
    """For the diagram: where the dossier is, where it was, and how long each step had it, in working time."""
    spent: dict[str, int] = {}
    for line in handed:
        spent[line.node] = spent.get(line.node, 0) + selectors.worked(line)
    return {
        "position": {
            "open": [line.node for line in handed if line.done_at is None],
            "done": [line.node for line in handed if line.done_at is not None] + ["start"],
        },
        "took": {node: _spent(minutes) for node, minutes in spent.items()},
    }


def _spent(minutes: int) -> str:
    days, rest = divmod(minutes, MINUTES_A_DAY)
    if days:
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
    hours, rest = divmod(rest, 60)
    if hours:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest}


def _paper_label(paper: Paper) -> str:
    return f"{paper.title} {paper.number.text}" if paper.number else paper.title


# -- the rail -------------------------------------------------------------------------------------------------

VIEWS = {"toi": "mine", "don-vi": "unit", "cho": "waiting"}


def rail(
    request: HttpRequest, counts: Mapping[str, int], units: Sequence[str], *, messages: int | None = None
) -> list[dict[str, Any]]:
    """The saved views with their counts, as the frame's rail takes them. `messages`: how many messages with partners
    wait for a person; None for whoever does not read them."""
    inbox = reverse("office:inbox")
    here = request.path
    chosen = request.GET.get("xem", "toi") if here == inbox else ""

    def view(label: str, name: str, count: int) -> dict[str, Any]:
        href = inbox if name == "toi" else f"{inbox}?xem={name}"
        return {"label": label, "href": href, "count": count, "current": chosen == name}

    def page(label: str, name: str) -> dict[str, Any]:
        href = reverse(name)
        return {"label": label, "href": href, "count": None, "current": here.startswith(href)}

    partners = [
        {
            "title": _("Partners"),
            "views": [page(_("Messages with partners"), "office:messages") | {"count": messages}],
        }
    ]
    return [
        {"title": _("My work"), "views": [view(_("Waiting for me"), "toi", counts["mine"])]},
        {
            "title": ", ".join(units) or _("My unit"),
            "views": [
                view(_("The whole unit"), "don-vi", counts["unit"]),
                view(_("Waiting for others"), "cho", counts["waiting"]),
            ],
        },
        {
            "title": _("Look up"),
            "views": [
                page(_("Search dossiers"), "office:search"),
                page(_("Act on a licence"), "office:openings"),
                page(_("After the grant"), "office:supervision"),
                page(_("Register of dossiers"), "office:register"),
                page(_("Register of papers"), "office:numbers"),
                page(_("Long-term keeping"), "office:archive"),
                page(_("Procedures"), "office:procedures"),
                page(_("Working calendar"), "office:calendars"),
            ],
        },
        *(partners if messages is not None else ()),
    ]
