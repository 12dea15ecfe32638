"""The name that a sender gives to a file: shown to people, sent back on download, and never used as a path."""

import unicodedata

from workflows.files.verifiers import kinds

__all__ = ["clean_name", "declared_extension"]

MAX_NAME = 200
"""In characters, extension included."""

_NOT_IN_NAMES = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def clean_name(*, name: str) -> str:
    """The last part of a name in NFC, without control, formatting or path characters, at most 200 long.

    Formatting characters would let a name read backwards: `U+202E` shows "gpj.exe" as "exe.jpg".
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(" " if character.isspace() else character for character in last)
    visible = "".join(character for character in visible if unicodedata.category(character)[0] != "C")
    visible = " ".join(visible.translate(_NOT_IN_NAMES).split()).strip(". ")
    stem, dot, extension = visible.rpartition(".")
    if dot and len(extension) < 10:
        return f"{stem[: MAX_NAME - len(extension) - 1].rstrip()}.{extension}"
    return visible[:MAX_NAME] or "unnamed"


def declared_extension(*, name: str) -> str | None:
    """The lower-case extension of a cleaned name if it is one of those that we take."""
    _, dot, extension = clean_name(name=name).lower().rpartition(".")
    return extension if dot and extension in kinds.BY_EXTENSION else None
