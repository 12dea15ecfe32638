"""Which signed list tells what has become of a paper."""

from dataclasses import dataclass

from django.conf import settings

from workflows.models import Paper

__all__ = ["ListName", "place_of"]


@dataclass(frozen=True, slots=True, order=True)
class ListName:
    """The decisions of one series of an agency in one year."""

    agency: str
    series: str
    year: int

    @property
    def path(self) -> str:
        """Where the list is served, below the root of the site."""
        return f"/trang-thai/{self.agency}/{self.series}/{self.year}"

    @property
    def uri(self) -> str:
        """The address that is signed into the list."""
        return f"{settings.BASE_URL}{self.path}"


def place_of(paper: Paper) -> tuple[ListName, int] | None:
    """The list that tells what has become of a paper, and its place there; None for one that none tells of."""
    if not paper.statement or paper.number is None:
        return None
    series = paper.number.series
    return ListName(series.agency_code, series.kind, series.year), paper.number.number
