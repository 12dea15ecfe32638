"""The form: every error at once, plain clean answers, nothing kept that was not asked."""

import json
import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.definition import answers as answers_module
from procedures.definition.countries import COUNTRIES, country_name
from procedures.definition.forms import FieldError, validate, visible_fields
from procedures.definition.model import Definition, Field_
from procedures.definition.verify import verify

GOOD: dict[str, Any] = {
    "importer_name": "Công ty TNHH Thiết bị Sông Hồng",
    "tax_code": "0109998881",
    "importer_address": "12 Giảng Võ, Hà Nội",
    "importer_phone": "0912 345 678",
    "importer_email": "a@songhong.example",
    "purpose": "aid",
    "aid_decision": "1234/QĐ-UBND",
    "recipient": "Bệnh viện Bạch Mai",
    "purpose_detail": "Dùng tại khoa Hồi sức",
    "devices": [
        {
            "name": "Máy thở",
            "model": "VT-500",
            "hs_code": "9019.20.00",
            "quantity": "1.000",
            "unit": "cái",
            "manufacturer": "Dräger",
            "country": "DE",
            "year": "2025",
        }
    ],
}


def field(kind: str, **more: Any) -> Field_:
    return Field_.model_validate({"id": "x", "type": kind, "title": {"vi": "x", "en": "x"}, **more})


def codes(errors: list[FieldError]) -> list[tuple[str, int | None, str]]:
    return [(error.section, error.row, error.field) for error in errors]


def test_good_answers_come_back_clean(device_import: Definition) -> None:
    clean, errors = validate(device_import, GOOD)
    assert errors == []
    assert (
        clean["devices"][0] | {"hs_code": "90192000", "quantity": 1000, "year": 2025} == clean["devices"][0]
    )
    assert clean["importer_phone"] == "0912345678"


@pytest.mark.promise("form.every-error-at-once")
def test_every_error_at_once(device_import: Definition) -> None:
    bad = GOOD | {
        "tax_code": "12",
        "importer_email": "no",
        "purpose": "sell",
        "purpose_detail": "x" * 1001,
        "devices": [
            GOOD["devices"][0] | {"hs_code": "9", "quantity": 0, "year": 1999},
            {"name": "Chỉ có tên"},
        ],
    }
    _clean, errors = validate(device_import, bad)
    found = codes(errors)
    for expected in [
        ("importer", None, "tax_code"),
        ("importer", None, "importer_email"),
        ("purpose_section", None, "purpose"),
        ("purpose_section", None, "purpose_detail"),
        ("devices", 0, "hs_code"),
        ("devices", 0, "quantity"),
        ("devices", 0, "year"),
        ("devices", 1, "model"),
        ("devices", 1, "country"),
    ]:
        assert expected in found
    year = next(error for error in errors if error.field == "year")
    assert year.message % dict(year.params) == "Enter a whole number from 2016 to 2027"


def test_nothing_answered_asks_for_everything_that_shows(device_import: Definition) -> None:
    _clean, errors = validate(device_import, {})
    found = codes(errors)
    assert ("importer", None, "importer_name") in found
    assert ("devices", None, "") in found
    assert ("purpose_section", None, "aid_decision") not in found  # only for aid
    assert ("purpose_section", None, "border_gate") not in found  # optional


def test_a_hidden_answer_is_dropped_without_an_error(device_import: Definition) -> None:
    clean, errors = validate(device_import, GOOD | {"purpose": "research", "aid_decision": "x" * 9999})
    assert errors == []
    assert "aid_decision" not in clean
    assert "recipient" not in clean


def test_only_the_wanted_sections_are_judged_and_returned(device_import: Definition) -> None:
    clean, errors = validate(device_import, {"purpose": "aid"}, sections={"purpose_section"})
    assert set(clean) == {"purpose"}
    assert {error.section for error in errors} == {"purpose_section"}
    assert ("purpose_section", None, "aid_decision") in codes(errors)


