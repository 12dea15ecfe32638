"""What the articles of a paper may speak of: names in braces, filled from the frozen content."""

__all__ = ["PLACEHOLDERS", "fill_article"]

PLACEHOLDERS = frozenset(
    {
        "subject_name",
        "subject_tax_code",
        "subject_address",
        "dossier_code",
        "received_on",
        "procedure_title",
        "agency_name",
        "valid_until",
        "purpose",
        "recipient",
        "conditions",
    }
)
"""Every name that an article may use."""


def fill_article(text: str, values: dict[str, str]) -> str:
    """The article with its names filled; an article whose value is empty as a whole is the empty string.

    Raises KeyError for a name outside `PLACEHOLDERS`.
    """
    if text.strip() == "{conditions}" and not values.get("conditions"):
        return ""
    return text.format_map({name: values.get(name, "") for name in PLACEHOLDERS} | values).strip()
