"""A browser without JavaScript: follows links and redirects, fills and sends forms.

Fields are found as contract.md promises: by their autocomplete tokens; the main action is
the one `button[type="submit"]`, others carry `data-action`.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx


@dataclass
class Control:
    tag: str
    name: str
    value: str
    kind: str
    autocomplete: frozenset[str]
    action: str | None
    checked: bool
    formaction: str | None


@dataclass
class Form:
    action: str
    method: str
    controls: list[Control] = field(default_factory=list)


@dataclass
class Page:
    url: str
    status: int
    text: str
    headers: httpx.Headers
    forms: list[Form]
    links: list[tuple[str, dict[str, str]]]
    words: str

    @property
    def main_form(self) -> Form:
        for form in self.forms:
            if any(c.tag == "button" and c.kind == "submit" for c in form.controls):
                return form
        raise AssertionError(f"no main form on {self.url}: {self.words[:400]}")


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {k: v or "" for k, v in attrs}
        if tag in ("script", "style"):
            self._silent += 1
        if tag == "form":
            self._form = Form(a.get("action", ""), a.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag in ("input", "button", "select", "textarea") and self._form is not None:
            self._form.controls.append(
                Control(
                    tag, a.get("name", ""), a.get("value", ""),
                    a.get("type", "text" if tag == "input" else ""),
                    frozenset(a.get("autocomplete", "").split()), a.get("data-action"),
                    "checked" in a, a.get("formaction"),
                )
            )  # fmt: skip
        elif tag == "a" and "href" in a:
            self.links.append((a["href"], a))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in ("script", "style"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(data.strip())


class Browser:
    """One browser with its cookies; it stops where it is sent to another site."""

    def __init__(self, base: str, **options: object) -> None:
        self.base = base
        self.http = httpx.Client(timeout=20, follow_redirects=False, **options)
        self.page: Page | None = None
        self.left_for: str | None = None
        self.trail: list[tuple[str, str, int]] = []

    def __del__(self) -> None:
        self.http.close()

    def _own(self, url: str) -> bool:
        return urlsplit(url)[:2] == urlsplit(self.base)[:2]

    def go(self, url: str) -> "Browser":
        return self._request("GET", urljoin(self.base, url))

    def _request(self, method: str, url: str, data: dict[str, str] | None = None) -> "Browser":
        self.left_for = None
        origin = "://".join(urlsplit(self.base)[:2])
        for _ in range(12):
            headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
            if method == "POST":
                headers["origin"] = origin
            response = self.http.request(method, url, data=data, headers=headers)
            self.trail.append((method, url, response.status_code))
            if response.status_code not in (301, 302, 303):
                self.page = self._read(url, response)
                return self
            url = urljoin(url, response.headers["location"])
            method, data = "GET", None
            if not self._own(url):
                self.left_for = url
                return self
        raise AssertionError(f"redirected in circles: {self.trail[-6:]}")

    def _read(self, url: str, response: httpx.Response) -> Page:
        parser = _Parser()
        if response.headers.get("content-type", "").startswith("text/html"):
            parser.feed(response.text)
        return Page(
            url, response.status_code, response.text, response.headers, parser.forms,
            parser.links, " ".join(parser.words),
        )  # fmt: skip

    def submit(self, *, action: str | None = None, **by_token: str) -> "Browser":
        """Fill fields by autocomplete token (`current_password=…`) or name, and send the form.

        `action` presses the button with that `data-action` instead of the main one.
        """
        assert self.page is not None
        form, pressed = self._pressed(action)
        data = {
            c.name: c.value
            for c in form.controls
            if c.name and c.tag != "button" and (c.kind not in ("checkbox", "radio") or c.checked)
        }
        for token, value in by_token.items():
            data[self._name_of(form, token)] = value
        if pressed is not None and pressed.name:
            data[pressed.name] = pressed.value
        target = (pressed.formaction if pressed else None) or form.action
        url = urljoin(self.page.url, target)
        if form.method == "get":
            return self._request("GET", str(httpx.URL(url, params=data)))
        return self._request("POST", url, data)

    def _pressed(self, action: str | None) -> tuple[Form, Control | None]:
        assert self.page is not None
        if action is None:
            form = self.page.main_form
            return form, next(c for c in form.controls if c.tag == "button" and c.kind == "submit")
        for form in self.page.forms:
            for control in form.controls:
                if control.tag == "button" and control.action == action:
                    return form, control
        raise AssertionError(f"no data-action={action} on {self.page.url}: {self.page.words[:300]}")

    @staticmethod
    def _name_of(form: Form, token: str) -> str:
        wanted = token.replace("_", "-")
        for control in form.controls:
            if wanted in control.autocomplete:
                return control.name
        for control in form.controls:
            if control.name == token:
                return control.name
        raise AssertionError(f"no field {wanted} among {[c.name for c in form.controls]}")
