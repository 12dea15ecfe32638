"""The one lock of a dossier. viewflow's default locks nothing, and its own lock sleeps inside its transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, transaction

from procedures.errors import Busy, NotFound, Reason
from workflows.models import Dossier


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def locked(dossier_id: int) -> Dossier:
    """The dossier, its row locked until the transaction ends.

    Blocks for at most the connection's `lock_timeout`. Raises Busy when another act holds it longer, NotFound
    when there is no such dossier. Must be called inside a transaction.
    """
    try:
        return Dossier.objects.select_for_update(of=("self",), no_key=True).get(pk=dossier_id)
    except Dossier.DoesNotExist:
        raise NotFound(Reason("no_dossier", gettext_noop("There is no such dossier."))) from None
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":
            raise
        raise Busy(
            Reason("busy", gettext_noop("Somebody else is acting on this dossier. Try again in a moment."))
        ) from error


@contextmanager
def dossier_lock(flow_class: Any, process_pk: int) -> Iterator[None]:
    """viewflow's `lock_impl`: a transaction that holds the dossier row, not a process row of its own."""
    with transaction.atomic():
        locked(process_pk)
        yield
