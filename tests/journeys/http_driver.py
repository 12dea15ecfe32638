"""A person at a browser without JavaScript, played over plain HTTP. Knows nothing of the product but its pages."""

from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import httpx
from lxml import html

from tests.journeys.script import Lost, Upload, Value

__all__ = ["HttpDriver"]

_BLOCKS = "self::script or self::style or self::template"


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _text_of(element: html.HtmlElement) -> str:
    parts = element.xpath(f".//text()[not(ancestor::*[{_BLOCKS}])]")
    return _plain(" ".join(str(part) for part in parts))


class HttpDriver:
    """One session: its cookies, its page, its forms."""

    def __init__(self, base_url: str, *, timeout: float = 60.0) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            timeout=timeout,
            follow_redirects=True,
            trust_env=False,
            headers={"Accept-Language": "vi"},
        )
        self._page: html.HtmlElement | None = None
        self._url = base_url
        self.status = 0

    def close(self) -> None:
        """End the session's connections."""
        self._client.close()

    # -- pages -----------------------------------------------------------------------------------------------

    def _show(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self._url = str(response.url)
        if response.status_code >= 500:
            raise Lost(f"{response.request.method} {self._url} answered {response.status_code}")
        if "html" in response.headers.get("content-type", ""):
            self._page = html.fromstring(response.text)

    @property
    def page(self) -> html.HtmlElement:
        """The page that is open."""
        if self._page is None:
            raise Lost("no page is open")
        return self._page

    def go(self, path: str) -> None:
        self._show(self._client.get(path))

    def follow(self, link: str) -> None:
        for exact in (True, False):
            for anchor in self.page.iter("a"):
                said = _text_of(anchor)
                if anchor.get("href") and (said == link or (not exact and said.startswith(link))):
                    self.go(urljoin(self._url, anchor.get("href")))
                    return
        raise Lost(f"{self.address()} has no link “{link}”; it says: {self.text()[:600]}")

    def see(self, *texts: str) -> None:
        for text in texts:
            if not self.says(text):
                raise Lost(f"{self.address()} does not say “{text}”; it says: {self.text()[:1500]}")

    def says(self, text: str) -> bool:
        return _plain(text) in self.text()

    def offers(self, button: str) -> bool:
        return any(self._button(form, button) is not None for form in self.page.iter("form"))

    def text(self) -> str:
        return _text_of(self.page)

    def address(self) -> str:
        parts = urlsplit(self._url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def links(self, part: str) -> list[str]:
        found = [
            urljoin(self._url, a.get("href")) for a in self.page.iter("a") if part in (a.get("href") or "")
        ]
        return list(dict.fromkeys(urlsplit(url).path for url in found))

    def download(self, path: str) -> bytes:
        response = self._client.get(path)
        if response.status_code != 200:
            raise Lost(f"{path} answered {response.status_code}")
        return response.content

    # -- forms -----------------------------------------------------------------------------------------------

    def send(self, button: str, fields: Mapping[str, Value] | None = None, *, near: str = "") -> None:
        form, pressed = self._form(button, near)
        data, files = self._filled(form, fields or {})
        if pressed.get("name"):
            data.append((pressed.get("name"), pressed.get("value") or ""))
        method = (pressed.get("formmethod") or form.get("method") or "get").lower()
        target = urljoin(self._url, pressed.get("formaction") or form.get("action") or self._url)
        if method == "get":
            self._show(self._client.get(target, params=data))
            return
        multipart = "multipart" in (form.get("enctype") or "")
        headers = {"Referer": self._url, "Origin": "{0.scheme}://{0.netloc}".format(urlsplit(self._url))}
        if multipart:
            parts = [(name, (None, value.encode(), None)) for name, value in data]
            parts += [(name, (up.name, up.content, up.media_type)) for name, up in files]  # type: ignore[misc]
            self._show(self._client.post(target, files=parts, headers=headers))  # type: ignore[arg-type]
        else:
            grouped: dict[str, list[str]] = {}
            for name, value in data:
                grouped.setdefault(name, []).append(value)
            self._show(self._client.post(target, data=grouped, headers=headers))

    def _button(self, form: html.HtmlElement, name: str) -> html.HtmlElement | None:
        for element in form.xpath(".//button | .//input[@type='submit']"):
            said = _text_of(element) if element.tag == "button" else _plain(element.get("value"))
            if said == name and (element.get("type") or "submit") == "submit":
                return element
        return None

    def _form(self, button: str, near: str) -> tuple[html.HtmlElement, html.HtmlElement]:
        for form in self.page.iter("form"):
            pressed = self._button(form, button)
            if pressed is not None and _plain(near) in _text_of(form):
                return form, pressed
        offered = sorted({_text_of(b) for b in self.page.iter("button")})
        raise Lost(f"{self.address()} has no button “{button}” near “{near}”; it offers {offered}")

    def _filled(
        self, form: html.HtmlElement, fields: Mapping[str, Value]
    ) -> tuple[list[tuple[str, str]], list[tuple[str, Upload]]]:
        """What the browser would send: everything as it stands, but for what the person filled in."""
        chosen: dict[html.HtmlElement, Value] = {}
        for label, value in fields.items():
            element, given = self._control(form, label, value)
            chosen[element] = given
        groups = {e.get("name") for e in chosen if e.get("type") == "radio"}
        data: list[tuple[str, str]] = []
        files: list[tuple[str, Upload]] = []
        for element in form.xpath(".//input | .//select | .//textarea"):
            name, kind = element.get("name"), (element.get("type") or "text").lower()
            if not name or element.get("disabled") is not None or kind in ("submit", "button", "image"):
                continue
            if kind == "file":
                given = chosen.get(element)
                if isinstance(given, Upload):
                    files.append((name, given))
            elif kind == "radio":
                ticked = element in chosen if name in groups else element.get("checked") is not None
                if ticked:
                    data.append((name, element.get("value") or "on"))
            elif kind == "checkbox":
                ticked = bool(chosen[element]) if element in chosen else element.get("checked") is not None
                if ticked:
                    data.append((name, element.get("value") or "on"))
            elif element.tag == "select":
                data.append((name, self._selected(element, chosen.get(element))))
            elif element in chosen:
                data.append((name, str(chosen[element])))
            elif element.tag == "textarea":
                data.append((name, (element.text or "").removeprefix("\n")))
            else:
                data.append((name, element.get("value") or ""))
        return data, files

    def _selected(self, select: html.HtmlElement, wanted: Value | None) -> str:
        options = list(select.iter("option"))
        for option in options:
            if wanted is not None and _text_of(option) in (wanted, _plain(str(wanted))):
                return option.get("value") or ""
        for option in options:
            if wanted is not None and _text_of(option).startswith(str(wanted)):
                return option.get("value") or ""
        if wanted is not None:
            raise Lost(f"no option “{wanted}”, only {[_text_of(o) for o in options][:30]}")
        current = [option for option in options if option.get("selected") is not None] or options[:1]
        return (current[0].get("value") or "") if current else ""

    def _control(self, form: html.HtmlElement, label: str, value: Value) -> tuple[html.HtmlElement, Value]:
        for legend in form.iter("legend"):
            if _text_of(legend) == label or _text_of(legend).startswith(label):
                for option in legend.getparent().iter("label"):
                    if _text_of(option) == value:
                        return self._of_label(option), True
        for exact in (True, False):
            for element in form.iter("label"):
                said = _text_of(element)
                if said == label or (not exact and said.startswith(label)):
                    return self._of_label(element), value
        known = [_text_of(e) for e in form.xpath(".//label | .//legend")]
        raise Lost(f"{self.address()}: no field “{label}” for “{value}”; the form has {known}")

    def _of_label(self, label: html.HtmlElement) -> html.HtmlElement:
        if label.get("for"):
            found = self.page.xpath("//*[@id=$id]", id=label.get("for"))
            if found:
                return found[0]
        inside = label.xpath(".//input | .//select | .//textarea")
        if inside:
            return inside[0]
        raise Lost(f"the label “{_text_of(label)}” belongs to nothing")
