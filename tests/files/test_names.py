"""Names are for people: normal, visible, short."""

import unicodedata

import pytest

from workflows.files import clean_name, declared_extension


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Giấy phép.pdf", "Giấy phép.pdf"),
        (unicodedata.normalize("NFD", "Giấy phép.pdf"), "Giấy phép.pdf"),
        ("C:\\Tài liệu\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\0\n\x1b[31mb\u200b.pdf", "a [31mb.pdf"),
        ('a<b>"c|d?*.pdf', "a_b__c_d__.pdf"),
        ("  a \t  b .pdf. ", "a b.pdf"),
        ("\ud800.pdf", "pdf"),
        ("", "unnamed"),
        (" . ", "unnamed"),
    ],
)
def test_a_name_is_cleaned(given, expected):
    assert clean_name(name=given) == expected


def test_a_long_name_keeps_its_extension():
    name = clean_name(name="ă" * 500 + ".docx")
    assert len(name) == 200
    assert name.endswith("ă.docx")
    assert len(clean_name(name="b" * 500)) == 200


@pytest.mark.parametrize(
    ("name", "extension"),
    [
        ("a.PDF", "pdf"),
        ("a.pdf.exe", None),
        ("a.exe.pdf", "pdf"),
        ("a\u202efdp.exe", None),
        ("pdf", None),
        ("a.svg", None),
    ],
)
def test_only_the_last_extension_counts(name, extension):
    assert declared_extension(name=name) == extension
