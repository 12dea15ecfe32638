"""The word, icon and colour of each dossier state, of the time left, and the public stages.

A state is always shown by word, icon shape and colour together, so that it reads in print, in greyscale and by
ear. The words differ for the applicant ("waiting for you") and for officials ("waiting for the applicant").
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from onestop.components import formats

__all__ = [
    "CONDITION_STATES",
    "INBOUND_STATES",
    "LICENCE_STATES",
    "LINE_STATES",
    "MESSAGE_STATES",
    "STAGES",
    "STATES",
    "WAITS_ITS_TURN",
    "Badge",
    "stage_rows",
    "state_badge",
    "time_left",
]

Audience = Literal["applicant", "office"]
Status = Literal["running", "stopped", "met", "missed"]


class Badge(NamedTuple):
    """What a badge shows: `icon` is a symbol of icons.svg, `tone` a colour of motcua.css (blue, grey, green…)."""

    text: str
    icon: str
    tone: str


class _State(NamedTuple):
    office: object
    applicant: object
    icon: str
    tone: str


STATES: Mapping[str, _State] = {
    "draft": _State(_("Draft"), _("Draft, not yet filed"), "pen", "grey"),
    "submitted": _State(
        _("Filed, waiting to be taken in"), _("Filed, waiting to be taken in"), "send", "blue"
    ),
    "intake_supplement": _State(
        _("Waiting for papers before intake"), _("Waiting for you to add papers"), "warning", "amber"
    ),
    "not_accepted": _State(_("Not taken in"), _("Not taken in"), "cross", "red"),
    "received": _State(_("Taken in"), _("Taken in"), "check", "blue"),
    "in_process": _State(_("In process"), _("In process"), "dot", "blue"),
    "supplement_requested": _State(
        _("Waiting for a supplement"), _("Waiting for your supplement"), "warning", "amber"
    ),
    "fee_due": _State(_("Waiting for the fee"), _("Waiting for you to pay the fee"), "fee", "amber"),
    "withdrawal_requested": _State(_("Withdrawal requested"), _("You asked to withdraw"), "undo", "violet"),
    "stopped": _State(_("Stopped"), _("Stopped"), "cross", "grey"),
    "concluded": _State(_("Result ready"), _("Result ready"), "medal", "green"),
    "returned": _State(_("Result handed over"), _("Result handed over"), "check", "green"),
}


def state_badge(state: str, *, audience: Audience = "office") -> Badge:
    """The badge of a dossier state; KeyError for a state that the legal table does not know."""
    row = STATES[state]
    return Badge(str(row.applicant if audience == "applicant" else row.office), row.icon, row.tone)


def time_left(days: int | None, *, status: Status = "running", hours: bool = False) -> Badge:
    """The badge of the time left: whole working days (or working hours), negative when late.

    Up to two days is "soon". A stopped clock shows bars, not a number: it promises nothing until it runs again.
    """
    if status == "stopped":
        return Badge(str(_("Clock stopped")), "pause", "violet")
    if status == "met":
        return Badge(str(_("Done on time")), "check", "green")
    if status == "missed":
        return Badge(str(_("Done late")), "warning", "red")
    if days is None:
        return Badge(str(_("No time limit")), "clock", "grey")
    if days < 0:
        late = -days
        text = (
            ngettext("%(count)s hour late", "%(count)s hours late", late)
            if hours
            else ngettext("%(count)s day late", "%(count)s days late", late)
        )
        return Badge(text % {"count": late}, "warning", "red")
    if days == 0:
        return Badge(str(_("Within the hour") if hours else _("Due today")), "clock", "amber")
    text = (
        ngettext("%(count)s hour left", "%(count)s hours left", days)
        if hours
        else ngettext("%(count)s day left", "%(count)s days left", days)
    )
    return Badge(text % {"count": days}, "clock", "amber" if days <= 2 else "green")


STAGES = {
    "submitted": pgettext_lazy("public stage", "Filing"),
    "received": pgettext_lazy("public stage", "Intake"),
    "appraisal": pgettext_lazy("public stage", "Appraisal"),
    "signing": pgettext_lazy("public stage", "Signing"),
    "result": pgettext_lazy("public stage", "Result"),
}
"""The public stages by their ids (`workflows.selectors.Stage`)."""


def stage_rows(stages: Iterable[Any], *, state: str, dates: bool = True) -> list[dict[str, str]]:
    """The stages of a dossier (`workflows.selectors.Stage`) for the tracker component."""
    over = state in {"not_accepted", "stopped"}
    return [
        {
            "label": str(STAGES[stage.id]),
            "note": formats.day(stage.at) if dates and stage.at else "",
            "status": {"stopped": "failed" if over else "paused"}.get(stage.state, stage.state),
        }
        for stage in stages
    ]


LICENCE_STATES = {
    "in_force": (_("In force"), "check", "green"),
    "suspended": (_("Suspended"), "pause", "amber"),
    "expired": (_("Expired"), "clock", "grey"),
    "replaced": (_("Replaced"), "refresh", "grey"),
    "revoked": (_("Revoked"), "cross", "red"),
    "surrendered": (_("Given back"), "undo", "grey"),
    "annulled": (_("Annulled by a court"), "cross", "red"),
}
"""The state of a licence → its name, icon and colour."""

CONDITION_STATES = {
    "due": (pgettext_lazy("condition", "To be reported on"), "flag", "blue"),
    "overdue": (pgettext_lazy("condition", "Overdue"), "warning", "red"),
    "reported": (pgettext_lazy("condition", "Reported, being read"), "send", "amber"),
    "met": (pgettext_lazy("condition", "Met"), "check", "green"),
}
"""The state of a condition of a licence → its name, icon and colour."""

MESSAGE_STATES = {
    "queued": (_("Waiting to be sent"), "clock", "blue"),
    "leased": (_("Being sent"), "send", "blue"),
    "sent": (_("Sent, no answer yet"), "send", "blue"),
    "received": (_("Received by the partner"), "check", "blue"),
    "accepted": (_("Accepted"), "check", "green"),
    "rejected": (_("Rejected"), "cross", "red"),
    "retry_wait": (_("Will be tried again"), "refresh", "amber"),
    "unknown": (_("Outcome unknown"), "refresh", "amber"),
    "dead": (_("Needs a person"), "warning", "red"),
    "skipped": (_("Skipped"), "undo", "grey"),
    "superseded": (_("Corrected"), "undo", "grey"),
}
"""The state of a message to a partner → its name, icon and colour."""
WAITS_ITS_TURN = (_("Waits its turn"), "pause", "grey")
"""Of a message behind an earlier one of its dossier."""

INBOUND_STATES = {
    "stored": (_("Stored, not applied yet"), "clock", "amber"),
    "applied": (_("Applied"), "check", "green"),
    "conflict": (_("Contradicts what was known"), "warning", "red"),
    "orphan": (_("About no message of ours"), "warning", "amber"),
    "refused": (_("Refused, with the reasons"), "cross", "red"),
}
"""The state of what a partner sent → its name, icon and colour."""

LINE_STATES = {
    "normal": (_("Normal"), "check", "green"),
    "shaky": (_("Shaky"), "warning", "amber"),
    "broken": (_("Interrupted"), "cross", "red"),
    "paused": (_("Paused by an officer"), "pause", "violet"),
    "off": (_("Off"), "dot", "grey"),
}
"""The state of the line to a partner → its name, icon and colour."""
