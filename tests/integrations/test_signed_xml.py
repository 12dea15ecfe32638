"""Signed XML: what hostile documents try, and a second opinion on what we sign."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from integrations.envelope import Unreadable, Unverified
from integrations.partners import keys
from integrations.registry import registry
from integrations.signed_xml import DS, check, parse, sign, verify
from procedures.now import frozen
from tests.integrations.conftest import PAPER, licence

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def signed(text: str = "<A><B>1</B><S/></A>", role: str = keys.OURS) -> bytes:
    return sign(etree.fromstring(text), within="S", by=keys.signatory(role))


def believe(raw: bytes, *, within: str = "S") -> etree._Element:
    return verify(raw, within=within, pinned=keys.certificate(keys.OURS), now=NOW)


def test_own_signature_is_believed_and_the_signed_node_comes_back_without_it() -> None:
    root = believe(signed())
    assert etree.tostring(root) == b"<A><B>1</B><S/></A>".replace(b"<S/>", b"<S/>")
    assert not list(root.iter(f"{{{DS}}}Signature"))


@pytest.mark.promise("messages.hostile-xml")
@pytest.mark.parametrize(
    "hostile",
    [
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><A>&x;</A>',
        b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;">]><A>&y;</A>',
        b'<!DOCTYPE A SYSTEM "http://127.0.0.1:9/a.dtd"><A/>',
        b'<?xml version="1.0" encoding="UTF-16"?><A/>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><A>\xe9</A>',
        "<A>é</A>".encode("latin-1"),
        b"<A>\x00</A>",
        b"<A><B></A></B>",
        b"",
        b"PK\x03\x04",
        b"<A>" * 400 + b"</A>" * 400,
    ],
    ids=["external", "bomb", "dtd", "utf16", "latin1", "no-utf8", "nul", "broken", "empty", "zip", "deep"],
)
def test_hostile_bytes_are_refused(hostile: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(hostile)


def test_size_is_limited() -> None:
    with pytest.raises(Unreadable, match="larger"):
        parse(b"<A>" + b"x" * 100 + b"</A>", limit=50)


def test_unsigned_twice_signed_and_strange_signatures_are_refused() -> None:
    one = signed()
    signature = one[one.index(b"<ds:Signature") : one.index(b"</S>")]
    for wrong in (
        b"<A><B>1</B><S/></A>",
        one.replace(b"</S>", signature + b"</S>"),
        one.replace(b"<B>1</B>", b"<B>2</B>"),
        one.replace(b"<B>1</B>", b"<B>1</B><B>2</B>"),
        one.replace(b"rsa-sha256", b"rsa-sha1"),
        one.replace(b"xmlenc#sha256", b"xmldsig#sha1"),
        one.replace(b'URI=""', b'URI="#x"'),
        one.replace(b'URI=""', b'URI="http://127.0.0.1:9/"'),
        one.replace(b"xmldsig#enveloped-signature", b"xmldsig#base64"),
        signed(role="stranger"),
    ):
        with pytest.raises(Unverified):
            believe(wrong)


@pytest.mark.promise("messages.hostile-xml")
def test_signature_wrapping_is_refused() -> None:
    """A genuine signed document hidden in a forged one: the forged content must not be what is believed."""
    genuine = signed()
    signature = genuine[genuine.index(b"<ds:Signature") : genuine.index(b"</S>")]
    wrapped = b"<A><B>666</B><S>" + signature + b"<Old>" + genuine.replace(signature, b"") + b"</Old></S></A>"
    with pytest.raises(Unverified):
        believe(wrapped)
    with pytest.raises(Unverified):
        believe(b"<X>" + genuine + b"</X>")
    by_id = genuine.replace(b"<A>", b'<A Id="a">').replace(b'URI=""', b'URI="#a"')
    with pytest.raises(Unverified):
        believe(b"<A><B>666</B><S>" + by_id + b"</S></A>")


def test_own_key_over_a_part_only_is_refused() -> None:
    """Even our own key is not believed when it signed something else than the whole document."""
    root = etree.fromstring('<A><B Id="b">1</B><C>666</C><S/></A>')
    etree.SubElement(root.find("S"), f"{{{DS}}}Signature", {"Id": "placeholder"}, nsmap={"ds": DS})
    signatory = keys.signatory(keys.OURS)
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    partly = signer.sign(root, key=signatory.key, cert=[signatory.certificate], reference_uri="#b")
    with pytest.raises(Unverified, match="whole document"):
        believe(etree.tostring(partly))


def test_own_key_in_an_unexpected_place_or_way_is_refused() -> None:
    root = etree.fromstring("<A><B>1</B><S/></A>")
    etree.SubElement(root, f"{{{DS}}}Signature", {"Id": "placeholder"}, nsmap={"ds": DS})
    signatory = keys.signatory(keys.OURS)
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    elsewhere = etree.tostring(signer.sign(root, key=signatory.key, cert=[signatory.certificate]))
    with pytest.raises(Unverified, match="where it belongs"):
        believe(elsewhere)
    inclusive = XMLSigner(c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_1)
    root = etree.fromstring("<A><B>1</B><S/></A>")
    etree.SubElement(root.find("S"), f"{{{DS}}}Signature", {"Id": "placeholder"}, nsmap={"ds": DS})
    with pytest.raises(Unverified, match="unexpected way"):
        believe(etree.tostring(inclusive.sign(root, key=signatory.key, cert=[signatory.certificate])))


def test_certificate_must_be_valid_now() -> None:
    raw = signed()
    for moment in (datetime(2019, 1, 1, tzinfo=UTC), datetime(2051, 1, 1, tzinfo=UTC)):
        with pytest.raises(Unverified, match="valid"):
            verify(raw, within="S", pinned=keys.certificate(keys.OURS), now=moment)


def test_comments_cannot_split_a_text() -> None:
    root = believe(signed("<A><B>1<!-- x -->2</B><S/></A>"))
    assert root.findtext("B") == "12"


@pytest.mark.promise("messages.second-opinion")
@pytest.mark.parametrize("partner", ["vnsw", "asw"])
def test_xmlsec1_agrees(partner: str, tmp_path: Path) -> None:
    """An independent program verifies what we sign, and refuses it when one letter is changed."""
    with frozen(NOW):
        document = registry.get(partner).compose(facts=licence(1), paper=PAPER, wire_id="w-1", at=NOW)
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(keys.certificate(keys.OURS).public_bytes(Encoding.PEM))

    def opinion(content: bytes) -> int:
        file = tmp_path / "document.xml"
        file.write_bytes(content)
        command = [
            "xmlsec1",
            "--verify",
            "--enabled-key-data",
            "raw-x509-cert",
            "--pubkey-cert-pem",
            str(certificate),
        ]
        return subprocess.run([*command, str(file)], capture_output=True, timeout=30).returncode

    assert opinion(document.content) == 0
    assert opinion(document.content.replace("Máy thở".encode(), "Máy thờ".encode())) != 0


@pytest.mark.parametrize("partner", ["vnsw", "asw"])
def test_documents_hold_against_their_schema_and_say_the_licence(partner: str) -> None:
    document = registry.get(partner).compose(facts=licence(1), paper=PAPER, wire_id="w-1", at=NOW)
    text = document.content.decode()
    for said in ("1/QĐ-HTTB", "Ánh Dương &amp; Bạn &lt;VN&gt;", "90192000", "2027-11-20", "0101234567"):
        assert said in text
    for personal in ("0912345678", "lienhe@"):
        assert personal not in text, "a partner gets no more of a person than it needs"
    codec = __import__(f"integrations.partners.{partner}.codec", fromlist=["codec"])
    root = verify(document.content, within=codec.SIGNED_WITHIN, pinned=keys.certificate(keys.OURS), now=NOW)
    check(root, schema=codec.SCHEMA)
    root.remove(root[1])
    with pytest.raises(Unreadable, match="against its schema"):
        check(root, schema=codec.SCHEMA)


@pytest.mark.parametrize("partner", ["vnsw", "asw"])
@pytest.mark.parametrize(
    "change",
    [
        {"devices": []}, {"number": "x" * 90}, {"number": ""},
        {"agency": {"code": "A" * 30, "national_code": "", "name": "x" * 300}},
        {"holder": {"name": "A\x00", "tax_code": "0101234567", "address": "x"}},
        {"devices": [{"name": "M", "model": "X", "hs_code": "90192000", "quantity": 0, "unit": "cái",
                      "manufacturer": "M", "country": "DE", "year": None}]},
        {"devices": [{"name": "M", "model": "X", "hs_code": "90192000", "quantity": 1, "unit": "cái",
                      "manufacturer": "M", "country": "Đức", "year": None}]},
    ],
    ids=["no-device", "long", "empty", "agency", "nul", "quantity", "country"],
)  # fmt: skip
def test_what_the_partners_words_cannot_hold_is_refused_before_queueing(
    partner: str, change: dict[str, object]
) -> None:
    from integrations.envelope import Unmappable

    with pytest.raises((Unmappable, Unreadable)):
        registry.get(partner).compose(facts=licence(1) | change, paper=PAPER, wire_id="w-1", at=NOW)


def test_customs_never_gets_another_file_than_the_signed_one() -> None:
    from integrations.envelope import Unmappable

    with pytest.raises(Unmappable, match="not the one"):
        registry.get("vnsw").compose(facts=licence(1), paper=PAPER + b" ", wire_id="w-1", at=NOW)


def test_asean_units_and_member() -> None:
    text = registry.get("asw").compose(facts=licence(1), paper=PAPER, wire_id="w-1", at=NOW).content.decode()
    assert '<TariffQuantity unitCode="H87">12</TariffQuantity>' in text
    assert '<TariffQuantity unitCode="ZZ">30</TariffQuantity><UnitText>thùng 4 hộp</UnitText>' in text
    assert "<ToCountryCode>TH</ToCountryCode>" in text
