"""The law and the route once more, written by hand from the design and the definition, to be held against the product.

Nothing here calls the rules under test; that the tables agree is what tests show.
"""

from dataclasses import dataclass

__all__ = ["ACTS", "OPEN", "PAIRS", "Law"]


@dataclass(frozen=True)
class Law:
    """One act: from which states, to which ("" = back to what was interrupted), and what the clock does."""

    sources: frozenset[str]
    target: str
    clock: str
    """"" nothing, "intake"/"decision" a new running span of that clock, "stop", "back", "close"."""


OPEN = frozenset(
    {"submitted", "intake_supplement", "received", "in_process", "supplement_requested", "fee_due"}
)


def _law(sources: str, target: str, clock: str) -> Law:
    return Law(frozenset(sources.split()), target, clock)


ACTS: dict[str, Law] = {
    "submit": _law("draft", "submitted", "intake"),
    "request_intake_supplement": _law("submitted", "intake_supplement", "stop"),
    "supply_intake_supplement": _law("intake_supplement", "submitted", "intake"),
    "refuse_acceptance": _law("submitted", "not_accepted", "close"),
    "demand_fee": _law("submitted in_process", "fee_due", "stop"),
    "pay": _law("fee_due", "", "back"),
    "accept": _law("submitted", "received", "decision"),
    "begin": _law("received", "in_process", ""),
    "request_supplement": _law("in_process", "supplement_requested", "stop"),
    "supply_supplement": _law("supplement_requested", "in_process", "decision"),
    "lapse": _law("intake_supplement supplement_requested fee_due", "stopped", "close"),
    "request_withdrawal": _law(" ".join(OPEN), "withdrawal_requested", "stop"),
    "stop": _law("withdrawal_requested", "stopped", "close"),
    "resume": _law("withdrawal_requested", "", "back"),
    "grant": _law("in_process", "concluded", "close"),
    "refuse": _law("in_process", "concluded", "close"),
    "return_result": _law("concluded", "returned", ""),
}
"""Every act that the device import enables. The table of life has four more rows, and only `open` leads
where none of these does."""

REMEMBERED = {"pay": {"submitted", "in_process"}, "resume": OPEN}
"""Where an act that goes back can lead."""

PAIRS: frozenset[tuple[str, str]] = frozenset(
    (source, target)
    for name, law in ACTS.items()
    for source in law.sources
    for target in (REMEMBERED[name] if not law.target else {law.target})
) | {("draft", "received")}
"""Every (old, new) that the database must allow, and no other; the last is how the authority opens a dossier itself."""
