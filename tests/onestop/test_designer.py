"""The designer as the controller of procedures uses it: every thing of every procedure, without touching YAML."""

import difflib
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import unquote

import pytest
from django.http import QueryDict
from django.urls import reverse

from onestop.office.designer.drafts import Draft, fingerprint
from onestop.office.designer.outline import chapter_of, spelled
from onestop.office.designer.sheets import Sheet
from procedures import catalog, drafts, editing, folders, ledger
from procedures.definition import things
from procedures.definition.words import CHAPTERS
from procedures.errors import NotFound, Refused
from procedures.models import LedgerEntry, Procedure, ProcedureVersion, User
from procedures.policy import SYSTEM
from tests.onestop.designer_desk import (
    Controller,
    as_shown,
    content_of,
    draft_of,
    sha256_of,
    things_of,
    yaml_of,
)
from tests.onestop.office_desk import text_of

pytestmark = [pytest.mark.usefixtures("monday_morning"), pytest.mark.promise("office.designer")]
CODES = sorted(path.parent.name for path in folders.folders())


def test_every_thing_of_every_procedure_has_a_form_that_as_it_stands_changes_nothing() -> None:
    seen: set[str] = set()
    for code in CODES:
        row = draft_of(code)
        draft = Draft.of(row, row.files)
        for path in ((), *things_of(draft.content)):
            kind, thing = things.kind_at(path, draft.content), draft.thing(path)
            if (known := f"{kind} {fingerprint(thing)}") in seen:
                continue  # as the base says it for many procedures
            seen.add(known)
            given: dict[str, Any] = {
                "kind": kind,
                "path": path,
                "content": thing,
                "definition": draft.definition,
            }
            shown = Sheet(**given, templates=draft.templates, lang="vi")
            drawn = "".join(
                str(field.as_field_group()) for _title, fields in shown.groups for field in fields
            )
            data = QueryDict(mutable=True)
            for name, value in as_shown(drawn).items():
                data.setlist(name, value if isinstance(value, list) else [value])
            sent = Sheet(data, **given, templates=draft.templates, lang="vi")
            assert sent.is_valid(), (code, path, sent.errors)
            assert sent.changes() == {}, (code, path)
    assert len(seen) > 500


def test_every_page_of_a_draft_opens_and_saved_as_it_stands_says_so() -> None:
    row = draft_of("food-import-inspection")  # it has tables, branches and a history
    controller = Controller()
    for chapter in CHAPTERS:
        assert CHAPTERS[chapter].vi in controller.page(row, chapter)
    for path in things_of(folders.source(row.files)):
        if path[-2:-1] != ("fields",):  # nine more of the same
            answer = controller.save(row, chapter_of(path), spelled(path))
            assert answer.status_code == 303, (path, text_of(answer.content.decode())[:3000])
    assert "Không có gì thay đổi." in text_of(controller.page(row, "terms"))
    assert sha256_of(row) == row.sha256


