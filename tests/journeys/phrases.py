"""The words of the screens: what is written in English in the script, as it stands on the Vietnamese pages.

phrases.json holds those sentences of the product's catalogue that the script uses; a test compares the two.
"""

import json
from functools import lru_cache
from pathlib import Path

__all__ = ["PHRASES", "said"]

PHRASES = Path(__file__).with_name("phrases.json")


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    return json.loads(PHRASES.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def said(english: str) -> str:
    """The sentence on a Vietnamese page. Raises KeyError for one that the script may not know."""
    return _phrases()[english]
