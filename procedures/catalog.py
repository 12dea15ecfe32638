"""The catalogue: load versions of procedures from their folders, publish and retire them, and read what is pinned.

One folder a version (`catalogue/<procedure>/<date>/`): procedure.yaml and its paper templates. The hash of the whole
folder pins the version; once published, neither the folder nor the row may change. Publishing takes two people: one
checks, another publishes, and the verifier runs both times. Every step stands in the ledger.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from django.db import transaction

from procedures import ledger, policy, selectors
from procedures.definition.model import Definition
from procedures.definition.verify import Finding, Holders, verify
from procedures.errors import Invalid, NotFound, Reason, Refused
from procedures.folders import (
    BASE,
    CATALOGUE,
    DEFINITION,
    Loaded,
    folder_sha256,
    folders,
    load,
    parse,
    released,
)
from procedures.models import Agency, Procedure, ProcedureVersion, User
from procedures.now import now, today
from procedures.policy import Actor

__all__ = [
    "CATALOGUE",
    "Loaded",
    "Synced",
    "check",
    "definition_of",
    "discard",
    "findings",
    "folders",
    "in_force",
    "load",
    "publish",
    "register_templates",
    "released",
    "retire",
    "revise",
    "sync",
    "take_in",
    "template",
    "templates_of",
]

State = ProcedureVersion.State


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


PlacesOf = Callable[[str], Collection[str]]

_templates: list[tuple[PlacesOf, Collection[str]]] = []


def register_templates(*, places_of: PlacesOf, sources: Collection[str]) -> None:
    """Tell the verifier what a template's text asks for, and everything that a paper can be given.

    Called by the app that makes papers, in `AppConfig.ready`. `places_of` raises ValueError for an unusable template.
    """
    _templates[:] = [(places_of, sources)]


def findings(loaded: Loaded, *, roles: Collection[tuple[str, str]] | Holders | None = None) -> list[Finding]:
    """What the verifier finds in a folder: definition and templates; with `roles`, also steps that nobody can do."""
    asked: dict[str, Collection[str]] = {}
    unusable: list[Finding] = []
    known: Collection[str] | None = None
    for places_of, sources in _templates:
        known = sources
        for name, text in loaded.files.items():
            if name in {DEFINITION, BASE}:
                continue
            try:
                asked[name] = places_of(text)
            except ValueError as error:
                message = gettext_noop("%(where)s: the template cannot be used: %(problem)s")
                unusable.append(Finding("bad_template", name, message, {"problem": str(error)}))
    return unusable + verify(
        loaded.definition, templates=loaded.files, roles=roles, placeholders=asked, sources=known
    )


# -- versions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Synced:
    """What `sync` did with one folder."""

    version: ProcedureVersion
    change: Literal["created", "updated", "unchanged"]


@transaction.atomic
def sync(*, actor: Actor, root: Path = CATALOGUE) -> list[Synced]:
    """Load every folder of the catalogue into draft versions; a draft follows its folder, a check is then void.

    Raises Refused when the actor may not, Invalid when a folder cannot be read or a published one was changed.
    """
    policy.must(actor, "procedure.load")
    return [_sync(load(path), actor) for path in folders(root)]


@transaction.atomic
def take_in(*, loaded: Loaded, actor: Actor) -> ProcedureVersion:
    """A draft from somebody's own texts, as from a folder. Raises Refused, Invalid."""
    policy.must(actor, "procedure.load")
    return _sync(loaded, actor).version


def _sync(loaded: Loaded, actor: Actor) -> Synced:
    definition = loaded.definition
    titles = {"title_vi": definition.title.vi, "title_en": definition.title.en}
    procedure, _ = Procedure.objects.get_or_create(code=definition.code, defaults=titles)
    row = (
        ProcedureVersion.objects.select_for_update(of=("self",), no_key=True)
        .filter(procedure=procedure, version=definition.version)
        .first()
    )
    if row is not None and row.sha256 == loaded.sha256:
        return Synced(row, "unchanged")
    if row is not None and row.state in {State.PUBLISHED, State.RETIRED}:
        message = gettext_noop(
            "%(code)s of %(version)s is published; its folder may not change. Make a new version."
        )
        params = {"code": definition.code, "version": definition.version.isoformat()}
        raise Invalid(Reason("published_changed", message, params))
    created = row is None
    row = row or ProcedureVersion(procedure=procedure)
    _write(row, loaded, actor)
    return Synced(row, "created" if created else "updated")


