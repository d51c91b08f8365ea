"""Redeeming codes: what a code is bound to, and that it works once.

OAuth 2.1 §4.1.3, RFC 7636 §4.6.
"""

import asyncio
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.support.oauth import API, Provider, decoded

Change = dict[str, str | None]

MUTATIONS: list[tuple[str, Change, str]] = [
    ("no code", {"code": None}, "invalid_request"),
    ("empty code", {"code": ""}, "invalid_request"),
    ("unknown code", {"code": "x" * 43}, "invalid_grant"),
    ("oversized code", {"code": "x" * 3000}, "invalid_request"),
    ("no redirect_uri", {"redirect_uri": None}, "invalid_request"),
    ("other redirect_uri", {"redirect_uri": "https://app.example/other"}, "invalid_grant"),
    ("no verifier", {"code_verifier": None}, "invalid_request"),
    ("empty verifier", {"code_verifier": ""}, "invalid_request"),
    ("short verifier", {"code_verifier": "v" * 42}, "invalid_request"),
    ("long verifier", {"code_verifier": "v" * 129}, "invalid_request"),
    ("other verifier", {"code_verifier": "w" * 43}, "invalid_grant"),
    ("other resource", {"resource": "https://other.example"}, "invalid_target"),
]


async def test_a_code_is_bound_and_a_wrong_try_does_not_use_it_up(provider: Provider) -> None:
    """R022, R023, A017: each binding is checked, with the error of RFC 6749 §5.2."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret)
    for name, change, error in MUTATIONS:
        refused = await provider.token(provider.redemption(client, code, **change))
        assert (refused.status, refused.json["error"]) == (400, error), name
        assert refused.headers["cache-control"] == "no-store"
    assert len(await provider.reasons("token.refused")) == len(MUTATIONS)
    redeemed = await provider.token(provider.redemption(client, code))
    assert redeemed.status == 200, redeemed.body


async def test_a_repeated_parameter_is_refused(provider: Provider) -> None:
    """R007: twice the same name, known or not."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    fields = provider.redemption(client, await provider.code(client, secret), x="1")
    for name in fields:
        answer = await provider.token(urlencode([*fields.items(), (name, "other")]))
        assert (answer.status, answer.json["error"]) == (400, "invalid_request"), name


async def test_a_code_of_another_client_is_nothing(provider: Provider) -> None:
    """R023, A023: refused, and still there for its own client, used or not."""
    mine, other = await provider.client(skip_consent=True), await provider.client()
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(mine, secret)
    assert (await provider.token(provider.redemption(other, code))).json["error"] == "invalid_grant"
    issued = await provider.token(provider.redemption(mine, code))
    assert issued.status == 200
    assert (await provider.token(provider.redemption(other, code))).status == 400
    assert (await provider.userinfo(issued.json["access_token"])).status == 200
    assert await provider.reasons("code.replayed") == []


async def test_a_code_lives_a_minute(provider: Provider) -> None:
    """R023: 60 s, and not one more."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret)
    provider.clock.advance(61)
    assert (await provider.token(provider.redemption(client, code))).json[
        "error"
    ] == "invalid_grant"


async def test_a_replay_revokes_what_the_code_issued_and_nothing_else(provider: Provider) -> None:
    """R024: access token, refresh token and what came of it; another browser's stay."""
    client = await provider.client(skip_consent=True)
    user = await provider.person()
    elsewhere, _ = await provider.sign_in(user)
    kept = await provider.tokens(client, elsewhere)
    secret, _ = await provider.sign_in(user)
    code = await provider.code(client, secret)
    first = (await provider.token(provider.redemption(client, code))).json
    second = (await refresh(provider, client, first["refresh_token"])).json
    replay = await provider.token(provider.redemption(client, code))
    assert (replay.status, replay.json["error"]) == (400, "invalid_grant")
    for token in (first["access_token"], second["access_token"]):
        assert (await provider.userinfo(token)).status == 401
        assert await provider.introspect(client, token) == {"active": False}
    assert (await refresh(provider, client, second["refresh_token"])).status == 400
    assert (await provider.userinfo(kept["access_token"])).status == 200
    assert (await refresh(provider, client, kept["refresh_token"])).status == 200
    assert await provider.reasons("code.replayed") == ["code_replayed"]
    await provider.token(provider.redemption(client, code))
    assert len(await provider.reasons("code.replayed")) == 1


@pytest.mark.parametrize("rounds", [10])
async def test_of_a_hundred_redemptions_exactly_one_wins(provider: Provider, rounds: int) -> None:
    """R024: races are decided by the store; the losers revoke what the winner got."""
    client = await provider.client(skip_consent=True)
    user = await provider.person()
    for _ in range(rounds):
        secret, _ = await provider.sign_in(user)
        fields = provider.redemption(client, await provider.code(client, secret))
        answers = await asyncio.gather(*(provider.token(fields) for _ in range(100)))
        assert sorted(answer.status for answer in answers) == [200] + [400] * 99
        won = next(answer for answer in answers if answer.status == 200)
        assert (await provider.userinfo(won.json["access_token"])).status == 401


async def test_tokens_are_for_the_resource_that_was_asked(provider: Provider) -> None:
    """R027, R042, RFC 8707: that API, and the issuer where openid was asked; narrower on wish."""
    await provider.api()
    await provider.api("https://api.example.com/stock", ["stock:read"])
    client = await provider.client(
        skip_consent=True, scopes=["openid", "orders:read", "stock:read", "users:read"]
    )
    secret, _ = await provider.sign_in(await provider.person())
    issuer = provider.tenant.issuer
    scope = "openid orders:read users:read"
    plain = decoded((await provider.tokens(client, secret, scope=scope))["access_token"])
    assert (plain["aud"], plain["scope"]) == (issuer, scope)
    bound = decoded(
        (await provider.tokens(client, secret, scope=scope, resource=API))["access_token"]
    )
    assert (bound["aud"], bound["scope"]) == ([API, issuer], "openid orders:read")
    only = await provider.tokens(client, secret, scope="orders:read", resource=API)
    assert decoded(only["access_token"])["aud"] == API
    assert "id_token" not in only


async def test_claims_asked_by_name_arrive_where_they_were_asked(provider: Provider) -> None:
    """OpenID Connect Core §5.5: in the ID token, and at userinfo."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person(locale="fi"))
    claims = '{"userinfo":{"locale":null},"id_token":{"email":{"essential":true},"nonsense":null}}'
    issued = await provider.tokens(client, secret, claims=claims)
    assert decoded(issued["id_token"])["email"] == "ada@example.com"
    info = (await provider.userinfo(issued["access_token"])).json
    assert info["locale"] == "fi"
    assert "email" not in info
    narrow = await provider.client(scopes=["openid"])
    refused = await provider.authorize(provider.authorization(narrow, claims=claims), secret)
    assert refused.query["error"] == "invalid_scope"


async def refresh(provider: Provider, client: Any, token: str, **more: str) -> Any:
    fields = {"grant_type": "refresh_token", "refresh_token": token}
    return await provider.token(fields | provider.credentials(client) | more)
