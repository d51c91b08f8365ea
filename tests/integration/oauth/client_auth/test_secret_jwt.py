"""client_secret_jwt: a secret that is never sent, and therefore kept sealed.

RFC 7523 §2.2, OpenID Connect Core §9.
"""

import hmac
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from tests.support.assertions import ISSUER, Keys, asserted, by_secret, claims_of, compact
from tests.support.oauth import Provider

from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.oauth.store.clients import client_secrets
from limen.platform.crypto import digest_of
from limen.platform.db import Query, mine


class Kept(msgspec.Struct, frozen=True):
    digest: bytes
    sealed: bytes | None


_kept = Query(
    sa.select(client_secrets.c.digest, client_secrets.c.sealed).where(mine(client_secrets)), Kept
)


async def machine(provider: Provider, **options: Any) -> Client:
    return await provider.client(
        "m2m", auth_method="client_secret_jwt", options=ClientOptions(**options)
    )


def signed(provider: Provider, client: Client, secret: str | None = None, **claims: Any) -> str:
    secret = secret or provider.secrets[client.id]
    return by_secret(secret, claims_of(client, provider.clock, **claims))


async def refused(provider: Provider, token: str) -> str:
    answer = await provider.token(asserted(token))
    assert (answer.status, answer.json["error"]) == (401, "invalid_client"), answer.body
    return (await provider.reasons("token.refused"))[-1] or ""


async def test_a_secret_signs_and_each_assertion_counts_once(provider: Provider) -> None:
    """R051, R052."""
    client = await machine(provider)
    token = signed(provider, client)
    assert (await provider.token(asserted(token))).status == 200
    assert await refused(provider, token) == "client_assertion_replayed"
    assert (
        await provider.token(asserted(signed(provider, client), client_id=client.client_id))
    ).status == 200


async def test_only_this_method_has_its_secret_sealed(provider: Provider) -> None:
    """R053, R141: others have a digest alone; the sealed one is not the secret."""
    client, basic = await machine(provider), await provider.client("m2m")
    kept = {one.digest: one.sealed for one in await provider.store.all(_kept)}
    assert kept[digest_of(provider.secrets[basic.id] or "")] is None
    sealed = kept[digest_of(provider.secrets[client.id] or "")]
    assert sealed is not None
    assert (provider.secrets[client.id] or "").encode() not in sealed


async def test_the_secret_itself_is_not_taken(provider: Provider) -> None:
    """R051: the registered method and no other."""
    client = await machine(provider)
    fields = {"grant_type": "client_credentials"}
    for answer in (
        await provider.token(fields | provider.credentials(client)),
        await provider.token(fields, provider.basic(client)),
    ):
        assert (answer.status, answer.json["error"]) == (401, "invalid_client")


async def test_forged_signatures(provider: Provider) -> None:
    """A095: other secrets, the digest as a secret, none, other algorithms, an asymmetric one."""
    client, other = await machine(provider), await machine(provider)
    secret = provider.secrets[client.id] or ""
    claims = claims_of(client, provider.clock)
    for wrong in ("", "x", secret + "x", provider.secrets[other.id], digest_of(secret).hex()):
        assert await refused(provider, by_secret(wrong, claims)) == "client_assertion_signature"
    for alg in ("none", "HS384", "HS512", "hs256", "ES256", ""):
        assert await refused(provider, by_secret(secret, claims, alg=alg)) == "client_assertion_alg"
    for cut in (b"", b"x"):
        token = compact({"alg": "HS256"}, claims, lambda message, cut=cut: hmac.digest(secret.encode(), message, "sha256")[:16] + cut)  # fmt: skip
        assert await refused(provider, token) == "client_assertion_signature"
    keys = Keys()
    assert await refused(provider, keys.token(claims)) == "client_assertion_alg"
    assert (await provider.token(asserted(by_secret(secret, claims)))).status == 200


