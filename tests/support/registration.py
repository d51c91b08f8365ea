"""Registering applications as they do it themselves."""

import json
from collections.abc import Sequence
from typing import Any

from tests.support.issuers import manage
from tests.support.oauth import Answer, Provider

REGISTER = "/oauth2/register"
URI = "https://app.example/cb"


async def policy(provider: Provider, **changes: Any) -> None:
    answer = await manage(provider, "PATCH", "/api/v1/oauth-policy", changes)
    assert answer.status == 200, answer.body
    await provider.snapshots.poll()


async def initial_token(provider: Provider, **body: Any) -> str:
    answer = await manage(provider, "POST", "/api/v1/registration-tokens", body)
    assert answer.status == 201, answer.body
    return answer.json["data"]["initial_access_token"]


async def send(
    provider: Provider,
    method: str,
    path: str,
    body: Any = None,
    token: str | None = None,
    client: str = "192.0.2.7",
    headers: Sequence[tuple[str, str]] = (),
) -> Answer:
    """Send `body` as JSON, or as it is where it is bytes."""
    found = [*headers]
    if token is not None:
        found.append(("authorization", f"Bearer {token}"))
    if body is not None:
        found.append(("content-type", "application/json"))
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return await provider.send(method, path, body=raw, headers=found, client=client)


async def register(
    provider: Provider, token: str | None = None, client: str = "192.0.2.7", **metadata: Any
) -> Answer:
    """Register an application with a redirect URI, and what is given; None leaves a field out."""
    body = {"redirect_uris": [URI], **metadata}
    named = {name: value for name, value in body.items() if value is not None}
    return await send(provider, "POST", REGISTER, named, token, client)


async def registered(provider: Provider, **metadata: Any) -> dict[str, Any]:
    """Return the answer to an open registration, which must succeed."""
    answer = await register(provider, **metadata)
    assert answer.status == 201, answer.body
    return answer.json


def path_of(registration: dict[str, Any]) -> str:
    return f"{REGISTER}/{registration['client_id']}"
