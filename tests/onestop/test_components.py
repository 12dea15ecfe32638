"""The components: what they say, that they escape, that they weigh little, and that no template breaks the policy."""

import gzip
import re
import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django_htmx
import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory
from django.utils.translation import override
from fontTools.ttLib import TTFont
from lxml import html

from onestop.components import formats, states
from onestop.components.calendar import weeks
from onestop.components.gallery import explanation, gallery
from procedures import catalog
from procedures.law.life import State
from workflows import selectors

ROOM = Path(formats.__file__).parent.parent
STATIC = ROOM / "static" / "onestop"
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
SOURCES = [*TEMPLATES, *sorted(ROOM.rglob("*.py"))]
NOON = datetime(2026, 10, 14, 10, 0, tzinfo=UTC)  # 17:00 in Hanoi


def render(text: str, **context: Any) -> str:
    return Template("{% load components %}" + text).render(Context(context))


# -- words and figures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "value", "vi", "en"),
    [
        (formats.money, 2_000_000, "2.000.000\u00a0₫", "2,000,000\u00a0VND"),
        (formats.number, 1284, "1.284", "1,284"),
        (formats.percent, 96.44, "96,4\u00a0%", "96.4%"),
        (formats.day, date(2026, 9, 5), "05/09/2026", "5 September 2026"),
        (formats.day, "2026-09-05", "05/09/2026", "5 September 2026"),
        (formats.stamp, NOON, "14/10/2026 17:00", "14 October 2026 17:00"),
        (formats.stamp, date(2026, 10, 14), "14/10/2026", "14 October 2026"),
        (formats.day, datetime(2026, 10, 14, 18, 0, tzinfo=UTC), "15/10/2026", "15 October 2026"),
        (formats.file_size, 184_000, "184\u00a0KB", "184\u00a0KB"),
        (formats.file_size, 999_600, "1,0\u00a0MB", "1.0\u00a0MB"),
        (formats.file_size, 73_400_000, "73,4\u00a0MB", "73.4\u00a0MB"),
        (formats.money, None, "", ""),
        (formats.deadline, None, "", ""),
        (formats.file_size, None, "", ""),
    ],
)
def test_formats(function: Any, value: Any, vi: str, en: str) -> None:
    with override("vi"):
        assert function(value) == vi
    with override("en"):
        assert function(value) == en


def test_a_binding_date_names_its_weekday_and_hour_in_hanoi() -> None:
    with override("en"):
        assert formats.deadline(NOON) == "17:00 on Wednesday, 14 October 2026"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        formats.stamp(datetime(2026, 10, 14, 10, 0))


def test_every_legal_state_has_a_badge_for_both_readers() -> None:
    assert set(states.STATES) == {state.value for state in State}
    for state in State:
        office, applicant = states.state_badge(state), states.state_badge(state, audience="applicant")
        assert office.text
        assert applicant.text
        assert (office.icon, office.tone) == (applicant.icon, applicant.tone)


@pytest.mark.parametrize(
    ("days", "status", "text", "icon", "tone"),
    [
        (-2, "running", "2 days late", "warning", "red"),
        (-1, "running", "1 day late", "warning", "red"),
        (0, "running", "Due today", "clock", "amber"),
        (2, "running", "2 days left", "clock", "amber"),
        (3, "running", "3 days left", "clock", "green"),
        (3, "stopped", "Clock stopped", "pause", "violet"),
        (-9, "met", "Done on time", "check", "green"),
        (9, "missed", "Done late", "warning", "red"),
        (None, "running", "No time limit", "clock", "grey"),
    ],
)
def test_time_left(days: int | None, status: Any, text: str, icon: str, tone: str) -> None:
    with override("en"):
        assert states.time_left(days, status=status) == (text, icon, tone)


FILED = ("submit",)
TAKEN_IN = ("submit", "accept", "begin")
PREPARED = (*TAKEN_IN, "prepare.prepare")


@pytest.mark.parametrize(
    ("state", "acts", "expected"),
    [
        ("submitted", FILED, "done current todo todo todo"),
        ("intake_supplement", FILED, "done paused todo todo todo"),
        ("not_accepted", FILED, "done failed todo todo todo"),
        ("in_process", TAKEN_IN, "done done current todo todo"),
        ("in_process", PREPARED, "done done done current todo"),
        ("supplement_requested", TAKEN_IN, "done done paused todo todo"),
        ("fee_due", FILED, "done paused todo todo todo"),
        ("withdrawal_requested", PREPARED, "done done done paused todo"),
        ("stopped", FILED, "done failed todo todo todo"),
        ("concluded", PREPARED, "done done done done done"),
    ],
)
def test_an_applicant_sees_five_public_stages_and_never_a_node(
    state: str, acts: tuple[str, ...], expected: str
) -> None:
    definition = catalog.load(catalog.CATALOGUE / "device-import" / "2025-07-01").definition
    dossier: Any = SimpleNamespace(state=state, definition=definition)
    events: Any = [SimpleNamespace(act=act, at=NOON) for act in acts]
    stages = states.stage_rows(selectors.tracker(dossier, events), state=state)
    assert " ".join(stage["status"] for stage in stages) == expected


