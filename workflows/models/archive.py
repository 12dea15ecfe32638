"""Papers that outlive the certificates they were signed with: which time stamps they got, and when the next is due."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

__all__ = ["ArchiveStamp", "Archived", "due", "late"]

RENEW_BEFORE = timedelta(days=90)
"""How long before the newest stamp ends the next one is put on."""
LATE_BEFORE = timedelta(days=30)
"""How long before that end a person is told that no next one came."""
LATE_AFTER = timedelta(days=3)
"""How long after it was due the first stamp may be missing before a person is told."""


def due(at: datetime) -> Q:
    """Published papers to be stamped by `at` (aware), the first time or again."""
    first = Q(archive_due_at=None, published_at__lte=at - settings.ARCHIVE_AFTER)
    return (first | Q(archive_due_at__lte=at)) & Q(state="published")


def late(at: datetime) -> Q:
    """Published papers that a person must look after: soon nothing proves any more when they were signed."""
    never = Q(archived_until=None, published_at__lte=at - settings.ARCHIVE_AFTER - LATE_AFTER)
    return (never | Q(archived_until__lte=at + LATE_BEFORE)) & Q(state="published")


class Archived(models.Model):
    """What a paper and an extract have in common once they are published."""

    rendered_sha256 = models.CharField(max_length=64, blank=True)
    signed_sha256 = models.CharField(max_length=64, blank=True)
    sealed_sha256 = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True)
    archived_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    """The file with the newest archive time stamp; empty before the first. As its ArchiveStamp says, written with it:
    lists of papers name their files without asking another table, and what is late is found by an index."""
    archived_until = models.DateTimeField(null=True)
    """When that stamp's authority ends; null before the first."""
    archive_due_at = models.DateTimeField(null=True)
    """When the next stamp is to be put on, or tried again; null before the first try."""

    class Meta:
        abstract = True

    @property
    def file_sha256(self) -> str:
        """The newest bytes of the paper; empty before it is rendered."""
        return self.archived_sha256 or self.sealed_sha256 or self.signed_sha256 or self.rendered_sha256


class ArchiveStamp(models.Model):
    """A paper's file after one archive time stamp more. Rows are never changed: each file stays known for ever."""

    paper = models.ForeignKey(
        "workflows.Paper", null=True, on_delete=models.PROTECT, related_name="archive_stamps"
    )
    extract = models.ForeignKey(
        "workflows.Extract", null=True, on_delete=models.PROTECT, related_name="archive_stamps"
    )
    base_sha256 = models.CharField(max_length=64)
    """The file before."""
    file_sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    """The moment in the stamp."""
    until = models.DateTimeField()
    """When its authority ends."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(paper__isnull=False, extract__isnull=True)
                | Q(paper__isnull=True, extract__isnull=False),
                name="stamp_of_one_paper",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.file_sha256[:12]}"