async def test_keys_beside_it_are_not_looked_at(provider: Provider) -> None:
    """A095: a client of this method with registered keys (for encryption, say) signs by secret."""
    keys = Keys()
    client = await machine(provider, jwks=keys.jwks)
    assert (
        await refused(provider, keys.token(claims_of(client, provider.clock)))
        == "client_assertion_alg"
    )
    assert (await provider.token(asserted(signed(provider, client)))).status == 200
    other = await provider.client(
        "m2m", auth_method="private_key_jwt", options=ClientOptions(jwks=keys.jwks)
    )
    token = by_secret("", claims_of(other, provider.clock), kid="k1")
    assert await refused(provider, token) == "client_assertion_alg"


async def test_claims_are_checked_alike(provider: Provider) -> None:
    """A101: the same rules as for keys."""
    client = await machine(provider)
    for changes, reason in [
        ({"aud": "https://evil.example"}, "aud"), ({"exp": None}, "exp"), ({"jti": None}, "jti"),
        ({"exp": int(provider.clock.now().timestamp()) + 3661}, "lifetime"),
    ]:  # fmt: skip
        assert (
            await refused(provider, signed(provider, client, **changes))
            == f"client_assertion_{reason}"
        )
    token = signed(provider, client, aud=ISSUER + "/oauth2/token")
    assert (await provider.token(asserted(token))).status == 200


async def test_two_secrets_sign_during_a_rotation(provider: Provider) -> None:
    """R053: two overlap, never three."""
    chief = await provider.client("m2m", scopes=["clients:write", "clients:read"])
    await provider.role(chief)
    admin = (await provider.machine_token(chief))["access_token"]
    client = await machine(provider)

    async def rotate() -> str:
        path = f"/api/v1/clients/{client.id}/secret"
        answer = await provider.api_call(admin, "POST", path, {})
        assert answer.status == 200, answer.body
        return answer.json["data"]["client_secret"]

    async def works(secret: str | None) -> bool:
        answer = await provider.token(asserted(signed(provider, client, secret)))
        return answer.status == 200

    first, second = provider.secrets[client.id], await rotate()
    assert (await works(first), await works(second)) == (True, True)
    third = await rotate()
    assert (await works(first), await works(second), await works(third)) == (False, True, True)
    provider.clock.advance(8 * 24 * 3600)
    await provider.snapshots.poll()
    assert (await works(second), await works(third)) == (False, True)


async def test_a_client_that_changes_its_method(provider: Provider) -> None:
    """R053: a secret that was only a digest cannot sign until it is rotated; a sealed one is
    forgotten when the client proves itself otherwise."""
    chief = await provider.client("m2m", scopes=["clients:write", "clients:read"])
    await provider.role(chief)
    admin = (await provider.machine_token(chief))["access_token"]
    client = await provider.client("m2m")
    path = f"/api/v1/clients/{client.id}"

    async def change(method: str) -> None:
        answer = await provider.api_call(admin, "PATCH", path, {"auth_method": method})
        assert answer.status == 200, answer.body

    await change("client_secret_jwt")
    assert await refused(provider, signed(provider, client)) == "client_assertion_signature"
    answer = await provider.api_call(admin, "POST", path + "/secret", {})
    provider.secrets[client.id] = answer.json["data"]["client_secret"]
    assert (await provider.token(asserted(signed(provider, client)))).status == 200
    await change("client_secret_basic")
    assert all(one.sealed is None for one in await provider.store.all(_kept))
    fields = {"grant_type": "client_credentials"}
    assert (await provider.token(fields, provider.basic(client))).status == 200
    await change("client_secret_jwt")
    assert await refused(provider, signed(provider, client)) == "client_assertion_signature"


@pytest.mark.parametrize("alg", ["HS512", "ES256", "none"])
async def test_its_algorithm_is_hs256(provider: Provider, alg: str) -> None:
    """R038, RFC 7518 §3.2: a secret of ours is long enough for that one."""
    from limen.kernel.errors import Invalid

    with pytest.raises(Invalid):
        await machine(provider, token_endpoint_auth_signing_alg=alg)