def test_the_calendar_shows_every_day_once_in_weeks_from_monday() -> None:
    with override("en"):
        rows = weeks(explanation()["days"])
    assert all(len(row) == 7 for row in rows)
    assert rows[0][0].shown == "17/8"
    cells = [cell for row in rows for cell in row]
    assert [cell.text for cell in cells if cell.kind in {"counted", "makeup"}] == [
        "3, make-up day" if n == 3 else f"day {n}" for n in range(1, 12)
    ]
    assert [cell.shown + cell.hidden for cell in cells if cell.today] == ["15/9/2026"]
    assert [cell.text for cell in cells if cell.kind == "due"] == ["result (15)"]
    assert {cell.short for cell in cells if cell.kind == "future"} == {"12?", "13?", "14?"}


@pytest.mark.promise("screens.restart-said")
@pytest.mark.parametrize(
    ("then", "said", "left"),
    [
        ("restarts", "It is counted from day 1 again when your answer has arrived.", "15 days"),
        ("goes_on", "It goes on when your answer has arrived.", "4 days"),
        ("after_fee", "It goes on when the fee has been recorded.", "4 days"),
        ("after_withdrawal", "Work rests until your request to withdraw has been decided.", "4 days"),
    ],
)
def test_a_stopped_clock_says_how_it_goes_on(then: str, said: str, left: str) -> None:
    stopped = {**explanation(), "status": "stopped", "due_at": None, "then": then}
    with override("en"):
        card = html.fromstring(render("{% deadline_card explanation %}", explanation=stopped))
        sums = html.fromstring(render("{% due_date explanation %}", explanation=stopped))
    assert said in card.text_content()
    assert bool(card.xpath("//progress[@class='meter']")) is (then != "restarts")
    assert [row.text_content() for row in sums.xpath("//table[@class='sum']/tfoot//td")] == [left]


def test_a_calendar_without_days_is_empty() -> None:
    assert weeks([]) == []


@pytest.mark.promise("screens.due-date-explained")
def test_a_promised_date_is_a_real_table_with_its_sum() -> None:
    with override("en"):
        page = html.fromstring(render("{% due_date explanation %}", explanation=explanation()))
    assert len(page.xpath("//table[@class='cal']/tbody/tr")) == 6
    assert page.xpath("//table[@class='cal']/thead//th[@scope='col']")
    assert [row.text_content() for row in page.xpath("//table[@class='sum']/tfoot//td")] == ["4 days"]
    assert page.xpath("//td[@class='k-paused is-today'][@aria-current='date']")


# -- escaping and misuse ----------------------------------------------------------------------------------------------

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'


@pytest.mark.parametrize(
    "text",
    [
        "{% badge evil %}",
        "{% button evil name=evil value=evil aria_label=evil %}",
        "{% link_button evil href=evil %}",
        "{% presence evil %}",
        "{% meter 1 2 evil %}",
        "{% your_turn title=evil lead=evil %}{{ evil }}{% endyour_turn %}",
        "{% supplement_item number=1 title=evil where=evil note=evil %}{{ evil }}{% endsupplement_item %}",
        "{% line title=evil summary=evil acts=evil open=True %}{{ evil }}{% endline %}",
        "{% act title=evil lead=evil %}{{ evil }}{% endact %}",
        "{% notice title=evil %}{{ evil }}{% endnotice %}",
        "{% empty title=evil %}{{ evil }}{% endempty %}",
        "{% scroll_box label=evil %}{{ evil }}{% endscroll_box %}",
        "{% verdict 'valid' evil evil %}",
        "{% locked_act evil evil %}",
        "{% tracker stages evil %}",
        "{% pager evil evil evil %}",
        "{% crumbs evil evil %}",
        "{% files rows %}",
        "{% timeline entries %}",
        "{% summary_list pairs %}",
        "{% error_summary evil %}",
        "{% drop_zone name=evil label=evil hint=evil error=evil accept=evil %}",
    ],
)
@pytest.mark.promise("screens.escaped")
def test_what_people_typed_never_becomes_markup(text: str) -> None:
    out = render(
        text,
        evil=EVIL,
        stages=[{"label": EVIL, "note": EVIL, "status": "done"}],
        rows=[
            {
                "name": EVIL,
                "href": EVIL,
                "note": EVIL,
                "actions": [{"text": EVIL, "name": EVIL, "value": EVIL}],
            }
        ],
        entries=[
            {"at": NOON, "title": EVIL, "actor": EVIL, "text": EVIL, "links": [{"href": EVIL, "text": EVIL}]}
        ],
        pairs=[{"key": EVIL, "value": EVIL, "href": EVIL}],
    )
    assert "&lt;script&gt;" in out
    assert "<script" not in out
    assert "<img" not in out


