"""The whole scenario by clicking in Chromium, on a held working day; once more by a browser without scripts.

Everything behind the pages is real: PostgreSQL, the outbox, the signatures, and both single windows as processes that
answer over HTTP. At the end three judges that know nothing of each other look at the same signed decision.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from tests.integrations.played import Played
from tests.journeys.browser_driver import BrowserDriver
from tests.journeys.phrases import said
from tests.journeys.scenario import People, Story, play, verdict_of
from tests.journeys.script import Upload
from tests.papers.test_sign import openssl_verify, pdfsig

STEPS = 55
"""Of the whole scenario, with the refusal and the withdrawal: a step that is lost must not go unnoticed."""


class Stage:
    """A browser with a context for each person of the story, and all that the pages complained of."""

    def __init__(self, browser: Browser, base_url: str, **options: Any) -> None:
        self._browser, self._base, self._options = browser, base_url, options
        self.drivers: list[BrowserDriver] = []

    def open(self) -> BrowserDriver:
        """A person's own browser: its cookies are nobody else's."""
        context = self._browser.new_context(
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            viewport={"width": 1280, "height": 900},
            **self._options,
        )
        driver = BrowserDriver(context.new_page(), self._base)
        self.drivers.append(driver)
        return driver

    @property
    def complaints(self) -> list[str]:
        """Errors of consoles and pages, refused resources, answers from 500 on."""
        return [said for driver in self.drivers for said in driver.complaints]

    def close(self) -> None:
        """Close every window."""
        for driver in self.drivers:
            driver.page.context.close()


@contextmanager
def staged(browser: Browser, base_url: str, **options: Any) -> Iterator[Stage]:
    stage = Stage(browser, base_url, **options)
    try:
        yield stage
    finally:
        stage.close()


def story_of(stage: Stage, people: People) -> tuple[Story, list[str]]:
    told: list[str] = []

    def report(title: str, seconds: float) -> None:
        told.append(title)
        print(f"{seconds:5.1f} s  {title}")

    return Story(open=stage.open, people=people, report=report), told


def judged_elsewhere(pdf: bytes, folder: Path) -> tuple[list[str], list[bool]]:
    """poppler's word on each signature, and OpenSSL's against the root of the test keys."""
    root = Path(settings.KEYS_DIR) / "public" / "root.pem"
    return pdfsig(pdf, folder), [openssl_verify(pdf, index, root, folder) for index in (0, 1)]


def forged(pdf: bytes) -> bytes:
    """The same paper with one byte of its drawing turned, which every signature covers."""
    drawing = pdf.index(b"stream\n") + 40
    return pdf[:drawing] + bytes([pdf[drawing] ^ 1]) + pdf[drawing + 1 :]


def judged_by_the_page(stage: Stage, pdf: bytes) -> str:
    """Our own verdict, as anybody reads it."""
    anybody = stage.open()
    anybody.go("/kiem-tra/")
    anybody.send(said("Check the file"), {said("The PDF file"): Upload("van-ban.pdf", pdf)})
    return verdict_of(anybody)


@pytest.mark.promise("journey.clicking")
@pytest.mark.promise("papers.three-judges-agree")
def test_the_scenario_is_played_by_clicking(
    windows: dict[str, Played],
    live_server: Any,
    browser: Browser,
    people: People,
    at_work: Callable[[], AbstractContextManager[Any]],
    tmp_path: Path,
) -> None:
    with at_work(), staged(browser, live_server.url) as stage:
        story, told = story_of(stage, people)
        play(story)
        assert len(told) == STEPS, told
        assert story.verdict == "valid"
        assert judged_elsewhere(story.decision, tmp_path) == (["Signature is Valid."] * 2, [True, True])
        other = forged(story.decision)
        assert judged_by_the_page(stage, other) == "invalid"
        poppler, openssl = judged_elsewhere(other, tmp_path)
        assert "Signature is Valid." not in poppler
        assert openssl == [False, False]
        assert stage.complaints == []


@pytest.mark.promise("journey.without-scripts")
def test_the_scenario_is_played_without_scripts(
    windows: dict[str, Played],
    live_server: Any,
    browser: Browser,
    people: People,
    at_work: Callable[[], AbstractContextManager[Any]],
) -> None:
    with at_work(), staged(browser, live_server.url, java_script_enabled=False) as stage:
        story, _told = story_of(stage, people)
        story.who("cuctruong")
        play(story, side_stories=False)
        assert story.verdict == "valid"
        assert stage.complaints == []
