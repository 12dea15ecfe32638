"""The books of an agency for a period: the register of dossiers (sổ theo dõi hồ sơ), and lists of the licences given.

One line for each dossier received, its dates those of the ledger; one for each licence granted. The register has the
form of Circular 03/2025/TT-VPCP as reported; its text was not read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings

from procedures.definition.model import Text
from procedures.models import Agency, LedgerEntry, User
from procedures.now import HANOI, now, today
from workflows import outbox
from workflows.dossier.snapshot import RECEIVES, agency_facts
from workflows.dossier.wording import summary
from workflows.models import Dossier, Extract, Licence
from workflows.papers.snapshot import canonical, sha256
from workflows.papers.templates import LAYOUTS

__all__ = [
    "STANDS",
    "LicenceLine",
    "Line",
    "head",
    "keep",
    "licence_lines",
    "lines",
    "make",
    "registers_of",
    "standing",
]

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
    "refuse": Text(vi="Từ chối", en="Refused"),
    "stop": Text(vi="Rút hồ sơ", en="Withdrawn"),
    "lapse": Text(vi="Dừng, quá hạn bổ sung", en="Stopped, the limit passed"),
    "tacit_grant": Text(vi="Chấp thuận do quá hạn", en="Granted by silence"),
    "tacit_refusal": Text(vi="Từ chối do quá hạn", en="Refused by silence"),
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


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """One licence; dates as `dd/mm/yyyy`, empty where there is none."""

    number: str
    issued: str
    holder: str
    address: str
    about: str
    valid_until: str
    note: str
    """What became of it since; empty while it is in force."""


STANDS = {
    "suspended": Text(vi="Tạm đình chỉ", en="Suspended"),
    "expired": Text(vi="Hết hạn", en="Expired"),
    "replaced": Text(vi="Được thay thế", en="Replaced"),
    "revoked": Text(vi="Đã thu hồi", en="Revoked"),
    "surrendered": Text(vi="Đã trả lại", en="Given back"),
    "annulled": Text(vi="Tòa án đã hủy", en="Annulled by a court"),
}


def registers_of(agency: Agency | None = None, *, lang: str = "vi") -> list[tuple[str, str]]:
    """(register, its title) of the licences that the agency's procedures have given, or any, by title. One query."""
    rows = Licence.objects.filter(dossier__procedure__agency=agency) if agency else Licence.objects.all()
    rows = rows.order_by("register", "-pk").distinct("register").select_related("dossier")
    kinds = [(row.register, row.dossier.definition.licence) for row in rows]
    return sorted(((name, kind.title.get(lang)) for name, kind in kinds if kind), key=lambda pair: pair[1])


def standing(row: Licence, lang: str = "vi") -> str:
    """What became of a licence, in words; empty while it is in force."""
    stands = row.standing(today())
    return STANDS[stands].get(lang) if stands in STANDS else ""


def licence_lines(
    *, agency: Agency, book: str, since: date, until: date, lang: str = "vi"
) -> list[LicenceLine]:
    """The licences of a register that were given from `since` to `until`, both included, in that order. One query."""
    rows = Licence.objects.filter(
        register=book, dossier__procedure__agency=agency, issued_on__gte=since, issued_on__lte=until
    )
    return [
        LicenceLine(
            number=row.number,
            issued=f"{row.issued_on:%d/%m/%Y}",
            holder=row.subject.name,
            address=row.subject.address,
            about=summary(row.dossier.definition, row.dossier.answers, lang),
            valid_until=f"{row.valid_until:%d/%m/%Y}" if row.valid_until else "",
            note=standing(row, lang),
        )
        for row in rows.select_related("subject", "dossier").order_by("issued_on", "pk")
    ]


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
        note=next((note.get(lang) for act, note in _NOTES.items() if act in acts), ""),
        **dates,
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(HANOI):%d/%m/%Y}"


def make(*, agency: Agency, since: date, until: date, signer: User, book: str = "") -> Extract:
    """Freeze what the book says of the period; the bytes come after the commit."""
    found: Sequence[Line | LicenceLine] = (
        licence_lines(agency=agency, book=book, since=since, until=until)
        if book
        else lines(agency=agency, since=since, until=until)
    )
    title = f"Danh mục: {dict(registers_of(agency)).get(book, book)}" if book else "Sổ theo dõi hồ sơ"
    row = Extract(agency_code=agency.code, since=since, until=until, title=title, book=book, signer=signer)
    content = head(agency, code=row.code) | {
        "subject": {"name": agency.name_vi},
        "book": {
            "title": title,
            "since": since.isoformat(),
            "until": until.isoformat(),
            "lines": len(found),
        },
        "licences" if book else "book_lines": list(_rows(found)),
        "officer": {"name": signer.full_name, "title": signer.title, "unit": "", "phone": ""},
    }
    return keep(row, canonical(content))


def head(agency: Agency, *, code: str) -> dict[str, Any]:
    """What every extract states: which agency keeps the book, the day, and how it can be checked."""
    return {
        "agency": agency_facts(agency),
        "number": "",
        "date": today().isoformat(),
        "verification": {"url": f"{settings.BASE_URL}/v", "code": code},
        "lang": "vi",
    }


def keep(row: Extract, content: str) -> Extract:
    """Keep a new extract with its content; its bytes are made after the commit."""
    row.snapshot, row.snapshot_sha256 = content, sha256(content)
    row.template_sha256 = sha256((LAYOUTS / row.layout).read_text("utf-8"))
    row.created_at = now()
    row.save(force_insert=True)
    outbox.put(
        kind="extract.produce",
        dossier_id=None,
        sequence=row.pk,
        payload={"extract_id": row.pk},
        now=row.created_at,
    )
    return row


def _rows(found: Sequence[Line | LicenceLine]) -> Iterator[dict[str, Any]]:
    for line in found:
        yield asdict(line)
