"""The management API of clients, APIs, grants and tokens."""

import json
from typing import Any

import pytest
from tests.support.oauth import REDIRECT, Answer, Provider, decoded

from limen.kernel.ids import new_id
from limen.oauth.api import Client
from limen.oauth.routes import ROUTES

SCOPES = ["clients:read", "clients:write", "apis:read", "apis:write", "grants:read",
          "grants:write"]  # fmt: skip


class Desk:
    def __init__(self, provider: Provider, client: Client, token: str) -> None:
        self.provider, self.client, self.token = provider, client, token

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.provider.api_call(self.token, method, f"/api/v1{path}", body, **headers)


async def desk(provider: Provider, scopes: list[str] = SCOPES) -> Desk:
    client = await provider.client("m2m", name="Manager", scopes=scopes)
    await provider.role(client)
    return Desk(provider, client, (await provider.machine_token(client))["access_token"])


async def test_a_client_lives_its_life(provider: Provider) -> None:
    """R053, R055: created with a server-made id and secret, shown once; changed; deleted."""
    call = await desk(provider)
    body = {"name": "Shop", "type": "web", "redirect_uris": [REDIRECT]}
    made = await call("POST", "/clients", body)
    assert made.status == 201, made.body
    data = made.json["data"]
    assert len(data["client_secret"]) == 43
    assert data["client_id"] == data["id"]
    assert made.headers["location"].endswith(f"/api/v1/clients/{data['id']}")
    assert data["grant_types"] == ["authorization_code", "refresh_token"]
    assert data["auth_method"] == "client_secret_basic"
    shown = await call("GET", f"/clients/{data['id']}")
    assert "client_secret" not in shown.json["data"]
    assert data["client_secret"].encode() not in shown.body
    changed = await call("PATCH", f"/clients/{data['id']}", {"name": "Store"}, **{
        "if-match": shown.headers["etag"]})  # fmt: skip
    assert (changed.status, changed.json["data"]["name"]) == (200, "Store")
    stale = await call("PATCH", f"/clients/{data['id']}", {"name": "X"}, **{
        "if-match": shown.headers["etag"]})  # fmt: skip
    assert (stale.status, stale.json["code"]) == (412, "stale")
    assert (await call("DELETE", f"/clients/{data['id']}", {})).status == 204
    assert (await call("GET", f"/clients/{data['id']}")).status == 404
    names = ("client.created", "client.changed", "client.deleted")
    assert [len(await provider.reasons(name)) for name in names] == [2, 1, 1]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"redirect_uris": []}, "redirect_uris"),
    ({"redirect_uris": ["https://app.example/#x"]}, "redirect_uris[0]"),
    ({"redirect_uris": ["https://app.example/?code=x&state=y"]}, "redirect_uris[0]"),
    ({"redirect_uris": ["https://*.app.example/"]}, "redirect_uris[0]"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris[0]"),
    ({"redirect_uris": ["http://app.example/"]}, "redirect_uris[0]"),
    ({"redirect_uris": [REDIRECT, REDIRECT]}, "redirect_uris"),
    ({"post_logout_redirect_uris": ["data:text/html,x"]}, "post_logout_redirect_uris[0]"),
    ({"scopes": ["nobody:offers"]}, "scopes[0]"),
    ({"scopes": ['"']}, "scopes[0]"),
    ({"audiences": ["https://nobody.example"]}, "audiences[0]"),
    ({"grant_types": ["password"]}, "grant_types"),
    ({"grant_types": []}, "grant_types"),
    ({"auth_method": "none"}, "auth_method"),
    ({"id_token_alg": "none"}, "id_token_alg"),
    ({"access_token_alg": "HS256"}, "access_token_alg"),
    ({"access_token_lifetime": 0}, "access_token_lifetime"),
    ({"name": ""}, "name"),
    ({"name": "a\u0000b"}, "name"),
    ({"logo_uri": "http://app.example/logo.png"}, "logo_uri"),
    ({"origins": ["https://app.example/path"]}, "origins[0]"),
    ({"type": "other"}, "type"),
    ({"unknown": 1}, "unknown"),
    ({"id": "chosen"}, "id"),
    ({"client_secret": "chosen"}, "client_secret"),
]


async def test_what_cannot_be_registered_is_named(provider: Provider) -> None:
    """R002, R055, R057, R059, A001, A005, A083, A113: 422 with the field."""
    call = await desk(provider)
    for change, field in WRONG:
        body = {"name": "Shop", "type": "web", "redirect_uris": [REDIRECT]} | change
        answer = await call("POST", "/clients", body)
        assert answer.status == 422, (change, answer.body)
        assert field in [error["field"] for error in answer.json["errors"]], change
    assert len((await call("GET", "/clients")).json["data"]) == 1


