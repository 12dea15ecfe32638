"""How much of each thing a licence allows, and what was used under which declaration."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest

__all__ = ["LicenceGoods", "LicenceLine", "LicenceUse"]


class LicenceGoods(models.Model):
    """One thing of a licence to quantities, and of each licence that stands in its place later."""

    about = models.JSONField(default=dict)
    """What the row says of them, but for the quantity: by that an amended licence is seen to name the same."""
    name = models.CharField(max_length=250)
    unit = models.CharField(max_length=60, blank=True)
    allowed = models.PositiveBigIntegerField()
    """By the newest licence that names them."""
    carried = models.PositiveBigIntegerField(default=0)
    """What was used before that licence was given: it may be more than it allows."""
    used = models.PositiveBigIntegerField(default=0)
    """A trigger counts it from the uses; nobody else writes it."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(used__lte=Greatest(F("allowed"), F("carried"))), name="no_more_used_than_allowed"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def left(self) -> int:
        """What may still be used; never below zero."""
        return max(self.allowed - self.used, 0)


class LicenceLine(models.Model):
    """Which row of which licence names the goods."""

    licence = models.ForeignKey("workflows.Licence", on_delete=models.PROTECT, related_name="lines")
    place = models.PositiveIntegerField()
    """From 1, as the decision prints it and partners name it."""
    goods = models.ForeignKey(LicenceGoods, on_delete=models.PROTECT, related_name="lines")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["licence", "place"], name="one_line_a_place"),
            models.UniqueConstraint(fields=["licence", "goods"], name="goods_once_a_licence"),
        ]

    def __str__(self) -> str:
        return f"{self.licence_id}.{self.place}"


class LicenceUse(models.Model):
    """So much of the goods was used, or a use was taken back. Rows are never changed."""

    goods = models.ForeignKey(LicenceGoods, on_delete=models.PROTECT, related_name="uses")
    amount = models.PositiveBigIntegerField()
    source = models.CharField(max_length=40)
    """Who reports it: the name of a partner."""
    declaration = models.CharField(max_length=60)
    used_on = models.DateField()
    at = models.DateTimeField()
    """When it was entered."""
    takes_back = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="taken_back")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["source", "declaration"], name="use_of_declaration")]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(amount__gt=0), name="something_was_used")]

    def __str__(self) -> str:
        return f"{self.declaration}: {self.amount} of {self.goods_id}"
