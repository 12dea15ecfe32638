"""Numbers of papers: one after the other under a lock, used once, never lost, void only with a reason."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django_fsm import TransitionNotAllowed

from workflows.models import NumberReservation, NumberSeries
from workflows.papers import numbering

ON = date(2026, 3, 2)


def reserve(*, series: str = "QD", on: date = ON) -> NumberReservation:
    return numbering.reserve(agency_code="HTTB", series=series, pattern="{n:02d}/QĐ-HTTB", on=on)


@pytest.mark.django_db
def test_numbers_follow_one_another_and_start_again_each_year() -> None:
    assert [reserve().text for _ in range(3)] == ["01/QĐ-HTTB", "02/QĐ-HTTB", "03/QĐ-HTTB"]
    assert reserve(series="TB").number == 1
    assert reserve(on=date(2027, 1, 4)).number == 1
    assert reserve().number == 4


@pytest.mark.django_db
def test_a_rollback_gives_the_number_back() -> None:
    first = reserve()
    with transaction.atomic():
        assert reserve().number == 2
        transaction.set_rollback(True)
    assert reserve().number == 2
    assert first.number == 1


@pytest.mark.promise("papers.numbers")
@pytest.mark.django_db
def test_a_number_is_used_or_void_with_a_reason_and_never_again_anything_else() -> None:
    used, void = reserve(), reserve()
    numbering.use(used)
    numbering.void(void, reason="Hồ sơ được rút trước khi ký")
    assert list(NumberReservation.objects.order_by("number").values_list("state", "reason")) == [
        ("used", ""),
        ("void", "Hồ sơ được rút trước khi ký"),
    ]
    for reservation in (used, void):
        with pytest.raises(TransitionNotAllowed):
            numbering.void(reservation, reason="lần nữa")
        with pytest.raises(TransitionNotAllowed):
            numbering.use(reservation)
    assert reserve().number == 3


@pytest.mark.django_db
def test_the_database_refuses_a_void_without_reason_and_a_number_twice() -> None:
    reservation = reserve()
    with pytest.raises(IntegrityError, match="void_needs_reason"), transaction.atomic():
        numbering.void(reservation, reason="")
    with pytest.raises(IntegrityError, match="one_use_a_number"), transaction.atomic():
        NumberReservation.objects.create(series=reservation.series, number=1, text="01", date=ON)
    with pytest.raises(IntegrityError, match="one_series_a_year"), transaction.atomic():
        NumberSeries.objects.create(agency_code="HTTB", kind="QD", year=2026)


@pytest.mark.promise("papers.numbers")
@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_two_numbers_without_a_gap() -> None:
    people, rounds = 4, 6
    barrier = threading.Barrier(people)
    found: list[int] = []

    def press_sign() -> None:
        try:
            for _ in range(rounds):
                barrier.wait(timeout=20)
                with transaction.atomic():
                    found.append(reserve().number)
        finally:
            connection.close()

    threads = [threading.Thread(target=press_sign) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(found) == list(range(1, people * rounds + 1))
