"""What silence decides, where the version says so: the notice first where it grants, for the right rests on it."""

from procedures.law.life import Act
from workflows.dossier.acts.intake import close
from workflows.dossier.context import Context

__all__ = ["NOTICE", "TACIT", "pass_over"]

TACIT = frozenset({Act.TACIT_GRANT, Act.TACIT_REFUSAL})
NOTICE = "tacit_notice"
"""Key of `Definition.papers`."""


def pass_over(ctx: Context) -> None:
    """What officials had under way is given up, and the route ends: nobody decides any more."""
    close(ctx)
    ctx.work.ended = True
    ctx.set(status="DONE", finished=ctx.now)
