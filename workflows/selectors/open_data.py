"""The public registers as data: every licence of a register, and what has become of licences since, in order."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count

from workflows.dossier.books import registers_of
from workflows.models import Licence, LicenceChange

__all__ = ["Register", "changes", "licences", "open_registers", "register_title"]

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Register:
    """A public register."""

    code: str
    title: str
    count: int
    """Licences in it, whatever has become of them."""


def open_registers(*, lang: str = "vi") -> list[Register]:
    """Every register that a licence stands in, by title. Two queries."""
    counts = dict(Licence.objects.values_list("register").annotate(Count("pk")).order_by())
    return [Register(code, title, counts[code]) for code, title in registers_of(lang=lang)]


def register_title(register: str, *, lang: str = "vi") -> str | None:
    """The title of a register; None where no licence stands in it. One query, however many stand in it."""
    row = Licence.objects.filter(register=register).select_related("dossier").first()
    kind = row.dossier.definition.licence if row else None
    return kind.title.get(lang) if kind else None


def licences(*, register: str) -> Iterator[Licence]:
    """The licences of a register in the order in which they were given, read in pieces; one that is replaced too."""
    rows = Licence.objects.filter(register=register).order_by("pk")
    return rows.select_related("subject", "paper", "replaces").iterator(chunk_size=CHUNK)


def changes(*, after: int, register: str = "", limit: int = CHUNK) -> list[LicenceChange]:
    """What became of licences after the change of that number, at most `limit`, in order. One query."""
    rows = LicenceChange.objects.filter(pk__gt=after).select_related("licence").order_by("pk")
    return list((rows.filter(licence__register=register) if register else rows)[:limit])
