"""Rights to so much of each thing: their lines, and what partners report as used, once and never more than is left.

A report is about what happened, so it counts where the licence was in force on the day of use, whatever became of it
since. The goods of a licence in whose place another stands are those of that one, so a report may name either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from procedures.definition.licence import LicenceKind
from procedures.errors import Conflict, Reason
from procedures.now import HANOI, now, today
from procedures.policy import partner as as_partner
from workflows.dossier.entering import enter as enter_ledger
from workflows.dossier.telling import USE_TAKEN_BACK, USED
from workflows.flow.lock import locked
from workflows.models import Licence, LicenceGoods, LicenceLine, LicenceUse

__all__ = ["Use", "enter", "record"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass(frozen=True, slots=True)
class Use:
    """What a partner reports: goods that were used under one declaration, or that the declaration is cancelled."""

    register: str
    number: str
    year: int
    """In which the licence was given: numbers begin anew each year."""
    declaration: str
    used_on: date
    """In Hanoi."""
    lines: Mapping[int, int]
    """Place of a line of the licence → how much of it; empty where the use is taken back."""
    taken_back: bool = False


# -- with the grant ---------------------------------------------------------------------------------------------------


def enter(licence: Licence, kind: LicenceKind, held: Licence | None) -> None:
    """The lines of a licence that is given. Those of the same goods as a line of the licence held go on counting,
    unless it is renewed; a licence that does not say its quantities anew keeps all of them."""
    drawn = kind.drawdown
    before = list(held.lines.order_by("place")) if held else []
    if drawn is None:
        LicenceLine.objects.bulk_create(
            LicenceLine(licence=licence, place=one.place, goods_id=one.goods_id) for one in before
        )
        return
    section = next(one for one in licence.dossier.definition.form if one.id == drawn.section)
    free = _locked(one.goods_id for one in before) if kind.effect != "renew" else {}
    named: list[LicenceGoods] = []
    for row in licence.facts.get(drawn.section) or []:
        about = {name: value for name, value in row.items() if name != drawn.quantity}
        same = next((key for key, one in free.items() if _are(one, about, drawn.same)), 0)
        goods = free.pop(same, None) or LicenceGoods()
        goods.about = about
        goods.name = str(row.get(section.row_title) or "")[:250]
        goods.unit = str(row.get(drawn.unit) or "")[:60]
        goods.allowed, goods.carried = int(row[drawn.quantity]), goods.used
        named.append(goods)
    LicenceGoods.objects.bulk_update(
        [one for one in named if one.pk], ["about", "name", "unit", "allowed", "carried"]
    )
    LicenceGoods.objects.bulk_create(one for one in named if not one.pk)
    LicenceLine.objects.bulk_create(
        LicenceLine(licence=licence, place=place, goods=one) for place, one in enumerate(named, start=1)
    )


def _are(goods: LicenceGoods, about: Mapping[str, Any], same: Sequence[str]) -> bool:
    """Whether a row says the same of the goods, in the columns `same` or else in all."""
    return all(goods.about.get(name) == about.get(name) for name in same or sorted(about))


def _locked(keys: Iterable[int]) -> dict[int, LicenceGoods]:
    """Goods by key, locked in that order until the transaction ends: whoever counts comes first, or waits."""
    rows = LicenceGoods.objects.select_for_update(no_key=True).filter(pk__in=list(keys))
    return {one.pk: one for one in rows.order_by("pk")}


# -- what partners report ---------------------------------------------------------------------------------------------


def record(*, partner: str, use: Use) -> None:
    """Count a use, or take one back, in the ledger of the dossier that gave the licence. The same report again changes
    nothing.

    Raises Conflict, whose reasons say what the partner is told: "no_licence", "not_in_force", "no_line",
    "more_than_left", "counted_otherwise", "nothing_to_take_back"; Busy.
    """
    named = _named(partner, use)
    with transaction.atomic():
        dossier = locked(named.dossier_id)
        lines = {one.place: one.goods_id for one in named.lines.all()}
        goods = _locked(lines.values())
        before = LicenceUse.objects.filter(source=partner, declaration=use.declaration, goods__in=goods)
        counted = list(before.filter(takes_back=None, taken_back=None))
        if use.taken_back:
            if not counted and before.exists():
                return  # taken back before
            rows = _taking_back(use, counted)
        elif counted:
            if {one.goods_id: one.amount for one in counted} == {
                lines.get(place): amount for place, amount in use.lines.items()
            }:
                return  # counted before
            message = gettext_noop("This declaration was counted with other quantities. Take it back first.")
            raise Conflict(Reason("counted_otherwise", message))
        else:
            rows = _counting(named, use, {place: goods[key] for place, key in lines.items()})
        at = now()
        for row in rows:
            row.source, row.declaration, row.used_on, row.at = partner, use.declaration, use.used_on, at
        LicenceUse.objects.bulk_create(rows)
        places = {key: place for place, key in lines.items()}
        data = {
            "licence": str(named.ref),
            "declaration": use.declaration,
            "used_on": use.used_on.isoformat(),
            "lines": {str(places[row.goods_id]): row.amount for row in rows},
        }
        act = USE_TAKEN_BACK if use.taken_back else USED
        enter_ledger(dossier, act=act, actor=as_partner(code=partner).ref, at=at, data=data)


def _named(partner: str, use: Use) -> Licence:
    rows = Licence.objects.filter(register=use.register, number=use.number, issued_on__year=use.year)
    found = rows.select_related("dossier").first()
    first = found
    while first is not None and not any(one.partner == partner for one in first.dossier.definition.partners):
        first = first.replaces
    if found is None or first is None:
        raise Conflict(Reason("no_licence", gettext_noop("You were told of no licence of this number.")))
    return found


def _taking_back(use: Use, counted: Sequence[LicenceUse]) -> list[LicenceUse]:
    if not counted:
        message = gettext_noop("Nothing was counted under declaration %(declaration)s.")
        raise Conflict(Reason("nothing_to_take_back", message, {"declaration": use.declaration}))
    return [LicenceUse(goods_id=one.goods_id, amount=one.amount, takes_back=one) for one in counted]


def _counting(named: Licence, use: Use, goods: Mapping[int, LicenceGoods]) -> list[LicenceUse]:
    standing = _standing_on(named, use.used_on) if use.used_on <= today() else None
    if standing is None:
        message = gettext_noop("The licence was not in force on %(day)s.")
        raise Conflict(Reason("not_in_force", message, {"day": use.used_on}))
    named_then = set(standing.lines.values_list("goods_id", flat=True))
    reasons = [] if use.lines else [Reason("no_line", gettext_noop("The report names no line."))]
    for place, amount in use.lines.items():
        if place not in goods or goods[place].pk not in named_then or amount < 1:
            message = gettext_noop("The licence has no line %(line)s of which so much could be used.")
            reasons.append(Reason("no_line", message, {"line": place}))
        elif amount > goods[place].left:
            message = gettext_noop("Line %(line)s: %(amount)s were reported, and %(left)s are left.")
            about = {"line": place, "amount": amount, "left": goods[place].left}
            reasons.append(Reason("more_than_left", message, about))
    if reasons:
        raise Conflict(*reasons)
    return [LicenceUse(goods=goods[place], amount=amount) for place, amount in use.lines.items()]


def _standing_on(licence: Licence, on: date) -> Licence | None:
    """The licence, or the one that stands in its place, that was in force at any time of a day in Hanoi."""
    states: list[str] = []
    for change in licence.changes.order_by("pk"):
        day = change.at.astimezone(HANOI).date()
        if day <= on:
            states = [change.state] if day < on else [*states, change.state]
    if "in_force" in states:
        return licence if licence.valid_until is None or on <= licence.valid_until else None
    after = licence.successors.order_by("pk").first() if "replaced" in states else None
    return _standing_on(after, on) if after is not None else None
