"""Asking a page's handler without a server, and reading what it answered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.fakes.faces import FakeKeyring, FakeStore

from limen.kernel.ids import TenantId
from limen.kernel.request import Cause
from limen.kernel.routes import Caller, Route
from limen.kernel.tenant import Tenant
from limen.platform.http.messages import Request, Response
from limen.platform.templating import Pages

UNKNOWN = "0198c1f0-0000-7000-8000-00000000dead"  # an id that nothing has
HOSTILE = "\"><svg onload=alert(1)>'{{7*7}}</title></script>"
TENANT = Tenant(TenantId(uuid4()), "default", "Acme", "http://localhost:8400", "", 1)
PAGES = Pages(dev=True)  # compiled once for all tests; it keeps nothing of a request


class _Receive:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self) -> Mapping[str, Any]:
        return {"type": "http.request", "body": self._body, "more_body": False}


def a_request(
    path: str = "/",
    *,
    form: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    cookies: Mapping[str, str] | None = None,
    browser: str | None = None,
    caller: Caller | None = None,
    headers: Mapping[str, str] | None = None,
    tenant: Tenant = TENANT,
    params: Mapping[str, str] | None = None,
    route: Route | None = None,
) -> Request:
    """Return a request as the guard lets it through."""
    sent = {k.lower(): v for k, v in (headers or {}).items()}
    if form is not None:
        sent["content-type"] = "application/x-www-form-urlencoded"
    if cookies:
        sent["cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
    scope = {
        "method": "GET" if form is None else "POST",
        "path": path,
        "query_string": urlencode(query or {}).encode(),
        "scheme": "http",
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in sent.items()],
    }
    request = Request(scope, _Receive(urlencode(form or {}).encode()))
    request.tenant = tenant
    request.cause = Cause(request_id="r1", ref="ABCD-EF")
    request.csrf, request.nonce, request.binding = "the-csrf", "the-nonce", "the-binding"
    request.keyring = FakeKeyring()
    request.store = FakeStore()  # type: ignore[assignment]
    request.browser, request.caller, request.params = browser, caller, params or {}
    if route is not None:
        request.route = route
    else:
        from limen.portal.routes import ROUTES

        request.route = ROUTES[0]
    return request


@dataclass
class Read(HTMLParser):
    """A page, taken apart."""

    text: str
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        wanted = {k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()}
        return [
            a for t, a in self.tags if t == tag and all(a.get(k) == v for k, v in wanted.items())
        ]

    def autocompletes(self) -> set[str]:
        return {token for a in self.all("input") for token in a.get("autocomplete", "").split()}

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.text, re.DOTALL)
        return found[1] if found else ""


def read(response: Response) -> Read:
    return Read(response.body.decode())


def location(response: Response) -> str | None:
    assert response.status == 303, response.body.decode()[:2000]
    return dict(response.headers)[b"location"].decode()


def check_page(response: Response) -> Read:
    """Assert what holds for every page, whatever was put into it (A115, contract.md)."""
    page = read(response)
    assert response.content_type == b"text/html; charset=utf-8"
    submits = page.all("button", type_="submit")
    posts = [a for a in page.all("form", method="post") if a["action"].endswith("preferences")]
    forms = page.all("form", method="post")
    assert len(submits) <= 1, submits
    if len(forms) > len(posts):
        assert len(submits) == 1 or not page.all("input", type_="password"), forms
    assert len(page.all("h1")) == 1
    assert page.all("html")[0]["lang"] == "en" and page.all("html")[0]["dir"] == "ltr"
    assert page.all("main")
    assert page.title.strip() and " · " in page.title
    for form in forms:
        assert form["action"].startswith("/")
    csrf = page.all("input", name="csrf", type_="hidden")
    assert len(csrf) == len(forms)
    assert all(field["value"] == "the-csrf" for field in csrf)
    check_harmless(page)
    check_labels(page)
    return page


def check_harmless(page: Read) -> None:
    """Nothing that was put in became markup, script or style."""
    assert "<svg onload" not in page.text
    assert "49" not in re.findall(r"'(\d+)</title>", page.text)
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert "style" not in attributes, (tag, attributes)
        for name in ("href", "src", "action", "formaction"):
            value = attributes.get(name, "")
            assert not value.lower().startswith(("javascript:", "//")), (tag, value)
        if tag == "script":
            assert attributes["src"].startswith("/static/")
            assert attributes["nonce"] == "the-nonce"


def check_labels(page: Read) -> None:
    """Every visible field has a name, and what describes it exists (WCAG 1.3.1, 3.3.2)."""
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]
    labels = {a.get("for") for a in page.all("label")}
    for a in page.all("input"):
        if a.get("type") not in ("hidden", "checkbox", "radio"):
            assert a.get("id") in labels, a
        for described in a.get("aria-describedby", "").split():
            assert described in ids, described
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    for before, after in pairwise(levels):
        assert after <= before + 1, levels
