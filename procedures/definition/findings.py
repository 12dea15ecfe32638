"""What the verifier reports: a named fault, where it is, and how a dossier gets there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a definition."""

    code: str
    """Stable name of the kind of fault, e.g. "dead_node"; docs/definitions.md lists them all."""
    where: str
    """What is at fault: "intake", "intake.accept", "pieces.aid_approval"."""
    message: str
    """English message id with named %(placeholders)s; %(where)s is always given."""
    details: Mapping[str, object] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    """The shortest way there, as "node.outcome" steps from the first node; empty where no way is needed."""

    @property
    def params(self) -> dict[str, object]:
        """Everything that `message` may name, the way there too."""
        return {"where": self.where, "path": " → ".join(self.path), **self.details}

    def __str__(self) -> str:
        way = f" [{' → '.join(self.path)}]" if self.path else ""
        return f"{self.code}: {self.message % self.params}{way}"
