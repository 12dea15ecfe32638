"""The right that a grant gives: what its holder must do, how it is inspected, used up and renewed. Pure."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from procedures.definition.base import Frozen, Id, Sourced, Text
from procedures.definition.route import Desk
from procedures.law.working_time import month_later

__all__ = ["ConditionKind", "Drawdown", "LicenceKind", "RenewalWindow"]

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


class RenewalWindow(Sourced):
    """When a renewal may be asked for, in calendar days before the last day of the right held."""

    opens: int = Field(gt=0, le=3650)
    """So many days before that day is the first day to apply."""
    closes: int | None = Field(None, ge=0, le=3650)
    """So many days before that day is the last one; None: also after the right has ended."""

    def days(self, last: date) -> tuple[date, date | None]:
        """(first, last) day in Hanoi on which the renewal of a right that ends with `last` may be asked for."""
        return last - timedelta(self.opens), None if self.closes is None else last - timedelta(self.closes)


class Drawdown(Frozen):
    """A right to so much of each thing: every row of a repeated section is a line of the licence, and is used up."""

    section: str
    quantity: str
    """The column with the whole number that is allowed."""
    unit: str = ""
    """The column with its unit of measure; empty: none is asked for."""
    same: tuple[str, ...] = ()
    """Columns that agree where a line of an amended licence is of the same goods: what was used is counted on."""


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
    window: RenewalWindow | None = None
    """Of a renewal; None: it may be asked for at any time."""
    drawdown: Drawdown | None = None
    """None: the right is not one to quantities."""

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
