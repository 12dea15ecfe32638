"""What is entered into a dossier's ledger besides acts and steps: a partner's answer, dates counted anew, a move."""

from collections.abc import Collection, Mapping
from datetime import datetime

from procedures import ledger
from procedures.ledger import Head
from procedures.models import LedgerEntry
from workflows import outbox
from workflows.models import Dossier

__all__ = ["enter"]


def enter(
    dossier: Dossier,
    *,
    act: str,
    actor: str,
    at: datetime,
    data: Mapping[str, object],
    changed: Collection[str] = (),
    tell: Mapping[str, str] | None = None,
) -> LedgerEntry:
    """The next entry, which moves no legal state, with the `changed` columns of the dossier; the caller holds its lock.

    With `tell`, subscribers of "act.<act>" hear of it, and of what `tell` says besides.
    """
    entry = ledger.entry(
        head=Head(dossier.head_sequence, dossier.head_hash),
        subject_kind="dossier",
        subject_id=dossier.pk,
        at=at,
        actor=actor,
        act=act,
        from_state=dossier.state,
        to_state=dossier.state,
        data=data,
        definition_sha256=dossier.definition_sha256,
    )
    entry.save(force_insert=True)
    dossier.head_sequence, dossier.head_hash = entry.sequence, entry.hash
    dossier.save(update_fields=[*changed, "head_sequence", "head_hash"])
    if tell is not None:
        outbox.put(
            kind=f"act.{act}",
            dossier_id=dossier.pk,
            sequence=entry.sequence,
            payload={"act": act, **tell, "ledger_sequence": entry.sequence},
            now=at,
        )
    return entry
