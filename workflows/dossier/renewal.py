"""When the renewal of a licence can be asked for, and that its holder hears of it in time."""

from datetime import date, timedelta

from django.db import transaction

from procedures.definition.model import Definition
from procedures.now import now, today
from procedures.policy import SYSTEM
from workflows.dossier.entering import enter
from workflows.dossier.loading import licence_name
from workflows.dossier.telling import RENEWABLE, RENEWAL_ENDS
from workflows.flow.lock import locked
from workflows.models import Dossier, Licence
from workflows.models.licence import LIVING

__all__ = ["TOLD_BEFORE", "days", "remind"]

TOLD_BEFORE = timedelta(days=30)
"""How long before the last day to ask the holder is reminded, where nothing was asked for; our choice."""
_TOLD = (RENEWABLE, RENEWAL_ENDS)


def days(definition: Definition, licence: Licence) -> tuple[date, date | None] | None:
    """(first, last) day on which a procedure may be asked to renew this licence; None where it may be at any time."""
    window = definition.licence.window if definition.licence else None
    return window.days(licence.valid_until) if window and licence.valid_until else None


def remind(licence_id: int, *, by: Definition) -> bool:
    """The holder is told that the renewal can be asked for, and once more before that ends. False where that was done,
    or the renewal is under way."""
    with transaction.atomic():
        dossier = locked(Licence.objects.values_list("dossier_id", flat=True).get(pk=licence_id))
        licence = Licence.objects.select_related("dossier").get(pk=licence_id)
        found = days(by, licence)
        if found is None or licence.valid_until is None or licence.standing(today()) not in LIVING:
            return False
        first, last = found
        if last is not None and today() > last:
            return False
        due = 0 if today() < first else 2 if today() >= (last or licence.valid_until) - TOLD_BEFORE else 1
        if due <= licence.renewal_notices or _under_way(by, licence):
            return False
        licence.renewal_notices = due
        licence.save(update_fields=["renewal_notices"])
        data = {"licence": str(licence.ref), "until": (last or licence.valid_until).isoformat()}
        enter(dossier, act=_TOLD[due - 1], actor=SYSTEM.ref, at=now(), data=data, tell={})
    return True


def _under_way(by: Definition, licence: Licence) -> bool:
    assert by.licence is not None  # it has a window
    running = Dossier.objects.filter(
        procedure__code=by.code, subject=licence.subject_id, finished__isnull=True, head_sequence__gt=0
    )
    name = licence_name(licence)
    return any(one.answers.get(by.licence.about) == name for one in running)
