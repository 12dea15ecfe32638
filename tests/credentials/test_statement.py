"""The statement in the QR code, read by another implementation than ours (python-cwt)."""

import re
from base64 import b32decode
from dataclasses import replace
from datetime import date
from typing import Any

import cbor2
import cwt
import pytest
import segno
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cwt.cose_key import COSEKey
from joserfc.jwk import ECKey

from workflows.credentials.keys import RegisterKey
from workflows.credentials.statement import Statement, encode
from workflows.papers.render import qr_text

pytestmark = pytest.mark.promise("verify.offline")
CODE = "B70A14EE1E15D7AA94BD810EC0FFEE42"
SAID = Statement(
    code=CODE,
    number="05/QĐ-HTTB",
    on=date(2026, 3, 2),
    title="Quyết định cấp giấy phép nhập khẩu trang thiết bị y tế",
    holder="Công ty Cổ phần Thiết bị Y tế Ánh Dương",
    valid_until=date(2031, 3, 1),
    agency="HTTB",
    series="QD",
    index=5,
    facts=bytes(range(16)),
)


def key() -> RegisterKey:
    return RegisterKey(ECKey.generate_key("P-256"), is_test=True)


def read(text: str, signer: RegisterKey) -> dict[Any, Any]:
    """The claims, when the signature holds; python-cwt raises otherwise."""
    message = b32decode(text + "=" * (-len(text) % 8))
    pem = signer.key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims: dict[Any, Any] = cbor2.loads(
        cwt.COSE.new().decode(message, [COSEKey.from_pem(pem, kid=signer.thumbprint[:4])])
    )
    return claims


def test_another_implementation_reads_it() -> None:
    signer = key()
    text = encode(SAID, key=signer)
    claims = read(text, signer)
    assert claims == {
        2: "05/QĐ-HTTB",
        4: 1930150800,  # 2 March 2031, 00:00 in Hanoi: the first moment after the last day
        6: 1772384400,  # 2 March 2026, 00:00 in Hanoi
        7: bytes.fromhex(CODE),
        "a": "HTTB",
        "s": "QD",
        "n": 5,
        "f": bytes(range(16)),
        "h": SAID.holder,
        "t": SAID.title,
    }


def test_it_is_of_digits_and_capitals_and_the_printed_code_stays_coarse() -> None:
    longest = replace(SAID, holder="Ệ" * 250, title="Ộ" * 250, number="1234567/26/CBMP-QLD")
    for said, version in ((SAID, 15), (longest, 17)):
        text = encode(said, key=key())
        assert re.fullmatch("[A-Z2-7]+", text)
        code = segno.make_qr(
            qr_text(url="https://dichvucong.moh.gov.vn/v", code=CODE, statement=text),
            error="m",
            boost_error=False,
        )
        assert (code.mode, int(code.version) <= version) == ("alphanumeric", True)


def test_a_long_name_ends_in_an_ellipsis_and_in_a_whole_letter() -> None:
    signer = key()
    claims = read(encode(replace(SAID, holder="Ệ" * 250, valid_until=None), key=signer), signer)
    assert claims["h"] == "Ệ" * 39 + "…"
    assert 4 not in claims


def test_nobody_else_can_have_made_it() -> None:
    signer = key()
    text = encode(SAID, key=signer)
    for place in range(0, len(text), 7):
        other = "A" if text[place] != "A" else "B"
        with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the reader trips over
            read(text[:place] + other + text[place + 1 :], signer)
    with pytest.raises(Exception):  # noqa: B017, PT011
        read(text, key())


def test_a_key_without_its_private_half_signs_nothing() -> None:
    signer = key()
    with pytest.raises(ValueError, match="signs no more"):
        encode(SAID, key=RegisterKey(ECKey.import_key(signer.jwk), is_test=False))
