"""Each parameter of each endpoint, wrong in each way: the RFC's error, and nothing stored."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from tests.support.assertions import Keys
from tests.support.mutations import spoiled
from tests.support.oauth import REDIRECT, Answer, Provider
from tests.support.requests import claims_of, with_object

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.oauth.parameters import MAX_FIELDS
from limen.oauth.store.grants import grants
from limen.oauth.store.interactions import interactions
from limen.platform.db import Query, mine
from limen.platform.db.shared import one_time
from limen.sessions.store.tables import token_families

KEYS = Keys()
INVALID = "invalid_request"
DETAILS = "invalid_authorization_details"

WRONG: dict[str, dict[str | None, str]] = {
    "response_type": {
        None: INVALID, "": INVALID, "token": "unsupported_response_type",
        "code token": "unsupported_response_type", "x": "unsupported_response_type",
        "Code": "unsupported_response_type", "code id_token": "unauthorized_client",
    },
    "scope": {
        None: "invalid_scope", "": "invalid_scope", " ": "invalid_scope", "x": "invalid_scope",
        "openid openid": "invalid_scope", 'openid "': "invalid_scope", "é": "invalid_scope",
        " ".join(f"s{i}" for i in range(65)): "invalid_scope", "users:write": "invalid_scope",
    },
    "code_challenge": {
        None: INVALID, "": INVALID, "c" * 42: INVALID, "c" * 44: INVALID, "=" * 43: INVALID,
        "é" * 43: INVALID,
    },
    "code_challenge_method": {None: INVALID, "plain": INVALID, "s256": INVALID, "S512": INVALID},
    "response_mode": {"x": INVALID, "QUERY": INVALID, "web_message": INVALID, "jwt.jwt": INVALID},
    "prompt": {"x": INVALID, "none login": INVALID, "create none": INVALID, "None": INVALID},
    "max_age": {"-1": INVALID, "x": INVALID, "1.5": INVALID, "9" * 11: INVALID, "٣": INVALID},
    "nonce": {"n" * 1025: INVALID},
    "claims": {
        "{": INVALID, "[]": INVALID, "7": INVALID, '{"id_token":7}': INVALID,
        '{"id_token":{"acr":{"essential":true,"value":"x"}}}': "unmet_authentication_requirements",
    },
    "authorization_details": {"x": DETAILS, "{}": DETAILS, '[{"type":"x"}]': DETAILS},
    "resource": {
        "https://unknown.example": "invalid_target", "x": "invalid_target",
        "https://a.example#b": "invalid_target", "javascript:1": "invalid_target",
    },
    "id_token_hint": {"x": INVALID, "a.b.c": INVALID},
    "dpop_jkt": {"x": INVALID, "=" * 43: INVALID},
    "registration": {"{}": "registration_not_supported"},
}  # fmt: skip
"""Parameter → wrong value (None: left out) → error."""

NAMES = ("client_id", "redirect_uri", "state", "login_hint", "ui_locales", "acr_values", "request",
         "request_uri", *WRONG)  # fmt: skip


def cases() -> Iterator[tuple[str, str | None, str]]:
    for name, values in WRONG.items():
        for value, error in values.items():
            yield name, value, error


async def stored(provider: Provider) -> list[int]:
    """Return how much there is of everything that a request could leave behind."""
    tables = (interactions, one_time, grants, token_families)
    counts = (sa.select(sa.func.count()).select_from(t).where(mine(t)) for t in tables)
    found = [await provider.store.one(Query(count, int)) for count in counts]
    return [count or 0 for count in found]


@pytest.fixture
async def client(provider: Provider) -> Client:
    return await provider.client(options=ClientOptions(jwks=KEYS.jwks))


def refused(answer: Answer, error: str, issuer: str) -> None:
    """The error is at the registered address, with state and iss."""
    assert answer.status == 303
    assert answer.location.startswith((REDIRECT + "?", REDIRECT + "#"))
    said = answer.query | answer.fragment
    assert (said["error"], said["state"], said["iss"]) == (error, "the-state", issuer)
    assert "code" not in said


async def test_every_wrong_value_at_the_authorization_endpoint(
    provider: Provider, client: Client
) -> None:
    """R003, R007, R008, R015, R021, R056, A007, A009: signed in or not; and never elsewhere."""
    secret, _ = await provider.sign_in(await provider.person())
    before = await stored(provider)
    for name, value, error in cases():
        asked = provider.authorization(client, **{name: value})
        for session in (None, secret):
            refused(await provider.authorize(asked, session), error, provider.tenant.issuer)
        for uri in ("https://evil.test", REDIRECT + "/x", None):
            page = await provider.authorize(
                {k: v for k, v in (asked | {"redirect_uri": uri}).items() if v is not None}, secret
            )
            assert (page.status, "location" in page.headers) == (400, False), (name, value, uri)
    assert await stored(provider) == before


async def test_every_wrong_value_that_is_pushed(provider: Provider, client: Client) -> None:
    """R016, A009: the same errors, as JSON, before anything is kept."""
    before = await stored(provider)
    for name, value, error in cases():
        asked = provider.authorization(client, **{name: value}) | provider.credentials(client)
        answer = await provider.form("/oauth2/par", asked)
        assert answer.status in (400, 403), (name, value)
        assert answer.json["error"] == error, (name, value)
        assert answer.headers["cache-control"] == "no-store"
    for uri in ("https://evil.test", REDIRECT + "/x", None):
        asked = provider.authorization(client, redirect_uri=uri) | provider.credentials(client)
        answer = await provider.form("/oauth2/par", asked)
        assert (answer.status, answer.json["error"]) == (400, INVALID)
    assert await stored(provider) == before


async def test_every_wrong_value_in_an_object(provider: Provider, client: Client) -> None:
    """R017, A007, A009: the same errors again; a wrong address in it is a page."""
    before = await stored(provider)
    for name, value, error in cases():
        claims = claims_of(provider, client, state="the-state", **{name: value})
        answer = await provider.authorize(with_object(client, KEYS.token(claims)))
        refused(answer, error, provider.tenant.issuer)
        evil = KEYS.token(claims | {"redirect_uri": "https://evil.test"})
        page = await provider.authorize(with_object(client, evil, redirect_uri=REDIRECT))
        assert (page.status, "location" in page.headers) == (400, False), (name, value)
    assert await stored(provider) == before


async def test_every_parameter_that_cannot_be_read(provider: Provider, client: Client) -> None:
    """R007, A005, A121: repeated, too long, NUL, no UTF-8, too many: a page, or invalid_request."""
    before = await stored(provider)
    fields = provider.authorization(client)
    for name in NAMES:
        for query in spoiled(fields, name):
            page = await provider.authorize(query)
            assert (page.status, "location" in page.headers) == (400, False), (name, query[-20:])
        for body in spoiled(fields | provider.credentials(client), name):
            answer = await provider.form("/oauth2/par", body)
            assert answer.json["error"] == INVALID, (name, body[-20:])
            assert answer.status == 400
    many = urlencode({**fields, **{f"x{i}": "x" for i in range(MAX_FIELDS)}})
    assert (await provider.authorize(many)).status == 400
    assert await stored(provider) == before


async def test_what_is_unknown_or_a_wish_does_no_harm(provider: Provider, client: Client) -> None:
    """R007: ignored, whatever it holds."""
    for name in ("login_hint", "ui_locales", "acr_values", "display", "unknown", "audience"):
        for value in ("x", "\u202e", "<svg>", "a b " * 400, '"'):
            asked = provider.authorization(client, **{name: value})
            assert "/signin?" in (await provider.authorize(asked)).location
    assert (
        "/signin?"
        in (await provider.authorize(provider.authorization(client, state=None))).location
    )


# The token endpoint


OF_CODE: dict[str, dict[str | None, str]] = {
    "grant_type": {
        None: INVALID, "": INVALID, "x": "unsupported_grant_type",
        "password": "unsupported_grant_type", "client_credentials": "unauthorized_client",
    },
    "code": {None: INVALID, "": INVALID, "x": "invalid_grant", "c" * 43: "invalid_grant"},
    "redirect_uri": {
        None: INVALID, REDIRECT + "/": "invalid_grant", "https://evil.test": "invalid_grant",
    },
    "code_verifier": {
        None: INVALID, "": INVALID, "v" * 42: INVALID, "v" * 129: INVALID, "é" * 43: INVALID,
        "w" * 43: "invalid_grant",
    },
    "client_id": {None: "invalid_client", "x": "invalid_client"},
    "client_secret": {None: "invalid_client", "": "invalid_client", "x": "invalid_client"},
    "resource": {"https://unknown.example": "invalid_target", "x": "invalid_target"},
    "authorization_details": {"x": DETAILS, "{}": DETAILS, '[{"type":"x"}]': DETAILS},
}  # fmt: skip
OF_REFRESH: dict[str, dict[str | None, str]] = {
    "refresh_token": {None: INVALID, "": INVALID, "x": "invalid_grant", "c" * 43: "invalid_grant"},
    "scope": {"x": "invalid_scope", '"': "invalid_scope", "openid email profile": "invalid_scope"},
    **{name: OF_CODE[name] for name in ("client_id", "client_secret", "resource",
                                        "authorization_details")},
}  # fmt: skip


async def spoil(
    provider: Provider, right: dict[str, str], table: dict[str, dict[str | None, str]]
) -> None:
    before = await stored(provider)
    for name, values in table.items():
        for value, error in values.items():
            fields = {k: v for k, v in (right | {name: value}).items() if v is not None}
            answer = await provider.token(fields)
            assert answer.json["error"] == error, (name, value, answer.body)
            assert answer.status == (401 if error == "invalid_client" else 400)
            assert answer.headers["cache-control"] == "no-store"
        for body in spoiled(right, name):
            answer = await provider.token(body)
            assert answer.json["error"] == INVALID, (name, body[-20:])
    assert await stored(provider) == before


async def test_every_wrong_value_at_the_token_endpoint(provider: Provider) -> None:
    """R007, R022, R023, R031, R051, A019: and the code, the refresh token work afterwards."""
    client, other = await provider.client(skip_consent=True), await provider.client(name="Other")
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret, scope="openid email")
    right = provider.redemption(client, code)
    await spoil(provider, right, OF_CODE)
    theirs = right | provider.credentials(other)
    assert (await provider.token(theirs)).json["error"] == "invalid_grant"
    answer = await provider.token(right)
    assert answer.status == 200, answer.body
    held: dict[str, Any] = answer.json
    refresh = {"grant_type": "refresh_token", "refresh_token": held["refresh_token"],
               **provider.credentials(client)}  # fmt: skip
    await spoil(provider, refresh, OF_REFRESH)
    theirs = refresh | provider.credentials(other)
    assert (await provider.token(theirs)).json["error"] == "invalid_grant"
    assert (await provider.token(refresh)).status == 200
    assert json.dumps(held)
