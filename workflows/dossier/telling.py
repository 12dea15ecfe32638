"""What the applicant does to a dossier without a legal act: explanations kept before they are sent, notices read."""

from collections.abc import Mapping

from django.db import transaction

from procedures.errors import NotFound, Reason
from procedures.now import now
from procedures.policy import Actor
from workflows.flow.lock import locked
from workflows.models import Notice, SupplementItem

__all__ = ["keep_explanations", "mark_read"]

LONGEST = 5000


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
