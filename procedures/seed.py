"""The ministry of the demonstration: agencies, units, invented people of every role, two enterprises. Idempotent.

Run by `manage.py seed`. In production only the calendar and the drafts of the catalogue are loaded: real people are
appointed by administrators, and publishing takes two of them.
"""

import json
from datetime import date
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from procedures import calendars, catalog, registers
from procedures.demo_ministry import AGENCIES, ENTERPRISES, PEOPLE, PERSONS, PLACE, ROLE_NAMES, UNITS
from procedures.models import Agency, Membership, ProcedureVersion, Representation, Subject, Unit, User
from procedures.policy import SYSTEM

__all__ = ["accounts", "seed", "seed_rules", "write_accounts"]

SINCE = date(2024, 1, 1)
"""Since when the invented people hold their roles."""
DEMO_MODES = frozenset({"demo", "development", "test"})


def demo_password() -> str:
    """The one password of all invented people."""
    return str(getattr(settings, "DEMO_PASSWORD", "motcua-demo-2026"))


def seed_rules() -> tuple[list[int], list[str]]:
    """Load the calendar and the drafts of the catalogue. Returns changed years and changed versions."""
    years = calendars.load_calendar(by=SYSTEM)
    synced = catalog.sync(actor=SYSTEM)
    return years, [str(item.version) for item in synced if item.change != "unchanged"]


@transaction.atomic
def seed() -> None:
    """Everything of the demonstration, published procedures included; running it again changes nothing.

    Raises RuntimeError in production.
    """
    if settings.MODE not in DEMO_MODES:
        raise RuntimeError("the demonstration's people have one known password; they are not for production")
    _seed_organisation()
    _seed_people()
    seed_rules()
    checker, publisher = User.objects.get(username="kiemsoat"), User.objects.get(username="quantri")
    drafts = ProcedureVersion.objects.filter(state=ProcedureVersion.State.DRAFT).order_by("version")
    # What is listed by another procedure is published after that.
    for version in sorted(drafts, key=lambda draft: bool(catalog.definition_of(draft.sha256).listed_at)):
        catalog.check(version=version, by=checker)
        catalog.publish(version=version, by=publisher)


def _seed_organisation() -> None:
    for code, parent, name_vi, name_en, national in AGENCIES:
        Agency.objects.get_or_create(
            code=code,
            defaults={
                "name_vi": name_vi,
                "name_en": name_en,
                "parent": Agency.objects.get(code=parent) if parent else None,
                "place": PLACE,
                "national_code": national,
                "short": code,
            },
        )
    for code, agency, parent, kind, name_vi, name_en in UNITS:
        Unit.objects.get_or_create(
            code=code,
            defaults={
                "agency": Agency.objects.get(code=agency),
                "parent": Unit.objects.get(code=parent) if parent else None,
                "kind": kind,
                "name_vi": name_vi,
                "name_en": name_en,
            },
        )
    for sort, subjects in ((Subject.Kind.ENTERPRISE, ENTERPRISES), (Subject.Kind.PERSON, PERSONS)):
        for tax_code, name, address, phone, email in subjects:
            given = {"kind": sort, "name": name, "address": address, "phone": phone, "email": email}
            Subject.objects.get_or_create(tax_code=tax_code, defaults=given)


def _seed_people() -> None:
    password = ""
    for person in PEOPLE:
        user = User.objects.filter(username=person.username).first()
        if user is None:
            password = password or make_password(demo_password())  # slow on purpose, so once for all
            user = User.objects.create(
                username=person.username,
                full_name=person.full_name,
                title=person.title,
                email=f"{person.username}@motcua.example",
                phone="02462732273" if person.seats else "0900000001",
                password=password,
            )
        for role, unit in person.seats:
            if not Membership.objects.filter(user=user, role=role, unit__code=unit).exists():
                registers.appoint(
                    user=user, unit=Unit.objects.get(code=unit), role=role, since=SINCE, by=SYSTEM
                )
        if person.files_for:
            subject = Subject.objects.get(tax_code=person.files_for)
            if not Representation.objects.filter(user=user, subject=subject).exists():
                registers.authorise(user=user, subject=subject, basis=person.basis, since=SINCE, by=SYSTEM)
        if person.totp_secret:
            Authenticator.objects.get_or_create(
                user=user,
                type=Authenticator.Type.TOTP,
                defaults={"data": {"secret": encrypt(person.totp_secret)}},
            )


def accounts() -> list[dict[str, str]]:
    """The invented accounts, for the player and the sign-in page of the demonstration; empty in production.

    Keys: username, password, name, role (for people), role_id ("applicant" for those who file), unit, subject (tax
    code), totp_secret, note.
    """
    if settings.MODE not in DEMO_MODES:
        return []
    units = {code: name for code, _agency, _parent, _kind, name, _en in UNITS}
    names = {tax_code: name for tax_code, name, *_rest in (*ENTERPRISES, *PERSONS)}
    rows = []
    for person in PEOPLE:
        role, unit = person.seats[0] if person.seats else (None, "")
        rows.append(
            {
                "username": person.username,
                "password": demo_password(),
                "name": person.full_name,
                "role": f"{ROLE_NAMES[role]}, {units[unit]}" if role else names[person.files_for],
                "role_id": role.value if role else "applicant",
                "unit": unit,
                "subject": person.files_for,
                "totp_secret": person.totp_secret,
                "note": person.note,
            }
        )
    return rows


def write_accounts(path: Path) -> None:
    """The accounts as a JSON file that only we can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(accounts(), ensure_ascii=False, indent=1) + "\n", "utf-8")
