"""What the articles of a paper may speak of: names in braces, filled from the frozen content. Pure."""

from collections.abc import Mapping

from procedures.definition.model import Definition

__all__ = ["COMMON", "fill_article", "places"]

COMMON = frozenset(
    {
        "subject_name",
        "subject_tax_code",
        "subject_address",
        "dossier_code",
        "received_on",
        "procedure_title",
        "agency_name",
        "valid_until",
        "conditions",
        "licence_number",
        "licence_issued_on",
        "new_holder",
        "list_number",
        "list_date",
        "list_place",
    }
)
"""Names that any version's articles may use. `licence_…`: of the licence that the dossier is about;
`new_holder`: the name of who takes it over; `list_…`: number and date of the decision over a list that gave the result,
and the dossier's place in it."""


def places(definition: Definition) -> frozenset[str]:
    """Every name that an article of this version may use: the common ones, and the fields outside repeated sections."""
    return COMMON | {
        field.id for section in definition.form if not section.repeat for field in section.fields
    }


def fill_article(text: str, values: Mapping[str, str]) -> str:
    """The article with its names filled; one that is nothing but a name without a value is the empty string.

    Raises KeyError for a name without an entry in `values`.
    """
    return text.format_map(dict(values)).strip()
