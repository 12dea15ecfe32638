"""The guard finds every fault that is put into a good paper."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from tests.papers.conftest import Signed
from workflows.papers import guard


def found(pdf: bytes, paper: Signed, **changes: Any) -> set[str]:
    asked = {
        "attachment_sha256": paper.row.snapshot_sha256,
        "fields": ["Leader", "Seal"],
        "pages": 1,
    } | changes
    return {finding.code for finding in guard.check(pdf, **asked)}


def broken(pdf: bytes, fault: Callable[[pikepdf.Pdf], object]) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        fault(document)
        out = BytesIO()
        document.save(out, force_version="1.7", fix_metadata_version=False)
    return out.getvalue()


def fonts_of(document: pikepdf.Pdf) -> list[Any]:
    return [
        item for item in document.objects if isinstance(item, Dictionary) and item.get("/Type") == "/Font"
    ]


def _rename_font(document: pikepdf.Pdf) -> None:
    fonts_of(document)[0].BaseFont = Name("/ABCDEF+NotoSans")


def _drop_unicode_map(document: pikepdf.Pdf) -> None:
    for font in fonts_of(document):
        if "/ToUnicode" in font:
            del font.ToUnicode


def _drop_font_file(document: pikepdf.Pdf) -> None:
    for font in fonts_of(document):
        if "/FontDescriptor" in font:
            del font.FontDescriptor.FontFile2


def _change_data(document: pikepdf.Pdf) -> None:
    document.Root.AF[0].EF.F = document.make_indirect(Stream(document, b"{}"))


def _unlink_data(document: pikepdf.Pdf) -> None:
    del document.Root.AF


def _hide_field(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm.Fields[0].F = 2


def _drop_appearance(document: pikepdf.Pdf) -> None:
    del document.Root.AcroForm.Fields[0].AP


def _add_script_deep_inside(document: pikepdf.Pdf) -> None:
    document.pages[0].obj.Annots[0].MK = Dictionary(
        A=Array([Dictionary(S=Name.JavaScript, JS="app.alert(1)")])
    )


def _add_note(document: pikepdf.Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, F=4, Rect=Array([0, 0, 9, 9]))
    document.pages[0].obj.Annots.append(document.make_indirect(note))


FAULTS: dict[str, tuple[Callable[[pikepdf.Pdf], object], str]] = {
    "font of another family": (_rename_font, "font.foreign"),
    "font without Unicode map": (_drop_unicode_map, "font.unmapped"),
    "font not embedded": (_drop_font_file, "font.not-embedded"),
    "other data attached": (_change_data, "attachment.hash"),
    "data not linked": (_unlink_data, "attachment.link"),
    "relation other than data": (
        lambda document: setattr(document.Root.AF[0], "AFRelationship", Name.Source),
        "attachment.relation",
    ),
    "hidden field": (_hide_field, "annotation.flags"),
    "field without appearance": (_drop_appearance, "annotation.appearance"),
    "note on the page": (_add_note, "annotation.kind"),
    "action on opening": (
        lambda document: setattr(document.Root, "OpenAction", Dictionary(S=Name.GoTo)),
        "action.open",
    ),
    "script deep inside": (_add_script_deep_inside, "action.forbidden"),
    "triggered action": (
        lambda document: setattr(document.pages[0].obj, "AA", Dictionary(O=Dictionary(S=Name.URI))),
        "action.trigger",
    ),
    "no tags": (lambda document: delattr(document.Root, "StructTreeRoot"), "tags.missing"),
    "no language": (lambda document: delattr(document.Root, "Lang"), "tags.language"),
    "no output intent": (lambda document: delattr(document.Root, "OutputIntents"), "colour.intent"),
    "no metadata": (lambda document: delattr(document.Root, "Metadata"), "metadata.missing"),
    "form drawn by the reader": (
        lambda document: setattr(document.Root.AcroForm, "NeedAppearances", True),
        "form.dynamic",
    ),
    "field of another name": (
        lambda document: setattr(document.Root.AcroForm.Fields[0], "T", pikepdf.String("Other")),
        "form.fields",
    ),
    "second page": (lambda document: document.add_blank_page(), "pages.number"),
}


@pytest.mark.promise("papers.pdfa")
@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_found(case: str, decision: Signed) -> None:
    fault, code = FAULTS[case]
    assert code in found(broken(decision.rendered, fault), decision)


def test_saving_alone_breaks_no_rule(decision: Signed) -> None:
    assert found(broken(decision.rendered, lambda _: None), decision) == set()


def test_text_that_cannot_be_read_back_is_found(decision: Signed) -> None:
    assert found(decision.rendered, decision, expected_text=["Ánh Dương", "Ánh Trăng"]) == {"text.missing"}
    assert not found(decision.rendered, decision, expected_text=["Cộng hòa xã hội chủ nghĩa Việt Nam"])


def test_bytes_after_the_end_and_files_that_are_no_pdf_are_found(decision: Signed) -> None:
    assert "file.end" in found(decision.rendered + b"more", decision)
    assert found(b"junk", decision) == {"file.unreadable"}


@pytest.mark.promise("papers.own-fonts")
def test_a_page_in_a_font_of_the_system_is_found(decision: Signed, tmp_path: Path) -> None:
    """What WeasyPrint does left alone: it falls back, silently, to whatever font the machine has."""
    import weasyprint  # noqa: TID251

    page = "<html lang='vi'><title>x</title><body style='font-family: Liberation Serif, serif'>Nghị định</body></html>"
    assert "font.foreign" in found(bytes(weasyprint.HTML(string=page).write_pdf()), decision)
