"""The sentences that we translate for the sign-in package are still the ones that it says."""

from pathlib import Path

import allauth
import pytest

from onestop.components.borrowed import SENTENCES

SAID = "\n".join(
    path.read_text(encoding="utf-8")
    for path in Path(allauth.__file__).parent.rglob("*")
    if path.suffix in {".py", ".txt", ".html"}
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_package_still_says_it(sentence: str) -> None:
    assert sentence in SAID or sentence.replace("%(name)s", "{{name}}") in SAID
