"""What is told without a legal act: explanations kept before they are sent, notices read, and reminders."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from procedures.errors import NotFound, Reason
from procedures.now import now
from procedures.policy import Actor
from workflows import outbox
from workflows.flow.lock import locked
from workflows.models import Dossier, Notice, OutboxRow, SupplementItem

__all__ = ["DUE_SOON", "REMINDER", "TAKEN_OVER", "keep_explanations", "mark_read", "tell"]

LONGEST = 5000
REMINDER = "answer_by"
"""Kind of the notice that the time to answer ends soon."""
DUE_SOON = "condition_due"
"""Kind of the notice that a condition of a licence falls due soon."""
TAKEN_OVER = "licence_taken_over"
"""Kind of the notice to the new holder of a licence that was transferred."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def keep_explanations(*, actor: Actor, dossier_id: int, answers: Mapping[int, str]) -> int:
    """Keep what was typed for items of the open request, not sent yet. Returns how many were changed.

    Items of other requests are left alone. Raises NotFound for a dossier that is not the actor's.
    """
    with transaction.atomic():
        dossier = locked(dossier_id)
        if dossier.subject_id not in actor.subjects:
            raise NotFound(Reason("no_dossier", gettext_noop("There is no such dossier.")))
        items = SupplementItem.objects.filter(
            pk__in=answers, supplement__dossier=dossier, supplement__supplied_at__isnull=True
        )
        changed = [item for item in items if item.answer != answers[item.pk].strip()[:LONGEST]]
        for item in changed:
            item.answer = answers[item.pk].strip()[:LONGEST]
        SupplementItem.objects.bulk_update(changed, ["answer"])
        return len(changed)


def mark_read(*, actor: Actor) -> int:
    """Every notice to the actor's subjects is read; how many were not before."""
    unread = Notice.objects.filter(subject_id__in=actor.subjects, read_at__isnull=True)
    return unread.update(read_at=now())


def tell(ids: Sequence[int], *, kind: str, subjects: Mapping[int, int] | None = None) -> int:
    """Tell something that is no act: a notice each, mailed after the commit, to the subjects of the dossiers `ids`, or
    to whom `subjects` names (dossier → subject)."""
    with transaction.atomic():
        dossiers = list(Dossier.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        at = now()
        Notice.objects.bulk_create(
            [
                Notice(
                    dossier=one,
                    subject_id=(subjects or {}).get(one.pk, one.subject_id),
                    sequence=one.head_sequence,
                    kind=kind,
                    at=at,
                )
                for one in dossiers
            ],
            ignore_conflicts=True,
        )
        rows = [
            outbox.rows_for(
                kind=f"notice.{kind}",
                dossier_id=one.pk,
                sequence=one.head_sequence,
                payload={"act": kind},
                now=at,
            )
            for one in dossiers
        ]
        OutboxRow.objects.bulk_create([row for made in rows for row in made])
        return len(dossiers)
