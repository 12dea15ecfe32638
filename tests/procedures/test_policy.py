"""The policy: seats with dates, deny by default, and reasons that say who may."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from procedures import policy, registers
from procedures.definition.model import Role
from procedures.errors import ALLOWED, Refused
from procedures.ledger import verify
from procedures.models import Delegation, LedgerEntry, Membership, Subject, Unit, User
from procedures.now import HANOI
from procedures.policy import ANONYMOUS, SYSTEM, Actor, Seat

NOON = datetime(2026, 11, 20, 12, tzinfo=HANOI)
People = Callable[[str], User]


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty rule book for this test."""
    monkeypatch.setattr(policy, "_rules", {})
    monkeypatch.setattr(policy, "_scopes", {})


@pytest.mark.promise("policy.deny-by-default")
def test_without_a_rule_nobody_may(rules: None) -> None:
    for actor in (SYSTEM, ANONYMOUS, Actor("user", 1, "x", (Seat("VP", Role.ADMINISTRATOR),))):
        verdict = policy.can(actor, "anything")
        assert not verdict
        assert [reason.code for reason in verdict.reasons] == ["no_rule"]
        assert policy.scope(actor, "anything") == Q(pk__in=())
    with pytest.raises(Refused, match="no rule allows"):
        policy.must(SYSTEM, "anything")


def test_a_rule_decides_and_is_not_replaced(rules: None) -> None:
    policy.register("look", lambda actor, obj: ALLOWED)
    assert policy.can(ANONYMOUS, "look")
    with pytest.raises(ValueError, match="a rule already"):
        policy.register("look", lambda actor, obj: ALLOWED)
    policy.register_scope("mine", lambda actor: Q(owner=actor.id))
    assert policy.scope(Actor("user", 5), "mine") == Q(owner=5)
    with pytest.raises(ValueError, match="a scope already"):
        policy.register_scope("mine", lambda actor: Q())
    assert policy.registered_acts() == {"look"}


def test_a_refusal_names_who_may() -> None:
    head = Actor("user", 1, "x", (Seat("HTTB-QLNK", Role.HEAD),))
    assert policy.needs_role(head, roles=(Role.HEAD,), unit_code="HTTB-QLNK")
    assert policy.needs_role(head, roles=(Role.CLERK, Role.HEAD))
    verdict = policy.needs_role(head, roles=(Role.HEAD,), unit_code="QLD-KDD")
    assert not verdict
    with override("en"):
        said = verdict.reasons[0].message % dict(verdict.reasons[0].params)
    assert said == "Only the head of division of QLD-KDD may do this."
    assert policy.needs_role(ANONYMOUS, roles=(Role.HEAD,)).reasons[0].code == "sign_in"


