"""What the office says: roles, reasons of a refusal, what follows from an act, the shape of papers' names.

Sentences only; nothing here decides. Every text goes through gettext.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onestop.errors import cited, sentence
from onestop.forms import Form
from procedures.definition.model import Definition, Human, Outcome, PaperStep, Role, Term, Wait
from procedures.errors import Reason
from procedures.law.life import Act, Clock, edge
from procedures.models import User
from workflows.models import Dossier, Paper

__all__ = [
    "ROLES",
    "consequences",
    "listed",
    "paper_name",
    "placed",
    "plain_reason",
    "role_name",
    "short_hash",
    "spoken",
    "term_words",
]

ROLES: Mapping[str, Any] = {
    Role.RECEPTION: gettext_lazy("reception"),
    Role.CASHIER: gettext_lazy("cashier"),
    Role.HEAD: gettext_lazy("head of division"),
    Role.SPECIALIST: gettext_lazy("specialist"),
    Role.EXPERT: gettext_lazy("expert"),
    Role.COUNCIL: gettext_lazy("council, team"),
    Role.DIRECTOR: gettext_lazy("department director"),
    Role.LEADER: gettext_lazy("signing leader"),
    Role.CLERK: gettext_lazy("clerk"),
    Role.RESULT_DESK: gettext_lazy("result desk"),
    Role.CONTROLLER: gettext_lazy("controller of procedures"),
    Role.ADMINISTRATOR: gettext_lazy("administrator"),
    Role.AUDITOR: gettext_lazy("auditor"),
    Role.INTEGRATION: gettext_lazy("integration officer"),
}


def role_name(role: str) -> str:
    """The role in words, lower case."""
    return str(ROLES.get(role, role))


def spoken(reason: Reason) -> str:
    """The sentence of a reason, translated, with its remedy."""
    return str(sentence(reason))


def placed(form: Form, reasons: Iterable[Reason]) -> None:
    """Put each reason beside the field that it names, and above the form where it names none."""
    for reason in reasons:
        field = str(reason.params.get("field", ""))
        form.add_error(field if field in form.fields else None, spoken(reason))


def plain_reason(reason: Reason, *, unit: str, role: str, dossier: Dossier) -> dict[str, str]:
    """A reason as the component for closed acts takes it: text, basis, and a link to what helps.

    `unit` and `role`: who may act instead, in words.
    """
    shown = {"text": spoken(reason), "basis": cited(reason.article), "href": "", "link": ""}
    if reason.code == "wrong_role":
        shown["text"] = _("Who may: %(role)s, %(unit)s.") % {"role": role, "unit": unit}
    elif reason.code == "assigned_to_other":
        owner = User.objects.filter(pk=str(reason.params.get("owner_id"))).first()
        if owner is not None:
            shown["text"] = _("The dossier is assigned to %(name)s.") % {"name": owner.full_name}
    elif reason.code in {"piece_missing", "file_checking"}:
        target = str(reason.params.get("field", "")).partition(":")[2]
        shown["href"] = f"{reverse('office:dossier', args=[dossier.ref])}?giay-to={target}#giay-to"
        shown["link"] = _("Go to this paper")
    return shown


def term_words(term: Term) -> str:
    """A length of time: 15 ngày làm việc."""
    count = {"count": term.length}
    match str(term.unit):
        case "working_hours":
            return ngettext("%(count)s working hour", "%(count)s working hours", term.length) % count
        case "working_days":
            return ngettext("%(count)s working day", "%(count)s working days", term.length) % count
        case "calendar_days":
            return ngettext("%(count)s day", "%(count)s days", term.length) % count
        case _:
            return ngettext("%(count)s month", "%(count)s months", term.length) % count


_CLOCKS: Mapping[Clock, Any] = {
    Clock.STOP: gettext_lazy("The time limit stops."),
    Clock.BACK: gettext_lazy("The time limit goes on from where it stopped."),
    Clock.CLOSE: gettext_lazy("The dossier is closed; this cannot be undone."),
}


def consequences(
    dossier: Dossier, outcome: Outcome, *, units: Mapping[str, str], lang: str, paper: Paper | None
) -> list[str]:
    """What follows, told before the click: for the clock, the papers, and who has the dossier next."""
    definition = dossier.definition
    found: list[str] = []
    clock = edge(outcome.act).clock if outcome.act else Clock.NONE
    if clock is Clock.START:
        found.append(
            _("The time limit of %(term)s begins.") % {"term": term_words(definition.terms.decision)}
        )
    elif clock in _CLOCKS and not (outcome.act is Act.DEMAND_FEE and not definition.terms.fee_stops_clock):
        found.append(str(_CLOCKS[clock]))
    if outcome.act is Act.EXTEND:
        found.append(_("The date that was promised moves to the new one; this can be done once."))
    if outcome.act is Act.REQUEST_SUPPLEMENT:
        found.append(_after_supplement(definition))
    if outcome.paper and outcome.step is None and outcome.paper in definition.papers:
        title = definition.papers[outcome.paper].title.get(lang)
        found.append(_("“%(paper)s” is issued and sent to the applicant.") % {"paper": title})
    elif outcome.step is PaperStep.MAKE:
        found.append(_("A number is reserved and the content is frozen."))
    elif outcome.step is PaperStep.VOID and paper is not None and paper.number is not None:
        number = paper.number.text
        found.append(_("Number %(number)s is recorded as void, with your reason.") % {"number": number})
    elif outcome.step is PaperStep.COUNTERSIGN:
        found.append(_("Your signature stands in the file; the next person reads the paper with it."))
    elif outcome.step is PaperStep.APPROVE:
        found.append(_("After signing, the clerk seals the paper; only then is the applicant told."))
    elif outcome.step is PaperStep.CHECK:
        found.append(_("After sealing, the paper takes effect at once; the applicant and partners are told."))
    found += _next(dossier, outcome, units=units, lang=lang)
    return found


def _after_supplement(definition: Definition) -> str:
    """What the clock does when the applicant has answered, as the version says."""
    if definition.terms.after_supplement == "restart":
        return _("When the applicant has answered, it is counted from day 1 again.")
    return _("When the applicant has answered, it goes on from where it stopped.")


def _next(dossier: Dossier, outcome: Outcome, *, units: Mapping[str, str], lang: str) -> list[str]:
    route = dossier.definition.route
    if outcome.to == "back":
        return [_("Work goes on where it rested.")]
    node = route.node(outcome.to)
    if isinstance(node, Human):
        unit = units.get(route.units[node.unit], "")
        return [_("Next: %(step)s, %(unit)s.") % {"step": node.title.get(lang), "unit": unit}]
    if isinstance(node, Wait) and node.party == "applicant":
        return [_("The applicant has %(term)s to answer.") % {"term": term_words(node.limit)}]
    return []


def paper_name(paper: Paper) -> str:
    """How a button names a paper: "Quyết định 07/QĐ-HTTB"."""
    number = paper.number.text if paper.number else ""
    if paper.kind == "decision":
        return _("Decision %(number)s") % {"number": number}
    if paper.kind == "refusal":
        return _("Notice %(number)s") % {"number": number}
    return f"{paper.title} {number}".strip()


def listed(texts: Iterable[str]) -> str:
    """Texts in one line, separated by commas."""
    return ", ".join(text for text in texts if text)


def short_hash(digest: str) -> str:
    """The beginning and end of a fingerprint, in groups of four: 9f2c 41d8 … 07ab e613."""
    return f"{digest[:4]} {digest[4:8]} … {digest[-8:-4]} {digest[-4:]}" if len(digest) >= 16 else digest
