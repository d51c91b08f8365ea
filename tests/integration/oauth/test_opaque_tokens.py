"""Opaque access tokens, by API: the same claims and the same ends as those that say them."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from tests.support.dpop import ProofKey
from tests.support.oauth import CAUSE, Provider, decoded

from limen.oauth.api import Client
from limen.oauth.model.opaque import is_access_token, is_opaque, new_opaque_token
from limen.oauth.store.opaque import SqlOpaqueTokens, opaque_tokens
from limen.platform.crypto import digest_of
from limen.platform.db import Query, mine

OPAQUE = "https://api.example.com/opaque"
PLAIN = "https://api.example.com/plain"


class Row(msgspec.Struct, frozen=True):
    digest: bytes
    claims: bytes


_rows = Query(
    sa.select(opaque_tokens.c.digest, opaque_tokens.c.claims).where(mine(opaque_tokens)), Row
)


async def apis(provider: Provider) -> None:
    await provider.api(OPAQUE, ("secret:read",), token_format="opaque")
    await provider.api(PLAIN, ("plain:read",))


async def machine_token(provider: Provider, **changes: Any) -> tuple[Client, str]:
    await apis(provider)
    client = await provider.client("m2m", scopes=["secret:read", "plain:read"])
    return client, (await provider.machine_token(client, resource=OPAQUE))["access_token"]


async def personal(provider: Provider, **changes: str) -> tuple[Client, dict[str, Any]]:
    """Return a client and the tokens of a person for the opaque API and userinfo."""
    await apis(provider)
    scopes = ["openid", "profile", "secret:read"]
    client = await provider.client(skip_consent=True, scopes=scopes, audiences=[OPAQUE])
    secret, _ = await provider.sign_in(await provider.person())
    changes = {"scope": "openid profile secret:read", "resource": OPAQUE, **changes}
    return client, await provider.tokens(client, secret, **changes)


async def test_the_api_chooses_the_form(provider: Provider) -> None:
    """R025, RFC 6749 §1.4: 256 random bits that say nothing; the store has their hash alone."""
    client, token = await machine_token(provider)
    assert re.fullmatch(r"lat_[A-Za-z0-9_-]{49}", token)
    assert is_opaque(token)
    [row] = await provider.store.all(_rows)
    assert row.digest == digest_of(token)
    assert token.encode() not in row.claims
    plain = (await provider.machine_token(client, resource=PLAIN))["access_token"]
    assert decoded(plain)["aud"] == PLAIN


async def test_introspection_reads_it(provider: Provider) -> None:
    """R048: for its client and its API, with every claim that a JWT would say."""
    client, token = await machine_token(provider)
    found = await provider.introspect(client, token)
    assert found["active"] is True
    assert found["token_type"] == "Bearer"
    assert (found["aud"], found["scope"]) == (OPAQUE, "secret:read")
    assert found["client_id"] == found["sub"] == client.client_id
    api = await provider.client("m2m", audiences=[OPAQUE])
    assert (await provider.introspect(api, token))["active"] is True
    stranger = await provider.client("m2m")
    assert await provider.introspect(stranger, token) == {"active": False}


async def test_a_persons_is_good_for_userinfo(provider: Provider) -> None:
    """RFC 9068 does not apply, OpenID Connect Core §5.3 does; acr and auth_time are there."""
    client, tokens = await personal(provider)
    token = tokens["access_token"]
    assert is_opaque(token)
    assert (await provider.userinfo(token)).json["name"] == "Ada Lovelace"
    found = await provider.introspect(client, token)
    assert (found["acr"], found["aud"]) == ("aal1", [OPAQUE, provider.tenant.issuer])
    assert found["auth_time"]


async def test_a_refresh_brings_another(provider: Provider) -> None:
    """R048: each refresh has an opaque token of its own, and both end with the family."""
    client, tokens = await personal(provider)
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = (await provider.token(fields | provider.credentials(client))).json
    assert is_opaque(again["access_token"])
    assert again["access_token"] != tokens["access_token"]
    answer = await provider.form(
        "/oauth2/revoke", {"token": again["refresh_token"]}, provider.basic(client)
    )
    assert answer.status == 200
    for token in (tokens["access_token"], again["access_token"]):
        assert await provider.introspect(client, token) == {"active": False}
        assert (await provider.userinfo(token)).status == 401


async def test_revoking_ends_it_at_once(provider: Provider) -> None:
    """R048, RFC 7009: its client's only."""
    client, token = await machine_token(provider)
    stranger = await provider.client("m2m")
    for who, active in ((stranger, True), (client, False)):
        answer = await provider.form("/oauth2/revoke", {"token": token}, provider.basic(who))
        assert answer.status == 200
        assert (await provider.introspect(client, token))["active"] is active