async def test_nobody_makes_a_client_that_holds_more_than_they(provider: Provider) -> None:
    """R120, A023, A081: by creating, by changing, by a new secret of a stronger client."""
    call = await desk(provider, ["clients:read", "clients:write"])
    body = {"name": "X", "type": "m2m", "scopes": ["users:write"]}
    refused = await call("POST", "/clients", body)
    assert (refused.status, refused.json["code"]) == (403, "beyond_your_permissions")
    account = {
        "name": "X", "type": "web", "redirect_uris": [REDIRECT],
        "scopes": ["openid", "account:write"],
    }  # fmt: skip
    assert (await call("POST", "/clients", account)).json["code"] == "beyond_your_permissions"
    weak = await provider.client("m2m", name="Weak")
    raised = await call("PATCH", f"/clients/{weak.id}", {"scopes": ["users:write"]})
    assert raised.json["code"] == "beyond_your_permissions"
    strong = await provider.client("m2m", name="Strong", scopes=["users:write"])
    path = f"/clients/{strong.id}"
    for method, where, changes in [
        ("POST", f"{path}/secret", {}),
        ("PATCH", path, {"name": "Mine"}),
        ("POST", f"{path}/disable", {}),
        ("DELETE", path, {}),
    ]:
        answer = await call(method, where, changes)
        assert (answer.status, answer.json["code"]) == (403, "beyond_your_permissions")


async def test_without_the_permission_nothing_is_done(provider: Provider) -> None:
    """A023, A083, R113: an ordinary token, and none, for every route of these objects."""
    web = await provider.client(skip_consent=True)
    secret, _ = await provider.sign_in(await provider.person())
    ordinary = (await provider.tokens(web, secret))["access_token"]
    for route in (r for r in ROUTES if r.answer == "api" and not r.local):
        path = route.path.replace("{id}", str(web.id))
        body = None if route.method == "GET" else {}
        refused = await provider.api_call(ordinary, route.method, path, body)
        assert (refused.status, refused.json["code"]) == (403, "insufficient_permission")
        assert (await provider.api_call("x", route.method, path, body)).status == 401


async def test_lists_are_paged_and_bounded(provider: Provider) -> None:
    """R137, A087: by cursors that are ours."""
    call = await desk(provider)
    for number in range(5):
        await provider.client("m2m", name=f"Client {number}")
    seen: list[str] = []
    path = "/api/v1/clients"
    query = "limit=2"
    while True:
        page = await provider.send(
            "GET", path, query=query, headers=[("authorization", f"Bearer {call.token}")]
        )
        assert page.status == 200, page.body
        seen += [client["name"] for client in page.json["data"]]
        cursor = page.json["pagination"]["next_cursor"]
        if cursor is None:
            break
        query = f"limit=2&cursor={cursor}"
    assert sorted(seen) == [*(f"Client {number}" for number in range(5)), "Manager"]
    for wrong in ("limit=0", "limit=201", "cursor=AAAA", "secret=x"):
        answer = await provider.send(
            "GET", path, query=wrong, headers=[("authorization", f"Bearer {call.token}")]
        )
        assert answer.status in (400, 422)


async def test_an_api_lives_its_life(provider: Provider) -> None:
    """RFC 8707: registered once, its scopes known at once, its identifier fixed."""
    call = await desk(provider)
    body = {
        "identifier": "https://api.example.com", "name": "Orders",
        "scopes": [{"name": "orders:read", "title": "See your orders"}],
        "access_token_lifetime": 60,
    }  # fmt: skip
    made = await call("POST", "/apis", body)
    assert made.status == 201, made.body
    assert (await call("POST", "/apis", body)).status == 409
    api = made.json["data"]["id"]
    machine = await provider.client("m2m", scopes=["orders:read"])
    answer = await provider.machine_token(machine, resource="https://api.example.com")
    assert answer["expires_in"] == 60
    changed = await call("PATCH", f"/apis/{api}", {"scopes": [], "access_token_alg": "RS256"})
    assert (changed.status, changed.json["data"]["scopes"]) == (200, [])
    assert changed.json["data"]["access_token_lifetime"] == 60
    fields = {"grant_type": "client_credentials", "scope": "orders:read"}
    refused = await provider.token(fields | provider.credentials(machine))
    assert refused.json["error"] == "invalid_scope"
    assert [one["id"] for one in (await call("GET", "/apis")).json["data"]] == [api]
    assert (await call("GET", f"/apis/{api}")).json["data"]["name"] == "Orders"
    assert (await call("DELETE", f"/apis/{api}", {})).status == 204
    assert (await call("GET", f"/apis/{api}")).status == 404


