"""The applicant's draft: started, filled, papers added, declared. No legal act yet; nothing here moves the state.

Each function locks the dossier, checks that the actor files for its subject, and saves. What the applicant typed is
kept even when it is wrong: errors are told, not thrown away.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from procedures import catalog
from procedures.definition import forms
from procedures.definition.model import Definition, Section
from procedures.errors import Conflict, Invalid, NotFound, Reason, Refused, WrongState
from procedures.law.life import State
from procedures.models import Subject, User
from procedures.now import now, today
from procedures.policy import Actor
from workflows.dossier.answers import answers_sha256
from workflows.dossier.loading import licence_name, licence_named
from workflows.dossier.snapshot import declaration_snapshot
from workflows.files import clean_name
from workflows.flow.lock import locked
from workflows.models import Dossier, Licence, Paper, Piece, StoredFile, Supplement
from workflows.models.paper import new_code
from workflows.papers.snapshot import canonical, sha256

__all__ = [
    "add_piece",
    "declaration_of",
    "from_licence",
    "in_store",
    "prefilled",
    "record_declaration",
    "remove_piece",
    "reuse_piece",
    "save_answers",
    "start",
]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


EDITABLE = frozenset({State.DRAFT, State.INTAKE_SUPPLEMENT, State.SUPPLEMENT_REQUESTED})
"""States in which the applicant may add papers."""


def start(*, actor: Actor, procedure: str, subject_id: int, licence: Licence | None = None) -> Dossier:
    """Open a draft of the procedure in force today, prefilled from the subject's profile and what the register shows of
    the licence, where one of the subject is given.

    Raises NotFound when no version is in force, Refused when the actor does not file for the subject.
    """
    if subject_id not in actor.subjects:
        raise Refused(Reason("not_applicant", gettext_noop("You do not file for this enterprise.")))
    version = catalog.in_force(procedure, today())
    definition = catalog.definition_of(version.sha256)
    if definition.opened_by is not None:
        raise Refused(
            Reason("not_applicant", gettext_noop("The authority itself opens dossiers of this procedure."))
        )
    subject = Subject.objects.get(pk=subject_id)
    answers = prefilled(definition, subject)
    if licence is not None and licence.subject_id == subject_id and definition.licence is not None:
        answers[definition.licence.about] = licence_name(licence)
        answers |= from_licence(definition, licence, answers)
    return Dossier.objects.create(
        procedure=version.procedure,
        version=version,
        definition_sha256=version.sha256,
        subject=subject,
        applicant=User.objects.get(pk=_person(actor)),
        answers=answers,
    )


def prefilled(definition: Definition, subject: Subject) -> dict[str, Any]:
    """First answers from the subject's profile and its last dossier of the procedure."""
    before = _earlier(definition, subject)
    given = {
        field.id: getattr(subject, field.prefill.removeprefix("subject."), "")
        if field.prefill.startswith("subject.")
        else before.get(field.id)
        for section in definition.form
        if not section.repeat
        for field in section.fields
        if field.prefill == "earlier" or field.prefill.startswith("subject.")
    }
    rows = {section.id: before.get(section.id) for section in definition.form if section.prefill == "earlier"}
    return {name: value for name, value in (given | rows).items() if value}


def _earlier(definition: Definition, subject: Subject) -> dict[str, Any]:
    """The answers of the subject's last dossier of the procedure that was submitted; at most one query."""
    wants = any(
        "earlier" in (section.prefill, *(field.prefill for field in section.fields))
        for section in definition.form
    )
    if not wants:
        return {}
    last = Dossier.objects.filter(
        subject=subject, procedure__code=definition.code, head_sequence__gt=0
    ).order_by("-pk")
    return last.values_list("answers", flat=True).first() or {}


