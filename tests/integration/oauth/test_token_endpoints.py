"""userinfo, introspection and revocation: who may ask, and what they hear.

RFC 7662, RFC 7009, OpenID Connect Core §5.3.
"""

from typing import Any

import pytest
from tests.support.oauth import API, Provider, decoded

from limen.kernel.errors import Unavailable
from limen.oauth.api import Client


async def test_userinfo_gives_the_claims_of_the_scope(provider: Provider) -> None:
    """OpenID Connect Core §5.4: by GET and POST, nothing that was not asked."""
    client = await provider.client(skip_consent=True)
    user = await provider.person(locale="fi", phone_number="+358401234567")
    secret, _ = await provider.sign_in(user)
    token = (await provider.tokens(client, secret, scope="openid profile phone"))["access_token"]
    for method in ("GET", "POST"):
        info = (await provider.userinfo(token, method)).json
        assert info["sub"] == str(user.id)
        assert (info["name"], info["locale"]) == ("Ada Lovelace", "fi")
        assert (info["phone_number"], info["phone_number_verified"]) == ("+358401234567", False)
        assert info["preferred_username"] == "ada"
        assert "email" not in info
        assert isinstance(info["updated_at"], int)


async def test_userinfo_takes_the_token_from_the_header_only(provider: Provider) -> None:
    """R036, RFC 6750 §3: a token in query or body is as none; the challenge names no error."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret))["access_token"]
    query = await provider.send("GET", "/oauth2/userinfo", query=f"access_token={token}")
    body = await provider.form("/oauth2/userinfo", {"access_token": token})
    for answer in (query, body):
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith(
            'Bearer realm="http://localhost:8400", DPoP algs='
        )


async def test_userinfo_refuses_what_is_no_token(provider: Provider) -> None:
    """A099, A125: 401 with a challenge."""
    for header in (
        "Bearer nonsense", "Bearer a.b.c", "Bearer ", "Bearer", "Basic YTpi", "Bearer x y",
        "Bearer " + "A" * 9000,
    ):  # fmt: skip
        answer = await provider.send("GET", "/oauth2/userinfo", headers=[("authorization", header)])
        assert answer.status == 401, header
        assert answer.headers["www-authenticate"].startswith("Bearer realm=")
        assert answer.headers["cache-control"] == "no-store"


async def test_userinfo_needs_openid(provider: Provider) -> None:
    """RFC 6750 §3.1: insufficient_scope names the scope."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret, scope="email"))["access_token"]
    answer = await provider.userinfo(token)
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="openid"' in answer.headers["www-authenticate"]


