"""Files on their way in: several at once, each judged by itself; one that is refused takes no other with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest

from onestop.answering import must_fit
from onestop.components import formats
from onestop.errors import sentences
from procedures.errors import Invalid, Reason
from procedures.policy import Actor
from workflows import service
from workflows.files import FileRefused
from workflows.models import Dossier

__all__ = ["Taken", "accepted", "take"]

MOST_FILES = 20
"""Files of one request."""


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation."""
    return message


@dataclass
class Taken:
    """What became of the files of one request."""

    kept: int = 0
    errors: dict[str, list[str]] = field(default_factory=dict)
    """Name of the control → what is wrong with its files, each with its name and its remedy."""
    status: int = 200
    """Of the first file that was refused; 200 when none was."""
    stays: bool = False
    """Something else was done with a file, after which one stays on the page."""

    def refuse(self, control: str, sentence: str, status: int) -> None:
        """Note one file that was not taken."""
        self.errors.setdefault(control, []).append(sentence)
        self.status = status if self.status == 200 else self.status


def accepted(formats_: Iterable[str]) -> str:
    """The `accept` attribute of a file control."""
    return ",".join(f".{extension}" for extension in formats_)


def take(request: HttpRequest, *, actor: Actor, dossier: Dossier, controls: Mapping[str, str]) -> Taken:
    """Hand in every file of these controls (name → id of the required piece), one after the other."""
    taken, count = Taken(), 0
    for control, piece in controls.items():
        wanted = dossier.definition.piece(piece)
        for file in request.FILES.getlist(control):
            count += 1
            name = file.name or ""
            try:
                if count > MOST_FILES:
                    raise Invalid(_too_many())
                must_fit(name, wanted.formats)
                service.upload(
                    actor=actor, dossier_id=dossier.pk, piece=piece, chunks=file.chunks(), name=name
                )
            except (FileRefused, Invalid) as error:
                size = f" ({formats.file_size(file.size)})" if error.status == 413 else ""
                said = " ".join(str(reason) for reason in sentences(error.reasons))
                taken.refuse(control, f"“{name}”{size}: {said}", error.status)
            else:
                taken.kept += 1
    return taken


def _too_many() -> Reason:
    return Reason(
        "file.too-many",
        gettext_noop("At most %(most)s files are taken at once."),
        {"most": MOST_FILES},
        remedy=gettext_noop("Upload the rest next."),
    )
