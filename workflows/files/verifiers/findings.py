"""What a verifier has to say about a file: a code, a sentence and the way out. Nothing here knows Django."""

from dataclasses import dataclass, field


def gettext_noop(message: str) -> str:
    """Mark a sentence for translation without importing Django."""
    return message


@dataclass(frozen=True, slots=True)
class Finding:
    """One ground for not accepting a file; travels as JSON from the checking process."""

    code: str
    message: str
    """English message id, with named %(placeholders)s."""
    remedy: str = ""
    """English message id of what the sender can do."""
    params: dict[str, str | int] = field(default_factory=dict)


EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The industry's harmless test string; written in two halves, so that no scanner takes this module for a finding."""


def malware(*, name: str) -> Finding:
    """A scanner, ours or clamd, named something in the file."""
    return Finding(
        code="file.malware",
        message=gettext_noop("This file contains malicious code (%(name)s)."),
        remedy=gettext_noop("Scan your computer for viruses, then upload a clean copy."),
        params={"name": name[:100]},
    )


def mismatch(*, extension: str) -> Finding:
    """The bytes are not of the kind that the name promises."""
    return Finding(
        code="file.mismatch",
        message=gettext_noop("The content of this file is not that of a .%(extension)s file."),
        remedy=gettext_noop("Open the document, save or export it as PDF, and upload that file."),
        params={"extension": extension},
    )


def polyglot() -> Finding:
    """The bytes are two kinds of file at once."""
    return Finding(
        code="file.polyglot",
        message=gettext_noop("This file hides a second file or a web page."),
        remedy=gettext_noop(
            "Export the document again from the program that made it, and upload the new file."
        ),
    )


def unreadable() -> Finding:
    """The file cannot be parsed by the library that reads its kind."""
    return Finding(
        code="file.unreadable",
        message=gettext_noop("This file is damaged and cannot be opened."),
        remedy=gettext_noop("Check that it opens on your computer, save it again, and upload the new file."),
    )


def too_complex() -> Finding:
    """Reading the file would take more memory, time or objects than we give to one file."""
    return Finding(
        code="file.too-complex",
        message=gettext_noop("This file is too large once unpacked, or too complex to be checked."),
        remedy=gettext_noop(
            "Split it into several files, or scan it at 300 dpi, and upload them one by one."
        ),
    )
