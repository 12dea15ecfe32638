"""What the address of a page asks for."""

from django.http import HttpRequest

__all__ = ["asked", "asked_number"]


def asked(request: HttpRequest, name: str, *, most: int = 200) -> str:
    """The words of a parameter, at most `most` letters, without what PostgreSQL takes in no text: a zero byte."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:most]


def asked_number(request: HttpRequest, name: str) -> int | None:
    """The number that a parameter holds, small enough for a column of the database; None where it holds none."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
