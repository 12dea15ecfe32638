"""How a person uses the product, whatever the means: pages, links, labels and buttons. Two drivers implement it.

The scenario is written once against this; the demonstration's player drives it over HTTP, the journey tests drive it
in a browser by clicking. Texts are those on the Vietnamese screens.
"""

from collections.abc import Mapping
from typing import Protocol

__all__ = ["Driver", "Lost", "Upload", "Value"]


class Lost(AssertionError):
    """A person would be lost here: what should be on the page is not."""


class Upload:
    """A file that a person chooses."""

    def __init__(self, name: str, content: bytes, media_type: str = "application/pdf") -> None:
        self.name, self.content, self.media_type = name, content, media_type


Value = str | bool | Upload
"""Text to type, an option to choose, True to tick, or a file to attach."""


class Driver(Protocol):
    """One person at one browser."""

    def go(self, path: str) -> None:
        """Type an address of the product."""

    def follow(self, link: str) -> None:
        """Click the first link whose text is, or begins with, `link`."""

    def send(self, button: str, fields: Mapping[str, Value] | None = None, *, near: str = "") -> None:
        """In the form that has this button, fill the labelled fields and press it.

        Keys are labels, or the legend of a group of radio buttons. `near`: a text inside the form, where several
        forms have the same button.
        """

    def see(self, *texts: str) -> None:
        """Be sure that the page says each of these. Raises Lost."""

    def says(self, text: str) -> bool:
        """Whether the page says this."""

    def offers(self, button: str) -> bool:
        """Whether the page has this button."""

    def text(self) -> str:
        """All that the page says, white space folded."""

    def address(self) -> str:
        """The path of the page, with its query."""

    def links(self, part: str) -> list[str]:
        """The addresses of the page's links that contain `part`, in order, each once."""

    def download(self, path: str) -> bytes:
        """Fetch a file from an address of the product."""
