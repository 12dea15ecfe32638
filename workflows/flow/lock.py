"""The one lock of a dossier. viewflow's default locks nothing, and its own lock sleeps inside its transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from procedures.errors import Busy, NotFound, Reason
from workflows.models import Dossier
from workflows.models.statements import lock


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def locked(dossier_id: int) -> Dossier:
    """The dossier, its row locked until the transaction ends.

    Blocks for at most the connection's `lock_timeout`. Raises Busy when another act holds it longer, NotFound
    when there is no such dossier, TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a lock ends with its transaction, and there is none")
    try:
        found = lock(Dossier, dossier_id)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":
            raise
        raise Busy(
            Reason("busy", gettext_noop("Somebody else is acting on this dossier. Try again in a moment."))
        ) from error
    if found is None:
        raise NotFound(Reason("no_dossier", gettext_noop("There is no such dossier.")))
    return found


@contextmanager
def dossier_lock(flow_class: Any, process_pk: int) -> Iterator[None]:
    """viewflow's `lock_impl`: a transaction that holds the dossier row, not a process row of its own."""
    with transaction.atomic():
        locked(process_pk)
        yield
