"""The form of an act: built from what its outcome needs, read back as the service's Input.

What the person typed is never lost: a refused form is drawn again with every value and the reasons beside the fields.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from onestop.forms import DateField, ErrorLink, Form, MoneyField, error_links
from onestop.office.dated_lines import DatedLinesField, as_lines
from onestop.office.items import ItemForm, item_forms
from onestop.office.second_factor import PROOF, proof_fields
from onestop.office.words import spoken
from procedures import selectors as organisation
from procedures.definition.model import ChecklistItem, Human, Need, Outcome
from procedures.errors import Reason
from workflows import selectors
from workflows.models import Dossier, Draft
from workflows.selectors import Asks
from workflows.service import Input

__all__ = ["ActForm", "NoteForm", "draw_act"]

CONCLUSIONS = (
    ("pass", gettext_lazy("Met")),
    ("fail", gettext_lazy("Not met")),
    ("not_applicable", gettext_lazy("Not applicable")),
)

STANDS = (("for", gettext_lazy("For")), ("against", gettext_lazy("Against")))
PARTS = {Need.OPINION: ("conclusion", "text"), Need.MINUTES: ("held_on", "place", "members", "text")}
"""Needs that are filled in as several fields: each is `<need>_<part>`."""


class NoteForm(Form):
    """An internal note."""

    text = forms.CharField(
        label=gettext_lazy("New note"),
        help_text=gettext_lazy("Colleagues on the route read it; the applicant does not."),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ActForm(Form):
    """What one outcome asks for. `items` are the lines for missing things; `checks` the lines of the checklist."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100, required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        dossier: Dossier,
        node: Human,
        outcome: Outcome,
        lang: str,
        paper_sha256: str = "",
        draft: Draft | None = None,
        key: str = "",
        asks: Asks | None = None,
    ) -> None:
        prefix = f"{node.id}-{outcome.id}"
        initial = {"key": key or str(uuid.uuid4()), "paper_sha256": paper_sha256}
        self.dossier, self.node, self.outcome, self.lang, self.draft = dossier, node, outcome, lang, draft
        self.asks = asks
        self.needs = frozenset(outcome.needs)
        self.checklist: tuple[ChecklistItem, ...] = ()
        self.items: list[ItemForm] = []
        super().__init__(data, prefix=prefix, initial=initial)
        for need in outcome.needs:
            getattr(self, f"_add_{need.value}")()
        if Need.ITEMS in self.needs:
            self.items = item_forms(data, dossier=dossier, prefix=prefix, lang=lang)

    # -- fields, one method a need ---------------------------------------------------------------------------

    def _add(self, name: str, field: forms.Field) -> None:
        if name in self.fields:
            return
        message = _("Fill in “%(label)s”") % {"label": str(field.label).rstrip("?:")}
        field.error_messages["required"] = message
        self.fields[name] = field

    def _add_reason(self) -> None:
        self._add(
            "reason",
            forms.CharField(
                label=_("Reason"),
                help_text=_("Whoever receives the dossier reads it."),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 4}),
            ),
        )

    def _add_items(self) -> None:
        """The lines are forms of their own."""

    def _add_assignee(self) -> None:
        target = self.dossier.definition.route.node(self.outcome.to)
        people = (
            organisation.holders(role=target.role, unit_code=self.dossier.definition.route.units[target.unit])
            if isinstance(target, Human)
            else ()
        )
        choices = [("", _("Choose a person"))]
        choices += [(str(person.pk), f"{person.full_name}, {person.title.lower()}") for person in people]
        self._add("assignee_id", forms.ChoiceField(label=_("Give it to"), choices=choices))

    def _add_checklist(self) -> None:
        self.checklist = self.dossier.definition.checklist
        before = self.draft.checklist if self.draft else {}
        for item in self.checklist:
            concluded = forms.ChoiceField(
                label=item.title.get(self.lang), choices=CONCLUSIONS, widget=forms.RadioSelect
            )
            concluded.error_messages["required"] = _("Conclude on “%(item)s”.") % {
                "item": item.title.get(self.lang)
            }
            self.fields[f"check_{item.id}"] = concluded
            self.fields[f"note_{item.id}"] = forms.CharField(
                label=_("Remark on “%(item)s”") % {"item": item.title.get(self.lang)},
                max_length=1000,
                required=False,
            )
            earlier = before.get(item.id, {})
            self.initial[f"check_{item.id}"] = earlier.get("conclusion", "")
            self.initial[f"note_{item.id}"] = earlier.get("note", "")

    def _add_draft_grant(self) -> None:
        self.initial["conditions"] = self.draft.body.get("conditions", "") if self.draft else ""
        self._add(
            "conditions",
            forms.CharField(
                label=_("Conditions of the licence"),
                help_text=_("Printed in the decision. Leave empty when there are none."),
                max_length=4000,
                required=False,
                widget=forms.Textarea(attrs={"rows": 4}),
            ),
        )
        if self.dossier.definition.takes_own_conditions:
            self.initial["own_conditions"] = as_lines(self.draft)
            self._add("own_conditions", DatedLinesField(label=_("Conditions with a day")))

    def _add_draft_refusal(self) -> None:
        self._add_grounds()
        self._add_reason()
        if self.draft:
            self.initial["grounds"] = self.draft.body.get("grounds", [])
            self.initial["reason"] = self.draft.body.get("reasons", "")

    def _add_grounds(self) -> None:
        grounds = self.dossier.definition.grounds
        field = forms.MultipleChoiceField(
            label=_("Legal grounds"),
            choices=[(ground.id, ground.title.get(self.lang)) for ground in grounds],
            widget=forms.CheckboxSelectMultiple,
        )
        field.choice_hints = {  # type: ignore[attr-defined]
            ground.id: ", ".join(
                text for text in (ground.basis, _("illustrative") if ground.illustrative else "") if text
            )
            for ground in grounds
        }
        self._add("grounds", field)
        self.fields["grounds"].error_messages["required"] = _("Choose at least one legal ground.")

    def _add_payment(self) -> None:
        self.initial["amount"] = selectors.amount_due(self.dossier)
        self.initial["payer"] = self.dossier.subject.name
        self._add("amount", MoneyField(label=_("Amount received"), min_value=1))
        self._add("payer", forms.CharField(label=_("Paid by"), max_length=200))
        self._add("receipt_no", forms.CharField(label=_("Receipt number"), max_length=40, required=False))

    def _add_opinion(self) -> None:
        stand = forms.ChoiceField(label=_("Your opinion"), choices=STANDS, widget=forms.RadioSelect)
        self._add("opinion_conclusion", stand)
        self._add(
            "opinion_text",
            forms.CharField(
                label=_("Reasons for your opinion"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5})
            ),
        )

    def _add_new_date(self) -> None:
        self._add("new_date", DateField(label=_("New date")))

    def _add_minutes(self) -> None:
        self._add("minutes_held_on", DateField(label=_("Held on")))
        self._add("minutes_place", forms.CharField(label=_("Place"), max_length=300))
        for name, label, hint, rows, longest in (
            ("minutes_members", _("Who took part"), _("Names and functions, one a line."), 4, 2000),
            ("minutes_text", _("What was found and concluded"), "", 6, 4000),
        ):
            area = forms.Textarea(attrs={"rows": rows})
            self._add(name, forms.CharField(label=label, help_text=hint, max_length=longest, widget=area))

    def _add_hash(self) -> None:
        self._add("paper_sha256", forms.CharField(widget=forms.HiddenInput, max_length=64, required=False))

    def _add_step_up(self) -> None:
        for name, field in proof_fields(self.asks).items():
            self._add(name, field)

    # -- what templates ask ----------------------------------------------------------------------------------

    @property
    def checks(self) -> list[tuple[ChecklistItem, Any, Any]]:
        """(item, conclusion, remark) of each line of the checklist."""
        return [(item, self[f"check_{item.id}"], self[f"note_{item.id}"]) for item in self.checklist]

    @property
    def more_name(self) -> str:
        """Name of the button that asks for more lines."""
        return f"{self.prefix}-more"

    @property
    def proof_fields(self) -> list[Any]:
        """What proves the person, drawn right above the button that signs."""
        return [self[name] for name in PROOF if name in self.fields]

    @property
    def send_name(self) -> str:
        """Name of the button that asks the signing service for a code."""
        return f"{self.prefix}-send"

    @property
    def errors_found(self) -> list[ErrorLink]:
        """Everything that is wrong, for the summary above the page."""
        return error_links([self, *self.items])

    @property
    def others(self) -> list[Any]:
        """The visible fields besides the checklist and what proves the person."""
        return [
            field
            for field in self.visible_fields()
            if not field.name.startswith(("check_", "note_")) and field.name not in PROOF
        ]

    @property
    def lines(self) -> list[tuple[int, ItemForm, bool]]:
        """(number, line, open): the first, and every line with something in it, stand open."""
        return [(n, item, n == 1 or item.has_changed()) for n, item in enumerate(self.items, start=1)]

    # -- reading ---------------------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Checks the lines for missing things too."""
        own = super().is_valid()
        return all([own, *(item.is_valid() for item in self.items)])

    def only_more_lines(self) -> bool:
        """The person asked for more lines: draw again what was typed, without judging it."""
        return self._only(self.more_name)

    def only_a_code(self) -> bool:
        """The person asked for a code of the signing service: so too."""
        return self._only(self.send_name)

    def _only(self, button: str) -> bool:
        asked = self.is_bound and button in self.data
        if asked:
            for form in (self, *self.items):
                form._errors = ErrorDict()  # type: ignore[attr-defined]
                form.cleaned_data = {}
        return asked

    def given(self, *, stepped_up_at: datetime | None = None) -> Input:
        """What was typed, as the service takes it. Raises pydantic's ValidationError."""
        clean = self.cleaned_data
        found: dict[str, Any] = {
            name: clean[name]
            for name in ("reason", "conditions", "own_conditions", "grounds", "paper_sha256", "new_date")
            if name in clean
        }
        found["items"] = [item.cleaned_data for item in self.items if item.has_changed()]
        if clean.get("assignee_id"):
            found["assignee_id"] = int(clean["assignee_id"])
        if self.checklist:
            found["checklist"] = {
                item.id: {"conclusion": clean[f"check_{item.id}"], "note": clean[f"note_{item.id}"]}
                for item in self.checklist
            }
        if Need.PAYMENT in self.needs:
            found["payment"] = {name: clean[name] for name in ("amount", "payer", "receipt_no")}
        for need, names in PARTS.items():
            if need in self.needs:
                found[need.value] = {name: clean[f"{need.value}_{name}"] for name in names}
        return Input.model_validate({**found, "stepped_up_at": stepped_up_at})

    def place(self, reasons: Iterable[Reason]) -> None:
        """Put each reason beside the field that it names; what names none stands above the form."""
        for reason in reasons:
            self.add_error(self._field_of(reason), spoken(reason))

    def place_malformed(self, error: ValidationError) -> None:
        """Put what the command refused beside its field."""
        for found in error.errors():
            name = "_".join(map(str, found["loc"]))
            message = _("This cannot be used. Check it and try again.")
            self.add_error(name if name in self.fields else None, message)

    def _field_of(self, reason: Reason) -> str | None:
        name = str(reason.params.get("field", ""))
        if name == "checklist":
            name = f"check_{reason.params.get('id', '')}"
        elif name.startswith("payment"):
            name = name.partition(".")[2] or "amount"
        elif name == "paper_sha256":
            return None
        elif name in {need.value for need in PARTS}:
            name = f"{name}_{PARTS[Need(name)][0]}"
        elif name.startswith("minutes."):
            name = name.replace(".", "_")
        return name if name in self.fields else None


def draw_act(
    *,
    dossier: Dossier,
    node: Human,
    outcome: Outcome,
    lang: str,
    paper_sha256: str,
    draft: Draft | None,
    asks: Asks | None,
) -> ActForm:
    """A fresh form with a key of its own, so that sending it twice does the act once."""
    return ActForm(
        dossier=dossier,
        node=node,
        outcome=outcome,
        lang=lang,
        paper_sha256=paper_sha256,
        draft=draft,
        asks=asks,
    )
