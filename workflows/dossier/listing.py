"""Decisions over lists: which dossiers wait for one, which stand on one, and who may not leave it any more.

The list is a dossier of its own (`Definition.lists`), with a route, a decision and a ledger like any other. It gives
nothing itself: when its decision takes effect, the system grants each dossier that stands on it, one act each.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from procedures import catalog
from procedures.definition.model import Definition
from procedures.errors import Conflict, Invalid, Reason
from procedures.law.life import State
from procedures.models import ProcedureVersion
from workflows.dossier.facts import ListingFact
from workflows.dossier.wording import answer_pairs
from workflows.models import Dossier, ListedDossier, Paper, Task

__all__ = ["absent", "hold", "listed_in", "listing_of", "lock", "put", "row_of", "waiting"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def waiting(definition: Definition) -> QuerySet[Task]:
    """The open steps of dossiers that may be put on a list of this procedure, most urgent first; on none yet."""
    assert definition.lists is not None
    decided = Paper.objects.filter(dossier=OuterRef("list"), kind="decision", state="published")
    held = ListedDossier.objects.filter(dossier=OuterRef("process")).filter(
        Q(list__finished__isnull=True) | Exists(decided)
    )
    return (
        Task.objects.filter(_at_their_step(definition.lists.procedure), finished__isnull=True)
        .exclude(process__state=State.WITHDRAWAL_REQUESTED)
        .exclude(Exists(held))
        .select_related("process__subject")
        .order_by("due_at", "pk")
    )


def _at_their_step(procedure: str) -> Q:
    """The steps at which dossiers of a procedure wait to be listed, as each of its versions names them."""
    found = Q(pk__in=())
    versions = ProcedureVersion.objects.filter(procedure__code=procedure).exclude(state="draft")
    for sha256 in versions.values_list("sha256", flat=True):
        for node in catalog.definition_of(sha256).listed_at:
            found |= Q(process__definition_sha256=sha256, node=node)
    return found


def row_of(definition: Definition, dossier: Dossier) -> dict[str, Any]:
    """What a list of this procedure says of a dossier, in Vietnamese words."""
    lists = definition.lists
    assert lists is not None
    known: Mapping[str, str] = dict(answer_pairs(dossier.definition, dossier.answers, "vi")) | {
        "code": dossier.code or "",
        "holder": dossier.subject.name,
    }
    return {
        field.id: known.get(field.prefill.partition(".")[2], "")
        for field in definition.section(lists.section).fields
    }


def put(definition: Definition, ids: Collection[int]) -> list[Dossier]:
    """The dossiers that are to stand on a list of this procedure, which the caller has locked, by their terms.

    Raises Invalid where one of them does not wait to be listed, or stands on another list already.
    """
    lists = definition.lists
    assert lists is not None
    if not ids:
        raise Invalid(
            Reason("nothing_listed", gettext_noop("Choose at least one dossier."), {"field": lists.section})
        )
    if len(ids) > lists.most:
        message = gettext_noop("At most %(most)s dossiers stand on one list.")
        raise Invalid(Reason("too_many_listed", message, {"field": lists.section, "most": lists.most}))
    found = [task.process for task in waiting(definition).filter(process__in=ids)]
    missing = set(ids) - {dossier.pk for dossier in found}
    if missing:
        # Of other procedures nothing is told: whoever lists these need not know them.
        theirs = Dossier.objects.filter(pk__in=missing, procedure__code=lists.procedure)
        codes = theirs.order_by("pk").values_list("code", flat=True)
        message = gettext_noop("%(codes)s no longer waits to be listed. Look at the list again.")
        params = {"field": lists.section, "codes": ", ".join(code or "?" for code in codes) or "?"}
        raise Invalid(Reason("not_waiting", message, params))
    return found


def lock(ids: Iterable[int]) -> None:
    """Nobody acts on these dossiers until the transaction ends. In one order, so that no two wait for each other."""
    list(Dossier.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def absent(dossier: Dossier) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of the dossiers on the list that do not wait for it any more, and of those whose applicant asks to
    withdraw, each by their places. Two queries.
    """
    rows = list(
        ListedDossier.objects.filter(list=dossier)
        .order_by("place")
        .values_list("dossier_id", "dossier__definition_sha256", "dossier__code", "dossier__state")
    )
    tasks = Task.objects.filter(process__in=[row[0] for row in rows], finished__isnull=True)
    standing = set(tasks.values_list("process_id", "node"))
    left, leaving = [], []
    for number, sha256, code, state in rows:
        if not any((number, node) in standing for node in catalog.definition_of(sha256).listed_at):
            left.append(code or "?")
        elif state == State.WITHDRAWAL_REQUESTED:
            leaving.append(code or "?")
    return tuple(left), tuple(leaving)


def hold(dossier: Dossier) -> None:
    """From here until the act is committed no dossier on the list goes anywhere. Raises Conflict where one has gone."""
    lock(ListedDossier.objects.filter(list=dossier).values_list("dossier_id", flat=True))
    if any(absent(dossier)):
        message = gettext_noop("A dossier on the list has moved on meanwhile. Read the page again.")
        raise Conflict(Reason("list_changed", message))


def listing_of(dossier: Dossier) -> ListingFact | None:
    """The list on which the dossier stands, the newest; None where it stands on none. Two queries."""
    row = ListedDossier.objects.filter(dossier=dossier).select_related("list").order_by("-list_id").first()
    if row is None:
        return None
    paper = (
        Paper.objects.filter(dossier=row.list_id, kind="decision")
        .exclude(state="void")
        .select_related("number")
        .first()
    )
    if paper is None or paper.number is None:
        over = row.list.finished is not None
        return None if over else ListingFact(row.list.code or "", row.place, "", None, "")
    on: date = paper.number.date
    return ListingFact(row.list.code or "", row.place, paper.number.text, on, paper.state)


def listed_in(dossier: Dossier) -> list[int]:
    """Ids of the dossiers on a list, by their places."""
    return list(
        ListedDossier.objects.filter(list=dossier).order_by("place").values_list("dossier_id", flat=True)
    )
