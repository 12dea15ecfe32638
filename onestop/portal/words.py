"""What the portal says of a definition and of a dossier's acts, in the reader's language. Sentences only."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from onestop.answering import dependence
from onestop.answers import answer_text, language
from onestop.components import formats
from procedures.definition import diagram
from procedures.definition.model import Definition, RequiredPiece, Section, Term
from procedures.definition.phrases import FORMS
from workflows import selectors
from workflows.models import Notice

__all__ = [
    "PARTNERS",
    "act_words",
    "fee_fact",
    "form_words",
    "language",
    "notice_href",
    "paper_title",
    "row_summary",
    "row_title",
    "term_words",
    "when_words",
]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


# -- what the law asks ------------------------------------------------------------------------------------------------


def term_words(term: Term) -> str:
    """A length of time: 15 ngày làm việc."""
    return diagram.term_text(term, lang=language())


def form_words(piece: RequiredPiece) -> str:
    """In which form a paper is handed in."""
    return capfirst(FORMS[piece.form].get(language()))


YES_OR_NO = 2
"""A question with so few answers is named with them."""


class FeeFact(NamedTuple):
    """What a procedure costs."""

    amount: str
    illustrative: bool
    conditional: bool
    """True when more may come with some answers."""


def fee_fact(definition: Definition) -> FeeFact:
    """The fees that everybody pays, in words; where a table says how much, from the least to the most."""
    always = [fee for fee in definition.fees if not fee.when]
    least, most = (
        sum(
            end(int(row.then) for row in definition.tables[fee.by].rows) if fee.by else fee.amount
            for fee in always
        )
        for end in (min, max)
    )
    if least != most:
        amount = _("%(least)s to %(most)s, by your answers") % {
            "least": formats.number(least), "most": formats.money(most)
        }  # fmt: skip
    else:
        amount = formats.money(most) if most else _("Free of charge")
    return FeeFact(
        amount,
        any(fee.illustrative for fee in definition.fees),
        any(fee.when for fee in definition.fees),
    )


def when_words(definition: Definition, when: str, *, lang: str) -> str:
    """When a piece is needed: always, or under which answers."""
    if not when:
        return _("Always")
    found = dependence(when, (f for section in definition.form for f in section.fields))
    if found is None:
        return _("Depends on your answers")
    titles = {choice.value: choice.title.get(lang) for choice in found.field.choices}
    others = [value for value in titles if value not in found.values]
    unless = len(others) < len(found.values)
    said = {
        "answers": _listed(titles, others if unless else found.values),
        "question": found.field.title.get(lang).rstrip("?"),
    }
    if len(titles) <= YES_OR_NO:  # the answers alone do not tell what they answer
        text = (
            _("Unless “%(question)s” is answered %(answers)s")
            if unless
            else _("If “%(question)s” is answered %(answers)s")
        )
    else:
        text = _("Unless you choose %(answers)s") if unless else _("If you choose %(answers)s")
    return text % said


def _listed(titles: Mapping[str, str], values: Sequence[str]) -> str:
    return _(" or ").join(f"“{titles[value]}”" for value in values)


# -- answers ----------------------------------------------------------------------------------------------------------


def row_title(section: Section, row: Mapping[str, Any], number: int) -> str:
    """How a row of a repeated section is called: 1. Máy gây mê kèm thở."""
    name = str(row.get(section.row_title, "") or "").strip()
    return f"{number}. {name}" if name else _("%(number)s. Not named yet") % {"number": number}


def row_summary(section: Section, row: Mapping[str, Any], *, lang: str) -> str:
    """The other answers of a row on one line."""
    shown = [
        answer_text(field, row.get(field.id), lang=lang)
        for field in section.fields
        if field.id != section.row_title
    ]
    return " · ".join(text for text in shown if text)


# -- what happened ----------------------------------------------------------------------------------------------------


class ActWords(NamedTuple):
    """An act as the applicant reads it."""

    title: str
    icon: str
    tone: str


PARTNERS: Mapping[str, str] = {
    "vnsw": gettext_noop("The customs single window"),
    "asw": gettext_noop("The ASEAN single window"),
}
"""Partner code → its name, an English message id."""

_ACTS: Mapping[str, tuple[str, str, str]] = {
    "submit": (gettext_noop("Application submitted"), "send", "blue"),
    "open": (gettext_noop("Opened by the authority"), "eye", "amber"),
    "request_intake_supplement": (gettext_noop("Missing papers asked for"), "warning", "amber"),
    "supply_intake_supplement": (gettext_noop("Missing papers sent"), "up", "blue"),
    "refuse_acceptance": (gettext_noop("The dossier was not accepted"), "cross", "red"),
    "demand_fee": (gettext_noop("Fee asked for"), "fee", "amber"),
    "pay": (gettext_noop("Fee recorded"), "fee", "green"),
    "accept": (gettext_noop("Dossier accepted"), "check", "green"),
    "begin": (gettext_noop("Given to a specialist for appraisal"), "user", "blue"),
    "request_supplement": (gettext_noop("Supplement asked for"), "warning", "amber"),
    "supply_supplement": (gettext_noop("Supplement sent"), "up", "blue"),
    "lapse": (gettext_noop("Closed: the limit has passed"), "clock", "red"),
    "request_withdrawal": (gettext_noop("Withdrawal asked for"), "undo", "violet"),
    "stop": (gettext_noop("Withdrawal agreed, the dossier is closed"), "cross", "violet"),
    "resume": (gettext_noop("Withdrawal declined, work goes on"), "right", "blue"),
    "extend": (gettext_noop("New date, with an apology"), "calendar", "amber"),
    "grant": (gettext_noop("Licence granted"), "medal", "green"),
    "refuse": (gettext_noop("Application refused"), "cross", "red"),
    "tacit_grant": (gettext_noop("Granted by silence"), "medal", "green"),
    "tacit_refusal": (gettext_noop("Refused by silence"), "cross", "red"),
    "licence_expired": (gettext_noop("Licence expired"), "clock", "grey"),
    "issue_credential": (gettext_noop("Licence put into a wallet"), "down", "blue"),
    "report_condition": (gettext_noop("Reported on a condition of the licence"), "send", "blue"),
    "confirm_condition": (gettext_noop("Condition of the licence met"), "check", "green"),
    "return_report": (gettext_noop("Report on a condition sent back"), "undo", "amber"),
    "condition_overdue": (gettext_noop("Condition of the licence overdue"), "warning", "red"),
    "licence_taken_over": (gettext_noop("You hold a licence that was transferred to you"), "medal", "green"),
    "condition_due": (gettext_noop("A condition of your licence falls due soon"), "clock", "amber"),
    "recount": (gettext_noop("Dates counted anew: the calendar was corrected"), "calendar", "amber"),
    "migrate": (gettext_noop("Moved to another version of the procedure"), "refresh", "blue"),
    "return_result": (gettext_noop("Result handed over"), "check", "green"),
    "partner.accepted": (gettext_noop("%(partner)s has received the licence"), "link", "blue"),
    "partner.rejected": (gettext_noop("%(partner)s could not take the licence over"), "warning", "amber"),
}


_OF_EFFECT: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("surrender", "grant"): (gettext_noop("The licence is given back"), "undo", "grey"),
    ("suspend", "grant"): (gettext_noop("The licence is suspended"), "pause", "amber"),
    ("suspend", "refuse"): (gettext_noop("The licence is not suspended"), "check", "green"),
    ("reinstate", "grant"): (gettext_noop("The licence is in force again"), "check", "green"),
    ("reinstate", "refuse"): (gettext_noop("The licence stays suspended"), "pause", "amber"),
    ("annul", "grant"): (gettext_noop("The licence is annulled by a court"), "cross", "red"),
    ("annul", "refuse"): (gettext_noop("No annulment is entered"), "check", "green"),
    ("revoke", "grant"): (gettext_noop("The licence is revoked"), "cross", "red"),
    ("revoke", "refuse"): (gettext_noop("The licence is not revoked"), "check", "green"),
    ("inspect", "grant"): (gettext_noop("The inspection found everything in order"), "check", "green"),
    ("inspect", "refuse"): (gettext_noop("The inspection ended with findings"), "warning", "amber"),
    ("transfer", "grant"): (gettext_noop("The licence has passed to its new holder"), "right", "green"),
}
"""(What the procedure does to a licence, act) → what is said instead."""


def act_words(act: str, *, effect: str = "", partner: str = "") -> ActWords:
    """Title, icon and colour of an act, of a procedure with this effect on a licence; a partner's answer names it."""
    title, icon, tone = _OF_EFFECT.get((effect, act)) or _ACTS.get(act, (act, "dot", "blue"))
    words = gettext(title)
    if partner:
        words = words % {"partner": gettext(PARTNERS.get(partner, partner))}
    return ActWords(words, icon, tone)


def notice_href(notice: Notice) -> str:
    """Where a notice leads: to its dossier, or where it tells of a licence held, which somebody else's dossier may have
    given, to one's licences."""
    if notice.kind in selectors.OF_LICENCES:
        return reverse("portal:licences")
    return reverse("portal:dossier", args=[notice.dossier.ref])


def paper_title(paper: Any) -> str:
    """A paper with its number: Giấy phép nhập khẩu 07/GPNK-BYT."""
    kind = paper.dossier.definition.papers.get(paper.kind) if paper.dossier else None
    title = kind.title.get(language()) if kind else paper.title
    return f"{title} {paper.number.text}" if paper.number else title