def test_an_official_has_the_seats_of_the_day(
    person: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = person("truongphong")
    with django_assert_num_queries(1):
        actor = policy.actor_of(user, NOON)
    assert actor.seats == (Seat("HTTB-QLNK", Role.HEAD),)
    assert actor.ref == f"user:{user.pk}"
    assert policy.holds(actor, Role.HEAD, "HTTB-QLNK")
    assert not policy.holds(actor, Role.HEAD, "QLD-KDD")
    assert not policy.holds(actor, Role.LEADER, "HTTB-QLNK")
    assert actor.official


def test_a_representative_has_the_subjects(person: People) -> None:
    enterprise = Subject.objects.get(tax_code="0109998881")
    for username in ("doanhnghiep1", "doanhnghiep1b"):
        actor = policy.actor_of(person(username), NOON)
        assert (actor.subjects, actor.seats, actor.official) == ((enterprise.pk,), (), False)


def test_nobody_is_anonymous_and_the_deactivated_too(person: People) -> None:
    assert policy.actor_of(AnonymousUser(), NOON) == ANONYMOUS
    user = person("chuyenvien")
    user.is_active = False
    assert policy.actor_of(user, NOON) == ANONYMOUS


def test_a_superuser_of_django_has_no_power_here(db: None) -> None:
    user = User.objects.create_superuser("root", "x", full_name="Root")
    actor = policy.actor_of(user, NOON)
    assert actor.seats == ()
    assert not policy.can(actor, "procedure.publish")


@pytest.mark.promise("policy.rights-have-dates")
@pytest.mark.parametrize(
    ("moment", "held"),
    [
        ("2026-03-01T23:59+07:00", False),
        ("2026-03-02T00:00+07:00", True),
        ("2026-03-01T17:30+00:00", True),  # already 2 March in Hanoi
        ("2026-03-10T23:59+07:00", True),
        ("2026-03-11T00:00+07:00", False),
    ],
)
def test_a_membership_holds_from_its_first_to_its_last_day_in_hanoi(
    person: People, moment: str, held: bool
) -> None:
    user = person("chuyenvien")
    registers.appoint(
        user=user,
        unit=Unit.objects.get(code="QLD-KDD"),
        role=Role.HEAD,
        since=date(2026, 3, 2),
        until=date(2026, 3, 10),
        by=SYSTEM,
    )
    actor = policy.actor_of(user, datetime.fromisoformat(moment))
    assert policy.holds(actor, Role.HEAD, "QLD-KDD") is held


def test_a_delegation_lends_what_the_giver_holds_and_says_so(person: People) -> None:
    giver, taker, unit = person("cuctruong"), person("phocuctruong"), Unit.objects.get(code="HTTB")
    registers.delegate(
        giver=giver,
        taker=taker,
        unit=unit,
        role=Role.LEADER,
        since=date(2026, 11, 1),
        until=date(2026, 11, 30),
        basis="Văn bản số 12/HTTB",
        by=SYSTEM,
    )
    actor = policy.actor_of(taker, NOON)
    seat = actor.seat(Role.LEADER, "HTTB")
    assert seat is not None
    assert seat.on_behalf_of == f"user:{giver.pk}"
    assert policy.actor_of(taker, NOON + timedelta(days=30)).seat(Role.LEADER, "HTTB") is None
    # What the giver no longer holds, nobody can hold for him.
    registers.dismiss(membership=Membership.objects.get(user=giver), last_day=date(2026, 11, 10), by=SYSTEM)
    assert policy.actor_of(taker, NOON).seat(Role.LEADER, "HTTB") is None


def test_ones_own_seat_comes_before_a_borrowed_one() -> None:
    actor = Actor("user", 1, "x", (Seat("U", Role.CLERK, "user:2"), Seat("U", Role.CLERK)))
    seat = actor.seat(Role.CLERK, "U")
    assert seat is not None
    assert seat.on_behalf_of == ""


def test_rights_are_given_by_administrators_and_stand_in_the_ledger(person: People) -> None:
    administrator = policy.actor_of(person("quantri"), NOON)
    user = person("chuyenvien2")
    before = LedgerEntry.objects.filter(subject_kind="rights", subject_id=user.pk).count()
    registers.appoint(
        user=user,
        unit=Unit.objects.get(code="VP"),
        role=Role.AUDITOR,
        since=date(2026, 1, 1),
        by=administrator,
    )
    entries = LedgerEntry.objects.filter(subject_kind="rights", subject_id=user.pk).order_by("sequence")
    assert entries.count() == before + 1
    last = entries.last()
    assert last is not None
    assert (last.act, last.actor) == ("appoint", administrator.ref)
    assert '"role":"auditor"' in last.data
    assert list(verify()) == []
    for username in ("truongphong", "doanhnghiep1"):
        with pytest.raises(Refused):
            registers.appoint(
                user=user,
                unit=Unit.objects.get(code="VP"),
                role=Role.ADMINISTRATOR,
                by=policy.actor_of(person(username), NOON),
            )


def test_a_delegation_ends_and_is_to_another(person: People) -> None:
    giver, unit = person("cuctruong"), Unit.objects.get(code="HTTB")
    values = {"giver": giver, "unit": unit, "role": "leader", "since": date(2026, 1, 1), "basis": "x"}
    with pytest.raises(DatabaseError, match="delegation_to_another"), transaction.atomic():
        Delegation.objects.create(taker=giver, until=date(2026, 2, 1), **values)
    with pytest.raises(DatabaseError, match="delegation_period"), transaction.atomic():
        Delegation.objects.create(taker=person("phocuctruong"), until=None, **values)


@pytest.mark.parametrize(
    ("actor", "ref"),
    [
        (SYSTEM, "system"),
        (ANONYMOUS, "anonymous"),
        (policy.partner(code="vnsw"), "partner:vnsw"),
        (Actor("user", 12), "user:12"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_references(actor: Actor, ref: str) -> None:
    assert actor.ref == ref
