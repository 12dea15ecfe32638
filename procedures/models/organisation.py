"""Agencies, their units, the people, and the rights that people hold through units: with dates, never for ever.

A right is a membership (or a delegation of one) that is valid on the day of the act; `procedures.policy` reads them.
Nothing here is deleted: a membership ends. Names carry both languages; what the law calls them is the Vietnamese.
"""

from datetime import date
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from procedures.definition.model import Role

__all__ = ["Agency", "Dated", "Delegation", "Membership", "Unit", "User"]

ROLES = [(role.value, role.value) for role in Role]


class Named(models.Model):
    """Something with a code and a name in both languages."""

    code = models.CharField(max_length=30, unique=True)
    name_vi = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.name_vi}"

    def name(self, lang: str = "vi") -> str:
        """The name in `lang` ("vi" or "en")."""
        return self.name_en if lang == "en" else self.name_vi


class Agency(Named):
    """A body that decides and whose seal stands on papers: a ministry, or a department of it."""

    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    place = models.CharField(max_length=60)
    """Where its papers are dated: "Hà Nội"."""
    national_code = models.CharField(max_length=30, blank=True)
    """The agency identifier of the dossier code, e.g. "000.00.04.G18"; empty: that of the parent."""
    short = models.CharField(max_length=20, blank=True)
    """The abbreviation in paper numbers, e.g. "HTTB"."""

    class Meta:
        verbose_name_plural = "agencies"


class Unit(Named):
    """A unit in which people hold roles: a division, an office, the department's leadership itself."""

    class Kind(models.TextChoices):
        LEADERSHIP = "leadership", _("leadership")
        DIVISION = "division", _("division")
        OFFICE = "office", _("office")
        REGISTRY = "registry", _("registry of papers")

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    kind = models.CharField(max_length=20, choices=Kind.choices)


class UserManager(BaseUserManager["User"]):
    """Makes users; a user without a password can only come in through an outside identity."""

    use_in_migrations = True

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A saved user; without a password, one that cannot sign in by password."""
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        """A user who passes Django's own permission checks; `procedures.policy` knows no such power."""
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: an official or somebody who files for an enterprise."""

    username = models.CharField(max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    full_name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    """Chức danh, as printed below a signature: "Cục trưởng"."""
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)
    language = models.CharField(
        max_length=2, choices=[("vi", _("Vietnamese")), ("en", _("English"))], default="vi"
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        """The name as people write it."""
        return self.full_name

    def get_short_name(self) -> str:
        """The given name: the last word of a Vietnamese name."""
        return self.full_name.rsplit(" ", 1)[-1]


class DatedQuerySet(models.QuerySet[Any]):
    """Rows that hold for a period of days, both ends included."""

    def on(self, day: date) -> Self:
        """Those that hold on that day."""
        return self.filter(Q(until__isnull=True) | Q(until__gte=day), since__lte=day)


class Dated(models.Model):
    """Holds from the day `since` to the day `until`, both included; dates of Hanoi."""

    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class Membership(Dated):
    """A person holds a role in a unit for a time."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=ROLES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "unit", "role", "since"], name="membership_once"),
            models.CheckConstraint(
                name="membership_period", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]
        indexes = [models.Index(fields=["unit", "role"], name="membership_holders")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.unit_id}"


class Delegation(Dated):
    """One official lends a role that he or she holds to another, for a period that must end."""

    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_taken")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="delegations")
    role = models.CharField(max_length=20, choices=ROLES)
    basis = models.CharField(max_length=200)
    """Number and date of the paper that delegates."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="delegation_period", condition=Q(until__isnull=False) & Q(until__gte=F("since"))
            ),
            models.CheckConstraint(name="delegation_to_another", condition=~Q(giver=F("taker"))),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.taker_id} {self.role} {self.unit_id}"
