"""Every kind of paper as it looks: drawn by poppler and held against a picture that somebody has looked at; on one page
where one page is meant; and still readable with the longest answers that its form lets in."""

import re
from functools import cache, partial
from io import BytesIO

import pikepdf
import pytest

from procedures import folders
from procedures.folders import Loaded
from procedures.now import today
from tests.papers.conftest import Signed
from tests.papers.picturing import drawn, faults, hold
from workflows import selectors
from workflows.dossier.sampling import Amount, sample_snapshot
from workflows.papers.templates import fill

pytestmark = pytest.mark.promise("papers.pictures")
CODES = sorted({home.parent.name for home in folders.folders()})
SHOWS_ALL = "device-registration-cd"
"""Whose slips stand for those of all procedures on the same base."""
DECIDES = "device-registration-list"
"""Whose decision is changed to see that it is seen."""
GAP = re.compile(r"[^\n]{0,40}(?:None|\(\s*\)|“\s*”|[;:,]\s*[;:,.]|(?<=\s)[;:,)])[^\n]{0,20}")
EMPTY = re.compile(
    r"<tr><th>[^<]*</th><td>(?:<b>)?\s*(?:</b>)?</td></tr>|<p>[^<]*: *</p>(?=\s*</)|<p[^>]*>\s*</p>"
)
"""What is left of a sentence, and of a row or a paragraph, whose fact is missing."""
INLINE, TAG = re.compile(r"</?(?:b|i|em|strong|span)\b[^>]*>"), re.compile(r"<[^>]+>")
ONE_PAGE = {
    "receipt",
    "fee_receipt",
    "supplement_request",
    "apology",
    "not_accepted",
    "stop_notice",
    "control_slip",
}
"""Kinds that are handed over at a counter or read at a glance; a decision may have an annex."""


@cache
def loaded(code: str) -> Loaded:
    return next(folders.load(home) for home in folders.folders() if home.parent.name == code)


def is_shown(code: str, kind: str) -> bool:
    """Whether this kind of this procedure has a picture of its own: each decision, and each template once."""
    found = loaded(code)
    theirs = loaded(SHOWS_ALL)
    if code == SHOWS_ALL or kind == "decision" or kind not in theirs.definition.papers:
        return True
    mine = found.files[found.definition.papers[kind].template]
    return mine != theirs.files[theirs.definition.papers[kind].template]


def preview(code: str, kind: str, *, amount: Amount = "usual") -> bytes:
    found = loaded(code)
    return selectors.preview(found.definition, found.files, kind, amount=amount)


def count(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.usefixtures("monday_morning")
def test_every_kind_looks_as_it_was_reviewed(code: str) -> None:
    found: list[str] = []
    for kind in loaded(code).definition.papers:
        pdf = preview(code, kind)
        if kind in ONE_PAGE and count(pdf) != 1:
            found.append(f"{code} {kind}: {count(pdf)} pages")
        if is_shown(code, kind):
            found += hold(f"{code}.{kind}", pdf)
    assert not found


@pytest.mark.parametrize("code", CODES)
@pytest.mark.usefixtures("monday_morning")
def test_every_kind_stands_the_longest_answers(code: str) -> None:
    """The guard reads holder, number and code off the pages; nothing is longer than a person would read."""
    for kind in filter(partial(is_shown, code), loaded(code).definition.papers):
        assert count(preview(code, kind, amount="most")) <= 9, kind


@pytest.mark.parametrize("code", CODES)
@pytest.mark.usefixtures("monday_morning")
def test_every_kind_stands_the_emptiest_facts(code: str) -> None:
    """A name with nothing after it, an empty pair of brackets, a mark with nothing before it: a paper has none."""
    found: list[str] = []
    version = loaded(code)
    for kind, paper in version.definition.papers.items():
        facts = sample_snapshot(version.definition, kind, on=today(), amount="least")
        html = fill(template=version.files[paper.template], snapshot=facts)
        gaps = [*EMPTY.findall(html), *GAP.findall(TAG.sub(" ", INLINE.sub("", html)))]
        found += [f"{code} {kind}: {gap!r}" for gap in gaps]
        pages = count(preview(code, kind, amount="least"))
        if kind in ONE_PAGE and pages != 1:
            found.append(f"{code} {kind}: {pages} pages")
    assert not found, "\n".join(found)


def test_a_signed_and_sealed_decision_looks_as_it_was_reviewed(decision: Signed) -> None:
    assert not hold("signed", decision.signed) + hold("sealed", decision.sealed)


@pytest.mark.usefixtures("monday_morning")
@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("number", {"pattern": "{n}/QĐ-HTTB"}),
        ("subtitle", {"subtitle": "ban hành danh mục thiết bị y tế được cấp số lưu hành"}),
        ("recipients", {"recipients": ("Như Điều 3;", "Cục Hải quan;", "Lưu: VT, ĐKLH (02b).")}),
    ],
)
def test_a_small_change_is_seen(what: str, change: dict[str, object]) -> None:
    """What the comparison does not see, it cannot guard: a digit less, a word less, a line less."""
    found = loaded(DECIDES)
    papers = dict(found.definition.papers)
    papers["decision"] = papers["decision"].model_copy(update=change)
    other = found.definition.model_copy(update={"papers": papers})
    pdf = selectors.preview(other, found.files, "decision")
    assert faults(f"{DECIDES}.decision", drawn(pdf)), what


def test_a_seal_that_is_missing_is_seen(decision: Signed) -> None:
    assert faults("sealed", drawn(decision.signed))