def test_unknown_keys_are_not_kept(device_import: Definition) -> None:
    clean, errors = validate(device_import, GOOD | {"is_admin": True, "devices_total": 3})
    assert errors == []
    assert not {"is_admin", "devices_total"} & set(clean)


def test_empty_rows_are_no_rows_and_indexes_stay(device_import: Definition) -> None:
    rows = [{"name": "", "model": " "}, GOOD["devices"][0] | {"hs_code": "bad"}]
    clean, errors = validate(device_import, GOOD | {"devices": rows})
    assert codes(errors) == [("devices", 1, "hs_code")]
    assert len(clean["devices"]) == 1


def test_too_many_rows(device_import: Definition) -> None:
    _clean, errors = validate(device_import, GOOD | {"devices": [GOOD["devices"][0]] * 101})
    assert codes(errors) == [("devices", None, "")]
    assert errors[0].params == {"max": 100, "count": 101}


def test_visible_fields(device_import: Definition) -> None:
    section = device_import.section("purpose_section")
    assert [f.id for f in visible_fields(device_import, section, {"purpose": "gift"})] == [
        "purpose",
        "recipient",
        "purpose_detail",
        "border_gate",
    ]


@pytest.mark.parametrize(
    ("kind", "raw", "clean"),
    [
        ("text", "  a\tb \n c ", "a b c"),
        ("text", "e\u0302\u0301", "ế"),
        ("text", "\u202egnp.exe", "gnp.exe"),
        ("textarea", "a  \r\n\r\n b", "a\n\nb"),
        ("integer", "1 000", 1000),
        ("integer", "-5", -5),
        ("money", "2.000.000", 2_000_000),
        ("date", "5/6/2026", "2026-06-05"),
        ("date", "2026-06-05", "2026-06-05"),
        ("country", "de", "DE"),
        ("tax_code", "0109998881001", "0109998881-001"),
        ("tax_code", "0109998881-001", "0109998881-001"),
        ("hs_code", "9018 90 90", "90189090"),
        ("phone", "(+84) 912-345-678", "+84912345678"),
        ("email", " a@b.vn ", "a@b.vn"),
        ("agency_code", " 000.00.00.g18", "000.00.00.G18"),
        ("agency_code", "G09.20", "G09.20"),
        ("agency_code", "H22", "H22"),
        ("text", "", None),
        ("text", None, None),
        ("integer", " ", None),
    ],
)
def test_reading_an_answer(kind: str, raw: object, clean: object) -> None:
    assert answers_module.read(field(kind), raw) == clean


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("integer", "1.5"),
        ("integer", "1.00"),
        ("integer", "٣"),
        ("integer", True),
        ("integer", 1.0),
        ("integer", "9" * 40),
        ("money", "-1"),
        ("date", "31/02/2026"),
        ("date", "2026"),
        ("date", "0001-01-01"),
        ("country", "XX"),
        ("tax_code", "010999888"),
        ("tax_code", "0109998881-01"),
        ("hs_code", "9018909"),
        ("phone", "12"),
        ("email", "a@b"),
        ("email", "a b@c.vn"),
        ("agency_code", "000.00.G18"),
        ("agency_code", "G09.20.01.02"),
        ("agency_code", "Bộ Y tế"),
        ("text", ["x"]),
        ("text", {"a": 1}),
        ("choice", "x"),
    ],
)
def test_an_answer_that_cannot_be(kind: str, raw: object) -> None:
    with pytest.raises(answers_module.Rejected):
        answers_module.read(field(kind), raw)


LOTS = Field_.model_validate(
    {
        "id": "lots",
        "type": "table",
        "title": {"vi": "Lô", "en": "Lots"},
        "minimum": 1,
        "maximum": 3,
        "columns": [
            {"id": "lot", "title": {"vi": "Số lô", "en": "Lot"}},
            {"id": "failed", "type": "integer", "title": {"vi": "Không đạt", "en": "Failed"}},
            {"id": "on", "type": "date", "required": False, "title": {"vi": "Ngày", "en": "Day"}},
        ],
    }
)
ROWS = [{"lot": "A12", "failed": 1200, "on": "2026-02-25"}, {"lot": "B 7", "failed": 0}]