def _write(row: ProcedureVersion, loaded: Loaded, actor: Actor, act: str = "load") -> None:
    """What a draft holds from now on; a check of what it held before is void."""
    definition = loaded.definition
    before = row.state if row.pk else ""
    if row.state == State.CHECKED:
        row.reopen()
        row.checked_by = row.checked_at = None
    row.sha256, row.files = loaded.sha256, dict(loaded.files)
    row.content = definition.model_dump(mode="json")
    row.version = row.effective_from = definition.version
    row.effective_to = definition.effective_to
    row.search_text = _search_text(definition)
    row.save()
    if not row.procedure.versions.filter(version__gt=row.version).exists():
        agency = Agency.objects.filter(code=definition.agency).first()
        titles = {"title_vi": definition.title.vi, "title_en": definition.title.en}
        Procedure.objects.filter(pk=row.procedure_id).update(**titles, agency=agency)
    _record(row, act, actor, before=before)


NO_VERSION = gettext_noop("There is no such version of a procedure.")


@transaction.atomic
def revise(
    *, version: ProcedureVersion, change: Callable[[Mapping[str, str]], Mapping[str, str]], actor: Actor
) -> ProcedureVersion:
    """A draft with its texts changed; its date may be another, its code not.

    `change` is given the texts as they stand, under the lock of the draft, so that two people at two things of it keep
    both. Raises what `change` does, Refused (no right, or it is published), or Invalid: it cannot be read, or another
    version has that date.
    """
    policy.must(actor, "procedure.load", version)
    row = _under_lock(version)
    if row.state in {State.PUBLISHED, State.RETIRED}:
        raise Refused(
            Reason(
                "version_state", gettext_noop("A version that is published never changes; begin a new one.")
            )
        )
    files = change(row.files)
    loaded = Loaded(parse(files), files, folder_sha256(files))
    if loaded.sha256 == row.sha256:
        return row
    if loaded.definition.code != row.procedure.code:
        raise Invalid(
            Reason("code", gettext_noop("The code of a procedure stays as it is."), {"field": "code"})
        )
    same_day = row.procedure.versions.exclude(pk=row.pk).filter(version=loaded.definition.version)
    if same_day.exists():
        message = gettext_noop("There is a version of that day already.")
        raise Invalid(Reason("version_day", message, {"field": "version"}))
    _write(row, loaded, actor, "revise")
    return row


def _search_text(definition: Definition) -> str:
    parts: Iterable[str] = (
        definition.code,
        definition.national_code,
        *(
            text
            for both in (definition.title, definition.abstract, definition.sector.title)
            for text in (both.vi, both.en)
        ),
        *definition.keywords,
    )
    return selectors.folded(" \n ".join(parts))


def _record(row: ProcedureVersion, act: str, actor: Actor, *, before: str, after: str = "") -> None:
    ledger.append(
        subject_kind="procedure_version",
        subject_id=row.pk,
        actor=actor.ref,
        act=act,
        from_state=before,
        to_state=after or row.state,
        data={"procedure": row.procedure.code, "version": row.version.isoformat()},
        definition_sha256=row.sha256,
    )


def _locked(version: ProcedureVersion, act: str, by: User) -> tuple[ProcedureVersion, Actor]:
    actor = policy.actor_of(by, now())
    policy.must(actor, f"procedure.{act}", version)
    return _under_lock(version), actor


def _under_lock(version: ProcedureVersion) -> ProcedureVersion:
    """The row as it stands, locked. Raises NotFound for a draft that somebody has thrown away meanwhile."""
    rows = ProcedureVersion.objects.select_for_update(of=("self",), no_key=True).select_related("procedure")
    row = rows.filter(pk=version.pk).first()
    if row is None:
        raise NotFound(Reason("version", NO_VERSION))
    return row


def _expect(row: ProcedureVersion, state: str) -> None:
    if row.state != state:
        message = gettext_noop("This version is “%(state)s”; it must be “%(expected)s” for that.")
        raise Refused(Reason("version_state", message, {"state": row.state, "expected": state}))


def _prove(row: ProcedureVersion) -> None:
    roles = selectors.held_roles()
    found = findings(Loaded(definition_of(row.sha256), row.files, row.sha256), roles=roles)
    if found:
        raise Invalid(*(Reason(finding.code, finding.message, finding.params) for finding in found))


def _must_be_listed(row: ProcedureVersion) -> None:
    definition = definition_of(row.sha256)
    if not definition.listed_at:
        return
    there = selectors.versions_in_force(on=max(definition.version, today()))
    others = (definition_of(sha256).lists for sha256 in there.values_list("sha256", flat=True))
    if not any(one.procedure == definition.code for one in others if one):
        message = gettext_noop(
            "Its dossiers wait for a decision over a list, and no procedure in force lists them. "
            "Publish that one first."
        )
        raise Invalid(Reason("nobody_lists", message))


