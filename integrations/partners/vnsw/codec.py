"""The window's envelope and its SOAP wrapping: bytes ↔ elements, nothing about what they mean.

SOAP 1.1, one operation `receive`, document literal: the signed envelope travels as escaped text in `requestPayload` and
comes back in `responsePayload`. A SOAP fault bears no signature, so it is never a verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

from integrations.envelope import Unreadable
from integrations.signed_xml import parse, text_of
from procedures.now import HANOI

__all__ = [
    "SCHEMA",
    "SIGNED_WITHIN",
    "Subject",
    "add",
    "envelope",
    "errors",
    "fault",
    "moment",
    "unwrap",
    "wrap",
]

SCHEMA = Path(__file__).parent / "schema" / "envelope.xsd"
SIGNED_WITHIN = "SystemSignature"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE = "http://com/vnsw/ws/generated"
VERSION = "1.00"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an envelope is about."""

    document_type: str
    type: str
    function: str
    reference: str
    year: int
    previous: str = ""
    """Message id of the message that this one answers."""


def moment(at: datetime) -> str:
    """A time as the window writes it: Hanoi's clock, no zone."""
    return at.astimezone(HANOI).strftime("%Y-%m-%d %H:%M:%S")


def add(parent: etree._Element, name: str, text: object = None) -> etree._Element:
    """Append an element, with text unless None. Raises Unreadable for text that XML cannot hold."""
    child = etree.SubElement(parent, name)
    if text is not None:
        try:
            child.text = str(text)
        except ValueError:
            raise Unreadable(f"{name}: a sign that XML cannot hold") from None
    return child


def envelope(
    *, message_id: str, sender: Mapping[str, str], receiver: Mapping[str, str], subject: Subject, at: datetime
) -> tuple[etree._Element, etree._Element]:
    """An unsigned envelope and its empty Content. A party has name, identity, country, ministry, organization, unit."""
    root = etree.Element("Envelope")
    header = add(root, "Header")
    reference = add(header, "Reference")
    add(reference, "version", VERSION)
    add(reference, "messageId", message_id)
    for role, party in (("From", sender), ("To", receiver)):
        node = add(header, role)
        for name, key in (
            ("name", "name"),
            ("identity", "identity"),
            ("countryCode", "country"),
            ("ministryCode", "ministry"),
            ("organizationCode", "organization"),
            ("unitCode", "unit"),
        ):
            add(node, name, party[key])
    node = add(header, "Subject")
    add(node, "documentType", subject.document_type)
    add(node, "type", subject.type)
    add(node, "function", subject.function)
    add(node, "reference", subject.reference)
    add(node, "documentYear", subject.year)
    if subject.previous:
        add(node, "preReference", subject.previous)
    add(node, "sendDate", moment(at))
    content = add(add(root, "Body"), "Content")
    add(root, SIGNED_WITHIN)
    return root, content


def errors(content: etree._Element, listed: Sequence[tuple[str, str]]) -> None:
    """The list of errors of a reply: (code, text)."""
    node = add(content, "ErrorList")
    for code, text in listed:
        error = add(node, "Error")
        add(error, "ErrorCode", code)
        add(error, "ErrorName", text[:500])


def wrap(document: bytes, *, part: str) -> bytes:
    """A signed envelope in a SOAP envelope; `part` is `request` or `response`."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    body = etree.SubElement(root, f"{{{SOAP}}}Body")
    call = etree.SubElement(body, f"{{{SERVICE}}}receive{part.capitalize()}", nsmap={"ws": SERVICE})
    etree.SubElement(call, f"{{{SERVICE}}}{part}Payload").text = document.decode("utf-8")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def unwrap(body: bytes, *, part: str) -> bytes:
    """The escaped envelope of a SOAP body. Raises Unreadable, with the fault's words where there is a fault."""
    root = parse(body)
    if root.tag != f"{{{SOAP}}}Envelope":
        raise Unreadable("no SOAP envelope")
    failure = root.find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
    if failure is not None:
        raise Unreadable(f"SOAP fault {text_of(failure, 'faultcode')}: {text_of(failure, 'faultstring')}")
    payload = root.findtext(
        f"{{{SOAP}}}Body/{{{SERVICE}}}receive{part.capitalize()}/{{{SERVICE}}}{part}Payload"
    )
    if not payload:
        raise Unreadable(f"no {part}Payload")
    return payload.encode("utf-8")


def fault(*, code: str, text: str) -> bytes:
    """A SOAP fault: the caller's mistake, named."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    node = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    add(node, "faultcode", "soapenv:Client")
    add(node, "faultstring", f"{code} {text}"[:300])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
