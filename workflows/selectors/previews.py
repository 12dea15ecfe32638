"""A paper of a version as it would be printed, on made-up facts: for those who write procedures. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from procedures.definition.model import Definition
from procedures.errors import Invalid, Reason
from procedures.now import HANOI, today
from workflows.dossier import sampling
from workflows.papers import issue
from workflows.papers.render import RenderProblem
from workflows.papers.snapshot import canonical, sha256
from workflows.papers.templates import TemplateProblem

__all__ = ["preview"]

WATERMARK = "BẢN XEM THỬ"


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass
class _Sample:
    """What the making of a paper reads of its row."""

    title: str
    snapshot: str
    snapshot_sha256: str
    template_sha256: str
    created_at: datetime
    ref: UUID = sampling.REF
    code: str = sampling.CODE
    statement: str = ""
    """No key ever signs what is only looked at."""
    state: str = "reserved"
    signed_sha256: str = ""
    sealed_sha256: str = ""
    published_at: datetime | None = None


def preview(
    definition: Definition, templates: Mapping[str, str], kind: str, *, amount: sampling.Amount = "usual"
) -> bytes:
    """The paper as PDF on sample data: on usual answers, on the longest that the form lets in, or on the fewest facts.

    Raises KeyError for an unknown kind of paper, Invalid when its template cannot be printed.
    """
    paper = definition.papers[kind]
    if paper.template not in templates:
        message = gettext_noop("The draft has no template %(name)s.")
        raise Invalid(Reason("template", message, {"name": paper.template}))
    try:
        content = sampling.sample_snapshot(definition, kind, on=today(), amount=amount)
    except (KeyError, IndexError, ValueError, AttributeError) as error:  # a name in braces that nobody fills
        message = gettext_noop(
            "An article, the recipients or the number ask for what there is not: %(problem)s"
        )
        raise Invalid(Reason("paper", message, {"problem": str(error)[:200]})) from error
    except ObjectDoesNotExist as error:
        message = gettext_noop("There is no agency %(code)s.")
        raise Invalid(Reason("agency", message, {"code": definition.agency})) from error
    snapshot = canonical(content)
    text = templates[paper.template]
    row = _Sample(
        title=paper.title.vi,
        snapshot=snapshot,
        snapshot_sha256=sha256(snapshot),
        template_sha256=sha256(text),
        created_at=datetime.combine(today(), time(9), HANOI),
    )
    try:
        return issue.produce_render(row, template=text, signers=paper.signatures, watermark=WATERMARK)
    except (TemplateProblem, RenderProblem, issue.PaperFaulty) as error:
        message = gettext_noop("The paper cannot be printed: %(problem)s")
        raise Invalid(Reason("paper", message, {"problem": str(error)[:500]})) from error