async def test_whoever_may_not_act_any_more_takes_it_along(provider: Provider) -> None:
    """R034, A033: it rests on the person as every token does."""
    client, tokens = await personal(provider)
    [session] = await provider.sessions.list_of(provider.store, await subject(provider, tokens))
    await provider.store.transact(
        lambda tx: provider.users.change_status(tx, session.user, "suspended", CAUSE, reason="x")
    )
    assert await provider.introspect(client, tokens["access_token"]) == {"active": False}
    assert (await provider.userinfo(tokens["access_token"])).status == 401


async def subject(provider: Provider, tokens: dict[str, Any]) -> Any:
    return UUID((await provider.userinfo(tokens["access_token"])).json["sub"])


async def test_a_replayed_code_takes_it_along(provider: Provider) -> None:
    """R024: what a code had issued ends when the code comes again."""
    await apis(provider)
    client = await provider.client(skip_consent=True, scopes=["openid", "secret:read"])
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret, scope="openid secret:read", resource=OPAQUE)
    token = (await provider.token(provider.redemption(client, code))).json["access_token"]
    assert (await provider.userinfo(token)).status == 200
    assert (await provider.token(provider.redemption(client, code))).status == 400
    assert (await provider.userinfo(token)).status == 401


async def test_it_ends_in_time_and_leaves_the_store(provider: Provider) -> None:
    """A101, A135: at the second, and the sweep takes the row."""
    client, token = await machine_token(provider)
    provider.clock.advance(timedelta(minutes=15) - timedelta(seconds=1))
    assert (await provider.introspect(client, token))["active"] is True
    provider.clock.advance(timedelta(seconds=1))
    assert await provider.introspect(client, token) == {"active": False}
    provider.clock.advance(timedelta(seconds=1))
    assert await provider.store.transact(SqlOpaqueTokens().purge) == 1


async def test_another_tenants_is_unknown(provider: Provider) -> None:
    """A077, R118: the look-up is the tenant's own."""
    _, token = await machine_token(provider)
    other = provider.in_tenant(await provider.tenants.create("other", "Other", CAUSE))
    await apis(other)
    stranger = await other.client("m2m", audiences=[OPAQUE])
    assert await other.introspect(stranger, token) == {"active": False}


async def test_it_is_bound_as_any(provider: Provider) -> None:
    """R029: cnf is kept, and asked for where the token is used."""
    await apis(provider)
    key = ProofKey(provider)
    client = await provider.client(skip_consent=True, scopes=["openid", "secret:read"])
    secret, _ = await provider.sign_in(await provider.person())
    code = await provider.code(client, secret, scope="openid secret:read", resource=OPAQUE)
    answer = await provider.token(provider.redemption(client, code), key.header())
    token = answer.json["access_token"]
    assert answer.json["token_type"] == "DPoP"
    assert (await provider.introspect(client, token))["cnf"] == {"jkt": key.jkt}
    assert (await provider.userinfo(token)).status == 401
    headers = key.using(token, "/oauth2/userinfo")
    assert (await provider.send("GET", "/oauth2/userinfo", headers=headers)).status == 200


@pytest.mark.parametrize("where", ["start", "middle", "checksum", "end", "more"])
async def test_an_altered_one_is_none(provider: Provider, where: str) -> None:
    """A101: of another form or checksum, it is not even looked up."""
    client, token = await machine_token(provider)
    altered = {
        "start": "LAT_" + token[4:], "middle": token[:20] + _other(token[20]) + token[21:],
        "checksum": token[:-1] + _other(token[-1]), "end": token[:-1], "more": token + "A",
    }[where]  # fmt: skip
    assert not is_opaque(altered)
    assert await provider.introspect(client, altered) == {"active": False}
    assert (await provider.userinfo(altered)).status == 401


def _other(letter: str) -> str:
    return "A" if letter != "A" else "B"


def test_forms_are_told_apart() -> None:
    """RFC 7009 §2.1: the text says what it is, whatever hint comes with it."""
    assert is_access_token(new_opaque_token())
    assert is_access_token("a.b.c")
    assert not is_access_token("lrt_" + "A" * 92)
