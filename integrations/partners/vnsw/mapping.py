"""What a licence is in the window's words, and what the window's replies mean."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from lxml import etree

from integrations.codes import Codes, load
from integrations.envelope import (
    Answer,
    AnswerKind,
    Facts,
    Held,
    PeerFault,
    Unmappable,
    Unreadable,
    UseReport,
)
from integrations.partners.vnsw.codec import Subject, add, envelope
from integrations.signed_xml import text_of
from procedures.now import HANOI

__all__ = [
    "CODES", "book_envelope", "heard_from", "held_from", "licence_envelope", "ministry", "use_envelope", "window",
]  # fmt: skip

CODES = Path(__file__).parent / "codes.yaml"


def _codes() -> Codes:
    return load(CODES)


def window(*, on: date) -> dict[str, str]:
    """The window as a party of a message."""
    return {key: str(value) for key, value in _codes().table("window", on=on).items()}


def ministry(*, name: str, unit: str, on: date) -> dict[str, str]:
    """One of our agencies as a party; `unit` is its national code, or its own."""
    codes = _codes().table("ministry", on=on)
    code = str(codes["code"])
    return {
        "name": name, "identity": code, "country": str(codes["country"]), "ministry": code, "organization": code,
        "unit": unit,
    }  # fmt: skip


def licence_envelope(
    *, facts: Facts, paper: bytes, wire_id: str, at: datetime
) -> tuple[etree._Element, str, str]:
    """The unsigned envelope of a granted import licence, its type and function. Raises Unmappable with every reason."""
    on, codes = at.astimezone(HANOI).date(), _codes()
    agency = facts["agency"]
    kind = codes.value("message", "import_licence.type", on=on)
    said = "import_licence.amended" if facts.get("replaces") else "import_licence.function"
    function = codes.value("message", said, on=on)
    root, content = envelope(
        message_id=wire_id,
        sender=ministry(name=agency["name"], unit=agency.get("national_code") or agency["code"], on=on),
        receiver=window(on=on),
        subject=Subject(
            document_type=facts["national_code"],
            type=kind,
            function=function,
            reference=facts["dossier_code"],
            year=facts["issued_on"].year,
        ),
        at=at,
    )
    _licence(content, facts=facts, paper=paper, codes=codes, on=on)
    return root, kind, function


def _licence(content: etree._Element, *, facts: Facts, paper: bytes, codes: Codes, on: date) -> None:
    sha256 = hashlib.sha256(paper).hexdigest()
    if sha256 != facts["pdf_sha256"]:
        raise Unmappable("the decision's file is not the one that was signed")
    if not facts["devices"]:
        raise Unmappable("devices: a licence without a device")
    node = add(content, "ImportLicence")
    add(node, "NswFileCode", facts["dossier_code"])
    add(node, "Status", codes.value("status", "granted", on=on))
    add(node, "StatusName", codes.value("status", "granted.name", on=on))
    add(node, "LicenceNumber", facts["number"])
    add(node, "Register", facts["register"])
    if facts.get("replaces"):
        before = add(node, "Replaces")
        add(before, "LicenceNumber", facts["replaces"]["number"])
        add(before, "LicenceYear", facts["replaces"]["year"])
    add(node, "DecisionNumber", facts["decision_number"])
    add(node, "IssueDate", facts["issued_on"].isoformat())
    if facts["valid_until"]:
        add(node, "ValidTo", facts["valid_until"].isoformat())
    add(node, "IssuerName", facts["agency"]["name"])
    add(node, "SignerName", facts["signer"])
    add(node, "PurposeCode", codes.value("purpose", facts["purpose"], on=on))
    if facts.get("border_gate"):
        add(node, "BorderGate", facts["border_gate"])
    holder = add(node, "Holder")
    add(holder, "Name", facts["holder"]["name"])
    add(holder, "TaxCode", facts["holder"]["tax_code"])
    add(holder, "Address", facts["holder"]["address"])
    devices = add(node, "Devices")
    for line, device in enumerate(facts["devices"], start=1):
        row = add(devices, "Device")
        add(row, "Line", line)
        for name, key in (
            ("Name", "name"), ("Model", "model"), ("HSCode", "hs_code"), ("Quantity", "quantity"), ("Unit", "unit"),
            ("Manufacturer", "manufacturer"), ("CountryCode", "country"),
        ):  # fmt: skip
            add(row, name, device[key])
        if device.get("year"):
            add(row, "Year", device["year"])
    check = add(node, "Verification")
    add(check, "Address", facts["verification_url"])
    add(check, "Code", facts["verification_code"])
    file = add(node, "Attachment")
    add(file, "FileName", f"{facts['verification_code']}.pdf")
    add(file, "MimeType", "application/pdf")
    add(file, "Sha256", sha256)
    add(file, "Content", base64.b64encode(paper).decode("ascii"))


def heard_from(root: etree._Element, *, on: date) -> Answer | UseReport:
    """What a verified envelope of the window says. Raises Unreadable for what is neither a reply nor a report."""
    used = root.find("Body/Content/LicenceUse")
    if used is None:
        return _answer(root, on=on)
    codes, function = _codes(), text_of(root, "Header/Subject/function")
    cancelled = function == codes.value("message", "use.cancelled", on=on)
    lines = {
        int(text_of(line, "Line")): int(text_of(line, "Quantity")) for line in used.iterfind("Lines/Line")
    }
    if function != codes.value("message", "use.reported", on=on) and not cancelled:
        raise Unreadable(f"function {function} is no report of use")
    if cancelled is bool(lines) or len(lines) != len(used.findall("Lines/Line")):
        raise Unreadable("a use names each line once, and what is cancelled none")
    return UseReport(
        peer_id=text_of(root, "Header/Reference/messageId"),
        register=text_of(used, "Register"),
        number=text_of(used, "LicenceNumber"),
        year=int(text_of(used, "LicenceYear")),
        declaration=text_of(used, "DeclarationNumber"),
        used_on=date.fromisoformat(text_of(used, "Date")),
        lines=lines,
        cancelled=cancelled,
    )


def held_from(root: etree._Element) -> list[Held]:
    """What a verified book of the window says. Raises Unreadable for another document."""
    book = root.find("Body/Content/MessageList")
    if book is None:
        raise Unreadable("no book of messages")
    return [
        Held(text_of(one, "MessageId"), text_of(one, "Sha256"), AnswerKind(text_of(one, "Verdict")))
        for one in book.iterfind("Message")
    ]


def book_envelope(rows: Iterable[tuple[str, str, str]], *, message_id: str, at: datetime) -> etree._Element:
    """The unsigned book, (message id, SHA-256, verdict) a line; what a simulator of the window sends."""
    on, codes = at.astimezone(HANOI).date(), _codes()
    root, content = envelope(
        message_id=message_id,
        sender=window(on=on),
        receiver=ministry(name="Bộ Y tế", unit="BYT", on=on),
        subject=Subject(
            document_type="book",
            type=codes.value("message", "book.type", on=on),
            function=codes.value("message", "reply.accepted", on=on),
            reference="book",
            year=on.year,
        ),
        at=at,
    )
    book = add(content, "MessageList")
    for identity, sha256, verdict in rows:
        row = add(book, "Message")
        add(row, "MessageId", identity)
        add(row, "Sha256", sha256)
        add(row, "Verdict", verdict)
    return root


def use_envelope(report: UseReport, *, at: datetime) -> etree._Element:
    """The unsigned envelope in which the window reports a use; what a simulator of it sends."""
    on, codes = at.astimezone(HANOI).date(), _codes()
    root, content = envelope(
        message_id=report.peer_id,
        sender=window(on=on),
        receiver=ministry(name="Bộ Y tế", unit="BYT", on=on),
        subject=Subject(
            document_type="licence_use",
            type=codes.value("message", "use.type", on=on),
            function=codes.value("message", "use.cancelled" if report.cancelled else "use.reported", on=on),
            reference=report.declaration,
            year=on.year,
        ),
        at=at,
    )
    node = add(content, "LicenceUse")
    add(node, "Register", report.register)
    add(node, "LicenceNumber", report.number)
    add(node, "LicenceYear", report.year)
    add(node, "DeclarationNumber", report.declaration)
    add(node, "Date", report.used_on.isoformat())
    if report.lines:
        lines = add(node, "Lines")
        for line, quantity in report.lines.items():
            row = add(lines, "Line")
            add(row, "Line", line)
            add(row, "Quantity", quantity)
    return root


def _answer(root: etree._Element, *, on: date) -> Answer:
    """What a verified reply says: 99 accepts, 00 lists errors. Raises Unreadable for another function."""
    codes = _codes()
    function = text_of(root, "Header/Subject/function")
    faults = tuple(
        PeerFault(code=text_of(node, "ErrorCode"), text=text_of(node, "ErrorName"))
        for node in root.iterfind("Body/Content/ErrorList/Error")
    )
    if function == codes.value("message", "reply.accepted", on=on) and not faults:
        kind = AnswerKind.ACCEPTED
    elif function == codes.value("message", "reply.error", on=on) and faults:
        passing = {key.upper() for key in codes.table("transient", on=on)}
        kind = (
            AnswerKind.TECHNICAL
            if all(one.code.upper() in passing for one in faults)
            else AnswerKind.REJECTED
        )
    else:
        raise Unreadable(f"function {function} is no reply")
    return Answer(
        peer_id=text_of(root, "Header/Reference/messageId"),
        about=text_of(root, "Header/Subject/preReference"),
        kind=kind,
        faults=faults,
        reference=text_of(root, "Header/Subject/reference"),
    )
