"""Paper numbers: yearly series, reserved under a lock, used or void with a reason, never reused and never lost."""

from datetime import date

from workflows.models import NumberReservation, NumberSeries

__all__ = ["reserve", "use", "void", "written"]


def reserve(*, agency_code: str, series: str, pattern: str, on: date) -> NumberReservation:
    """Reserve the next number of the series on a date (Hanoi), inside the caller's transaction.

    The series row stays locked until that transaction ends, so numbers follow one another without a gap: a rollback
    gives the number back. `pattern` formats `n`, `year`, `year2`, e.g. "{n:02d}/QĐ-HTTB", "{n:03d}/{year2}/CBMP-QLD".
    """
    NumberSeries.objects.bulk_create(
        [NumberSeries(agency_code=agency_code, kind=series, year=on.year)], ignore_conflicts=True
    )
    row = NumberSeries.objects.select_for_update().get(agency_code=agency_code, kind=series, year=on.year)
    row.last += 1
    row.save(update_fields=["last"])
    text = written(pattern, row.last, on=on)
    return NumberReservation.objects.create(series=row, number=row.last, text=text, date=on)


def written(pattern: str, number: int, *, on: date) -> str:
    """A number as it is printed on a paper of that day."""
    return pattern.format(n=number, year=on.year, year2=f"{on:%y}")


def use(reservation: NumberReservation) -> None:
    """The paper that bears the number is published."""
    reservation.use()
    reservation.save(update_fields=["state"])


def void(reservation: NumberReservation, *, reason: str) -> None:
    """Give the number up, with the reason that the register shows."""
    reservation.void(reason=reason)
    reservation.save(update_fields=["state", "reason"])
