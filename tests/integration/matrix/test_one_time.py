"""Every one-time secret at every entrance but its own: refused, and still good for its own (A019)."""

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support import decoupled
from tests.support.oauth import BINDING, Answer
from tests.support.world import PASSWORD, Visitor, World

Entrance = Callable[[World, Visitor, str], Awaitable[Answer]]
NEW = f"{PASSWORD} and more of it"


async def test_no_one_time_secret_stands_in_for_another(world: World) -> None:
    """A019, A051, R024, R086: all pairs of a secret's kind and another kind's entrance."""
    visitor = Visitor(world.home.provider, world.home.browser)
    secrets = await one_of_each(world, visitor)
    assert len(set(secrets.values())) == len(ENTRANCES) == 11
    # A replayed refresh token or code would end what it belongs to; foreign ones end nothing.
    before = await world.dump()
    faults = []
    for kind, secret in secrets.items():
        for name, entrance in ENTRANCES.items():
            if name == kind:
                continue
            answer = await entrance(world, visitor, secret)
            if answer.status in (200, 303) and not _refused(answer):
                faults.append((kind, name, answer.status, answer.location or answer.body[-900:]))
    assert faults == []
    assert await world.dump() == before
    for kind, secret in secrets.items():
        answer = await ENTRANCES[kind](world, visitor, secret)
        assert answer.status in (200, 303), (kind, answer.body[-900:])
        assert not _refused(answer), (kind, answer.location)


def _refused(answer: Answer) -> bool:
    return "error=" in answer.location


async def one_of_each(world: World, visitor: Visitor) -> dict[str, str]:
    """Return a live secret of each kind, as their owners got them."""
    home, provider = world.home, world.home.provider
    found = {"code": await provider.code(home.app, home.browser, scope="openid email")}
    asked = provider.authorization(home.app, scope="openid email", prompt="login")
    found["flow"] = (await provider.authorize(asked, home.browser)).query["flow"]
    found["refresh token"] = home.tokens["refresh_token"]
    found |= await asked_elsewhere(world)
    csrf = {"csrf": await visitor.csrf()}
    await visitor.post("/recover", {"email": "root@example.com", **csrf})
    await visitor.post("/signup", {"email": "new@example.com", "password": NEW, **csrf})
    await visitor.post("/account/emails/add", {"email": "more@example.com", **csrf})
    await visitor.post("/account/emails/change", {"new_email": "other@example.com", **csrf})
    mails = (await provider.send("GET", "/dev/mail.json")).json
    for mail in mails:
        for link in mail["links"]:
            parts = urlsplit(link)
            if "token" in parts.query:
                (token,) = parse_qs(parts.query)["token"]
                found.setdefault(f"{parts.path} {mail['to']}", token)
    links = world.running.app.contexts.portal.setup_links
    url = await links.issue(provider.store, provider.tenant)
    (found["/setup"],) = parse_qs(urlsplit(url).query)["token"]
    return _named(found)


async def asked_elsewhere(world: World) -> dict[str, str]:
    """Return a device code and an auth_req_id, both approved; a third request still waits."""
    home, provider = world.home, world.home.provider
    home.asker = await provider.client(
        "web", name="Asker", redirect_uris=[], grant_types=[decoupled.DEVICE, decoupled.CIBA]
    )
    browser = await provider.sessions.browser(provider.store, home.browser)
    device = await decoupled.device_code(provider, home.asker, home.browser, browser.current)
    request = await decoupled.request_id(provider, home.asker, home.browser, "ada@example.com")
    fields = {"scope": "openid", "login_hint": "ada", **provider.credentials(home.asker)}
    assert (await provider.form("/oauth2/ciba", fields)).status == 200
    return {"device code": device, "auth_req_id": request}


def _named(found: Mapping[str, str]) -> dict[str, str]:
    names = {
        "/recover/reset root@example.com": "reset", "/verify new@example.com": "confirm",
        "/account/emails/link more@example.com": "add", "/setup": "setup",
        "/verify/change other@example.com": "change",
        "/account/requests/open ada@example.com": "request",
    }  # fmt: skip
    named = {names.get(kind, kind): secret for kind, secret in found.items()}
    return {kind: secret for kind, secret in named.items() if not kind.startswith("/")}


async def as_code(world: World, _: Visitor, secret: str) -> Answer:
    home = world.home
    return await home.provider.token(home.provider.redemption(home.app, secret))


async def as_device_code(world: World, _: Visitor, secret: str) -> Answer:
    return await decoupled.poll_device(world.home.provider, world.home.asker, secret)


async def as_auth_req_id(world: World, _: Visitor, secret: str) -> Answer:
    return await decoupled.poll_ciba(world.home.provider, world.home.asker, secret)


async def as_request_link(_: World, visitor: Visitor, secret: str) -> Answer:
    return await visitor.get("/account/requests/open", urlencode({"token": secret}))


async def as_refresh_token(world: World, _: Visitor, secret: str) -> Answer:
    home = world.home
    fields = {"grant_type": "refresh_token", "refresh_token": secret}
    return await home.provider.token(fields | home.provider.credentials(home.app))


async def as_flow(world: World, visitor: Visitor, secret: str) -> Answer:
    return await visitor.get("/signin", urlencode({"flow": secret}))


def as_token(path: str, **fields: str) -> Entrance:
    """Send the secret where a form's hidden field carries it."""

    async def post(_: World, visitor: Visitor, secret: str) -> Answer:
        whole = {"token": secret, "csrf": await visitor.csrf(), **fields}
        return await visitor.post(path, whole)

    return post


def as_link(path: str, *, send: bool = True) -> Entrance:
    """Open the link as a browser does, then send the form of the page that it leads to."""

    async def opened(world: World, visitor: Visitor, secret: str) -> Answer:
        provider = visitor.provider
        first = await visitor.get(path, urlencode({"token": secret}))
        if first.status != 303 or not first.cookies:
            return first
        name, cookies = await provider.cookies(visitor.secret, BINDING)
        kept = "; ".join([cookies, *(c.split(";", 1)[0] for c in first.cookies)])
        page = await provider.send("GET", first.location, headers=[(name, kept)])
        if page.status != 200 or not send:
            return page
        fields = {"csrf": await visitor.csrf(), "password": NEW}
        return await provider.form(first.location, fields, (name, kept))

    return opened


ENTRANCES: dict[str, Entrance] = {
    "code": as_code,
    "refresh token": as_refresh_token,
    "device code": as_device_code,
    "auth_req_id": as_auth_req_id,
    "request": as_request_link,
    "flow": as_flow,
    "reset": as_token("/recover/reset", password=NEW),
    "setup": as_token("/setup", email="second@example.com", password=NEW),
    "confirm": as_link("/verify"),
    "add": as_link("/account/emails/link"),
    "change": as_link("/verify/change"),
}
