"""A person at Chromium, clicking: the same script as the player's, through a real browser."""

import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Response

from tests.journeys.script import Lost, Upload, Value

__all__ = ["BrowserDriver"]

ATTEMPTS = 4
"""How often a person goes to an address that the page before keeps from opening."""
UNASKED = "/favicon.ico"
"""Chromium asks for it by itself when it shows a PDF, which cannot name its own icon."""


def _plain(text: str) -> str:
    return " ".join(text.split())


class BrowserDriver:
    """One page of one browser context; it sees what a person sees."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page, self._base = page, base_url
        self.status = 0
        self.visited: set[str] = set()
        self.complaints: list[str] = []
        """Errors and warnings of the console (a policy that was broken among them), of scripts, of resources."""
        page.on("response", self._note)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    def _note(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self.status = response.status
        elif response.status >= 400 and urlsplit(response.url).path != UNASKED:
            self.complaints.append(f"{self.page.url}: {response.url} answered {response.status}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        about = urlsplit(message.location.get("url", "")).path
        # How the page itself was answered is told by `status`: people do come too early, or mistype.
        if message.text.startswith("Failed to load resource") and about in {UNASKED, self._path()}:
            return
        self.complaints.append(f"{self.page.url}: {message.text}")

    def _path(self) -> str:
        return urlsplit(self.page.url).path

    def _settled(self) -> None:
        self.page.wait_for_load_state("load")
        if self.status >= 500:
            raise Lost(f"{self.page.url} answered {self.status}")
        self.visited.add(self.address())

    def go(self, path: str) -> None:
        for _again in range(ATTEMPTS - 1):
            try:
                self.page.goto(urljoin(self._base, path))
                break
            except Error as error:
                # A page that watches the system at work has just reloaded itself: let it end, then go there again.
                if "interrupted by another navigation" not in str(error):
                    raise
                self.page.wait_for_load_state("load")
        else:
            self.page.goto(urljoin(self._base, path))
        self._settled()

    def follow(self, link: str) -> None:
        for exact in (True, False):
            name = link if exact else re.compile("^" + re.escape(link))
            found = self.page.get_by_role("link", name=name, exact=exact)
            if found.count():
                found.first.click()
                self._settled()
                return
        raise Lost(f"{self.address()} has no link “{link}”; it says: {self.text()[:600]}")

    def see(self, *texts: str) -> None:
        for text in texts:
            if not self.says(text):
                raise Lost(f"{self.address()} does not say “{text}”; it says: {self.text()[:1500]}")

    def says(self, text: str) -> bool:
        return _plain(text) in self.text()

    def offers(self, button: str) -> bool:
        return self.page.locator("form").get_by_role("button", name=button, exact=True).count() > 0

    def text(self) -> str:
        return _plain(self.page.locator("body").text_content() or "")

    def address(self) -> str:
        parts = urlsplit(self.page.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def links(self, part: str) -> list[str]:
        # In one look: a page that reloads itself between two would be read half and half.
        hrefs = self.page.locator("a[href]").evaluate_all("all => all.map(one => one.getAttribute('href'))")
        found = [urljoin(self.page.url, href) for href in hrefs if part in href]
        return list(dict.fromkeys(urlsplit(url).path for url in found))

    def download(self, path: str) -> bytes:
        response = self.page.context.request.get(urljoin(self._base, path))
        if response.status != 200:
            raise Lost(f"{path} answered {response.status}")
        return response.body()

    # -- forms -----------------------------------------------------------------------------------------------

    def send(self, button: str, fields: Mapping[str, Value] | None = None, *, near: str = "") -> None:
        form = self._form(button, near)
        for label, value in (fields or {}).items():
            self._fill(form, label, value)
        pressed = self._button(form, button)
        self._reveal(pressed)
        pressed.click()
        self._settled()

    @staticmethod
    def _button(form: Locator, name: str) -> Locator:
        pattern = re.compile(rf"^\s*{re.escape(name)}\s*$")
        return form.locator("button", has_text=pattern).first

    def _form(self, button: str, near: str) -> Locator:
        pattern = re.compile(rf"^\s*{re.escape(button)}\s*$")
        forms = self.page.locator("form", has=self.page.locator("button", has_text=pattern))
        if near:
            forms = forms.filter(has_text=near)
        if not forms.count():
            raise Lost(
                f"{self.address()} has no button “{button}” near “{near}”; it says: {self.text()[:800]}"
            )
        return forms.first

    def _reveal(self, element: Locator) -> None:
        """Open what is folded around an element, outermost first, as a person would."""
        folded = element.locator("xpath=ancestor::details[not(@open)]")
        while folded.count():
            folded.first.locator("summary").first.click()

    def _fill(self, form: Locator, label: str, value: Value) -> None:
        element = self._control(form, label, value)
        self._reveal(element)
        kind = (element.get_attribute("type") or "text").lower()
        tag = "select" if element.locator("option").count() else kind
        if kind in ("radio", "checkbox"):
            identity = element.get_attribute("id") or ""
            element.set_checked(bool(value), force=True) if not identity else self._tick(
                form, element, identity, value
            )
        elif kind == "file":
            assert isinstance(value, Upload)
            element.set_input_files(
                {"name": value.name, "mimeType": value.media_type, "buffer": value.content}
            )
        elif tag == "select":
            self._choose(element, str(value))
        else:
            element.fill(str(value))

    def _tick(self, form: Locator, element: Locator, identity: str, value: Value) -> None:
        if element.is_checked() != bool(value):
            form.locator(f'label[for="{identity}"]').first.click()

    def _choose(self, element: Locator, wanted: str) -> None:
        options = [_plain(text) for text in element.locator("option").all_text_contents()]
        begins = [option for option in options if option.startswith(wanted)]
        for option in [option for option in options if option == wanted] + begins:
            element.select_option(label=option)
            return
        raise Lost(f"no option “{wanted}”, only {options[:30]}")

    def _control(self, form: Locator, label: str, value: Value) -> Locator:
        start = re.compile(rf"^\s*{re.escape(label)}")
        legends = form.locator("legend", has_text=start)
        if isinstance(value, str) and legends.count():
            group = legends.first.locator("xpath=..")
            option = group.locator("label", has_text=re.compile(rf"^\s*{re.escape(value)}\s*$"))
            if option.count():
                return self._of_label(option.first)
        for pattern in (re.compile(rf"^\s*{re.escape(label)}\s*$"), start):
            found = form.locator("label", has_text=pattern)
            if found.count():
                return self._of_label(found.first)
        raise Lost(
            f"{self.address()}: no field “{label}” for “{value}”; {form.locator('label').all_text_contents()}"
        )

    def _of_label(self, label: Locator) -> Locator:
        identity = label.get_attribute("for")
        if identity:
            return self.page.locator(f'[id="{identity}"]')
        return label.locator("input, select, textarea").first
