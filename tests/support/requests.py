"""Pushing requests, and putting them into objects: right ones, and ones that are wrong."""

from typing import Any

from tests.support.assertions import Keys
from tests.support.dpop import Header
from tests.support.oauth import Answer, Provider

from limen.kernel.uow import Tx
from limen.oauth.api import Client
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.store import SqlPolicies
from limen.oauth.policy.usecases.change_policy import SNAPSHOT


async def push(
    provider: Provider, client: Client, *headers: Header, **changes: str | None
) -> Answer:
    fields = provider.authorization(client, **changes) | provider.credentials(client)
    return await provider.form("/oauth2/par", fields, *headers)


async def pushed(provider: Provider, client: Client, **changes: str | None) -> dict[str, str]:
    """Return the parameters of the authorization request that uses what was pushed."""
    answer = await push(provider, client, **changes)
    assert answer.status == 201, answer.body
    return {"client_id": client.client_id, "request_uri": answer.json["request_uri"]}


async def set_policy(provider: Provider, **fields: Any) -> None:
    async def work(tx: Tx) -> None:
        await SqlPolicies().save(tx, OAuthPolicy(**fields), version=0)
        await provider.snapshots.invalidate(tx, SNAPSHOT, "")

    await provider.store.transact(work)


def claims_of(provider: Provider, client: Client, **changes: Any) -> dict[str, Any]:
    """Return the claims of a right request object; a change to None leaves one out."""
    now = int(provider.clock.now().timestamp())
    values = {
        **provider.authorization(client), "iss": client.client_id, "aud": provider.tenant.issuer,
        "iat": now, "nbf": now, "exp": now + 300, "state": "of-the-object", **changes,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def object_of(provider: Provider, client: Client, keys: Keys, **changes: Any) -> str:
    return keys.token(claims_of(provider, client, **changes), typ="oauth-authz-req+jwt")


def with_object(client: Client, text: str, **others: str) -> dict[str, str]:
    """Return the parameters of an authorization request with an object."""
    return {"client_id": client.client_id, "request": text, **others}
