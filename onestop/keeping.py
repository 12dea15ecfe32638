"""Files that came with a form which stands for itself: taken in at once, kept while the rest of it is put right."""

from dataclasses import dataclass, field

from django.core import signing
from django.http import HttpRequest

from onestop.answering import must_fit
from onestop.errors import sentence
from workflows import service
from workflows.files import FileRefused
from workflows.models import StoredFile

__all__ = ["Received", "received"]

SALT = "onestop.keeping"
MOST_FILES = 20


@dataclass
class Received:
    """The files of one control: those of before and those sent now, and what was wrong with any."""

    files: list[tuple[StoredFile, str]] = field(default_factory=list)
    """(file, name as it was given)."""
    errors: list[str] = field(default_factory=list)
    status: int = 200
    """Of the last one refused."""

    @property
    def kept(self) -> list[tuple[str, str]]:
        """(name, what the next form carries so that the file need not be sent again)."""
        return [(name, signing.dumps((file.sha256, name), salt=SALT)) for file, name in self.files]


def received(request: HttpRequest, name: str, formats: tuple[str, ...]) -> Received:
    """What the form sent under `tep-<name>`, with what an earlier try left under `kept-<name>`."""
    found = Received()
    for token in request.POST.getlist(f"kept-{name}")[:MOST_FILES]:
        kept = _kept(token)
        found.files += [kept] if kept else []
    for sent in request.FILES.getlist(f"tep-{name}")[:MOST_FILES]:
        given = sent.name or ""
        try:
            must_fit(given, formats)
            found.files.append((service.take_in(chunks=sent.chunks(), name=given), given))
        except FileRefused as error:
            said = " ".join(str(sentence(reason)) for reason in error.reasons)
            found.errors.append(f"“{given}”: {said}")
            found.status = error.status
    return found


def _kept(token: str) -> tuple[StoredFile, str] | None:
    try:
        sha256, name = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    file = StoredFile.objects.filter(sha256=sha256).first()
    return (file, name) if file else None
