"""A draft as the designer reads it: its texts, its content, and what the verifier says of them, place by place."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from onestop.access import actor
from onestop.components.states import STATES
from onestop.office.designer.outline import chapter_of, place_of, spelled
from onestop.office.procedures import found_version
from procedures import catalog, folders, policy
from procedures import selectors as organisation
from procedures.definition.findings import Finding
from procedures.definition.model import Definition
from procedures.editing import Path, at
from procedures.errors import Reason, Refused
from procedures.law.life import Act, edge
from procedures.models import ProcedureVersion

__all__ = ["STALE", "Draft", "Fault", "fingerprint", "opened"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


STALE = gettext_noop(
    "Somebody else has changed this meanwhile. Below is what you typed; save again to replace theirs."
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What the verifier says, and where to mend it."""

    code: str
    text: str
    path: Path
    href: str
    way: str
    """The shortest way of a dossier there, in the words of the steps; empty where none is needed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A version with its texts, saved or as just typed."""

    row: ProcedureVersion
    files: Mapping[str, str]
    definition: Definition
    content: Mapping[str, Any]

    @classmethod
    def of(cls, row: ProcedureVersion, files: Mapping[str, str]) -> "Draft":
        """Read. Raises Invalid."""
        saved = files is row.files
        definition = catalog.definition_of(row.sha256) if saved else folders.parse(files)
        return cls(row, files, definition, folders.source(files))

    @property
    def templates(self) -> list[str]:
        """The file names of the papers' templates."""
        return sorted(name for name in self.files if name.endswith(".html"))

    def thing(self, path: Path) -> Any:
        """What stands at a place, plain. Raises Http404."""
        found = at(self.content, path)
        if not isinstance(found, Mapping):
            raise Http404
        return found

    def findings(self) -> list[Finding]:
        """What the verifier says. One query."""
        loaded = catalog.Loaded(self.definition, self.files, folders.folder_sha256(self.files))
        return catalog.findings(loaded, roles=organisation.held_roles())

    def faults(self, found: list[Finding], lang: str) -> list[Fault]:
        """The findings as the page shows them."""
        return [self._fault(one, lang) for one in found]

    def _fault(self, finding: Finding, lang: str) -> Fault:
        path = place_of(finding.where, self.content)
        chapter = chapter_of(path)
        href = reverse("office:edit", args=[self.row.procedure.code, self.row.version.isoformat(), chapter])
        where = self._named(finding.where, lang)
        params = {name: self._said(name, value, lang) for name, value in finding.params.items()}
        text = _(finding.message) % {**params, "where": where, "path": self._way(finding.path, lang)}
        return Fault(
            finding.code, text, path, f"{href}?muc={spelled(path)}#muc", self._way(finding.path, lang)
        )

    def _said(self, name: str, value: object, lang: str) -> object:
        """A detail of a finding in words: steps, acts and states have names."""
        if name in {"drafter", "other", "to", "join", "split"}:
            return self._named(str(value), lang)
        if name == "act" and value in set(Act):
            return _(edge(Act(str(value))).title)
        if name == "state" and value in STATES:
            return STATES[str(value)].office
        return value

    def _named(self, where: str, lang: str) -> str:
        """A step or an outcome in the words of the route; what is no step, as the language names it."""
        node_id, _dot, outcome_id = where.partition(".")
        for node in self.definition.route.nodes:
            if node.id == node_id:
                titles = {outcome.id: outcome.title.get(lang) for outcome in node.outcomes}
                return node.title.get(lang) + (
                    f": {titles.get(outcome_id, outcome_id)}" if outcome_id else ""
                )
        return where

    def _way(self, path: tuple[str, ...], lang: str) -> str:
        return " → ".join(self._named(step, lang) for step in path)


def fingerprint(thing: Any) -> str:
    """Tells whether a thing is still what a page showed."""
    return sha256(json.dumps(thing, sort_keys=True, default=str).encode()).hexdigest()[:16]


def opened(request: HttpRequest, code: str, day: str) -> Draft:
    """The draft of an address, for somebody who may change it. Raises Http404, or Refused: no right, or published."""
    row = found_version(code, day)
    policy.must(actor(request), "procedure.load", row)
    if row.state not in {"draft", "checked"}:
        message = gettext_noop("A version that is published never changes; begin a new one.")
        raise Refused(Reason("version_state", message))
    return Draft.of(row, row.files)