@pytest.mark.parametrize(
    "raw",
    [
        "A12; 1.200; 25/02/2026\n\nB  7; 0\n;;\n",
        "A12\t1200\t2026-02-25\r\nB 7\t0\t",
        [["A12", 1200, "25/02/2026"], ["B 7", "0"]],
        [{"lot": "A12", "failed": "1.200", "on": "2026-02-25", "other": "x"}, {"lot": "B 7", "failed": 0}],
        ROWS,
    ],
    ids=["typed", "pasted from a spreadsheet", "lists", "as a message", "clean"],
)
def test_a_table_is_read_however_it_comes(raw: object) -> None:
    assert answers_module.read(LOTS, raw) == ROWS


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("A; 1; 25/02/2026; thừa", "Row 1 has 4 cells. One row is: Số lô; Không đạt; Ngày"),
        ("A; một", "Row 1: “một” does not fit “Không đạt”"),
        ("A; 1\nB", "Row 2: fill in “Không đạt”"),
        ("A; 1\n" * 4, "Enter at most 3 rows; there are 4 now"),
        (";;\n;", "Add a line: at least 1 needed"),
        ({"lot": "A"}, "Send a list of rows"),
        ([1, 2], "Send a list of rows"),
        (7, "Send a list of rows"),
    ],
)
def test_a_table_that_cannot_be_says_which_row(raw: object, said: str) -> None:
    with pytest.raises(answers_module.Rejected) as refused:
        answers_module.read(LOTS, raw)
    assert refused.value.message % refused.value.params == said


def test_conditions_may_look_into_a_table(source: dict[str, Any]) -> None:
    page = source["form"][0]
    more = {
        "id": "why",
        "type": "text",
        "title": LOTS.title.model_dump(),
        "when": "lots.exists(l, l.failed > 3)",
    }
    page["fields"] += [LOTS.model_dump(mode="json"), more]
    definition = Definition.model_validate(source)
    assert [f.code for f in verify(definition) if "form" in f.where] == []
    for failed, asked in ((4, True), (3, False)):
        _clean, errors = validate(definition, {"lots": f"A; {failed}"}, sections={page["id"]})
        assert ("why" in {error.field for error in errors}) is asked


def test_a_table_has_columns_and_stands_on_a_plain_page(source: dict[str, Any]) -> None:
    rows = next(page for page in source["form"] if page.get("repeat"))
    rows["fields"].append(LOTS.model_dump(mode="json"))
    source["form"][0]["fields"][0]["type"] = "table"
    found = {(one.code, one.where) for one in verify(Definition.model_validate(source))}
    first = source["form"][0]
    for where in (f"form.{rows['id']}.lots", f"form.{first['id']}.{first['fields'][0]['id']}"):
        assert ("table_without_columns", where) in found


def test_countries() -> None:
    assert len(COUNTRIES) == 249
    assert country_name("VN", lang="vi") == "Việt Nam"
    assert country_name("VN", lang="en") == "Vietnam"
    assert country_name("QQ", lang="vi") == "QQ"


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
field_ids = st.sampled_from([*GOOD, "border_gate", "model", "name", "zzz"])
near = st.sampled_from(
    ["aid", "gift", "personal", "1.000", "DE", "0109998881", "90192000", "a@b.vn", "0912345678"]
)
raw_answers = st.dictionaries(field_ids, json_like | near | st.just(GOOD["devices"]), max_size=12)


@given(raw=raw_answers)
def test_whatever_is_sent_is_answered_and_cleaning_twice_is_cleaning_once(
    device_import: Definition, raw: dict[str, Any]
) -> None:
    clean, errors = validate(device_import, GOOD | raw)
    for error in errors:
        assert error.message % dict(error.params)
    again, _errors = validate(device_import, clean)
    assert again == clean
    text = json.dumps(clean, ensure_ascii=False)
    assert unicodedata.is_normalized("NFC", text)


def test_a_date_object_is_read_too() -> None:
    assert answers_module.read(field("date"), date(2026, 6, 5)) == "2026-06-05"