def from_licence(definition: Definition, held: Licence | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What the register shows of the licence that a dossier is about, for fields and sections that are still empty."""
    facts = held.facts if held else {}
    found: dict[str, Any] = {}
    for section in definition.form:
        sources = (
            [(section.id, section.prefill)]
            if section.repeat
            else [(field.id, field.prefill) for field in section.fields]
        )
        for name, source in sources:
            value = facts.get(source.removeprefix("licence.")) if source.startswith("licence.") else None
            if value and not answers.get(name):
                found[name] = _rows(section, value) if section.repeat else value
    return found


def _rows(section: Section, rows: Any) -> list[dict[str, Any]]:
    """The rows with the fields that this section asks for."""
    names = {field.id for field in section.fields}
    return [
        {name: value for name, value in row.items() if name in names} for row in rows if isinstance(row, dict)
    ]


def _person(actor: Actor) -> int:
    """The id of the person; only people draft. Raises Refused for anyone else."""
    if not isinstance(actor.id, int):
        raise Refused(Reason("not_applicant", gettext_noop("Only the applicant may do this.")))
    return actor.id


def _draft(actor: Actor, dossier_id: int, states: frozenset[State] = frozenset({State.DRAFT})) -> Dossier:
    """The locked dossier, when the actor files for it and it may still be edited."""
    dossier = locked(dossier_id)
    if dossier.subject_id not in actor.subjects:
        raise NotFound(Reason("no_dossier", gettext_noop("There is no such dossier.")))
    if dossier.state not in states:
        raise WrongState(
            Reason("not_editable", gettext_noop("The dossier has been submitted and cannot be changed here."))
        )
    return dossier


def save_answers(
    *, actor: Actor, dossier_id: int, section: str, values: Any, revision: int
) -> tuple[Dossier, list[forms.FieldError]]:
    """Keep what was typed on one page of the form, and tell its errors.

    `values` is a mapping field → value, or a list of rows for a repeated section. `revision` is that of the page
    that was shown; another one raises Conflict (a stale page), and nothing is overwritten.
    """
    with transaction.atomic():
        dossier = _draft(actor, dossier_id)
        if dossier.revision != revision:
            raise Conflict(
                Reason(
                    "stale",
                    gettext_noop(
                        "Somebody has changed this page since you opened it. Compare, then save again."
                    ),
                )
            )
        page = dossier.definition.section(section)
        answers = dict(dossier.answers)
        if page.repeat:
            answers[page.id] = list(values)
        else:
            answers |= dict(values)
        clean, errors = forms.validate(dossier.definition, answers, sections={section})
        wrong = {(error.row, error.field) for error in errors}
        dossier.answers = answers | _right(clean, page, wrong)
        about = dossier.definition.licence.about if dossier.definition.licence else ""
        if about and about in {field.id for field in page.fields}:
            held = licence_named(dossier.definition, dossier.answers, dossier.subject_id)
            dossier.answers |= from_licence(dossier.definition, held, dossier.answers)
        dossier.revision += 1
        dossier.save(update_fields=["answers", "revision"])
    return dossier, errors


def _right(clean: Mapping[str, Any], page: Any, wrong: set[tuple[int | None, str]]) -> dict[str, Any]:
    """The cleaned values of a page: for a repeated one only when all of it is right."""
    if page.repeat:
        return {page.id: clean[page.id]} if not wrong and page.id in clean else {}
    names = {field.id for field in page.fields}
    return {name: value for name, value in clean.items() if name in names and (None, name) not in wrong}


def add_piece(*, actor: Actor, dossier_id: int, piece: str, file: StoredFile, name: str) -> Piece:
    """Hand in a stored file for a required piece; in a supplement it answers the open request.

    Raises Invalid for a piece that the procedure does not know.
    """
    with transaction.atomic():
        dossier = _draft(actor, dossier_id, EDITABLE)
        if piece not in {required.id for required in dossier.definition.pieces}:
            raise Invalid(Reason("no_piece", gettext_noop("This procedure does not ask for that paper.")))
        request = Supplement.objects.filter(dossier=dossier, supplied_at__isnull=True).first()
        if request is not None:
            _supersede(dossier, piece, before=request)
        return Piece.objects.create(
            dossier=dossier,
            piece=piece,
            file=file,
            name=clean_name(name=name),
            uploaded_by_id=_person(actor),
            uploaded_at=now(),
            supplement=request,
        )


def reuse_piece(*, actor: Actor, dossier_id: int, piece: str, earlier: int) -> Piece:
    """Hand in again a file that the subject handed in before, where both papers may be used again. Raises NotFound."""
    held = (
        in_store(subject_id__in=actor.subjects).filter(pk=earlier).select_related("file", "dossier").first()
    )
    dossier = Dossier.objects.filter(pk=dossier_id, subject_id__in=actor.subjects).first()
    asked = {one.id for one in dossier.definition.pieces if one.reusable} if dossier else set()
    if (
        held is None
        or dossier is None
        or piece not in asked
        or held.piece != piece
        or held.dossier.subject_id != dossier.subject_id
    ):
        raise NotFound(Reason("no_file", gettext_noop("There is no such file in this dossier.")))
    return add_piece(actor=actor, dossier_id=dossier_id, piece=piece, file=held.file, name=held.name)


def in_store(**whose: Any) -> QuerySet[Piece]:
    """Clean files of submitted dossiers that were not found wanting: what a subject may use again."""
    return Piece.objects.filter(
        file__state=StoredFile.State.CLEAN,
        superseded_at__isnull=True,
        dossier__head_sequence__gt=0,
        **{f"dossier__{name}": value for name, value in whose.items()},
    )


def _supersede(dossier: Dossier, piece: str, *, before: Supplement) -> None:
    """In a supplement a new paper replaces the one that was found wanting; both are kept."""
    Piece.objects.filter(dossier=dossier, piece=piece, superseded_at__isnull=True).exclude(
        supplement=before
    ).update(superseded_at=now())


def remove_piece(*, actor: Actor, dossier_id: int, piece_id: int) -> None:
    """Take back a paper that has not been submitted yet."""
    with transaction.atomic():
        dossier = _draft(actor, dossier_id, EDITABLE)
        request = Supplement.objects.filter(dossier=dossier, supplied_at__isnull=True).first()
        removed = Piece.objects.filter(pk=piece_id, dossier=dossier, supplement=request).update(
            superseded_at=now()
        )
        if not removed:
            raise NotFound(Reason("no_file", gettext_noop("There is no such file in this dossier.")))


def declaration_of(*, actor: Actor, dossier_id: int) -> Paper:
    """The declaration to be rendered and signed, not saved yet. Raises Invalid with every wrong answer."""
    with transaction.atomic():
        dossier = _draft(actor, dossier_id)
        _, errors = forms.validate(dossier.definition, dossier.answers)
        if errors:
            raise Invalid(
                *(
                    Reason(
                        "answer",
                        error.message,
                        {**error.params, "field": f"{error.section}.{error.field}", "row": error.row},
                    )
                    for error in errors
                )
            )
        kind = dossier.definition.papers["declaration"]
        code = new_code()
        content = canonical(declaration_snapshot(dossier, on=today(), code=code))
        return Paper(
            dossier=dossier,
            kind="declaration",
            title=kind.title.vi,
            code=code,
            snapshot=content,
            snapshot_sha256=sha256(content),
            answers_sha256=answers_sha256(dossier),
            template_sha256=sha256(catalog.template(dossier.definition_sha256, kind.template)),
            signer_id=_person(actor),
            created_at=now(),
            approved_at=now(),
        )


def record_declaration(*, actor: Actor, paper: Paper, rendered: str, signed: str) -> Paper:
    """Keep the signed declaration; `rendered` and `signed` are the SHA-256 of its files.

    Raises Conflict when the answers have changed meanwhile.
    """
    with transaction.atomic():
        dossier = _draft(actor, paper.dossier_id)
        if answers_sha256(dossier) != paper.answers_sha256:
            raise Conflict(
                Reason(
                    "stale", gettext_noop("The answers have changed meanwhile. Check them and sign again.")
                )
            )
        paper.rendered(sha256=rendered)
        paper.approve()
        paper.signed(sha256=signed)
        paper.publish()
        paper.published_at = now()
        paper.save(force_insert=True)
        return paper
