"""A dossier that the authority opens of its own motion, about a licence held or over several dossiers: filled in,
papers added, begun, at once.

There is no draft that anybody could see: the dossier and its first act are one transaction.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from procedures import catalog
from procedures.definition import forms
from procedures.definition.model import Definition
from procedures.errors import Conflict, Invalid, NotFound, Reason, Refused
from procedures.law.life import Act
from procedures.models import Agency, ProcedureVersion, Subject, User
from procedures.now import now, today
from procedures.policy import Actor
from workflows.dossier import listing
from workflows.dossier.acts import Done, key_reused, perform
from workflows.dossier.answers import answers_sha256
from workflows.dossier.command import Command
from workflows.dossier.drafting import from_licence, prefilled
from workflows.dossier.loading import licence_name
from workflows.dossier.permissions import permit_opening
from workflows.dossier.rules.licence import ALLOWED
from workflows.files import clean_name
from workflows.models import ActRecord, Dossier, Draft, Licence, ListedDossier, Paper, Piece, StoredFile

__all__ = ["first_answers", "open_dossier", "open_list", "openable"]


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
    version, definition = _permitted(actor, procedure)
    kind = definition.licence
    if kind is None or kind.register_id != licence.register:
        raise NotFound(Reason("no_licence", gettext_noop("The register has no such licence.")))
    named = {kind.about: licence_name(licence)}
    opening = _Opening(actor, version, definition, files, idempotency_key)
    return opening.made(licence.subject, {**answers, **named})


def open_list(
    *,
    actor: Actor,
    procedure: str,
    dossiers: Collection[int],
    answers: Mapping[str, Any],
    files: Iterable[tuple[str, StoredFile, str]],
    idempotency_key: str,
) -> Done:
    """Open a list over dossiers that wait to be listed, by their ids: its rows are filled in from them.

    As `open_dossier` otherwise. Raises Invalid, too, where one of them waits no more or stands on another list.
    """
    version, definition = _permitted(actor, procedure)
    lists = definition.lists
    if lists is None:
        raise NotFound(Reason("no_list", gettext_noop("This procedure decides over no list.")))
    agency = Agency.objects.get(code=definition.agency)
    opening = _Opening(actor, version, definition, files, idempotency_key)
    with transaction.atomic():
        listing.lock(dossiers)
        before = opening.record()
        if before is not None:
            same = listing.listed_in(before.dossier)
            if set(same) != set(dossiers):
                raise key_reused()
            return opening.made(before.dossier.subject, before.dossier.answers | dict(answers))
        found = listing.put(definition, dossiers)
        subject, _new = Subject.objects.get_or_create(
            kind=Subject.Kind.AGENCY, name=agency.name_vi, defaults={"address": agency.place}
        )
        rows = [listing.row_of(definition, dossier) for dossier in found]
        return opening.made(subject, {**answers, lists.section: rows}, listed=found)


def _permitted(actor: Actor, procedure: str) -> tuple[ProcedureVersion, Definition]:
    """The version in force, if the actor may open its dossiers: before anything is written, the act asks once more."""
    version = catalog.in_force(procedure, today())
    definition = catalog.definition_of(version.sha256)
    allowed = permit_opening(actor, definition)
    if not allowed:
        raise Refused(*allowed.reasons)
    return version, definition


@dataclass(frozen=True)
class _Opening:
    """A dossier that an official opens, once for its key."""

    actor: Actor
    version: ProcedureVersion
    definition: Definition
    files: Iterable[tuple[str, StoredFile, str]]
    key: str

    def made(self, subject: Subject, answers: Mapping[str, Any], *, listed: Sequence[Dossier] = ()) -> Done:
        """The dossier with its papers, begun; `listed` stand on it."""
        clean, _errors = forms.validate(self.definition, answers)
        dossier = Dossier(
            procedure=self.version.procedure,
            version=self.version,
            definition_sha256=self.version.sha256,
            subject=subject,
            applicant=User.objects.get(pk=int(self.actor.id or 0)),
            # What is wrong is kept as it was typed, so that the rule can say so.
            answers={**answers, **clean},
        )
        first = self._first_answer(dossier)
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
                    for piece, file, name in self._asked()
                )
                ListedDossier.objects.bulk_create(
                    ListedDossier(list=dossier, dossier=one, place=place)
                    for place, one in enumerate(listed, start=1)
                )
                command = Command(Act.OPEN)
                return perform(actor=self.actor, dossier_id=dossier.pk, command=command, key=self.key)
        except Conflict:
            # Two clicks at once: the other was first, and this dossier has gone with its transaction.
            first = self._first_answer(dossier)
            if first is None:
                raise
            return first

    def _asked(self) -> list[tuple[str, StoredFile, str]]:
        known = {piece.id for piece in self.definition.pieces}
        given = list(self.files)
        if any(piece not in known for piece, _file, _name in given):
            raise Invalid(Reason("no_piece", gettext_noop("This procedure does not ask for that paper.")))
        return given

    def record(self) -> ActRecord | None:
        """What this key was used for before."""
        records = ActRecord.objects.filter(actor=self.actor.ref, act=Act.OPEN.value, key=self.key)
        return records.select_related("dossier").first()

    def _first_answer(self, wanted: Dossier) -> Done | None:
        """The answer that the key got before. Raises Conflict when it was about something else."""
        record = self.record()
        if record is None:
            return None
        before = record.dossier
        if (before.subject_id, answers_sha256(before)) != (wanted.subject_id, answers_sha256(wanted)):
            raise key_reused()
        return Done(**record.answer, repeated=True)
