"""Documents of the ASEAN window as elements: one namespace, a `Seal` for the signature, times with their zone."""

from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

from integrations.envelope import Unreadable
from integrations.signed_xml import Signatory, check, sign

__all__ = ["NAMESPACE", "SCHEMA", "SIGNED_WITHIN", "add", "document", "find_text", "instant", "path", "seal"]

NAMESPACE = "urn:x-motcua:asean-window:2025"
SCHEMA = Path(__file__).parent / "schema" / "window.xsd"
SIGNED_WITHIN = f"{{{NAMESPACE}}}Seal"


def path(text: str) -> str:
    """`A/B` in the window's namespace."""
    return "/".join(f"{{{NAMESPACE}}}{step}" for step in text.split("/"))


def find_text(node: etree._Element, text: str) -> str:
    """The text at a path such as `A/B`, stripped; empty when the element is missing."""
    return (node.findtext(path(text)) or "").strip()


def instant(at: datetime) -> str:
    """A time with its offset, whole seconds."""
    return at.isoformat(timespec="seconds")


def document(name: str) -> etree._Element:
    """An empty document of that name."""
    namespaces: dict[Any, str] = {None: NAMESPACE}
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=namespaces)


def add(parent: etree._Element, name: str, text: object = None) -> etree._Element:
    """Append an element, with text unless None. Raises Unreadable for text that XML cannot hold."""
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        try:
            child.text = str(text)
        except ValueError:
            raise Unreadable(f"{name}: a sign that XML cannot hold") from None
    return child


def seal(root: etree._Element, *, by: Signatory) -> bytes:
    """Close a document: its Seal, the schema, the signature. Raises Unreadable when it is against the schema."""
    add(root, "Seal")
    check(root, schema=SCHEMA)
    return sign(root, within=SIGNED_WITHIN, by=by)
