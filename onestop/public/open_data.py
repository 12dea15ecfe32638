"""The registers as open data: CSV and JSON of each, a feed of what has become of licences, and the schema of both.

Only what the register's own page shows. The models below are the schema: what is answered is made from them, so that
schema and answer cannot part.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Literal

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from pydantic import BaseModel, Field

from onestop.access import public
from onestop.answers import language
from onestop.asking import asked, asked_number
from onestop.components import formats
from onestop.public.limits import limited
from onestop.public.machine import as_json, open_to_all, problems_as_json
from procedures.errors import NotFound, Reason
from procedures.now import HANOI, today
from workflows import selectors
from workflows.models import Licence, LicenceChange

__all__ = ["changes", "index", "register_csv", "register_json", "schema"]

State = Literal["in_force", "suspended", "expired", "replaced", "revoked", "surrendered", "annulled"]
MOST = 500
"""Changes in one answer of the feed."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


class LicenceRecord(BaseModel):
    """A licence as the public register shows it."""

    ref: str = Field(description="Identity of the licence; never used for another.")
    register_code: str = Field(description="The register that it stands in.", serialization_alias="register")
    number: str
    state: State = Field(description="Today: a licence whose last day has passed is expired.")
    issued_on: date
    valid_until: date | None = Field(description="Last day in force, in Hanoi; null: no end is set.")
    holder: str
    tax_code: str = Field(description="Of the holder; empty where it has none.")
    replaces: str | None = Field(description="`ref` of the licence in whose place it stands.")
    code: str = Field(description="Verification code of the decision that gave it.")
    href: str = Field(description="Its page in the register.")
    facts: dict[str, Any] = Field(
        description="What the register shows besides, by field of the procedure's form."
    )


class ChangeRecord(BaseModel):
    """Something that became of a licence."""

    sequence: int = Field(description="Grows with each change; some numbers are left out.")
    at: datetime
    ref: str
    register_code: str = Field(serialization_alias="register")
    number: str
    before: State | None = Field(description="null: it was given.")
    state: State
    href: str


class Feed(BaseModel):
    """A page of the change feed."""

    changes: list[ChangeRecord]
    next: str = Field(description="Address of what comes after; ask it again later.")


def _record(row: Licence) -> LicenceRecord:
    return LicenceRecord(
        ref=str(row.ref),
        register_code=row.register,
        number=row.number,
        state=row.standing(today()),  # type: ignore[arg-type]  # pydantic sees to it
        issued_on=row.issued_on,
        valid_until=row.valid_until,
        holder=row.subject.name,
        tax_code=row.subject.tax_code or "",
        replaces=str(row.replaces.ref) if row.replaces else None,
        code=row.paper.code,
        href=_href(row),
        facts=row.content,
    )


def _href(row: Licence) -> str:
    return f"{settings.BASE_URL}{reverse('public:licence', args=[row.ref])}"


def _change(row: LicenceChange) -> ChangeRecord:
    licence = row.licence
    return ChangeRecord(
        sequence=row.pk,
        at=row.at.astimezone(HANOI),
        ref=str(licence.ref),
        register_code=licence.register,
        number=licence.number,
        before=row.before or None,  # type: ignore[arg-type]
        state=row.state,  # type: ignore[arg-type]
        href=_href(licence),
    )


def _title(register: str) -> str:
    title = selectors.register_title(register, lang=language())
    if title is None:
        raise NotFound(Reason("no_register", gettext_noop("There is no such register.")))
    return title


def _with_terms(response: HttpResponseBase) -> HttpResponseBase:
    response.headers["Link"] = f'<{settings.OPEN_DATA_LICENCE}>; rel="license"'
    return open_to_all(response)


@public
@limited("open", most=30)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Which registers there are, and how each is had."""
    context = {
        "section": "register",
        "registers": selectors.open_registers(lang=language()),
        "licence": settings.OPEN_DATA_LICENCE,
        "decided": settings.OPEN_DATA_LICENCE_DECIDED,
    }
    return render(request, "public/open_data.html", context)


@public
@require_safe
@problems_as_json
@limited("open", most=30)
def register_json(request: HttpRequest, register: str) -> HttpResponseBase:
    """Every licence of a register as JSON, in the order in which they were given."""
    lines = (_record(row).model_dump_json(by_alias=True) for row in selectors.licences(register=register))
    head = {
        "register": register,
        "title": _title(register),
        "licence": settings.OPEN_DATA_LICENCE,
        "as_of": f"{today()}",
    }
    response = StreamingHttpResponse(_joined(head, lines), content_type="application/json")
    return _with_terms(response)


def _joined(head: dict[str, str], lines: Iterable[str]) -> Iterator[str]:
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "licences": ['
    for number, line in enumerate(lines):
        yield f"{',' if number else ''}\n{line}"
    yield "\n]}\n"


COLUMNS = [name for name in LicenceRecord.model_fields if name != "facts"]


@public
@require_safe
@problems_as_json
@limited("open", most=30)
def register_csv(request: HttpRequest, register: str) -> HttpResponseBase:
    """Every licence of a register as CSV: UTF-8 with its mark, so that spreadsheets show Vietnamese letters."""
    _title(register)
    response = StreamingHttpResponse(_table(register), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{register}.csv"'
    return _with_terms(response)


def _table(register: str) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    line.write("\ufeff")
    writer.writerow("register" if name == "register_code" else name for name in COLUMNS)
    for row in selectors.licences(register=register):
        yield line.getvalue()
        line.seek(0)
        line.truncate()
        told = _record(row).model_dump(mode="json", include=set(COLUMNS))
        writer.writerow(formats.cell(told[name] or "") for name in COLUMNS)
    yield line.getvalue()


@public
@require_safe
@problems_as_json
@limited("open", most=60)
def changes(request: HttpRequest) -> HttpResponseBase:
    """What has become of licences after `sau`, of one register with `so`; the next page, now or later, is named."""
    register, after = asked(request, "so"), asked_number(request, "sau") or 0
    if register:
        _title(register)
    rows = selectors.changes(after=after, register=register, limit=MOST)
    last = rows[-1].pk if rows else after
    query = f"?sau={last}" + (f"&so={register}" if register else "")
    feed = Feed(
        changes=[_change(row) for row in rows],
        next=f"{settings.BASE_URL}{reverse('public:open_changes')}{query}",
    )
    return _with_terms(HttpResponse(feed.model_dump_json(by_alias=True), content_type="application/json"))


@public
@require_safe
@problems_as_json
@limited("open", most=60)
def schema(request: HttpRequest) -> HttpResponseBase:
    """JSON Schema of a licence and of a page of the feed."""
    described = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _("Registers of licences"),
        "$defs": {
            "licence": LicenceRecord.model_json_schema(mode="serialization"),
            "feed": Feed.model_json_schema(mode="serialization"),
        },
    }
    return _with_terms(as_json(described))
