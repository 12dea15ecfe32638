"""Rendering: the same bytes for the same facts, only our fonts, nothing fetched, everything readable."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.papers import samples
from tests.papers.conftest import Row, Signed
from workflows.papers import guard, issue
from workflows.papers.keys import WATERMARK
from workflows.papers.render import Renderer, RenderProblem, qr_text
from workflows.papers.snapshot import canonical, sha256
from workflows.papers.textlayer import page_text, squeezed

WHEN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def row_of(kind: str, snapshot: dict[str, Any] | None = None) -> Row:
    return Row(kind, canonical(snapshot or samples.snapshot_of(kind)), samples.template(kind), title=kind)


def produce(row: Row, renderer: Renderer, watermark: str | None = WATERMARK) -> bytes:
    return issue.produce_render(
        row, template=row.template, signers=row.signers, watermark=watermark, renderer=renderer
    )


def pages(pdf: bytes) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        return [squeezed(page_text(page)) for page in document.pages]


@pytest.mark.promise("papers.pdfa")
@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_kind_passes_the_guard_on_one_page(kind: str, renderer: Renderer) -> None:
    row = row_of(kind)
    pdf = produce(row, renderer)
    facts = samples.snapshot_of(kind)
    assert not guard.check(
        pdf,
        attachment_sha256=row.snapshot_sha256,
        expected_text=[facts["subject"]["name"], facts["verification"]["code"], "BẢN THỬ"],
        fields=issue.fields_of(row.signers),
        pages=1,
    )


@pytest.mark.promise("papers.same-bytes")
def test_the_same_facts_give_the_same_bytes_in_another_process(
    renderer: Renderer,
) -> None:
    row = row_of("decision")
    first = produce(row, renderer)
    assert produce(row, renderer) == first
    script = (
        "import sys; from tests.papers.test_render import produce, row_of\n"
        "from workflows.papers.render import WeasyRenderer\n"
        "sys.stdout.buffer.write(produce(row_of('decision'), WeasyRenderer()))"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONHASHSEED": "12345", "PATH": "/usr/bin:/bin"},
    )
    assert sha256(other.stdout) == sha256(first)


def test_many_devices_go_to_an_annex_with_page_numbers(renderer: Renderer) -> None:
    pdf = produce(row_of("decision", samples.decision(devices=25)), renderer)
    found = pages(pdf)
    assert len(found) == 3
    assert "PHỤLỤC" not in found[0]
    assert "PHỤLỤC" in found[1]
    assert all("Mụcđíchnhậpkhẩu" in page for page in found[1:])  # the head of the table, again on each page
    assert ["2BẢNTHỬ" in page for page in found] == [False, True, False]  # page number, then the foot
    assert "1BẢNTHỬ" not in found[0]
    assert all("BẢNTHỬ:" in page for page in found)
    assert "EchoViệtX25" in found[2]


def test_long_names_keep_the_signature_in_one_piece(renderer: Renderer) -> None:
    name = "Công ty Trách nhiệm hữu hạn Một thành viên Sản xuất, Thương mại và Xuất nhập khẩu " * 3
    long = samples.decision(devices=3)
    long["subject"] = dict(long["subject"], name=name.strip())
    long["decision"] = dict(
        long["decision"], articles=[name, *(text * 3 for text in long["decision"]["articles"])]
    )
    long["agency"] = dict(long["agency"], name="Cục Khoa học công nghệ và Đào tạo, Hạ tầng và Thiết bị y tế")
    long["devices"] = [samples.device(index, name=name[:200], manufacturer="X" * 90) for index in range(3)]
    pdf = produce(row_of("decision", long), renderer)
    assert squeezed(name[:200]) in "".join(pages(pdf))
    with pikepdf.open(BytesIO(pdf)) as document:
        with_fields = [page for page in document.pages if "/Annots" in page.obj]
        assert len(with_fields) == 1
        assert len(with_fields[0].Annots) == 2
        text = page_text(with_fields[0])
    assert "CỤC TRƯỞNG" in text
    assert "Điều 4." in text  # a signature never stands on a page of its own
    assert "Nguyễn Thị Hồng Phượng" in text


@pytest.mark.promise("papers.own-fonts")
def test_a_letter_our_fonts_lack_is_refused_and_named(renderer: Renderer) -> None:
    strange = samples.decision()
    strange["devices"] = [samples.device(name="Máy 医療 X")]
    with pytest.raises(RenderProblem, match="医"):
        produce(row_of("decision", strange), renderer)


def test_every_vietnamese_letter_survives_the_round_trip(renderer: Renderer) -> None:
    vowels = [chr(code) for code in range(0x1EA0, 0x1EFA)] + list(
        "ĂăÂâĐđÊêÔôƠơƯưÀÁÃÈÉÌÍĨÒÓÕÙÚŨÝàáãèéìíĩòóõùúũý"
    )
    words = " ".join("".join(vowels[at : at + 12]) for at in range(0, len(vowels), 12))
    facts = samples.decision()
    facts["devices"] = [samples.device(name=words, model="½ µ ± × ≤ ≥ Ω α β ₫ € № ™ ®")]
    assert squeezed(words) in "".join(pages(produce(row_of("decision", facts), renderer)))


@pytest.mark.promise("papers.no-fetch")
@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "file:///etc/hostname",
        "asset:other",
        "data:image/png;base64,AAAA",
        "ftp://x/y",
    ],
)
def test_a_paper_fetches_nothing(address: str, renderer: Renderer) -> None:
    with pytest.raises(RenderProblem, match="may not fetch"):
        renderer.render(
            html=f'<html lang="vi"><body><img src="{address}" alt="x"></body></html>',
            attachment=b"{}",
            attachment_name="x.json",
            title="x",
            identifier=b"x",
            created=WHEN,
            watermark=None,
            qr="X",
        )


def test_the_facts_travel_inside_the_file(decision: Signed) -> None:
    with pikepdf.open(BytesIO(decision.rendered)) as document:
        spec = document.Root.AF[0]
        assert spec.AFRelationship == "/Data"
        assert spec.EF.F.read_bytes() == decision.row.snapshot.encode()
        assert str(document.docinfo.Title) == "Quyết định 05/GPNK-BYT"


def test_keys_with_legal_value_leave_no_watermark(renderer: Renderer) -> None:
    row = row_of("decision")
    plain = produce(row, renderer, None)
    assert "BẢNTHỬ" not in "".join(pages(plain))
    with pikepdf.open(BytesIO(plain)) as document:
        assert not isinstance(document.pages[0].Contents, pikepdf.Array)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://dvc.moh.gov.vn/v", "HTTPS://DVC.MOH.GOV.VN/V/AB12"),
        ("https://dvc.moh.gov.vn/v/", "HTTPS://DVC.MOH.GOV.VN/V/AB12"),
        ("HTTPS://DVC.MOH.GOV.VN/V/AB12", "HTTPS://DVC.MOH.GOV.VN/V/AB12"),
    ],
)
def test_the_qr_code_says_the_address_once_in_capitals(url: str, text: str) -> None:
    assert qr_text(url=url, code="ab12") == text


def test_the_printed_qr_code_holds_the_address(decision: Signed, make: Callable[..., Signed]) -> None:
    """Read back module by module: the image in the file is the code of the right text."""
    import segno

    address = f"HTTPS://DVC.MOH.GOV.VN/V/{samples.CODE}/{samples.STATEMENT}"
    wanted = segno.make_qr(address, error="m", boost_error=False)
    with pikepdf.open(BytesIO(decision.rendered)) as document:
        images = [
            item
            for item in document.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
        ]
        picture = pikepdf.PdfImage(images[0]).as_pil_image().convert("L")
    size = wanted.symbol_size(border=4)[0]
    scale = picture.width // size
    read = [
        [
            picture.getpixel(((x + 4) * scale + scale // 2, (y + 4) * scale + scale // 2)) < 128
            for x in range(size - 8)
        ]
        for y in range(size - 8)
    ]
    assert read == [[bool(module) for module in row] for row in wanted.matrix]
