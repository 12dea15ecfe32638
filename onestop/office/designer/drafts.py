"""A draft as the designer reads it: its texts, its content, and what the verifier says of them, place by place."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from onestop.access import actor
from onestop.office.designer.outline import chapter_of, place_of, spelled
from onestop.office.faults import fault_text, way_text
from onestop.office.procedures import found_version
from procedures import catalog, folders, policy
from procedures import selectors as organisation
from procedures.definition.findings import Finding
from procedures.definition.model import Definition
from procedures.editing import Path, at
from procedures.errors import Reason, Refused
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
        way = way_text(self.definition, finding, lang=lang)
        text = fault_text(self.definition, finding, lang=lang)
        return Fault(finding.code, text, path, f"{href}?muc={spelled(path)}#muc", way)


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
