"""A licence as an additional document of a declaration, and what receipts and responses mean.

No licence of a health ministry is itself a document of the region; it is cited by its number, kind and issuer, so that
the other member can check it. The goods of the licence stand as goods items.
"""

from datetime import date, datetime
from pathlib import Path

from lxml import etree

from integrations.codes import Codes, load
from integrations.envelope import Answer, AnswerKind, Facts, Held, PeerFault, Unmappable, Unreadable
from integrations.partners.asw.codec import NAMESPACE, add, document, find_text, instant, path
from procedures.now import HANOI

__all__ = ["CODES", "answer_from", "held_from", "licence_message"]

CODES = Path(__file__).parent / "codes.yaml"


def licence_message(*, facts: Facts, wire_id: str, at: datetime) -> tuple[etree._Element, str, str]:
    """The unsigned message, its type and function. Raises Unmappable with the reason."""
    on, codes = at.astimezone(HANOI).date(), load(CODES)
    if not facts["devices"]:
        raise Unmappable("devices: a licence without a device")
    said = "function.amended" if facts.get("replaces") else "function"
    kind, function = codes.value("message", "type", on=on), codes.value("message", said, on=on)
    root = document("Message")
    header = add(root, "Header")
    add(header, "MessageID", wire_id)
    add(header, "TypeCode", kind)
    add(header, "FromCountryCode", codes.value("message", "sender", on=on))
    add(header, "ToCountryCode", _member(facts, codes, on=on))
    add(header, "CreatedDateTime", instant(at))
    declaration = add(root, "Declaration")
    add(declaration, "FunctionCode", function)
    add(declaration, "FunctionalReferenceID", facts["dossier_code"])
    importer = add(declaration, "Importer")
    add(importer, "Name", facts["holder"]["name"])
    add(importer, "ID", facts["holder"]["tax_code"])
    add(importer, "Address", facts["holder"]["address"])
    shipment = add(declaration, "GoodsShipment")
    _additional_document(shipment, facts, codes, on=on)
    _goods(shipment, facts, codes, on=on)
    return root, kind, function


def _member(facts: Facts, codes: Codes, *, on: date) -> str:
    """The member whose goods these are; the configured one for goods from outside the region."""
    members = {code.upper() for code in codes.table("members", on=on)}
    concerned = [device["country"] for device in facts["devices"] if device["country"] in members]
    return concerned[0] if concerned else codes.value("default_member", "code", on=on)


def _additional_document(shipment: etree._Element, facts: Facts, codes: Codes, *, on: date) -> None:
    node = add(shipment, "AdditionalDocument")
    add(node, "ID", facts["number"])
    add(node, "TypeCode", codes.value("message", "additional_document", on=on))
    if facts.get("replaces"):
        add(node, "PreviousID", facts["replaces"]["number"])
    add(node, "IssueDateTime", facts["issued_on"].isoformat())
    if facts["valid_until"]:
        add(node, "ExpirationDateTime", facts["valid_until"].isoformat())
    issuer = add(node, "Issuer")
    add(issuer, "Name", facts["agency"]["name"])
    add(issuer, "CountryCode", codes.value("message", "sender", on=on))
    add(node, "VerificationAddress", facts["verification_url"])
    add(node, "DigestValue", facts["pdf_sha256"])


def _goods(shipment: etree._Element, facts: Facts, codes: Codes, *, on: date) -> None:
    for number, device in enumerate(facts["devices"], start=1):
        item = add(shipment, "GovernmentAgencyGoodsItem")
        add(item, "SequenceNumeric", number)
        commodity = add(item, "Commodity")
        add(commodity, "Description", f"{device['name']}; {device['model']}")
        classification = add(commodity, "Classification")
        add(classification, "ID", device["hs_code"])
        add(classification, "IdentificationTypeCode", "HS")
        measure = add(item, "GoodsMeasure")
        unit = codes.value("units", device["unit"], on=on, default="ZZ")
        add(measure, "TariffQuantity", device["quantity"]).set("unitCode", unit)
        if unit == "ZZ":
            add(measure, "UnitText", device["unit"])
        add(add(item, "Manufacturer"), "Name", device["manufacturer"])
        add(add(item, "Origin"), "CountryCode", device["country"])


def answer_from(root: etree._Element, *, on: date) -> Answer:
    """What a verified receipt or response says. Raises Unreadable for another document."""
    if root.tag == f"{{{NAMESPACE}}}TransportReceipt":
        return Answer(
            peer_id=find_text(root, "ReceiptID"),
            about=find_text(root, "MessageID"),
            kind=AnswerKind.RECEIPT,
        )
    if root.tag != f"{{{NAMESPACE}}}Response":
        raise Unreadable("neither a receipt nor a response")
    codes, function = load(CODES), find_text(root, "FunctionCode")
    faults = tuple(
        PeerFault(code=find_text(node, "ValidationCode"), text=find_text(node, "Description"))
        for node in root.iterfind(path("Error"))
    )
    if function == codes.value("message", "response.accepted", on=on) and not faults:
        kind = AnswerKind.ACCEPTED
    elif function == codes.value("message", "response.rejected", on=on) and faults:
        kind = AnswerKind.REJECTED
    else:
        raise Unreadable(f"function {function} is no response that we know")
    return Answer(
        peer_id=find_text(root, "ResponseID"),
        about=find_text(root, "MessageID"),
        kind=kind,
        faults=faults,
        reference=find_text(root, "FunctionalReferenceID"),
    )


def held_from(root: etree._Element) -> list[Held]:
    """What a verified book of the gateway says. Raises Unreadable for another document."""
    if root.tag != f"{{{NAMESPACE}}}Book":
        raise Unreadable("no book of messages")
    return [
        Held(
            find_text(one, "MessageID"),
            find_text(one, "DigestValue"),
            AnswerKind(find_text(one, "StatusCode")),
        )
        for one in root.iterfind(path("Entry"))
    ]