NAMES_OF_OURS: list[tuple[dict[str, Any], str]] = [
    ({"identifier": "http://localhost:8400/api/v1"}, "identifier"),
    ({"identifier": "http://localhost:8400"}, "identifier"),
    ({"identifier": "nonsense"}, "identifier"),
    ({"identifier": "https://api.example.com/#x"}, "identifier"),
    ({"scopes": [{"name": "openid", "title": "x"}]}, "scopes[0].name"),
    ({"scopes": [{"name": "users:write", "title": "x"}]}, "scopes[0].name"),
    ({"scopes": [{"name": "account:x", "title": "x"}]}, "scopes[0].name"),
    ({"scopes": [{"name": "a b", "title": "x"}]}, "scopes[0].name"),
    ({"scopes": [{"name": "a", "title": ""}]}, "scopes[0].title"),
    ({"access_token_alg": "none"}, "access_token_alg"),
    ({"access_token_lifetime": 1_000_000}, "access_token_lifetime"),
]


async def test_an_api_takes_no_name_of_ours(provider: Provider) -> None:
    """R042, R056: neither our audiences nor our scopes can be registered by others."""
    call = await desk(provider)
    for change, field in NAMES_OF_OURS:
        body = {"identifier": "https://a.example", "name": "A"} | change
        answer = await call("POST", "/apis", body)
        assert answer.status == 422, (change, answer.body)
        assert field in [error["field"] for error in answer.json["errors"]], change


async def test_grants_are_listed_and_withdrawn(provider: Provider) -> None:
    """R012, R035: what people allow, and its end with every token."""
    call = await desk(provider)
    client = await provider.client()
    user = await provider.person()
    secret, _ = await provider.sign_in(user)
    issued = await provider.tokens(client, secret, scope="openid email")
    listed = (await call("GET", "/grants")).json["data"]
    assert [(g["user"], g["client"]) for g in listed] == [(str(user.id), str(client.id))]
    assert sorted(listed[0]["scopes"]) == ["email", "openid"]
    path = f"/grants/{listed[0]['id']}"
    assert (await call("DELETE", path, {})).status == 204
    assert (await call("DELETE", path, {})).status == 404
    assert (await provider.userinfo(issued["access_token"])).status == 401
    asked = await provider.authorize(provider.authorization(client), secret)
    assert asked.location.startswith("/consent?")
    assert (await call("DELETE", f"/grants/{new_id()}", {})).status == 404


async def test_tokens_in_anothers_name_are_made_at_the_machine_only(provider: Provider) -> None:
    """R122, A083: not over HTTP, whoever asks; minted ones hold what the roles hold."""
    call = await desk(provider, ["tokens:write"])
    user = await provider.person()
    refused = await call("POST", "/tokens", {"user": str(user.id)})
    assert refused.status == 404
    declared = {route.operation: route for route in ROUTES}
    assert declared["tokens.create"].local
    from tests.support.oauth import CAUSE

    from limen.access.api import Subject
    from limen.kernel.errors import Invalid

    mint = provider.oauth.admin_tokens.mint
    where = (provider.store, provider.tenant)
    with pytest.raises(Invalid):
        await mint(*where, user=user, client=None, scopes=["users:read"], cause=CAUSE)
    await provider.store.transact(
        lambda tx: provider.roles.assign(
            tx, Subject("user", user.id), "administrator", CAUSE, by=None
        )
    )
    token = await mint(*where, user=user, client=None, scopes=["clients:read"], cause=CAUSE)
    assert decoded(token)["aud"] == provider.tenant.issuer + "/api/v1"
    assert (await provider.api_call(token, "GET", "/api/v1/clients")).status == 200
    assert (await provider.api_call(token, "GET", "/api/v1/apis")).status == 403
    machine = await provider.client("m2m", name="Machine")
    await provider.role(machine)
    every = await mint(*where, user=None, client=machine, scopes=[], cause=CAUSE)
    assert "users:read" in json.dumps(decoded(every)["scope"])
    assert (await provider.api_call(every, "GET", "/api/v1/apis")).status == 200