@transaction.atomic
def check(*, version: ProcedureVersion, by: User) -> ProcedureVersion:
    """The first person has read a draft and vouches for it.

    Raises Refused (no right, wrong state) or Invalid with every finding of the verifier.
    """
    row, actor = _locked(version, "check", by)
    _expect(row, State.DRAFT)
    _prove(row)
    row.check_passed()
    row.checked_by, row.checked_at = by, now()
    row.save()
    _record(row, "check", actor, before=State.DRAFT)
    return row


@transaction.atomic
def publish(*, version: ProcedureVersion, by: User) -> ProcedureVersion:
    """The second person puts a checked version in force from its date, in place of any earlier one.

    Raises Refused (no right, wrong state, the same person) or Invalid with every finding of the verifier, and where its
    dossiers would wait for a decision over a list that no procedure in force takes.
    """
    row, actor = _locked(version, "publish", by)
    _expect(row, State.CHECKED)
    if row.checked_by_id == by.pk:
        message = gettext_noop("You checked this version; another person must publish it.")
        raise Refused(Reason("same_person", message))
    _prove(row)
    _must_be_listed(row)
    row.publish()
    row.published_by, row.published_at = by, now()
    row.save()
    _record(row, "publish", actor, before=State.CHECKED)
    return row


@transaction.atomic
def discard(*, version: ProcedureVersion, by: User) -> None:
    """A draft that is not wanted is thrown away, and with it a procedure that has nothing else. The ledger keeps that.

    Raises Refused (no right, or it was published).
    """
    row, actor = _locked(version, "load", by)
    if row.state in {State.PUBLISHED, State.RETIRED}:
        message = gettext_noop("A version that was published is never thrown away; retire it.")
        raise Refused(Reason("version_state", message))
    _record(row, "discard", actor, before=row.state, after="discarded")
    procedure = row.procedure
    row.delete()
    if not procedure.versions.exists():
        procedure.delete()


@transaction.atomic
def retire(*, version: ProcedureVersion, by: User, last_day: date) -> ProcedureVersion:
    """No new dossier may use the version after `last_day`; running dossiers stay on it."""
    row, actor = _locked(version, "retire", by)
    _expect(row, State.PUBLISHED)
    row.retire()
    row.effective_to = last_day
    row.save()
    _record(row, "retire", actor, before=State.PUBLISHED)
    return row


# -- reading ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _pinned(sha256: str) -> Loaded:
    """What a hash pins; it never changes, so it is kept; of drafts that are edited, the last ones."""
    row = ProcedureVersion.objects.filter(sha256=sha256).only("files", "sha256").first()
    if row is None:
        raise NotFound(Reason("version", NO_VERSION))
    if folder_sha256(row.files) != sha256:
        raise ValueError(f"the stored files of version {row.pk} do not bear the hash that pins them")
    return Loaded(parse(row.files), row.files, sha256)


def definition_of(key: int | str) -> Definition:
    """The definition of a version, by its id or its hash. Raises NotFound.

    Parsed once a process for each hash; an id costs one small query, a hash none.
    """
    if isinstance(key, int):
        sha256 = ProcedureVersion.objects.filter(pk=key).values_list("sha256", flat=True).first()
        if sha256 is None:
            raise NotFound(Reason("version", NO_VERSION))
        key = sha256
    return _pinned(key).definition


def template(sha256: str, name: str) -> str:
    """The text of a paper template that a version pins. Raises NotFound for an unknown version or name."""
    files = _pinned(sha256).files
    if name not in files:
        raise NotFound(
            Reason("template", gettext_noop("The version has no template %(name)s."), {"name": name})
        )
    return files[name]


def templates_of(version: ProcedureVersion) -> dict[str, str]:
    """The text of every paper template that a version pins, by its name."""
    return {
        name: text for name, text in _pinned(version.sha256).files.items() if name not in {DEFINITION, BASE}
    }


def in_force(code: str, on: date) -> ProcedureVersion:
    """The published version of a procedure that applies to a dossier handed in on a day. Raises NotFound."""
    row = selectors.versions_in_force(on=on).filter(procedure__code=code).first()
    if row is None:
        message = gettext_noop("No version of %(code)s is in force on %(day)s.")
        raise NotFound(Reason("not_in_force", message, {"code": code, "day": on.isoformat()}))
    return row
