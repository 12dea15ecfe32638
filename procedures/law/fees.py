"""Fees: which apply, and their sum in whole đồng. Pure.

Law on Fees and Charges 97/2015/QH13 Article 3: a fee is what a tariff lays down, collected in đồng. The tariff is
data of the procedure version.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

__all__ = ["Bill", "FeeRule", "bill", "settled"]


class FeeRule(Protocol):
    """An amount and when it applies, as a definition states it."""

    @property
    def amount(self) -> int:
        """In đồng."""

    @property
    def when(self) -> str:
        """The condition; empty: always."""


F = TypeVar("F", bound=FeeRule)


@dataclass(frozen=True, slots=True)
class Bill(Generic[F]):
    """What an application costs."""

    fees: tuple[F, ...]
    total: int
    """In đồng."""


def bill(fees: Iterable[F], *, applies: Callable[[str], bool]) -> Bill[F]:
    """The fees whose condition `applies` affirms, and their sum (Law 97/2015/QH13 Art. 3). A fee of 0 is not asked."""
    due = tuple(fee for fee in fees if fee.amount and applies(fee.when))
    return Bill(due, sum(fee.amount for fee in due))


def settled(*, total: int, paid: int) -> bool:
    """Whether nothing is left to pay."""
    return paid >= total
