"""Papers and their numbers: what was decided and handed out, each with a life of its own."""

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django_fsm import FSMField, FSMModelMixin, transition

from workflows.models.archive import Archived

__all__ = ["RESULTS", "Countersignature", "NumberReservation", "NumberSeries", "Paper", "new_code"]

RESULTS = ("decision", "refusal", "tacit_notice")
"""Kinds of paper that tell the applicant the result."""
_LIVE = ["reserved", "rendered", "countersigning", "approved", "signed", "checked", "sealed"]
HEX64 = r"^([0-9a-f]{64})?$"


def new_code() -> str:
    """A verification code: 128 bits that nobody can guess, as 32 upper-case hexadecimal digits."""
    return secrets.token_hex(16).upper()


class NumberSeries(models.Model):
    """A yearly series of paper numbers of one agency; its row is the lock of the series."""

    agency_code = models.CharField(max_length=30)
    kind = models.CharField(max_length=20)
    """Series of the definition, e.g. "QD"."""
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agency_code", "kind", "year"], name="one_series_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.agency_code} {self.kind} {self.year}"


class NumberReservation(FSMModelMixin, models.Model):
    """A number: reserved, then used, or void with a reason. Never reused, never lost."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="reservations")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=60)
    """As printed, e.g. "07/QĐ-HTTB"."""
    date = models.DateField()
    state = FSMField(default="reserved", protected=True, max_length=10)
    reason = models.CharField(max_length=500, blank=True)
    """Why it is void."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "number"], name="one_use_a_number"),
            models.CheckConstraint(
                condition=models.Q(state__in=["reserved", "used"])
                | (models.Q(state="void") & ~models.Q(reason="")),
                name="void_needs_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @transition(field="state", source="reserved", target="used")
    def use(self) -> None:
        """The paper that bears it is published."""

    @transition(field="state", source="reserved", target="void")
    def void(self, *, reason: str) -> None:
        """No paper will bear it; the register shows why."""
        self.reason = reason


class Paper(FSMModelMixin, Archived):
    """A paper of a dossier, from the reserved number to the published file.

    Its content is frozen when it is made (`snapshot`, canonical JSON); the files are known by their SHA-256 and lie
    in the content-addressed store.
    """

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dossier = models.ForeignKey("workflows.Dossier", on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=30)
    """Key of `Definition.papers`."""
    annex_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="annexes")
    """The paper of which it is an annex; null for any other."""
    title = models.CharField(max_length=250)
    state = FSMField(default="reserved", protected=True, max_length=20)
    number = models.OneToOneField(
        NumberReservation, null=True, on_delete=models.PROTECT, related_name="paper"
    )
    """Null for an unnumbered paper."""
    code = models.CharField(max_length=32, unique=True, default=new_code)
    """Verification code, printed with the QR."""
    statement = models.CharField(max_length=700, blank=True, db_default="")
    """Of a decision: the signed statement in its QR code, for whoever checks it without a network (base32)."""
    snapshot = models.TextField()
    """Canonical JSON: all that the paper says; attached to the PDF."""
    snapshot_sha256 = models.CharField(max_length=64)
    template_sha256 = models.CharField(max_length=64)
    answers_sha256 = models.CharField(max_length=64, blank=True)
    """Of a declaration: the answers that it was signed over."""
    signer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    """The person named on the paper as its signer."""
    countersigned_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    """The file with the newest countersignature; empty before the first."""
    created_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    """When the signer signed, as the signature says."""
    checked_at = models.DateTimeField(null=True)
    """When the clerk sealed, as the seal says."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["dossier", "id"], name="paper_of_dossier"),
            models.Index(
                fields=["published_at"],
                condition=models.Q(state="published", archived_until=None),
                name="paper_not_archived",
            ),
            models.Index(
                fields=["archive_due_at"],
                condition=models.Q(archive_due_at__isnull=False),
                name="paper_archive_due",
            ),
            models.Index(
                fields=["archived_until"],
                condition=models.Q(archived_until__isnull=False),
                name="paper_archived_until",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=[*_LIVE, "published", "void"]), name="paper_state_known"
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=models.Q(kind__in=["decision", "refusal"]) & ~models.Q(state="void"),
                name="one_result_a_dossier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.ref}"

    @property
    def file_sha256(self) -> str:
        """The newest bytes of the paper; empty before it is rendered."""
        later = self.archived_sha256 or self.sealed_sha256 or self.signed_sha256
        return later or self.countersigned_sha256 or self.rendered_sha256

    def signs_next(self, *, agency: str) -> str:
        """The key reference whose signature the next person puts: the signer's, then the agency's; empty else. Of a
        paper that is still to be countersigned nobody knows yet who will."""
        if self.state == "rendered" and self.signer is not None and not self.to_countersign:
            return f"official:{self.signer.username}"
        return f"agency:{agency}" if self.state == "signed" else ""

    @property
    def countersigners(self) -> int:
        """How many countersign before the signer, who has the place after them in the order of signing."""
        kind = self.dossier.definition.papers.get(self.kind)
        return kind.countersigners if kind else 0

    @cached_property
    def to_countersign(self) -> int:
        """How many countersignatures are still to come before the leader signs. One query where any are asked for."""
        return self.countersigners - self.countersignatures.count() if self.countersigners else 0

    @property
    def next_place(self) -> int:
        """The place, in the order of signing from 0, of the person who reads and signs it next."""
        return self.countersigners - self.to_countersign

    @transition(field="state", source="reserved", target="rendered")
    def rendered(self, *, sha256: str) -> None:
        """The bytes exist."""
        self.rendered_sha256 = sha256

    @transition(field="state", source="rendered", target="countersigning")
    def countersign(self) -> None:
        """Who answers for the content has read exactly these bytes and countersigns them."""

    @transition(field="state", source="countersigning", target="rendered")
    def countersigned(self, *, sha256: str) -> None:
        """The countersignature stands; the next person reads the bytes with it."""
        self.countersigned_sha256 = sha256

    @transition(field="state", source="rendered", target="approved")
    def approve(self) -> None:
        """The signer has read exactly these bytes and signs them."""

    @transition(field="state", source="approved", target="signed")
    def signed(self, *, sha256: str) -> None:
        """The person's signature stands."""
        self.signed_sha256 = sha256

    @transition(field="state", source="signed", target="checked")
    def check_form(self) -> None:
        """The clerk has checked it and seals it."""

    @transition(field="state", source="rendered", target="checked")
    def check_annex(self) -> None:
        """Nobody signs an annex by hand: the clerk seals it with the paper to which it belongs."""

    @transition(field="state", source="checked", target="sealed")
    def sealed(self, *, sha256: str) -> None:
        """The agency's seal stands."""
        self.sealed_sha256 = sha256

    @transition(field="state", source=["sealed", "signed"], target="published")
    def publish(self) -> None:
        """It takes effect. A declaration has one signature and no seal."""

    @transition(field="state", source=_LIVE, target="void")
    def void(self) -> None:
        """Given up; its number is void with a reason."""


class Countersignature(models.Model):
    """That an official countersigned a paper before its signer. Written with the act, and never changed."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="countersignatures")
    place = models.PositiveSmallIntegerField()
    """In the order of signing, from 0."""
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    """As the signature says."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["paper", "place"], name="one_countersignature_a_place"),
            models.UniqueConstraint(fields=["paper", "signer"], name="nobody_countersigns_twice"),
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.place}"