def changed_lines(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_a_change_on_a_page_changes_its_line_and_no_other_and_back_gives_the_same_bytes() -> None:
    row, controller = draft_of(), Controller()
    before = yaml_of(row)
    assert controller.save(row, "fees", "fees.certificate", amount="1.200.000").status_code == 303
    (old, new) = changed_lines(before, yaml_of(row))
    assert "amount: 1000000" in old
    assert new[2:] == old[2:].replace("1000000", "1200000")
    assert controller.save(row, "fees", "fees.certificate", amount="1000000").status_code == 303
    assert sha256_of(row) == row.sha256
    # What the base says is laid over, and back it is not written any more.
    place = "route.nodes.review"
    assert controller.save(row, "route", place, share__length="6").status_code == 303
    lines = changed_lines(before, yaml_of(row))
    assert [line[2:].strip() for line in lines] == ["nodes:", "- id: review", "share: {length: 6}"]
    (review,) = (node for node in content_of(row)["route"]["nodes"] if node["id"] == "review")
    assert review["share"] == {
        "length": 6,
        "unit": "working_hours",
        "illustrative": True,
    }
    assert controller.save(row, "route", place, share__length="4").status_code == 303
    assert yaml_of(row) == before
    acts = LedgerEntry.objects.filter(subject_kind="procedure_version", subject_id=row.pk).order_by(
        "sequence"
    )
    assert list(acts.values_list("act", flat=True)) == ["load", *["revise"] * 4]
    assert acts.last().definition_sha256 == row.sha256  # type: ignore[union-attr]


def test_the_verifier_speaks_while_one_types_and_nothing_is_kept() -> None:
    row, controller = draft_of(), Controller()
    place = "route.nodes.appraise.outcomes.ask_supplement"
    typed = controller.fields(row, "route", place) | {"s-when": ""}
    said = text_of(controller.send(row, "route", place, action="look", **typed).content.decode())
    assert "có thể yêu cầu bổ sung quá 1 lần" in said
    assert "Tiếp nhận: Tiếp nhận hồ sơ → Phân công: Phân công thẩm định" in said  # the way there, in words
    assert "chưa lưu" in said
    assert sha256_of(row) == row.sha256
    assert controller.save(row, "route", place, when="").status_code == 303
    read = controller.page(row, "route", place)
    assert "too_many_rounds" in read
    assert f"?muc={place}#muc" in read  # where to mend it
    refused = controller.client.post(
        reverse("office:decide", args=["device-free-sale", "2026-07-01", "check"])
    )
    assert refused.status_code == 422


@pytest.mark.parametrize(
    ("chapter", "place", "typed", "said"),
    [
        ("terms", "terms", {"decision__length": "0"}, "Nhập số lớn hơn 0"),
        ("terms", "terms", {"decision__length": "ba"}, "Nhập một số nguyên"),
        ("terms", "terms", {"decision__unit": ""}, "Đơn vị tính"),
        ("general", "", {"title__vi": ""}, "Tên, tiếng Việt"),
        ("general", "", {"applicants": None}, "Ai nộp"),
        ("bases", "legal_bases.0", {"issued": "31/02/2025"}, "Nhập ngày"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_lost(
    chapter: str, place: str, typed: dict[str, Any], said: str
) -> None:
    row, controller = draft_of(), Controller()
    answer = controller.save(row, chapter, place, **typed, basis="Điều 7")
    assert answer.status_code == 422
    read = text_of(answer.content.decode())
    assert said in read
    assert sha256_of(row) == row.sha256


def test_two_people_at_one_thing_do_not_overwrite_each_other_unseen() -> None:
    row, one, other = draft_of(), Controller("kiemsoat"), Controller("quantri")
    seen = one.fields(row, "fees", "fees.certificate")
    elsewhere = one.fields(row, "pieces", "pieces.circulation")
    assert other.save(row, "fees", "fees.certificate", amount="900000").status_code == 303
    answer = one.send(row, "fees", "fees.certificate", action="save", **seen | {"s-amount": "800000"})
    assert answer.status_code == 409
    read = answer.content.decode()
    assert "người khác đã sửa chỗ này" in read
    assert 'value="800000"' in read or 'value="800.000"' in read
    assert "amount: 900000" in yaml_of(row)
    # Another thing may be saved by a page that is older than that.
    answer = one.send(
        row, "pieces", "pieces.circulation", action="save", **elsewhere | {"s-title__en": "A copy"}
    )
    assert answer.status_code == 303
    assert "amount: 900000" in yaml_of(row)
    assert "A copy" in yaml_of(row)


def test_two_changes_from_one_page_s_reading_are_both_kept() -> None:
    row = draft_of()
    for values in ({"amount": 5}, {"basis": "Điều 1"}):
        change = partial(editing.put, path=("fees", "certificate"), values=values)
        catalog.revise(version=row, change=change, actor=SYSTEM)
    (fee,) = content_of(row)["fees"]
    assert (fee["amount"], fee["basis"]) == (5, "Điều 1")


def test_an_odd_place_is_unknown_and_breaks_nothing() -> None:
    row, controller = draft_of(), Controller()
    for place in (
        "²",
        "form.0",
        "x.y.z",
        "\x00",
        "route.nodes",
        "papers",
        "....",
        "tables.x.rows.9",
        "code",
        "form.exporter.title",
    ):
        for chapter in ("general", "form", "route", "fees"):
            assert controller.client.get(controller.address(row, chapter, place)).status_code in {200, 404}
            for action in ("save", "add", "up", "drop", "look", "day", "?"):
                answer = controller.send(row, chapter, place, action=action, into=place)
                assert answer.status_code in {200, 404, 409, 422}, (chapter, place, action)
    assert sha256_of(row) == row.sha256


def test_things_are_added_moved_and_taken_away() -> None:
    row, controller = draft_of(), Controller()
    before = yaml_of(row)
    answer = controller.send(
        row,
        "form",
        "form.exporter",
        action="add",
        into="form.exporter.fields",
        **{"add-fields-title": "Số tờ khai"},
    )
    assert answer.status_code == 303
    assert "muc=form.exporter.fields.so_to_khai" in answer["Location"]
    place = "form.exporter.fields.so_to_khai"
    assert (
        controller.save(row, "form", place, type="integer", minimum="1", title__en="Number").status_code
        == 303
    )
    assert controller.send(row, "form", place, action="up").status_code == 303
    fields = content_of(row)["form"][0]["fields"]
    assert [field["id"] for field in fields][-2:] == ["so_to_khai", "copies"]
    assert controller.send(row, "form", place, action="drop").status_code == 303
    assert yaml_of(row) == before
    # Of the base: written as dropped; the verifier tells what still speaks of it.
    assert controller.send(row, "route", "route.nodes.review", action="drop").status_code == 303
    assert "{id: review, dropped: true}" in yaml_of(row)
    read = text_of(controller.page(row, "route"))
    assert "dangling" in read
    assert "không dẫn đến đâu" in read
    assert controller.send(row, "route", "route.nodes.sign", action="up").status_code == 303
    names = [node["id"] for node in content_of(row)["route"]["nodes"]]
    assert names.index("sign") + 1 == names.index("rendering"), "the draft says so, the base stays"
    assert controller.send(row, "route", f"route.nodes.{names[0]}", action="up").status_code == 422


@pytest.mark.parametrize(
    ("chapter", "into", "name", "more"),
    [
        ("route", "route.nodes", "nodes", {"kind": kind})
        for kind in ("human", "wait", "auto", "decision", "split", "join", "end")
    ]
    + [
        ("route", "route.nodes.intake.outcomes", "outcomes", {}),
        ("form", "form", "form", {}),
        ("pieces", "pieces", "pieces", {}),
        ("fees", "fees", "fees", {}),
        ("fees", "tables", "tables", {}),
        ("bases", "legal_bases", "legal_bases", {}),
        ("checklist", "checklist", "checklist", {}),
        ("grounds", "grounds", "grounds", {}),
        ("papers", "papers", "papers", {}),
        ("partners", "partners", "partners", {}),
    ],
)
def test_one_more_of_anything_can_be_added_opened_and_taken_away(
    chapter: str, into: str, name: str, more: dict[str, str]
) -> None:
    row, controller = draft_of(), Controller()
    typed = {f"add-{name}-title": "Thứ mới"} | {f"add-{name}-{key}": value for key, value in more.items()}
    answer = controller.send(row, chapter, "", action="add", into=into, **typed)
    assert answer.status_code == 303, text_of(answer.content.decode())[:3000]
    place = unquote(answer["Location"].partition("muc=")[2].partition("#")[0])
    assert place.startswith(f"{into}.")
    assert controller.save(row, chapter, place).status_code == 303
    assert controller.send(row, chapter, place, action="drop").status_code == 303
    before = folders.source(row.files)
    assert (content_of(row).get(into) or None) == (before.get(into) or None)


def test_an_id_that_is_taken_is_told() -> None:
    row, controller = draft_of(), Controller()
    typed = {"add-fees-title": "Phí khác", "add-fees-ident": "certificate"}
    answer = controller.send(row, "fees", "fees.certificate", action="add", into="fees", **typed)
    assert answer.status_code == 422
    assert "đã được dùng" in text_of(answer.content.decode())


def test_a_new_procedure_is_made_by_pages_alone_and_published_by_two() -> None:
    one, other = Controller("kiemsoat"), Controller("quantri")
    begin = reverse("office:begin", args=["device-free-sale", "2025-07-01"])
    assert (
        "Lập bản nháp"
        in one.client.get(reverse("office:version", args=["device-free-sale", "2025-07-01"])).content.decode()
    )
    answer = one.client.post(begin, {"day": "01/08/2026", "code": "device-free-sale-two"})
    assert answer.status_code == 303
    row = ProcedureVersion.objects.get(procedure__code="device-free-sale-two")
    assert (
        one.save(row, "general", "", title__vi="Cấp lại giấy lưu hành tự do", title__en="Again").status_code
        == 303
    )
    answer = one.send(row, "general", "", action="day", day="15/08/2026")
    assert answer.status_code == 303
    row.refresh_from_db()
    assert (row.version, row.effective_from) == (date(2026, 8, 15), date(2026, 8, 15))
    address = ["device-free-sale-two", "2026-08-15"]
    assert one.client.post(reverse("office:decide", args=[*address, "check"])).status_code == 303
    # Whoever changes it afterwards makes the check void.
    assert other.save(row, "terms", "terms", decision__length="4").status_code == 303
    row.refresh_from_db()
    assert (row.state, row.checked_by) == ("draft", None)
    assert one.client.post(reverse("office:decide", args=[*address, "check"])).status_code == 303
    assert other.client.post(reverse("office:decide", args=[*address, "publish"])).status_code == 303
    assert (
        catalog.in_force("device-free-sale-two", date(2026, 8, 15)).procedure.title_vi
        == "Cấp lại giấy lưu hành tự do"
    )
    with pytest.raises(NotFound):
        catalog.in_force("device-free-sale-two", date(2026, 8, 14))
    # Now nothing of it can be changed, by a page or by text.
    assert one.client.get(one.address(row, "terms")).status_code == 403
    text = reverse("office:text", args=[*address, "procedure.yaml"])
    assert one.client.post(text, {"text": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "01/07/2025", "code": ""}, "Đã có phiên bản của ngày đó"),
        ({"day": "01/08/2026", "code": "device-import"}, "Cần mã khác"),
        ({"day": "01/08/2026", "code": "Mã mới"}, "Cần mã khác"),
        ({"day": "", "code": ""}, "Áp dụng từ ngày"),
    ],
)
def test_a_draft_that_cannot_be_begun(typed: dict[str, str], said: str) -> None:
    answer = Controller().client.post(reverse("office:begin", args=["device-free-sale", "2025-07-01"]), typed)
    assert answer.status_code == 422
    assert said in text_of(answer.content.decode())
    assert not ProcedureVersion.objects.filter(state="draft").exists()


def test_only_who_may_load_procedures_changes_drafts() -> None:
    row, head = draft_of(), Controller("truongphong")
    for href in (
        head.address(row, "terms"),
        reverse("office:text", args=["device-free-sale", "2026-07-01", "procedure.yaml"]),
    ):
        assert head.client.get(href).status_code == 403
        assert head.client.post(href, {"action": "save"}).status_code == 403
    begin = reverse("office:begin", args=["device-free-sale", "2025-07-01"])
    assert head.client.post(begin, {"day": "01/09/2026", "code": ""}).status_code == 403
    assert (
        "Lập bản nháp"
        not in head.client.get(
            reverse("office:version", args=["device-free-sale", "2025-07-01"])
        ).content.decode()
    )
    assert sha256_of(row) == row.sha256


def test_a_draft_is_thrown_away_and_the_ledger_keeps_that_it_was_there() -> None:
    row = draft_of("device-free-sale")
    controller = Controller()
    address = reverse("office:decide", args=[row.procedure.code, row.version.isoformat(), "discard"])
    assert (
        address
        in controller.client.get(
            reverse("office:version", args=[row.procedure.code, row.version.isoformat()])
        ).content.decode()
    )
    answer = controller.client.post(address)
    assert (answer.status_code, answer.url) == (303, reverse("office:procedures"))
    assert not ProcedureVersion.objects.filter(pk=row.pk).exists()
    last = LedgerEntry.objects.filter(subject_kind="procedure_version", subject_id=row.pk).latest("sequence")
    assert (last.act, last.to_state) == ("discard", "discarded")
    assert list(ledger.verify()) == []
    assert controller.client.post(address).status_code == 404
    again = draft_of("device-free-sale")
    assert again.pk != row.pk


def test_with_its_only_draft_a_new_procedure_goes_too_and_its_code_is_free() -> None:
    of = ProcedureVersion.objects.get(procedure__code="device-free-sale", state="published")
    row = drafts.begin(of=of, day=date(2027, 1, 4), actor=SYSTEM, code="device-other")
    catalog.discard(version=row, by=User.objects.get(username="kiemsoat"))
    assert not Procedure.objects.filter(code="device-other").exists()
    assert drafts.begin(of=of, day=date(2027, 1, 4), actor=SYSTEM, code="device-other").state == "draft"


@pytest.mark.parametrize("who", ["kiemsoat", "chuyenvien"])
def test_a_published_version_is_never_thrown_away_nor_a_draft_by_who_may_not(who: str) -> None:
    draft = draft_of("device-free-sale")
    published = ProcedureVersion.objects.get(procedure__code="device-free-sale", state="published")
    row = published if who == "kiemsoat" else draft
    with pytest.raises(Refused):
        catalog.discard(version=row, by=User.objects.get(username=who))
    assert ProcedureVersion.objects.filter(pk=row.pk).exists()


def test_a_draft_that_another_has_thrown_away_is_gone_for_whoever_still_edits_it() -> None:
    row = draft_of("device-free-sale")
    catalog.discard(version=ProcedureVersion.objects.get(pk=row.pk), by=User.objects.get(username="kiemsoat"))
    with pytest.raises(NotFound):
        catalog.revise(version=row, change=lambda files: files, actor=SYSTEM)
    with pytest.raises(NotFound):
        catalog.check(version=row, by=User.objects.get(username="kiemsoat"))


def test_a_draft_whose_units_are_unknown_is_shown_with_its_faults() -> None:
    row = draft_of("device-registration-revocation")
    for path, values in (
        (("route",), {"opened_by": {"role": "specialist", "unit": "nowhere"}}),
        (("route", "nodes", "hear"), {"unit": "elsewhere"}),
    ):
        row = catalog.revise(version=row, change=partial(editing.put, path=path, values=values), actor=SYSTEM)
    address = reverse("office:version", args=[row.procedure.code, row.version.isoformat()])
    answer = Controller().client.get(address)
    assert answer.status_code == 200
    said = text_of(answer.content.decode())
    assert "“nowhere”" in said
    assert "“elsewhere”" in said