async def test_an_expired_token_is_no_token(provider: Provider) -> None:
    """R027, R040: after 15 minutes, at userinfo and introspection."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret))["access_token"]
    provider.clock.advance(899)
    await provider.snapshots.poll()
    assert (await provider.userinfo(token)).status == 200
    provider.clock.advance(1)
    assert (await provider.userinfo(token)).status == 401
    assert await provider.introspect(client, token) == {"active": False}


async def test_introspection_knows_whom_a_token_concerns(provider: Provider) -> None:
    """R048, A029: its client, and the API that it is for; to all others it is nothing."""
    await provider.api()
    client = await provider.client(skip_consent=True, scopes=["openid", "orders:read"])
    api = await provider.client("m2m", name="Orders", audiences=[API])
    other = await provider.client("m2m", name="Other")
    user = await provider.person()
    secret, session = await provider.sign_in(user)
    issued = await provider.tokens(client, secret, scope="openid orders:read", resource=API)
    token = issued["access_token"]
    for asker in (client, api):
        told = await provider.introspect(asker, token)
        assert told["active"] is True
        assert (told["sub"], told["client_id"]) == (str(user.id), client.client_id)
        assert (told["aud"], told["sid"]) == ([API, provider.tenant.issuer], str(session.id))
        assert told["token_type"] == "Bearer"
    assert await provider.introspect(other, token) == {"active": False}
    refresh = issued["refresh_token"]
    told = await provider.introspect(client, refresh)
    assert (told["active"], told["sub"]) == (True, str(user.id))
    assert await provider.introspect(api, refresh) == {"active": False}
    for nonsense in ("x", "a.b.c", issued["id_token"]):
        assert await provider.introspect(client, nonsense) == {"active": False}


async def test_introspection_and_revocation_authenticate_the_caller(provider: Provider) -> None:
    """R048, R051: nobody, a wrong secret, and for introspection a public client."""
    client, spa = await provider.client(), await provider.client("spa")
    for path in ("/oauth2/introspect", "/oauth2/revoke"):
        for fields in (
            {"token": "x"},
            {"token": "x", "client_id": client.client_id, "client_secret": "wrong"},
            {"token": "x", "client_id": client.client_id},
        ):
            answer = await provider.form(path, fields)
            assert (answer.status, answer.json["error"]) == (401, "invalid_client")
        missing = await provider.form(path, provider.credentials(client))
        assert (missing.status, missing.json["error"]) == (400, "invalid_request")
    public = await provider.form("/oauth2/introspect", {"token": "x", "client_id": spa.client_id})
    assert public.status == 401


async def revoke(provider: Provider, client: Client, token: str, **more: str) -> Any:
    fields = {"token": token, **provider.credentials(client), **more}
    return await provider.form("/oauth2/revoke", fields)


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
async def test_a_client_ends_its_own_tokens(provider: Provider, hint: str) -> None:
    """R035, RFC 7009: either kind, whatever the hint; a refresh token takes its access tokens."""
    client = await provider.client("spa")
    secret, _ = await provider.sign_in(await provider.person())
    one, two = await provider.tokens(client, secret), await provider.tokens(client, secret)
    assert (await revoke(provider, client, one["access_token"], token_type_hint=hint)).status == 200
    assert (await provider.userinfo(one["access_token"])).status == 401
    assert (await provider.userinfo(two["access_token"])).status == 200
    assert (
        await revoke(provider, client, two["refresh_token"], token_type_hint=hint)
    ).status == 200
    assert (await provider.userinfo(two["access_token"])).status == 401
    fields = {"grant_type": "refresh_token", "refresh_token": two["refresh_token"]}
    assert (await provider.token(fields | provider.credentials(client))).status == 400
    assert len(await provider.reasons("token.revoked")) == 1
    again = await revoke(provider, client, one["access_token"])
    assert (again.status, again.body) == (200, b"")
    assert len(await provider.reasons("token.revoked")) == 1


async def test_nobody_ends_the_tokens_of_another(provider: Provider) -> None:
    """RFC 7009 §2.1: another client's token is as unknown: 200, and nothing changes."""
    mine, other = await provider.client(skip_consent=True), await provider.client("spa")
    secret, _ = await provider.sign_in(await provider.person())
    issued = await provider.tokens(mine, secret)
    for token in (issued["access_token"], issued["refresh_token"], "nonsense", issued["id_token"]):
        assert (await revoke(provider, other, token)).status == 200
    assert (await provider.userinfo(issued["access_token"])).status == 200


async def test_revocation_never_says_done_when_it_is_not(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A029: with the store failing the answer is 503, whatever the fault is."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    token = (await provider.tokens(client, secret))["access_token"]
    for fault in (Unavailable("gone"), RuntimeError("disk full")):

        async def broken(*_: Any, fault: Exception = fault) -> None:
            raise fault

        with monkeypatch.context() as patched:
            patched.setattr("limen.oauth.store.tokens.SqlRevokedTokens.add", broken)
            answer = await revoke(provider, client, token)
        assert (answer.status, answer.json["error"]) == (503, "temporarily_unavailable")
        assert answer.headers["retry-after"] == "1"
    assert (await provider.userinfo(token)).status == 200


async def test_no_secret_of_one_kind_opens_another(provider: Provider) -> None:
    """A019: codes, handles, refresh tokens and access tokens in each other's places."""
    client = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    issued = await provider.tokens(client, secret)
    code = await provider.code(client, secret)
    waiting = await provider.authorize(provider.authorization(client, prompt="login"), secret)
    handle = waiting.query["flow"]
    values = [code, handle, issued["refresh_token"], issued["access_token"], "the-state", secret]
    for value in values[1:]:
        redeemed = await provider.token(provider.redemption(client, value))
        assert (redeemed.status, redeemed.json["error"]) == (400, "invalid_grant")
    for value in [code, handle, issued["access_token"], secret]:
        fields = {"grant_type": "refresh_token", "refresh_token": value}
        answer = await provider.token(fields | provider.credentials(client))
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    for value in [code, handle, issued["refresh_token"], issued["id_token"], secret]:
        assert (await provider.userinfo(value)).status == 401
    assert decoded(issued["access_token"])["jti"]
    assert (await provider.token(provider.redemption(client, code))).status == 200
