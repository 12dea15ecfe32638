"""XML that may be believed: parsed without entities, signed and verified as a whole, checked against a schema.

XML-DSig, enveloped, RSA with SHA-256, exclusive canonicalisation (an inclusive one breaks when a document is moved into
another). The order on the way in is: size, parse, signature, schema, content; and content is taken only from the
node that was signed. The signer's certificate is the pinned one; what the document says of its own key is ignored.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from integrations.envelope import Unreadable, Unverified

__all__ = ["DS", "Signatory", "check", "parse", "resign", "sign", "text_of", "verify"]

DS = "http://www.w3.org/2000/09/xmldsig#"
LARGEST = 30 * 1024 * 1024
"""Bytes of one document, its attachments included."""
_ENVELOPED = SignatureConstructionMethod.enveloped.value
_EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0


@dataclass(frozen=True, slots=True)
class Signatory:
    """A key that signs, with its certificate."""

    key: RSAPrivateKey
    certificate: x509.Certificate


def parse(raw: bytes, *, limit: int = LARGEST) -> etree._Element:
    """The root of a UTF-8 document. Raises Unreadable for anything with a DOCTYPE, too large, or not well-formed."""
    if len(raw) > limit:
        raise Unreadable(f"larger than {limit} bytes")
    try:
        root = etree.fromstring(raw, _parser(huge=len(raw) > 5_000_000))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"not well-formed XML: {error}"[:200]) from None
    if root is None:
        raise Unreadable("no root element")
    facts: Any = root.getroottree().docinfo
    if facts.doctype or facts.internalDTD is not None:
        raise Unreadable("a DOCTYPE is not accepted")
    if (facts.encoding or "UTF-8").upper() not in {"UTF-8", "ASCII"}:
        raise Unreadable("only UTF-8 is accepted")
    return root


def _parser(*, huge: bool) -> etree.XMLParser:
    # `huge` lifts libxml2's limit of 10 MB for one text node, which an attachment needs; entities stay refused.
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, remove_comments=True,
        remove_pis=True, huge_tree=huge,
    )  # fmt: skip


@cache
def _schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path, _parser(huge=False)))


def check(root: etree._Element, *, schema: Path) -> None:
    """Hold a document against a schema. Raises Unreadable with the first three violations, without their values."""
    rules = _schema(schema)
    if rules.validate(root):
        return
    errors: Any = rules.error_log
    found = [f"line {entry.line}: {entry.type_name} at {entry.path or '/'}" for entry in errors]
    raise Unreadable("against its schema: " + "; ".join(found[:3]))


def sign(root: etree._Element, *, within: str, by: Signatory) -> bytes:
    """The signed document as UTF-8 without an XML declaration, so that it can travel inside another one unchanged.

    `within` is the path of the element that takes the signature; "." is the root.
    """
    holder = root if within == "." else root.find(within)
    if holder is None:
        raise ValueError(f"no element {within} to hold the signature")
    etree.SubElement(holder, f"{{{DS}}}Signature", {"Id": "placeholder"}, nsmap={"ds": DS})
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=_EXCLUSIVE,
    )
    signed = signer.sign(root, key=by.key, cert=[by.certificate])
    return etree.tostring(signed, encoding="UTF-8", xml_declaration=False)


def verify(raw: bytes, *, within: str, pinned: x509.Certificate, now: datetime) -> etree._Element:
    """The signed node of a document, without its signature. Raises Unreadable, or Unverified with the reason.

    There must be one signature in the whole document, where it belongs, over the whole document; `now` is held
    against the validity of the pinned certificate.
    """
    root = parse(raw)
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    if len(signatures) != 1:
        raise Unverified(f"{len(signatures)} signatures where one is expected")
    holder = root if within == "." else root.find(within)
    if holder is None or signatures[0].getparent() is not holder:
        raise Unverified("the signature is not where it belongs")
    _check_references(signatures[0])
    try:
        result = XMLVerifier().verify(
            root,
            x509_cert=pinned,
            parser=_parser(huge=len(raw) > 5_000_000),
            expect_config=SignatureConfiguration(
                location="./" if within == "." else f"./{within}/",
                expect_references=1,
                signature_methods=frozenset({SignatureMethod.RSA_SHA256}),
                digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
                ignore_ambiguous_key_info=True,  # we ignore all key info: the certificate is pinned
                verification_time=now,
            ),
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError) as error:
        raise Unverified(f"{type(error).__name__}: {error}"[:200]) from None
    node = result[0].signed_xml if isinstance(result, list) else result.signed_xml
    if node is None or node.tag != root.tag:
        raise Unverified("the signature does not cover the document")
    return node


def _check_references(signature: etree._Element) -> None:
    """Exactly one reference, to the whole document, through the two transforms that we know."""
    references = signature.findall(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    if len(references) != 1 or references[0].get("URI") != "":
        raise Unverified("the signature does not refer to the whole document")
    transforms = [node.get("Algorithm") for node in references[0].iter(f"{{{DS}}}Transform")]
    if transforms != [_ENVELOPED, _EXCLUSIVE.value]:
        raise Unverified("the signature transforms the document in an unexpected way")


def resign(document: bytes, *, within: str, by: Signatory) -> bytes:
    """The same document under another signature. For simulators that misbehave."""
    root = parse(document)
    for node in list(root.iter(f"{{{DS}}}Signature")):
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    return sign(root, within=within, by=by)


def text_of(node: etree._Element, path: str) -> str:
    """The text at a path, stripped; empty when the element is missing."""
    return (node.findtext(path) or "").strip()
