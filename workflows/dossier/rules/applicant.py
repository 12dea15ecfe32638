"""The acts that begin a dossier, the applicant's and the authority's; and the answer to a request for a supplement."""

from procedures.definition import forms
from procedures.definition.pieces import required_pieces
from procedures.errors import Reason
from procedures.law.life import Act, edge
from workflows.dossier.command import Command
from workflows.dossier.facts import Facts

__all__ = ["may_open", "may_submit", "may_supply", "pieces_missing"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


def pieces_missing(facts: Facts) -> tuple[list[Reason], list[Reason]]:
    """Required pieces that are not there (refused), and those whose files are still being checked (undetermined)."""
    missing: list[Reason] = []
    checking: list[Reason] = []
    for required in required_pieces(facts.definition, facts.answers):
        handed_in = [piece for piece in facts.pieces if piece.piece == required.id]
        if not handed_in:
            missing.append(
                Reason(
                    "piece_missing",
                    gettext_noop("Add “%(piece)s”."),
                    {"piece": required.title.vi, "field": f"piece:{required.id}"},
                    article=required.basis,
                )
            )
        checking += [
            Reason(
                "file_checking",
                gettext_noop("“%(name)s” is still being checked. Try again in a moment."),
                {"name": piece.name, "field": f"piece:{required.id}"},
            )
            for piece in handed_in
            if piece.file_state != "clean"
        ]
    return missing, checking


def may_open(facts: Facts) -> tuple[list[Reason], list[Reason]]:
    """Every answer is valid, and every required piece is there and clean."""
    _, errors = forms.validate(facts.definition, facts.answers)
    reasons = [
        Reason(
            "answer",
            error.message,
            {**error.params, "field": f"{error.section}.{error.field}", "row": error.row},
        )
        for error in errors
    ]
    missing, checking = pieces_missing(facts)
    return reasons + missing, checking


def may_submit(facts: Facts) -> tuple[list[Reason], list[Reason]]:
    """As to open one, and the declaration is signed over the answers."""
    reasons, checking = may_open(facts)
    if not reasons and not facts.declared:
        reasons.append(
            Reason(
                "not_declared",
                gettext_noop(
                    "Sign the application first: the answers have changed since, or it is not signed."
                ),
                {"field": "declaration"},
            )
        )
    return reasons, checking


def may_supply(facts: Facts, command: Command) -> tuple[list[Reason], list[Reason]]:
    """Every item of the open request is answered: by a new paper for a piece, or by an explanation."""
    request = facts.open_supplement
    if request is None:
        return [
            Reason(
                "no_request",
                gettext_noop("Nothing is being asked for."),
                article=edge(Act.SUPPLY_SUPPLEMENT).source,
            )
        ], []
    reasons: list[Reason] = []
    checking: list[Reason] = []
    for item_id, target, answered in request.items:
        kind, _, name = target.partition(":")
        new = [
            p for p in facts.pieces if kind == "piece" and p.piece == name and p.supplement_id == request.id
        ]
        explained = answered or bool(command.input.answers.get(item_id, "").strip())
        if not new and not explained:
            reasons.append(
                Reason(
                    "item_open",
                    gettext_noop("Answer this item: add a file or explain."),
                    {"field": f"item:{item_id}"},
                )
            )
        checking += [
            Reason(
                "file_checking",
                gettext_noop("“%(name)s” is still being checked. Try again in a moment."),
                {"name": piece.name, "field": f"item:{item_id}"},
            )
            for piece in new
            if piece.file_state != "clean"
        ]
    return reasons, checking
