"""The books of what was sent to partners and what came from them, for officers: looked up, read, compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from lxml import etree

from integrations import registry
from integrations.envelope import Unreadable
from integrations.models import OPEN_STATES, Difference, Inbound, Message, Reconciliation
from integrations.signed_xml import parse
from procedures.errors import NotFound, Reason
from procedures.models import LedgerEntry

__all__ = [
    "Wanted", "difference", "differences", "done_on", "inbound_of", "incoming_book", "outgoing_book", "pretty",
    "reconciliations", "waiting_for_people",
]  # fmt: skip

M = TypeVar("M", bound=Model)
LONG_TEXT = 400
"""A word longer than this is a file inside the document."""
DIFFERENCES_SHOWN = 50
LONGEST_SHOWN = 20_000
"""Of what is no document that can be set in lines, in bytes."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Wanted:
    """What officers look for. Everything empty: everything."""

    text: str = ""
    """Beginning of a dossier's code, a message's identity or wire id; a licence's number; a partner's error code."""
    partner: str = ""
    states: Sequence[str] = ()
    since: datetime | None = None


def outgoing_book(
    wanted: Wanted, *, before: int | None = None, limit: int = 30
) -> tuple[list[Message], int | None]:
    """Messages, the newest first, without their bytes, each with `behind`: whether an earlier one of its dossier is
    still to be delivered; and the key of the next page. One query."""
    before_it = Message.objects.filter(
        connector=OuterRef("connector"),
        dossier_id=OuterRef("dossier_id"),
        position__lt=OuterRef("position"),
        state__in=[*OPEN_STATES, "dead"],
    )
    rows = Message.objects.select_related("connector").defer("content").annotate(behind=Exists(before_it))
    rows = rows.order_by("-id")
    rows = _narrowed(rows, wanted)
    if text := wanted.text.strip()[:80]:
        named = Q(dossier_code__startswith=text) | Q(subject=text) | Q(wire_id=text)
        named |= Q(answer__faults__contains=[{"code": text}])
        if (identity := _uuid(text)) is not None:
            named |= Q(uuid=identity)
        rows = rows.filter(named)
    return _page(rows, before, limit)


def incoming_book(
    wanted: Wanted, *, before: int | None = None, limit: int = 30
) -> tuple[list[Inbound], int | None]:
    """What partners sent, the newest first, without its bytes; and the key of the next page. One query."""
    rows = Inbound.objects.select_related("connector", "message").defer(
        "raw", "acknowledgement", "message__content"
    )
    rows = rows.order_by("-id")
    rows = _narrowed(rows, wanted)
    if text := wanted.text.strip()[:80]:
        about = Q(message__dossier_code__startswith=text) | Q(message__subject=text)
        rows = rows.filter(about | Q(peer_id=text) | Q(note__contains=text))
    return _page(rows, before, limit)


def _narrowed(rows: QuerySet[M], wanted: Wanted) -> QuerySet[M]:
    if wanted.partner:
        rows = rows.filter(connector__name=wanted.partner)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.since:
        rows = rows.filter(created_at__gte=wanted.since)
    return rows


def _page(rows: QuerySet[M], before: int | None, limit: int) -> tuple[list[M], int | None]:
    found = list((rows.filter(pk__lt=before) if before else rows)[: limit + 1])
    return found[:limit], found[limit - 1].pk if len(found) > limit else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def inbound_of(number: int) -> Inbound:
    """What a partner sent. Raises NotFound."""
    found = Inbound.objects.select_related("connector", "message").filter(pk=number).first()
    if found is None:
        raise NotFound(Reason("no_message", gettext_noop("There is no such message.")))
    return found


def waiting_for_people() -> int:
    """How many messages were given up, and how many differences of books nobody has looked after. Two queries."""
    return Message.objects.filter(state="dead").count() + Difference.objects.filter(settled_at=None).count()


def reconciliations(*, limit: int = 20) -> list[Reconciliation]:
    """The newest comparisons of books, each with `count` differences and how many of them are `open`. One query."""
    rows = Reconciliation.objects.select_related("connector").annotate(
        count=Count("differences"), open=Count("differences", filter=Q(differences__settled_at=None))
    )
    return list(rows.order_by("-day", "connector__name")[:limit])


def differences() -> tuple[list[Difference], bool]:
    """What nobody has looked after yet, the oldest DIFFERENCES_SHOWN, and whether there are more. One query."""
    rows = Difference.objects.filter(settled_at=None).select_related("reconciliation__connector", "message")
    found = list(rows.defer("message__content").order_by("pk")[: DIFFERENCES_SHOWN + 1])
    return found[:DIFFERENCES_SHOWN], len(found) > DIFFERENCES_SHOWN


def done_on(partner: str, *, limit: int = 20) -> list[LedgerEntry]:
    """What officers did on a line, the newest first."""
    row = registry.connector(partner)
    rows = LedgerEntry.objects.filter(subject_kind="connector", subject_id=row.pk)
    return list(rows.order_by("-sequence")[:limit])


def pretty(content: bytes) -> str:
    """A document as people read it: XML on lines of its own, files in it named by their length. Never raises."""
    try:
        root = parse(content)
    except Unreadable:
        return content[:LONGEST_SHOWN].decode("utf-8", "replace")
    for node in root.iter():
        text = (node.text or "").strip()
        if len(text) > LONG_TEXT and " " not in text:
            node.text = f"… {len(text)} …"
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def difference(old: bytes, new: bytes) -> list[tuple[str, str]]:
    """(mark, line) of what people read: "-" only in the old document, "+" only in the new, " " three lines around."""
    lines = unified_diff(pretty(old).splitlines(), pretty(new).splitlines(), lineterm="", n=3)
    return [(line[0], line[1:]) for line in list(lines)[2:]]
