"""What every part of a definition is built from: frozen models, texts, sources, lengths of time. Pure."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from procedures.law.vocabulary import Unit

__all__ = ["Frozen", "Id", "Retention", "Sourced", "Term", "Text"]

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Frozen(BaseModel):
    """Immutable; unknown keys are errors, so that a typing slip never passes in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Frozen):
    """What people read, in both languages."""

    vi: str
    en: str

    def get(self, lang: str) -> str:
        """The text in `lang` ("vi" or "en")."""
        return self.en if lang == "en" else self.vi


class Sourced(Frozen):
    """A value that the law prescribes: it names its basis, or says that nobody has checked it."""

    basis: str = ""
    """The article, e.g. "Khoản 4 Điều 48 Nghị định 98/2021/NĐ-CP"."""
    illustrative: bool = False


class Retention(Sourced):
    """How long the archive keeps a paper, counted from the end of the year in which its dossier, and the licence that
    it gave, are over."""

    years: int = Field(gt=0, le=100)

    def last_day(self, over: date) -> date:
        """The last day of keeping what was over on a day (in Hanoi)."""
        return date(over.year + self.years, 12, 31)

    def over_before(self, on: date) -> date:
        """What was over before this day need not be kept any more on `on`: the turn of `last_day`."""
        return date(on.year - self.years, 1, 1)


class Term(Sourced):
    """A length of time, by rule."""

    length: int = Field(gt=0)
    unit: Unit
