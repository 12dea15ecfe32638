"""A dossier that the authority opens of its own motion about a licence held: filled in, papers added, begun, at once.

There is no draft that anybody could see: the dossier and its first act are one transaction.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from procedures import catalog
from procedures.definition import forms
from procedures.definition.model import Definition
from procedures.errors import Conflict, Invalid, NotFound, Reason, Refused
from procedures.law.life import Act
from procedures.models import User
from procedures.now import now, today
from procedures.policy import Actor
from workflows.dossier.acts import Done, key_reused, perform
from workflows.dossier.answers import answers_sha256
from workflows.dossier.command import Command
from workflows.dossier.drafting import from_licence, prefilled
from workflows.dossier.loading import licence_name
from workflows.dossier.permissions import permit_opening
from workflows.dossier.rules.licence import ALLOWED
from workflows.files import clean_name
from workflows.models import ActRecord, Dossier, Draft, Licence, Paper, Piece, StoredFile

__all__ = ["first_answers", "open_dossier", "openable"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def openable(definition: Definition, licence: Licence) -> bool:
    """Whether a dossier of the procedure can be about this licence as it stands today."""
    kind = definition.licence
    return (
        kind is not None
        and kind.register_id == licence.register
        and licence.standing(today()) in ALLOWED.get(kind.effect, ())
    )


def first_answers(definition: Definition, licence: Licence) -> dict[str, Any]:
    """What the form of an opening begins with: from the licence and its holder, and from its last inspection where that
    ended with findings. Two queries at most."""
    wants = {one.id: one.prefill for section in definition.form for one in section.fields if one.prefill}
    asked = any(source.startswith("inspection.") for source in wants.values())
    found = _found(licence) if asked else {}
    return {
        **prefilled(definition, licence.subject),
        **from_licence(definition, licence, {}),
        **{field: found[source] for field, source in wants.items() if found.get(source)},
    }


def _found(licence: Licence) -> dict[str, str]:
    rows = Paper.objects.filter(dossier=licence.inspection_id, kind="refusal", state="published")
    paper = rows.select_related("number").first() if licence.inspection_id else None
    if paper is None or paper.number is None:
        return {}
    draft = Draft.objects.filter(dossier=licence.inspection_id, kind="refusal").order_by("-id").first()
    return {
        "inspection.paper": f"{paper.title} số {paper.number.text} ngày {paper.number.date:%d/%m/%Y}",
        "inspection.findings": str(draft.body.get("reasons", "")) if draft else "",
    }


def open_dossier(
    *,
    actor: Actor,
    procedure: str,
    licence: Licence,
    answers: Mapping[str, Any],
    files: Iterable[tuple[str, StoredFile, str]],
    idempotency_key: str,
) -> Done:
    """Open a dossier of the procedure in force about a licence; `files`: (piece, file, name as it was given).

    The same key with the same answers gets the first answer again. Raises Refused for who may not open it, Invalid with
    every reason, Conflict for a key that was used for something else, Busy while a file is still being checked.
    """
    version = catalog.in_force(procedure, today())
    definition = catalog.definition_of(version.sha256)
    allowed = permit_opening(actor, definition)
    if not allowed:  # before anything is written; the act asks once more
        raise Refused(*allowed.reasons)
    kind = definition.licence
    assert kind is not None  # the verifier has seen to it
    if kind.register_id != licence.register:
        raise NotFound(Reason("no_licence", gettext_noop("The register has no such licence.")))
    named = licence_name(licence)
    clean, _errors = forms.validate(definition, {**answers, kind.about: named})
    dossier = Dossier(
        procedure=version.procedure,
        version=version,
        definition_sha256=version.sha256,
        subject=licence.subject,
        applicant=User.objects.get(pk=int(actor.id or 0)),
        # What is wrong is kept as it was typed, so that the rule can say so.
        answers={**answers, **clean, kind.about: named},
    )
    first = _first_answer(actor, idempotency_key, dossier)
    if first is not None:
        return first
    try:
        with transaction.atomic():
            dossier.save()
            Piece.objects.bulk_create(
                Piece(
                    dossier=dossier,
                    piece=piece,
                    file=file,
                    name=clean_name(name=name),
                    uploaded_by_id=dossier.applicant_id,
                    uploaded_at=now(),
                )
                for piece, file, name in _asked(definition, files)
            )
            return perform(actor=actor, dossier_id=dossier.pk, command=Command(Act.OPEN), key=idempotency_key)
    except Conflict:
        # Two clicks at once: the other was first, and this dossier has gone with its transaction.
        first = _first_answer(actor, idempotency_key, dossier)
        if first is None:
            raise
        return first


def _asked(
    definition: Definition, files: Iterable[tuple[str, StoredFile, str]]
) -> list[tuple[str, StoredFile, str]]:
    known = {piece.id for piece in definition.pieces}
    given = list(files)
    if any(piece not in known for piece, _file, _name in given):
        raise Invalid(Reason("no_piece", gettext_noop("This procedure does not ask for that paper.")))
    return given


def _first_answer(actor: Actor, key: str, wanted: Dossier) -> Done | None:
    """The answer that this key got before. Raises Conflict when it was for another licence or other answers."""
    record = (
        ActRecord.objects.filter(actor=actor.ref, act=Act.OPEN.value, key=key)
        .select_related("dossier")
        .first()
    )
    if record is None:
        return None
    before = record.dossier
    if (before.subject_id, answers_sha256(before)) != (wanted.subject_id, answers_sha256(wanted)):
        raise key_reused()
    return Done(**record.answer, repeated=True)
