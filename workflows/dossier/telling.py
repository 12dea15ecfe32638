"""What is told without a legal act: explanations kept before they are sent, notices read, and reminders."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from procedures.errors import NotFound, Reason
from procedures.now import now
from procedures.policy import Actor
from workflows import outbox
from workflows.flow.lock import locked
from workflows.models import Dossier, Notice, OutboxRow, SupplementItem

__all__ = [
    "CONFIRMED", "COPIED", "CREDENTIAL", "DUE_SOON", "EXPIRED", "OF_LICENCES", "OVERDUE", "REMINDER", "RENEWABLE",
    "RENEWAL_ENDS", "REPORTED", "SENT_BACK", "TAKEN_OVER", "USED", "USE_TAKEN_BACK", "keep_explanations", "mark_read",
    "remind",
]  # fmt: skip

LONGEST = 5000
REMINDER = "answer_by"
"""Kind of the notice that the time to answer ends soon."""
CREDENTIAL = "issue_credential"
COPIED = "issue_copy"
EXPIRED = "licence_expired"
TAKEN_OVER = "licence_taken_over"
REPORTED = "report_condition"
CONFIRMED = "confirm_condition"
SENT_BACK = "return_report"
DUE_SOON = "condition_due"
OVERDUE = "condition_overdue"
RENEWABLE = "renewal_opens"
RENEWAL_ENDS = "renewal_ends"
USED = "use_licence"
USE_TAKEN_BACK = "take_back_use"
OF_LICENCES = frozenset({
    CREDENTIAL, COPIED, EXPIRED, TAKEN_OVER, REPORTED, CONFIRMED, SENT_BACK, DUE_SOON, OVERDUE, RENEWABLE,
    RENEWAL_ENDS, USED, USE_TAKEN_BACK,
})  # fmt: skip
"""What goes on about a licence, as the ledger and notices call it: its holder's business, also where somebody else
filed the dossier that gave it."""


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


def remind(ids: Sequence[int]) -> int:
    """Remind the applicants of the dossiers `ids` that they are waited for: a notice each, mailed after the commit."""
    with transaction.atomic():
        dossiers = list(Dossier.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True))
        at = now()
        Notice.objects.bulk_create(
            [
                Notice(
                    dossier=one, subject_id=one.subject_id, sequence=one.head_sequence, kind=REMINDER, at=at
                )
                for one in dossiers
            ],
            ignore_conflicts=True,
        )
        rows = [
            outbox.rows_for(
                kind=f"notice.{REMINDER}",
                dossier_id=one.pk,
                sequence=one.head_sequence,
                payload={"act": REMINDER},
                now=at,
            )
            for one in dossiers
        ]
        OutboxRow.objects.bulk_create([row for made in rows for row in made])
        return len(dossiers)
