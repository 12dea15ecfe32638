"""The right that a grant gives, what its holder must do while it lives, and how it is inspected. Pure."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from procedures.definition.base import Id, Sourced, Text
from procedures.definition.route import Desk
from procedures.law.working_time import month_later

__all__ = ["ConditionKind", "LicenceKind"]

ALTERING = frozenset({"suspend", "reinstate", "surrender", "revoke", "annul", "inspect"})


class ConditionKind(Sourced):
    """A condition that comes with a licence: what its holder must do and report, and until when."""

    id: Id
    title: Text
    """What must be done, inside a sentence: the decision prints it."""
    months: int = Field(gt=0, le=240)
    """Until when, from the day of issue."""
    again: bool = False
    """Once met, it falls due anew after as many months, for as long as the licence lives."""
    when: str = ""
    """CEL over the answers and `tables`; empty: it comes with every licence."""


class LicenceKind(Sourced):
    """The right that a grant gives."""

    register_id: Id
    title: Text
    number: str
    """The licence bears the number of its decision ("{paper}") or a pattern of its own."""
    validity_months: int | None = None
    """None: no expiry; of a licence that takes another's place: the other's."""
    fields: tuple[str, ...] = ()
    """Answers that the register shows."""
    effect: Literal[
        "new", "amend", "renew", "reissue", "transfer",
        "suspend", "reinstate", "surrender", "revoke", "annul", "inspect",
    ] = "new"  # fmt: skip
    """What a grant does: a new right, another in the place of one held (of another holder, too), or one held rests,
    lives again, ends, or is found in order."""
    about: str = ""
    """The field of the form that names the licence held, of the same register; empty for a new right."""
    to: str = ""
    """The field with the tax code of the new holder; empty where nothing is transferred."""
    conditions: tuple[ConditionKind, ...] = ()
    supervised_by: Desk | None = None
    """Who reads what holders report on their conditions."""
    inspection: str = ""
    """Id of the table that gives the months until the next inspection, the fewer, the greater the risk: it may ask
    `LICENCE_FACTS`. Empty: such licences are not inspected by plan."""

    @property
    def alters(self) -> bool:
        """A grant gives no right: the one held rests, lives again, ends, or is found in order."""
        return self.effect in ALTERING

    def last_day(self, issued: date, held_until: date | None) -> date | None:
        """The last day of a right given on a day, in the place of one held until `held_until`; None: no end is set."""
        return month_later(issued, self.validity_months) if self.validity_months else held_until

    def conditions_from(
        self, issued: date, holds: Callable[[str], bool]
    ) -> Iterator[tuple[ConditionKind, date]]:
        """Each condition that comes with a licence given on a day, with its first day due; `holds` judges `when`."""
        for one in self.conditions:
            if holds(one.when):
                yield one, month_later(issued, one.months)
