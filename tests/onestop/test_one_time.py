"""A one-time code is taken by the slow typist too, and once only, at the door and where one signs."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse

from onestop.office import stepup
from procedures import seed
from procedures.errors import Invalid
from procedures.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]
LEADER = "cuctruong"
STEP = 1_772_416_800 // 30 + 1
"""A step of the authenticator, of Monday 2 March 2026."""
SECRET = next(person.totp_secret for person in seed.PEOPLE if person.username == LEADER)
PASSWORD = "motcua-demo-2026"

Clock = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Sets the wall clock, in seconds after the beginning of the step."""
    cache.clear()
    moment = [30.0 * STEP]
    monkeypatch.setattr(time, "time", lambda: moment[0])

    def set_to(seconds: float) -> None:
        moment[0] = 30.0 * STEP + seconds

    yield set_to
    cache.clear()


def code_of_step(number: int = STEP) -> str:
    return format_hotp_value(hotp_value(SECRET, number))


def enters(code: str) -> bool:
    """Whether password and code let the leader in."""
    client = Client()
    client.post(reverse("account_login"), {"login": LEADER, "password": PASSWORD})
    answer = client.post(reverse("mfa_authenticate"), {"code": code})
    assert answer.status_code in (302, 200, 422), answer.status_code
    return "_auth_user_id" in client.session


def proves(code: str) -> bool:
    """Whether the code lets the leader sign."""
    request: Any = RequestFactory().post("/")
    request.user = User.objects.get(username=LEADER)
    request.session = Client().session
    try:
        with request_context(request):
            stepup.by_authenticator(request, code=code)
    except Invalid:
        return False
    return True


@pytest.mark.parametrize("takes", [enters, proves])
def test_whoever_types_slowly_or_has_a_clock_that_is_fast_is_let_in(
    clock: Clock, takes: Callable[[str], bool]
) -> None:
    clock(59)
    assert takes(code_of_step())
    clock(0)
    assert takes(code_of_step(STEP + 1))


@pytest.mark.parametrize("takes", [enters, proves])
def test_a_code_of_two_steps_before_or_after_is_too_far(clock: Clock, takes: Callable[[str], bool]) -> None:
    clock(60)
    assert not takes(code_of_step())
    assert not takes(code_of_step(STEP + 4))


@pytest.mark.promise("people.code-once")
@pytest.mark.parametrize("again", [enters, proves])
@pytest.mark.parametrize("takes", [enters, proves])
def test_a_code_counts_once_as_long_as_it_would_be_taken(
    clock: Clock, takes: Callable[[str], bool], again: Callable[[str], bool]
) -> None:
    clock(-30)
    assert takes(code_of_step())
    for later in (-29, 1, 31, 59):
        clock(later)
        assert not again(code_of_step())
        assert not again(f" {code_of_step()[:3]} {code_of_step()[3:]}")
