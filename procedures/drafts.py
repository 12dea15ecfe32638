"""Drafts that people make in the office: begun from a version that is there, changed thing by thing."""

import re
from datetime import date

from procedures import catalog, editing, selectors
from procedures.editing import MISSING
from procedures.errors import Invalid, Reason
from procedures.folders import Loaded, folder_sha256, parse
from procedures.models import Procedure, ProcedureVersion
from procedures.policy import Actor

__all__ = ["begin", "named"]

_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*")


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def begin(*, of: ProcedureVersion, day: date, actor: Actor, code: str = "") -> ProcedureVersion:
    """A draft that says what `of` says, to apply from `day`; with a `code`, of a procedure that is not there yet.

    Raises Refused for who may not, Invalid when there is a version of that day or a procedure of that code.
    """
    fields = {"version": day, "effective_to": MISSING}
    if code:
        if not _CODE.fullmatch(code) or Procedure.objects.filter(code=code).exists():
            message = gettext_noop(
                "Another code is needed: words of a-z and 0-9 joined by hyphens, and not in use."
            )
            raise Invalid(Reason("code", message, {"field": "code"}))
        fields |= {"code": code, "national_code_illustrative": True}
    elif of.procedure.versions.filter(version=day).exists():
        raise Invalid(
            Reason("version_day", gettext_noop("There is a version of that day already."), {"field": "day"})
        )
    files = editing.put(of.files, (), fields)
    return catalog.take_in(loaded=Loaded(parse(files), files, folder_sha256(files)), actor=actor)


def named(title: str, taken: set[str]) -> str:
    """An id made of a title: "Xác nhận của đơn vị" → xac_nhan_cua_don_vi; numbered where it is taken."""
    words = re.sub(r"[^a-z0-9]+", "_", selectors.folded(title)).strip("_")[:34].rstrip("_")
    ident = words if words[:1].isalpha() else f"x_{words}".rstrip("_")
    for number in range(1, 1000):
        found = ident if number == 1 else f"{ident}_{number}"
        if found not in taken:
            return found
    raise ValueError("a thousand things of one name")
