"""The management API's keys: what it shows, and what it takes."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.fakes.clock import FrozenClock

from limen.kernel.errors import Invalid, Malformed, NotFound
from limen.kernel.request import Cause
from limen.kernel.routes import Route
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.oauth.keys.chains import KeyChains
from limen.oauth.keys.http import KeysApi
from limen.oauth.keys.ports import Means
from limen.oauth.keys.routes import ROUTES
from limen.oauth.keys.settings import KeySettings
from limen.oauth.keys.store import SqlKeys
from limen.platform.cache import Snapshots
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase
from limen.platform.facts.queue import SealQueue
from limen.platform.facts.recorder import FactRecorder
from limen.platform.http.api import Listings
from limen.platform.http.messages import Request

BY_NAME: Mapping[str, Route] = {route.operation: route for route in ROUTES}


class Api:
    """Calls the handlers as the guard would."""

    def __init__(self, store: Store, tenant: Tenant, chains: KeyChains, vault: KeyVault) -> None:
        self.store, self.tenant, self.chains = store, tenant, chains
        self.handlers = KeysApi(chains, Listings(vault)).handlers()

    async def call(
        self, operation: str, body: object = None, *, query: Any = (), **params: str
    ) -> Any:
        route = BY_NAME[operation]
        raw = b"" if body is None else json.dumps(body).encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw}

        scope = {
            "method": route.method,
            "path": route.path,
            "query_string": urlencode(query).encode(),
            "scheme": "https",
            "headers": [(b"content-type", b"application/json")],
        }
        request = Request(scope, receive)
        request.tenant, request.store, request.route = self.tenant, self.store, route
        request.cause, request.params = Cause(request_id="r-1"), params
        response = await self.handlers[operation](request)
        assert response.status == 200
        return json.loads(response.body)


@pytest.fixture
async def api(database: OpenDatabase, store: Store, tenant: Tenant, clock: FrozenClock) -> Api:
    vault, snapshots = KeyVault([MasterKey(b"m" * 32)], clock), Snapshots(database, clock)
    recorder = FactRecorder(vault, clock, SealQueue(clock))
    means = Means(SqlKeys(), recorder, snapshots, KeySettings())
    chains = KeyChains(means, snapshots, vault, clock)
    await snapshots.poll()

    async def found(tx: Tx) -> None:
        await vault.create(tx)
        await chains.create(tx, Cause())

    await store.transact(found)
    return Api(store, tenant, chains, vault)


def test_every_route_has_a_handler_and_asks_for_a_permission() -> None:
    """R113; whoever lets new keys take over does not end every token there is."""
    asked = {route.operation: route.access.permission for route in ROUTES}
    assert set(asked.values()) == {"keys:read", "keys:rotate", "keys:write"}
    assert asked["keys.revoke"] == "keys:write"
    for route in ROUTES:
        assert route.access.kind == "permission"
        assert (route.access.permission == "keys:read") == (route.method == "GET")


async def test_the_list_shows_public_halves_and_states(api: Api) -> None:
    """A085"""
    answer = await api.call("keys.list")
    assert sorted(key["status"] for key in answer["data"]) == ["active", "next"]
    for key in answer["data"]:
        assert set(key["jwk"]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert key["kid"] == key["jwk"]["kid"]
    shown = json.dumps(answer)
    for secret in ("private", "sealed", '"d"'):
        assert secret not in shown


async def test_the_list_is_paged_and_filtered(api: Api) -> None:
    """R137, A087"""
    first = await api.call("keys.list", query={"limit": 1})
    cursor = first["pagination"]["next_cursor"]
    second = await api.call("keys.list", query={"limit": 1, "cursor": cursor})
    assert len({key["kid"] for key in first["data"] + second["data"]}) == 2
    assert second["pagination"]["has_more"] is False
    active = await api.call("keys.list", query={"status": "active"})
    assert [key["status"] for key in active["data"]] == ["active"]
    assert (await api.call("keys.list", query={"alg": "RS256"}))["data"] == []
    with pytest.raises(Malformed):
        await api.call("keys.list", query={"limit": 1, "cursor": cursor, "alg": "ES256"})


async def test_rotating_at_once_names_the_key_that_signs(api: Api) -> None:
    answer = await api.call("keys.rotate", {"now": True})
    [key] = answer["data"]["keys"]
    assert key["status"] == "active"
    assert (await api.chains.signing(api.store, "ES256")).kid == key["kid"]


async def test_rotating_says_when(api: Api) -> None:
    for body in ({"alg": "ES256"}, {}, None):
        answer = await api.call("keys.rotate", body)
        [key] = answer["data"]["keys"]
        assert key["status"] == "next"
        assert key["active_from"] > key["created_at"]


@pytest.mark.parametrize(
    "body", [{"alg": "none"}, {"alg": "HS256"}, {"alg": 1}, {"now": "yes"}, {"unknown": 1}]
)
async def test_wrong_bodies_are_refused(api: Api, body: object) -> None:
    """R138, A095"""
    with pytest.raises(Invalid):
        await api.call("keys.rotate", body)


async def test_a_key_is_revoked_by_its_kid(api: Api) -> None:
    kid = (await api.chains.signing(api.store, "ES256")).kid
    answer = await api.call("keys.revoke", kid=kid)
    assert answer["data"]["status"] == "revoked"
    assert answer["data"]["revoked_at"]
    for unknown in ("nobody", kid.swapcase(), kid + "\0"):
        with pytest.raises(NotFound):
            await api.call("keys.revoke", kid=unknown)