def test_a_button_of_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(TemplateSyntaxError, match="one of"):
        render('{% button "Ký" kind="shiny" %}')


def test_an_error_summary_without_errors_is_nothing() -> None:
    assert render("{% error_summary '' nothing %}", nothing=[]).strip() == ""


# -- what the browser is given ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOM / "templates").as_posix())
@pytest.mark.promise("screens.nothing-inline")
def test_no_template_carries_inline_style_or_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|hx-on|hx-vals=.js", text)
    for opening in re.findall(r"<script[^>]*>", text):
        assert "src=" in opening


def test_no_colour_or_width_is_set_inline_in_what_is_rendered() -> None:
    for mood in ("portal", "office"):
        page = html.fromstring(gallery(RequestFactory().get("/"), mood).content)
        assert not page.xpath("//@style")
        assert not page.xpath("//script[not(@src)]")
        assert not page.xpath("//@*[starts-with(name(), 'on')]")


def test_every_icon_that_is_named_exists() -> None:
    sprite = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    named = {row.icon for row in states.STATES.values()}
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"""{% icon ["']([a-z]+)["']""", text))
        named |= set(re.findall(r"""icon["']?[=:]\s*["']([a-z]+)["']""", text))
    assert named <= sprite, named - sprite


def test_ids_are_unique_and_every_reference_leads_somewhere() -> None:
    for mood in ("portal", "office"):
        page = html.fromstring(gallery(RequestFactory().get("/"), mood).content)
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        asked = " ".join(page.xpath("//@aria-describedby | //@aria-labelledby | //label/@for")).split()
        asked += [href[1:] for href in page.xpath("//a/@href") if re.match(r"#.", href)]
        assert set(asked) <= set(ids)


def gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


@pytest.mark.promise("screens.light")
def test_a_first_visit_weighs_at_most_150_kilobytes_with_fonts() -> None:
    assert gzipped(STATIC / "motcua.css") < 12_000
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    text = [
        STATIC / name
        for name in ("govuk.css", "motcua.css", "motcua.js", "icons.svg", "emblem.svg", "favicon.svg")
    ]
    page = len(gzip.compress(gallery(RequestFactory().get("/")).content, 6))
    weight = (
        page + sum(map(gzipped, [*text, htmx])) + sum(f.stat().st_size for f in STATIC.glob("fonts/*.woff2"))
    )
    assert weight < 150_000, weight


VIETNAMESE = "".join(
    base + mark
    for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for mark in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
)


@pytest.mark.parametrize("weight", [400, 600])
def test_the_fonts_hold_every_vietnamese_letter(weight: int) -> None:
    held: set[int] = set()
    for script in ("latin", "vietnamese"):
        held |= set(TTFont(STATIC / "fonts" / f"be-vietnam-pro-{script}-{weight}.woff2").getBestCmap())
    letters = set(unicodedata.normalize("NFC", VIETNAMESE)) | set("đĐ₫–“”·…")
    assert {c for c in letters if ord(c) not in held} == set()


@pytest.mark.parametrize("weight", [400, 600])
def test_the_digits_of_codes_are_of_equal_width(weight: int) -> None:
    font = TTFont(STATIC / "fonts" / f"motcua-digits-{weight}.woff2")
    names = font.getBestCmap()
    assert "".join(map(chr, sorted(names))) == "0123456789"
    assert len({font["hmtx"][names[code]][0] for code in names}) == 1


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("ink", "#ffffff", 15),
        ("ink-2", "#ffffff", 7),
        ("ink-2", "b50", 7),
        ("blue", "#ffffff", 7),
        ("blue", "b100", 7),
        ("line-2", "#ffffff", 4.5),
        ("ink", "gold", 7),
        ("green", "g50", 6),
        ("amber", "a50", 6),
        ("red", "r50", 5.5),
        ("violet", "v50", 7),
        ("ink", "focus", 12),
        ("#ffffff", "navy", 15),
    ],
)
def test_the_tokens_contrast(text: str, ground: str, least: float) -> None:
    css = (STATIC / "motcua.css").read_text(encoding="utf-8")
    tokens = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", css))
    pair = sorted((luminance(tokens.get(c, c)) for c in (text, ground)), reverse=True)
    assert (pair[0] + 0.05) / (pair[1] + 0.05) >= least


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_missing_page_answers_in_the_readers_language(client: Client, lang: str) -> None:
    answer = client.get("/khong-co-trang-nay/", headers={"accept-language": lang})
    assert answer.status_code == 404
    page = html.fromstring(answer.content)
    assert page.get("lang") == lang
    assert len(page.xpath("//h1")) == 1


def test_a_broken_page_is_answered_without_a_context(rf: RequestFactory) -> None:
    from django.views.defaults import server_error

    page = html.fromstring(server_error(rf.get("/")).content)
    assert len(page.xpath("//h1")) == 1
    assert not page.xpath("//form")
