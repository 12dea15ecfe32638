"""What the address of a page asks for."""

from django.http import HttpRequest

__all__ = ["asked"]


def asked(request: HttpRequest, name: str, *, most: int = 200) -> str:
    """The words of a parameter, at most `most` letters, without what PostgreSQL takes in no text: a zero byte."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:most]
