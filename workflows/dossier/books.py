"""The register of dossiers (sổ theo dõi hồ sơ): one line for each dossier that an agency received in a period.

The dates are those of the ledger. The form is that of Circular 03/2025/TT-VPCP as reported; its text was not read.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings

from procedures.models import Agency, LedgerEntry, User
from procedures.now import HANOI, now
from workflows.dossier.snapshot import RECEIVES
from workflows.models import Dossier, Extract
from workflows.models.paper import new_code
from workflows.papers.snapshot import canonical, sha256
from workflows.papers.templates import LAYOUTS

__all__ = ["SIGNERS", "TEMPLATE", "Line", "lines", "make"]

TEMPLATE = "dossier_register.html"
SIGNERS = ("officer", "seal")
_DATES = {
    "accept": "received",
    "open": "received",
    "begin": "transferred",
    "grant": "result",
    "refuse": "result",
    "tacit_grant": "result",
    "tacit_refusal": "result",
    "stop": "result",
    "lapse": "result",
    "return_result": "returned",
}
"""Act → which date of the line it gives."""
_NOTES = {
    "refuse": "Từ chối",
    "stop": "Rút hồ sơ",
    "lapse": "Dừng, quá hạn bổ sung",
    "tacit_grant": "Chấp thuận do quá hạn",
    "tacit_refusal": "Từ chối do quá hạn",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One dossier; dates as `dd/mm/yyyy`, empty where there is none yet."""

    code: str
    procedure: str
    applicant: str
    contact: str
    agency: str
    received: str
    transferred: str
    due: str
    result: str
    returned: str
    note: str


def lines(*, agency: Agency, since: date, until: date, lang: str = "vi") -> list[Line]:
    """The dossiers validly received from `since` to `until`, both included, in that order. Three queries."""
    first = datetime.combine(since, time(), HANOI)
    last = datetime.combine(until + timedelta(days=1), time(), HANOI)
    accepted = LedgerEntry.objects.filter(
        subject_kind="dossier", act__in=RECEIVES, at__gte=first, at__lt=last
    )
    own = Dossier.objects.filter(procedure__agency=agency, pk__in=accepted.values("subject_id"))
    dossiers = {one.pk: one for one in own.select_related("subject")}
    acts: dict[int, dict[str, LedgerEntry]] = {}
    entries = LedgerEntry.objects.filter(subject_kind="dossier", subject_id__in=dossiers, act__in=_DATES)
    for entry in entries.order_by("subject_id", "sequence"):
        acts.setdefault(entry.subject_id, {})[entry.act] = entry
    ordered = sorted(acts, key=lambda number: (_received(acts[number]), number))
    return [_line(dossiers[number], acts[number], agency, lang) for number in ordered]


def _received(acts: dict[str, LedgerEntry]) -> datetime:
    return next(acts[act].at for act in RECEIVES if act in acts)


def _line(dossier: Dossier, acts: dict[str, LedgerEntry], agency: Agency, lang: str) -> Line:
    dates = dict.fromkeys(("received", "transferred", "result", "returned"), "")
    dates |= {_DATES[act]: _day(entry.at) for act, entry in acts.items()}
    subject = dossier.subject
    return Line(
        code=dossier.code or "",
        procedure=dossier.definition.title.get(lang),
        applicant=subject.name,
        contact=", ".join(filter(None, (subject.address, subject.phone))),
        agency=agency.name(lang),
        due=_day(dossier.due_at) if dossier.due_at else "",
        note=next((note for act, note in _NOTES.items() if act in acts), ""),
        **dates,
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(HANOI):%d/%m/%Y}"


def make(*, agency: Agency, since: date, until: date, signer: User) -> Extract:
    """Freeze what the register says of the period; the bytes come after the commit."""
    found = lines(agency=agency, since=since, until=until)
    code = new_code()
    content = canonical(
        {
            "agency": {
                "parent": agency.parent.name_vi if agency.parent else "",
                "name": agency.name_vi,
                "short": agency.short,
                "place": agency.place,
            },
            "number": "",
            "date": now().astimezone(HANOI).date().isoformat(),
            "subject": {"name": agency.name_vi},
            "book": {"since": since.isoformat(), "until": until.isoformat(), "lines": len(found)},
            "book_lines": list(_rows(found)),
            "officer": {"name": signer.full_name, "title": signer.title, "unit": "", "phone": ""},
            "verification": {"url": f"{settings.BASE_URL}/v", "code": code},
            "lang": "vi",
        }
    )
    return Extract.objects.create(
        agency_code=agency.code,
        since=since,
        until=until,
        title="Sổ theo dõi hồ sơ",
        code=code,
        snapshot=content,
        snapshot_sha256=sha256(content),
        template_sha256=sha256((LAYOUTS / TEMPLATE).read_text("utf-8")),
        signer=signer,
        created_at=now(),
    )


def _rows(found: list[Line]) -> Iterator[dict[str, Any]]:
    for line in found:
        yield asdict(line)
