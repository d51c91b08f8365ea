"""Session Management 1.0: only for clients that ask, and nothing but yes or no."""

from hashlib import sha256
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.apps import Running
from tests.support.oauth import ISSUER, Provider
from tests.support.world import Visitor, provider_of

from limen.kernel.errors import Invalid
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.http.cookies import STATE, cookie_name


@pytest.fixture
def provider(limen: Running, clock: FrozenClock) -> Provider:
    return provider_of(limen, clock, limen.tenant)


async def asking(provider: Provider, **changes: Any) -> Client:
    options = ClientOptions(session_management=True)
    return await provider.client(skip_consent=True, options=options, **changes)


async def answered(provider: Provider, client: Client, secret: str) -> tuple[str, str]:
    """Return session_state, and the state that the browser was given."""
    await provider.snapshots.poll()
    answer = await provider.authorize(provider.authorization(client), secret)
    name = cookie_name(provider.tenant.issuer, STATE)
    (cookie,) = [one for one in answer.cookies if one.startswith(f"{name}=")]
    assert cookie.endswith("; Path=/; SameSite=None; Secure") and "HttpOnly" not in cookie
    return answer.query["session_state"], cookie.partition(";")[0].partition("=")[2]


async def test_the_state_is_of_client_origin_and_person(provider: Provider) -> None:
    """Session Management §2: the hash that the frame computes; another for everybody else."""
    client, other = await asking(provider), await asking(provider, name="Other")
    secret, _ = await provider.sign_in(await provider.person())
    given, state = await answered(provider, client, secret)
    digest, _, salt = given.partition(".")
    text = f"{client.client_id} https://app.example {state} {salt}"
    assert digest == sha256(text.encode()).hexdigest()
    again, same = await answered(provider, client, secret)
    assert same == state and again != given  # the salt is new
    assert (await answered(provider, other, secret))[1] == state
    theirs, _ = await provider.sign_in(await provider.person("bob@example.com"))
    assert (await answered(provider, client, theirs))[1] != state
    assert str(provider.tenant.id) not in state and len(state) == 43


async def test_who_does_not_ask_gets_none(provider: Provider) -> None:
    """A091: neither parameter nor cookie nor frame."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    answer = await provider.authorize(provider.authorization(client), secret)
    assert "code" in answer.query and "session_state" not in answer.query
    name = cookie_name(provider.tenant.issuer, STATE)
    assert not any(one.startswith(name) for one in answer.cookies)
    assert (await Visitor(provider).get("/oauth2/session")).status == 404


async def test_the_frame_is_for_those_who_ask_and_says_no_more(provider: Provider) -> None:
    """A137: framed by the origins of such clients alone; it holds nothing of anybody."""
    await asking(provider)
    await provider.client(redirect_uris=["https://elsewhere.example/cb"])
    shown = await Visitor(provider).get("/oauth2/session")
    assert shown.status == 200
    policy = shown.headers["content-security-policy"]
    assert "frame-ancestors https://app.example;" in policy
    assert "default-src 'none'" in policy and b"csrf" not in shown.body
    document = (await provider.send("GET", "/.well-known/openid-configuration")).json
    assert document["check_session_iframe"] == f"{ISSUER}/oauth2/session"


async def test_signing_out_forgets_the_state(provider: Provider) -> None:
    client = await asking(provider)
    secret, _ = await provider.sign_in(await provider.person())
    _, state = await answered(provider, client, secret)
    name = cookie_name(provider.tenant.issuer, STATE)
    visitor = Visitor(provider, secret)
    cookies = await provider.cookies(secret, visitor.binding)
    headers = [("cookie", f"{cookies[1]}; {name}={state}")]
    form = {"csrf": await visitor.csrf()}
    answer = await provider.form("/signout", form, *headers)
    (cookie,) = [one for one in answer.cookies if one.startswith(f"{name}=")]
    assert cookie == f"{name}=; Path=/; SameSite=None; Secure; Max-Age=0"


async def test_a_client_without_an_origin_cannot_ask(provider: Provider) -> None:
    with pytest.raises(Invalid, match="session_management"):
        await provider.client(
            "native", redirect_uris=["com.example.app:/cb"],
            options=ClientOptions(session_management=True),
        )  # fmt: skip
