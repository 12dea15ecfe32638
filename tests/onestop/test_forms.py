"""Our forms: what is drawn, what is said when an answer is wrong, what is kept of what was typed."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import override
from lxml import html

from onestop.components.gallery import SampleForm
from onestop.forms import DateField, MoneyField, UploadsField, WholeNumberField, error_links


def page_of(form: forms.BaseForm) -> html.HtmlElement:
    return html.fromstring(f"<form>{form}</form>")


def named(page: html.HtmlElement, name: str) -> list[html.HtmlElement]:
    return page.xpath("//*[@name=$name]", name=name)


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        (WholeNumberField(), "1.200", 1200),
        (WholeNumberField(), "1 200", 1200),
        (MoneyField(), "2.000.000 ₫", 2_000_000),
        (MoneyField(), "2,000,000", 2_000_000),
        (DateField(), "5/9/2026", date(2026, 9, 5)),
        (DateField(), "2026-09-05", date(2026, 9, 5)),
    ],
)
def test_answers_are_read_as_people_write_them(field: forms.Field, typed: str, value: Any) -> None:
    assert field.clean(typed) == value


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (WholeNumberField(), "mười"),
        (MoneyField(), "2tr"),
        (DateField(), "31/02/2026"),
        (DateField(), "09/31/2026"),
    ],
)
def test_what_cannot_be_read_is_refused_with_an_example(field: forms.Field, typed: str) -> None:
    with override("en"):
        with pytest.raises(forms.ValidationError) as caught:
            field.clean(typed)
        assert "for example" in caught.value.messages[0]


def test_money_and_dates_are_shown_as_they_are_read() -> None:
    form = SampleForm(initial={"value": 2_000_000, "issued": date(2026, 9, 5)})
    page = page_of(form)
    assert named(page, "value")[0].get("value") == "2.000.000"
    assert named(page, "issued")[0].get("value") == "05/09/2026"
    assert named(page, "value")[0].getnext().text_content() == "₫"


@pytest.mark.promise("screens.errors-lead-to-fields")
def test_every_error_names_its_field_and_leads_to_it() -> None:
    typed = {
        "name": "Công ty <b>Ánh</b>",
        "purpose": "nonsense",
        "quantity": "mười hai",
        "issued": "31/02/2026",
    }
    with override("en"):
        form = SampleForm(typed)
        links = error_links([form], ["The session expired", ("Choose a file", "upload")])
        page = page_of(form)
    targets = {link.target for link in links if link.target and link.target != "upload"}
    assert targets == {"id_tax_code", "id_purpose_0", "id_risk", "id_quantity", "id_issued", "id_truthful"}
    assert targets <= set(page.xpath("//@id"))
    assert [link.text for link in links if link.target == "id_quantity"] == [
        "Số lượng: Enter a whole number, for example 12"
    ]
    assert [link.text for link in links if link.target == "id_tax_code"] == ["Fill in “Mã số thuế”"]
    assert links[-2:] == [("The session expired", ""), ("Choose a file", "upload")]
    for name in ("quantity", "issued"):
        control = named(page, name)[0]
        described = control.get("aria-describedby").split()
        assert f"id_{name}_error" in described
        assert set(described) <= set(page.xpath("//@id"))
        assert control.get("aria-invalid") == "true"
        assert control.get("value") == typed[name], "what was typed is still there"
    assert named(page, "name")[0].get("value") == typed["name"]


def test_the_browser_does_not_judge() -> None:
    assert not page_of(SampleForm()).xpath("//@required")


def test_a_group_is_a_fieldset_with_its_question() -> None:
    page = page_of(SampleForm({}))
    groups = page.xpath("//fieldset")
    assert [group.xpath(".//legend")[0].text.strip() for group in groups] == [
        "Nhập khẩu để làm gì?",
        "Nhận kết quả ở đâu",
    ]
    assert groups[0].get("aria-describedby") == "id_purpose_error"
    assert {box.get("type") for box in groups[1].xpath(".//input")} == {"checkbox"}


def test_a_field_under_an_answer_stands_under_it_with_its_condition_in_words() -> None:
    with override("en"):
        page = page_of(SampleForm(prefix="a"))
    inner = named(page, "a-aid_decision")
    assert len(inner) == 1
    group = inner[0].getparent()
    assert (group.get("data-when-name"), group.get("data-when-values")) == ("a-purpose", "aid")
    assert group.getparent().get("class") == "govuk-radios__conditional"
    assert "Viện trợ" in group.xpath(".//*[@class='condition no-js']")[0].text_content()


def test_several_files_come_as_a_list() -> None:
    class Upload(forms.Form):
        files = UploadsField()

    one, two = (SimpleUploadedFile(name, b"%PDF-1.7") for name in ("a.pdf", "b.pdf"))
    form = Upload({}, MultiValueDict({"files": [one, two]}))
    assert form.is_valid(), form.errors
    assert [file.name for file in form.cleaned_data["files"]] == ["a.pdf", "b.pdf"]
    assert not Upload({}, MultiValueDict()).is_valid()


def test_a_field_for_one_file_takes_one() -> None:
    assert named(page_of(SampleForm()), "catalogue")[0].get("multiple") is None
    assert named(page_of(SampleForm()), "manuals")[0].get("multiple") is not None


def test_an_empty_file_is_named() -> None:
    with override("en"), pytest.raises(forms.ValidationError, match="empty"):
        UploadsField().clean([SimpleUploadedFile("a.pdf", b"")])
