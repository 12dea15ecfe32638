"""What somebody asks for: a frozen command, checked for form before any rule looks at it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from procedures.law.life import Act

__all__ = ["Command", "Conclusion", "Input", "Item", "MinutesInput", "OpinionInput", "PaymentInput"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Item(_Frozen):
    """One defect that the applicant shall cure."""

    target: str = Field(pattern=r"^(piece|section):[a-z0-9_]+$")
    what: str = Field(min_length=1, max_length=500)
    why: str = Field("", max_length=1000)
    basis: str = Field("", max_length=200)


class Conclusion(_Frozen):
    """The appraisal's answer to one line of the checklist."""

    conclusion: Literal["pass", "fail", "not_applicable"]
    note: str = Field("", max_length=1000)


class PaymentInput(_Frozen):
    """Money that the cashier has seen, in whole đồng."""

    amount: int = Field(gt=0)
    payer: str = Field(min_length=1, max_length=200)
    receipt_no: str = Field("", max_length=40)


class OpinionInput(_Frozen):
    """For or against, with the reasons."""

    conclusion: Literal["for", "against"]
    text: str = Field(min_length=1, max_length=4000)


class MinutesInput(_Frozen):
    """What a visit or a council puts on record: when, where, who, and what came out."""

    held_on: date
    place: str = Field(min_length=1, max_length=300)
    members: str = Field(min_length=1, max_length=2000)
    """Names and functions, one a line."""
    text: str = Field(min_length=1, max_length=4000)
    meeting: UUID | None = None
    """The meeting, where it was about several dossiers at once."""


class OwnCondition(_Frozen):
    """A condition that one licence alone gets: what its holder must do and report, and the last day for it."""

    MOST: ClassVar = 5
    """Of one draft."""
    SHORTEST: ClassVar = 3
    LONGEST: ClassVar = 500

    due_on: date
    text: str = Field(min_length=SHORTEST, max_length=LONGEST)


class Input(_Frozen):
    """Everything that an outcome may need (`procedures.definition.model.Need`); what it does not need stays empty."""

    reason: str = Field("", max_length=2000)
    items: tuple[Item, ...] = ()
    assignee_id: int | None = None
    checklist: dict[str, Conclusion] = Field(default_factory=dict)
    grounds: tuple[str, ...] = ()
    conditions: str = Field("", max_length=4000)
    own_conditions: tuple[OwnCondition, ...] = Field((), max_length=OwnCondition.MOST)
    payment: PaymentInput | None = None
    opinion: OpinionInput | None = None
    minutes: MinutesInput | None = None
    new_date: date | None = None
    paper_sha256: str = Field("", pattern=r"^([0-9a-f]{64})?$")
    """Fingerprint of the exact bytes that the person read."""
    stepped_up_at: datetime | None = None
    """When the person last proved a second factor; set by the session, never by a form."""
    answers: dict[int, str] = Field(default_factory=dict)
    """Supplement item id → explanation."""
    files: dict[str, str] = Field(default_factory=dict)
    """For the system's own acts: stage → sha256 of what was produced."""


@dataclass(frozen=True, slots=True)
class Command:
    """One act: by its legal name from outside, by task and outcome from within, or a slip that is asked for."""

    act: Act | None
    node: str = ""
    outcome: str = ""
    task_id: int | None = None
    input: Input = field(default_factory=Input)
    slip: str = ""
    """A slip asked for outside the route (`PaperKind.on_request`); then there is no act and no step."""

    @property
    def name(self) -> str:
        """How the ledger and the idempotency record call it: the legal act, "slip.<kind>", or "<node>.<outcome>"."""
        if self.slip:
            return f"slip.{self.slip}"
        return self.act.value if self.act else f"{self.node}.{self.outcome}"
