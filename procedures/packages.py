"""A version as one file: every text that its hash pins, its route as drawings, its history; and back into a draft.

A ZIP from a stranger is read in bounds: so many files of so many bytes, flat names of texts, nothing else. Whatever it
says about its own history is for people to read; only the folder's texts come in, as a draft like any other.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime

from procedures import catalog
from procedures.definition.bpmn import bpmn
from procedures.definition.diagram import mermaid
from procedures.errors import Invalid, Reason
from procedures.folders import DEFINITION, Loaded, folder_sha256, parse
from procedures.models import LedgerEntry, ProcedureVersion, User
from procedures.now import HANOI
from procedures.policy import Actor

__all__ = ["HISTORY", "MOST_BYTES", "ROUTE", "pack", "take_in", "unpack"]

HISTORY = "history.json"
ROUTE = ("route.bpmn", "route.mmd")
"""The route as BPMN 2.0 and as Mermaid text: made from the definition, and left out when a package is read."""
MOST_FILES = 60
MOST_BYTES = 2_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.(yaml|html)")
_MOMENT = (2000, 1, 1, 0, 0, 0)
"""Of every file in the package, so that the same texts give the same bytes."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def pack(version: ProcedureVersion) -> bytes:
    """The version's folder with its base, and its history, as a ZIP: the same bytes until the history grows."""
    out = io.BytesIO()
    definition = catalog.definition_of(version.sha256)
    texts = dict(version.files) | {
        HISTORY: json.dumps(_history(version), ensure_ascii=False, indent=1) + "\n",
        ROUTE[0]: bpmn(definition, lang="vi"),
        ROUTE[1]: mermaid(definition.route, lang="vi") + "\n",
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name in sorted(texts):
            package.writestr(zipfile.ZipInfo(name, _MOMENT), texts[name].encode())
    return out.getvalue()


def _history(version: ProcedureVersion) -> dict[str, object]:
    rows = LedgerEntry.objects.filter(subject_kind="procedure_version", subject_id=version.pk).order_by(
        "sequence"
    )
    ids = {int(row.actor[5:]) for row in rows if row.actor.startswith("user:")}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "full_name"))

    def shown(at: datetime) -> str:
        return at.astimezone(HANOI).isoformat(timespec="seconds")

    return {
        "procedure": version.procedure.code,
        "version": version.version.isoformat(),
        "sha256": version.sha256,
        "state": version.state,
        "history": [
            {
                "at": shown(row.at),
                "act": row.act,
                "by": names.get(int(row.actor[5:]), "") if row.actor.startswith("user:") else row.actor,
                "sha256": row.definition_sha256,
                "entry": row.hash,
            }
            for row in rows
        ],
    }


def unpack(package: bytes) -> Mapping[str, str]:
    """The texts of a package, by name, without the history. Raises Invalid for anything that is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as held:
            entries = held.infolist()
            if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise _refused(
                    gettext_noop("The package is too large: at most %(files)s files of 2 MB in all.")
                )
            texts = {}
            for entry in entries:
                if entry.filename in {HISTORY, *ROUTE}:
                    continue
                if not _NAME.fullmatch(entry.filename):
                    message = gettext_noop(
                        "“%(name)s” does not belong into a package: only .yaml and .html files do."
                    )
                    raise _refused(message, name=entry.filename[:80])
                with held.open(entry) as file:
                    content = file.read(MOST_BYTES + 1)
                if len(content) != entry.file_size:
                    raise zipfile.BadZipFile
                texts[entry.filename] = content.decode("utf-8").replace("\r\n", "\n")
    except (
        zipfile.BadZipFile,
        zlib.error,
        UnicodeDecodeError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ) as error:
        raise _refused(
            gettext_noop("This file is no package of a procedure, or it was damaged on its way.")
        ) from error
    if DEFINITION not in texts:
        raise _refused(gettext_noop("The package has no procedure.yaml."))
    return texts


def _refused(message: str, **params: object) -> Invalid:
    return Invalid(Reason("package", message, {"field": "package", "files": MOST_FILES, **params}))


def take_in(*, package: bytes, actor: Actor) -> ProcedureVersion:
    """A draft of what the package holds. Raises Invalid, or Refused for who may not.

    A version that was published can only come in again as it is.
    """
    texts = unpack(package)
    return catalog.take_in(loaded=Loaded(parse(texts), texts, folder_sha256(texts)), actor=actor)
