"""A signed extract of a book of the office: of the register of dossiers or the licences given in a period, or of one
licence as the register shows it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from workflows.models.archive import Archived
from workflows.models.paper import new_code

__all__ = ["Extract"]


class Extract(FSMModelMixin, Archived):
    """What a book said when the extract was made; its content is frozen, its bytes follow.

    A paper of no dossier: it has the frozen content, files and code of a `Paper`, so the same steps make it.
    """

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agency_code = models.CharField(max_length=30)
    book = models.CharField(max_length=40, blank=True)
    """The register of licences; empty: the register of dossiers."""
    since = models.DateField()
    until = models.DateField()
    """The last day of the period; of a copy the day that it speaks of, as `since`."""
    licence = models.ForeignKey(
        "workflows.Licence", null=True, blank=True, on_delete=models.PROTECT, related_name="copies"
    )
    """The one licence that it is a copy of, made for its holder; empty: it is of a period."""
    title = models.CharField(max_length=250)
    state = FSMField(default="reserved", protected=True, max_length=10)
    code = models.CharField(max_length=32, unique=True, default=new_code)
    statement = ""
    """Its QR code leads to its record and says nothing itself: an extract lists many, and grants nothing."""
    snapshot = models.TextField()
    snapshot_sha256 = models.CharField(max_length=64)
    template_sha256 = models.CharField(max_length=64)
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    """The official who signs before the agency; none: the agency alone signs, as it does a copy."""
    created_at = models.DateTimeField()
    """Also the moment of both signatures, so that it can be made again."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["agency_code", "book", "since", "id"], name="extract_of_period")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=["reserved", "published"]), name="extract_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(licence__isnull=True, signer__isnull=False)
                | models.Q(licence__isnull=False, signer__isnull=True),
                name="copies_are_signed_by_the_agency_alone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.agency_code} {self.since}"

    @property
    def layout(self) -> str:
        """The layout in which it is printed."""
        if self.licence_id is not None:
            return "licence_copy.html"
        return "licence_list.html" if self.book else "dossier_register.html"

    @property
    def signers(self) -> tuple[str, ...]:
        """Who signs, in that order, in the words of a definition's papers."""
        return ("seal",) if self.signer_id is None else ("officer", "seal")

    @property
    def references(self) -> tuple[str, ...]:
        """The key references of `signers`."""
        person = () if self.signer is None else (f"official:{self.signer.username}",)
        return (*person, f"agency:{self.agency_code}")

    @transition(field="state", source="reserved", target="published")
    def publish(self) -> None:
        """It is signed and sealed."""
