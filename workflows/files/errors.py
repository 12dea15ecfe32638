"""What can go wrong with a file, as people read it."""

from procedures.errors import MotcuaError, Reason
from workflows.files.verifiers.findings import Finding

__all__ = ["FileDamaged", "FileNotClean", "FileRefused"]


class FileRefused(MotcuaError):
    """The file is not taken in: too large (413), of a kind we do not take (415), or wrong inside (422)."""

    code = "file.refused"

    def __init__(self, *reasons: Reason, status: int = 422) -> None:
        super().__init__(*reasons)
        self.status = status
        if reasons:
            self.code = reasons[0].code


class FileNotClean(FileRefused):
    """Somebody asks for the bytes of a file that has not passed its checks."""


class FileDamaged(Exception):
    """The bytes on the disk are gone, or are no longer those that the row names: restore them from the backup."""


def as_reason(*, finding: Finding) -> Reason:
    """A verifier's finding, as all other rooms know reasons."""
    return Reason(code=finding.code, message=finding.message, params=finding.params, remedy=finding.remedy)
