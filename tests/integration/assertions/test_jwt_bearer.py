"""JWT bearer: workloads and people of other issuers, and all that is refused.

RFC 7523 §2.1, §3.
"""

from typing import Any

from tests.support.issuers import JWT_BEARER, ForeignIssuer
from tests.support.oauth import API, Provider, decoded

from limen.oauth.api import Client


async def deploy(provider: Provider, **changes: Any) -> Client:
    """Return a client of a workload, without any secret."""
    values: dict[str, Any] = {
        "name": "Deploy", "grant_types": [JWT_BEARER], "auth_method": "federated_jwt",
        "scopes": ["orders:read"],
    }  # fmt: skip
    return await provider.client("m2m", **(values | changes))


async def test_a_workload_gets_a_token_without_a_secret(provider: Provider) -> None:
    """R028, R056: its client speaks for itself, within the link; the token is its client's."""
    await provider.api(scopes=("orders:read", "orders:write"))
    client = await deploy(provider, scopes=["orders:read", "orders:write"])
    assert provider.secrets[client.id] is None
    ci = ForeignIssuer(provider)
    condition = {"claim": "repository", "equals": "acme/shop"}
    link = {"client": str(client.id), "conditions": [condition], "scopes": ["orders:read"]}
    await ci.trust(links=[link])
    fields = {
        "grant_type": JWT_BEARER, "client_id": client.client_id,
        "assertion": ci.token(repository="acme/shop"), "resource": API,
    }  # fmt: skip
    answer = await provider.token(fields)
    assert answer.status == 200, (answer.body, await provider.reasons("token.refused"))
    claims = decoded(answer.json["access_token"])
    assert claims["sub"] == claims["client_id"] == client.client_id
    assert (claims["aud"], claims["scope"]) == (API, "orders:read")
    again = await provider.token(fields)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
