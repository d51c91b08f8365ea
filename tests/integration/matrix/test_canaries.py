"""No secret comes back: every GET as every role, the log, its export, and the log lines (A085)."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.apps import MASTER
from tests.support.oauth import API, CAUSE
from tests.support.world import PASSWORD, Realm, Visitor, World

from limen.platform.telemetry.logs import JsonLines

CANARY = "canary-7b1e"
_ELSEWHERE = {"static.get", "dev_mail.show"}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, as it is written in production."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


async def test_no_secret_is_ever_shown_again(world: World, lines: io.StringIO) -> None:
    """A085, A043, R053, R115, R151: what was planted appears in no answer and in no log line."""
    secrets = await plant(world)
    seen: list[tuple[str, str]] = []
    for name, token in (await callers(world.home)).items():
        for route in world.routes:
            if route.method == "GET" and route.operation not in _ELSEWHERE:
                answer = await world.home.call(route, token)
                seen.append((f"{name} {route.operation}", answer.body.decode("latin-1")))
    for path in ("", "/emails", "/profile", "/security", "/sessions", "/applications"):
        page = await Visitor(world.home.provider, world.home.browser).get(f"/account{path}")
        seen.append((path, page.body.decode()))
    events = await world.running.app.database.tenant(world.home.provider.tenant.id).all(_events())
    seen += [("events", repr(row)) for row in events]
    seen.append(("log lines", lines.getvalue()))
    faults = [
        (where, kind) for where, text in seen for kind, value in secrets.items() if value in text
    ]
    assert faults == []
    assert len(seen) > 100


def _events() -> Any:
    from tests.support.oauth import _facts

    return _facts


async def callers(home: Realm) -> dict[str, str | None]:
    found: dict[str, str | None] = {"anonymous": None, "administrator": home.admin_token}
    for role in ("auditor", "user_manager", "helpdesk"):
        user = await home.with_role(role, f"{role}@example.com")
        found[role] = await home.mint(user)
    found["openid"] = home.tokens["access_token"]
    return found


async def plant(world: World) -> dict[str, str]:
    """Use every kind of secret, rightly and wrongly, and return them by what they are."""
    home, provider = world.home, world.home.provider
    authentication = world.running.app.contexts.authentication.authentication
    await authentication.set_password(
        provider.store, provider.tenant, user=home.person.id, password=PASSWORD, cause=CAUSE
    )
    home.browser, _ = await provider.sign_in(home.person)  # the new password ended the old ones
    home.tokens = await provider.tokens(home.app, home.browser, scope="openid email offline_access")
    await provider.form(
        "/oauth2/token", {"grant_type": "authorization_code", "code": f"{CANARY}-code",
                          "client_id": home.app.client_id, "client_secret": f"{CANARY}-wrong"},
    )  # fmt: skip
    visitor = Visitor(provider, None)
    right = await visitor.csrf()
    for path, fields in (
        ("/signin", {"username": "ada@example.com", "password": f"{CANARY}-typed"}),
        ("/signup", {"email": "new@example.com", "password": f"{CANARY} a new pass phrase"}),
        ("/recover/reset", {"token": f"{CANARY}-token", "password": f"{CANARY} another phrase"}),
        ("/setup", {"token": f"{CANARY}-setup", "password": f"{CANARY} third phrase",
                    "email": "s@example.com"}),
    ):  # fmt: skip
        answer = await visitor.post(path, fields | {"csrf": right})
        assert CANARY not in answer.body.decode(), path
    await provider.send("GET", "/oauth2/userinfo", query=f"access_token={CANARY}")
    await provider.userinfo(f"{CANARY}-bearer")
    rotated = await provider.api_call(
        home.admin_token, "POST", f"/api/v1/clients/{home.app.id}/secret"
    )
    refresh = {"grant_type": "refresh_token", "refresh_token": home.tokens["refresh_token"],
               **provider.credentials(home.app)}  # fmt: skip
    renewed = (await provider.token(refresh)).json
    code = await provider.code(home.app, home.browser, scope="orders:read", resource=API)
    return {
        "typed": CANARY,
        "password": PASSWORD,
        "master key": MASTER,
        "client secret": provider.secrets[home.app.id] or "",
        "rotated secret": rotated.json["data"]["client_secret"],
        "refresh token": home.tokens["refresh_token"],
        "renewed": renewed["refresh_token"],
        "access token": renewed["access_token"],
        "ID token": home.tokens["id_token"],
        "code": code,
        "session": home.browser,
        **await private_keys(world),
    }


async def private_keys(world: World) -> dict[str, str]:
    """Return the private number of the signing key, as JWK and as hexadecimal digits."""
    provider = world.home.provider
    key = (await provider.keys.signing(provider.store, "ES256")).private
    number = key.private_numbers().private_value
    raw = number.to_bytes(32, "big")
    return {
        "d of the key": base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
        "key in hex": raw.hex(),
        "key in JSON": json.dumps({"d": number})[6:-1],
    }
