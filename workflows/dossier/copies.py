"""A licence as its register shows it, signed by the agency that keeps the register: a copy for its holder.

A copy issued from the original register (cấp bản sao từ sổ gốc), as Decree 23/2015/ND-CP knows it; its text was not
read. It says the state of the day, what became of the right, and its conditions. No legal act: the right lives on in
the register, which anybody asks by the copy's code.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction

from procedures.definition.model import Section, Text
from procedures.errors import NotFound, Reason
from procedures.models import Agency
from procedures.now import HANOI, now, today
from procedures.policy import Actor
from workflows.dossier import books
from workflows.dossier.entering import enter
from workflows.dossier.snapshot import CODE_LABELS
from workflows.dossier.telling import COPIED
from workflows.dossier.wording import in_words, table
from workflows.flow.lock import locked
from workflows.models import Extract, Licence
from workflows.papers.snapshot import canonical

__all__ = ["make"]

_IN_FORCE = Text(vi="Còn hiệu lực", en="In force")
_BEGINS = {"": Text(vi="Cấp", en="Given"), "suspended": Text(vi="Có hiệu lực trở lại", en="In force again")}
"""State before → what is said of a licence that comes into force."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


def make(*, actor: Actor, ref: UUID) -> Extract:
    """The copy of a licence that one of the actor's subjects holds or held; its bytes come after the commit.

    Asked again on a day on which the register still says the same, the copy that was made. Raises NotFound for a
    licence of others.
    """
    found = Licence.objects.filter(subject_id__in=actor.subjects, ref=ref).values_list("dossier_id").first()
    if found is None:
        raise NotFound(Reason("no_licence", gettext_noop("You hold no such licence.")))
    with transaction.atomic():
        dossier = locked(*found)  # of two who ask at once the second finds the copy of the first
        licence = Licence.objects.select_related("subject", "paper__number", "dossier", "replaces").get(
            ref=ref
        )
        agency = Agency.objects.select_related("parent").get(code=licence.dossier.definition.agency)
        last = licence.copies.order_by("-pk").first()
        if last is not None and last.snapshot == _content(licence, agency, code=last.code):
            return last
        kind = licence.dossier.definition.licence
        title = f"Bản sao từ sổ đăng ký: {kind.title.get('vi') if kind else licence.register}"
        row = Extract(
            agency_code=agency.code,
            book=licence.register,
            since=today(),
            until=today(),
            licence=licence,
            title=f"{title} {licence.number}"[:250],
        )
        row = books.keep(row, _content(licence, agency, code=row.code))
        data = {"licence": str(licence.ref), "copy": str(row.ref)}
        enter(dossier, act=COPIED, actor=actor.ref, at=now(), data=data)
    return row


def _content(licence: Licence, agency: Agency, *, code: str) -> str:
    kind, subject = licence.dossier.definition.licence, licence.subject
    entries = list(licence.entries())
    facts: dict[str, Any] = {
        "subject": {
            "name": subject.name,
            "tax_code": subject.tax_code or "",
            "code_label": CODE_LABELS.get(subject.kind, ""),
            "address": subject.address,
        },
        "copied": {
            "title": kind.title.get("vi") if kind else licence.register,
            "number": licence.number,
            "issued": licence.issued_on.isoformat(),
            "valid_until": licence.valid_until.isoformat() if licence.valid_until else "",
            "decision": licence.paper.number.text if licence.paper.number else "",
            "replaces": licence.replaces.number if licence.replaces else "",
            "standing": books.standing(licence) or _IN_FORCE.get("vi"),
        },
        "answers": [
            {"label": asked.title.get("vi"), "value": in_words(asked, value, "vi")}
            for asked, value in entries
            if not isinstance(asked, Section) and value not in (None, "")
        ],
        "tables": [
            *_quantities(licence),
            *(table(asked, value, "vi") for asked, value in entries if isinstance(asked, Section) and value),
        ],
        "history": [
            {"day": f"{one.at.astimezone(HANOI):%d/%m/%Y}", "what": _became(one.before, one.state)}
            for one in licence.changes.order_by("pk")
        ],
        "conditions": [
            {"due": f"{one.due_on:%d/%m/%Y}", "text": one.kind.title.get("vi")}
            for one in licence.binding_conditions(today())
        ],
    }
    return canonical(books.head(agency, code=code) | facts)


def _quantities(licence: Licence) -> Iterator[dict[str, Any]]:
    rows = [
        [one.goods.name, one.goods.unit, *map(_digits, (one.goods.allowed, one.goods.used, one.goods.left))]
        for one in licence.lines.select_related("goods").order_by("place")
    ]
    if rows:
        columns = ["Hàng hóa", "Đơn vị tính", "Được phép", "Đã sử dụng", "Còn lại"]
        yield {"title": "Số lượng", "columns": columns, "rows": rows}


def _digits(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


def _became(before: str, state: str) -> str:
    said = _BEGINS.get(before) if state == "in_force" else books.STANDS.get(state)
    return said.get("vi") if said else state
