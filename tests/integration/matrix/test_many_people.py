"""Many people at once: nobody becomes somebody else (A041)."""

import asyncio
import random
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from argon2 import PasswordHasher
from tests.fakes.clock import FrozenClock
from tests.support.apps import ISSUER, Running, http_client
from tests.support.customer import QUICK_HASHES
from tests.support.oauth import CAUSE, Provider, decoded
from tests.support.world import PASSWORD, provider_of

from limen.identity.api import User
from limen.oauth.api import Client

PEOPLE = 200
HASH = PasswordHasher(time_cost=1, memory_cost=7168, parallelism=1).hash(PASSWORD)


@pytest.fixture
def settings() -> dict[str, str]:
    """Hashing is not what is tried here."""
    return dict(QUICK_HASHES)


async def test_two_hundred_people_at_once_are_themselves(
    limen: Running, clock: FrozenClock
) -> None:
    """A041, R043: every session, code and token is of the person who signed in."""
    provider = provider_of(limen, clock, limen.tenant)
    client = await provider.client("web", skip_consent=True, scopes=["openid", "email"])
    people = [await _with_password(limen, provider, number) for number in range(PEOPLE)]
    chance = random.Random(1)
    delays = [chance.random() / 10 for _ in people]
    found = await asyncio.gather(
        *(_sign_in(limen, provider, client, *both) for both in zip(people, delays, strict=True))
    )
    mixed = [
        (user.id, claims, page)
        for user, (claims, page) in zip(people, found, strict=True)
        if claims["sub"] != str(user.id)
        or claims["email"] != _address(user)
        or _address(user) not in page
        or any(_address(other) in page for other in people if other is not user)
    ]
    assert mixed == []
    assert len({claims["sub"] for claims, _ in found}) == PEOPLE


async def _with_password(limen: Running, provider: Provider, number: int) -> User:
    user = await provider.person(f"p{number:03}@example.com")
    await limen.app.contexts.authentication.authentication.import_password(
        provider.store, user=user.id, hashed=HASH, cause=CAUSE
    )
    return user


def _address(user: User) -> str:
    assert user.primary_email is not None
    return user.primary_email.address


async def _sign_in(
    limen: Running, provider: Provider, client: Client, user: User, delay: float
) -> tuple[Mapping[str, Any], str]:
    """Go the whole way with a browser of one's own; return the claims and one's account page."""
    async with http_client(limen.app) as browser:
        asked = urlencode(provider.authorization(client, scope="openid email"))
        await asyncio.sleep(delay)
        started = await browser.get(f"/oauth2/authorize?{asked}")
        page = await browser.get(started.headers["location"])
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        await asyncio.sleep(delay)
        form = hidden | {"username": _address(user), "password": PASSWORD}
        answer = await browser.post("/signin", data=form, headers={"origin": ISSUER})
        while answer.headers["location"].startswith("/"):
            answer = await browser.get(answer.headers["location"])
        (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        await asyncio.sleep(delay)
        tokens = (await provider.token(provider.redemption(client, code))).json
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        told = (await browser.get("/oauth2/userinfo", headers=bearer)).json()
        account = await browser.get("/account")
        assert decoded(tokens["id_token"])["sub"] == told["sub"]
        return told, account.text
