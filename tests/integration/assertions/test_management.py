"""Trusted issuers as managed objects: made, changed, stopped, and never beyond one's own reach."""

from typing import Any

import pytest
from tests.support.issuers import ForeignIssuer, manage
from tests.support.oauth import CAUSE, Provider

from limen.access.api import AUDITOR, Subject
from limen.access.usecases.change_roles import create_role

PATH = "/api/v1/trusted-issuers"
CONDITION = {"claim": "sub", "equals": "x"}


async def manager(provider: Provider, *permissions: str) -> Any:
    """Return a person with these permissions alone, and a token."""
    ports, permitted = provider.roles.ports, list(permissions)
    await provider.store.transact(
        lambda tx: create_role(tx, "issuer-manager", "", permitted, CAUSE, by=None, ports=ports)
    )
    person = await provider.person("manager@example.com")
    await provider.store.transact(
        lambda tx: provider.roles.assign(
            tx, Subject("user", person.id), "issuer-manager", CAUSE, by=None
        )
    )
    return await provider.oauth.admin_tokens.mint(
        provider.store, provider.tenant, user=person, client=None, scopes=(), cause=CAUSE
    )


async def test_an_issuer_lives(provider: Provider) -> None:
    """R153: created, shown, listed, changed by version, stopped, deleted; a fact each."""
    idp = ForeignIssuer(provider)
    made = await idp.trust(preset="gitlab", audiences=["here"])
    assert (made["enabled"], made["preset"], made["version"]) == (True, "gitlab", 1)
    shown = await manage(provider, "GET", f"{PATH}/{idp.id}")
    assert shown.json["data"] == made
    listed = await manage(provider, "GET", PATH)
    assert [one["id"] for one in listed.json["data"]] == [idp.id]
    changed = await idp.change(name="Other", audiences=[])
    assert (changed.json["data"]["name"], changed.json["data"]["audiences"]) == ("Other", [])
    assert changed.json["data"]["preset"] == "gitlab"
    again = await manage(provider, "POST", PATH, {"name": "x", "issuer": idp.name})
    assert (again.status, again.json["code"]) == (409, "already_exists")
    await idp.switch("disable")
    twice = await manage(provider, "POST", f"{PATH}/{idp.id}/disable")
    assert twice.status == 409
    await idp.switch("enable")
    assert (await manage(provider, "DELETE", f"{PATH}/{idp.id}")).status == 204
    assert (await manage(provider, "GET", f"{PATH}/{idp.id}")).status == 404
    for verb in ("created", "changed", "disabled", "enabled", "deleted"):
        assert await provider.reasons(f"trusted_issuer.{verb}") == [None], verb


async def test_a_preset_knows_its_issuer(provider: Provider) -> None:
    """GitHub's is everybody's: only a link that names an owner is taken."""
    body = {"name": "GitHub", "preset": "github"}
    made = await manage(provider, "POST", PATH, body)
    assert made.json["data"]["issuer"] == "https://token.actions.githubusercontent.com"
    client = await provider.client("m2m")
    link = {"client": str(client.id), "conditions": [{"claim": "ref", "equals": "x"}]}
    path = f"{PATH}/{made.json['data']['id']}"
    wide = await manage(provider, "PATCH", path, {"links": [link]})
    assert (wide.status, wide.json["errors"][0]["code"]) == (422, "too_wide")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422), ({"name": "x"}, 422), ({"name": "x", "issuer": "nonsense"}, 422),
        ({"name": "x", "issuer": "https://x.example", "unknown": 1}, 422),
        ({"name": "x", "issuer": "https://x.example", "preset": "jenkins"}, 422),
        ({"name": "x", "issuer": "https://x.example", "uses": ["everything"]}, 422),
        ({"name": "x", "issuer": "https://x.example", "links": [{"client": "x"}]}, 422),
        ({"name": "x", "issuer": "http://localhost:8400"}, 422),
        ({"name": "x", "issuer": "https://x.example", "links": [
            {"client": "019a0000-0000-7000-8000-00000000dead", "conditions": [CONDITION]}]}, 422),
    ],
)  # fmt: skip
async def test_a_wrong_issuer_is_refused(
    provider: Provider, body: dict[str, Any], status: int
) -> None:
    """R007, A083: each wrong field, and clients that are not there."""
    answer = await manage(provider, "POST", PATH, body)
    assert answer.status == status, answer.body


async def test_nobody_lets_in_more_than_they_hold(provider: Provider) -> None:
    """R120, A081: by a link to a client, by addresses, by a link to a person, by enabling."""
    token = await manager(provider, "issuers:read", "issuers:write")
    strong = await provider.client("m2m", name="Strong", scopes=["users:write"])
    weak = await provider.client("m2m", name="Weak")
    body: dict[str, Any] = {"name": "Own", "issuer": "https://own.example"}

    async def create(**more: Any) -> Any:
        return await provider.api_call(token, "POST", PATH, body | more)

    link = {"client": str(strong.id), "conditions": [CONDITION]}
    for more in ({"links": [link]}, {"match_email": True}):
        answer = await create(**more)
        assert (answer.status, answer.json["code"]) == (403, "issuer_beyond_your_permissions")
    made = await create(links=[link | {"client": str(weak.id)}])
    assert made.status == 201, made.body
    path = f"{PATH}/{made.json['data']['id']}"
    for more in ({"links": [link]}, {"match_email": True}):
        answer = await provider.api_call(token, "PATCH", path, more)
        assert answer.status == 403
    await manage(provider, "PATCH", path, {"links": [link]})
    touches: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"jwks": {"keys": [{}]}}), ("POST", path + "/disable", None),
        ("POST", path + "/enable", None), ("DELETE", path, None),
    ]  # fmt: skip
    for method, address, changes in touches:  # whoever chooses the keys speaks for the client
        answer = await provider.api_call(token, method, address, changes)
        assert (answer.status, answer.json["code"]) == (403, "issuer_beyond_your_permissions")


async def test_whoever_chooses_the_keys_speaks_for_the_people(provider: Provider) -> None:
    """R120: an issuer that people are linked to is changed by who may change people."""
    token = await manager(provider, "issuers:read", "issuers:write")
    idp = ForeignIssuer(provider)
    await idp.trust()
    path = f"{PATH}/{idp.id}"
    assert (await provider.api_call(token, "PATCH", path, {"name": "x"})).status == 200
    subject = {"subject": "x", "user": str((await provider.person()).id)}
    assert (await provider.api_call(token, "POST", path + "/subjects", subject)).status == 403
    await idp.link(await provider.person("bob@example.com"))
    assert (await provider.api_call(token, "PATCH", path, {"name": "y"})).status == 403
    assert (await manage(provider, "PATCH", path, {"name": "y"})).status == 200


async def test_stronger_people_who_are_linked_are_not_touched(provider: Provider) -> None:
    """R120, A081: neither by other keys for their issuer, nor by an end of their link."""
    token = await manager(provider, "issuers:read", "issuers:write", "users:write")
    idp = ForeignIssuer(provider)
    await idp.trust()
    path = f"{PATH}/{idp.id}"
    ada, bob = await provider.person(), await provider.person("bob@example.com")
    await idp.link(bob, "bob")
    assert (await provider.api_call(token, "PATCH", path, {"name": "x"})).status == 200
    link = await idp.link(ada, "ada")
    await provider.store.transact(
        lambda tx: provider.roles.assign(tx, Subject("user", ada.id), AUDITOR, CAUSE, by=None)
    )
    calls: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"jwks": {"keys": [{}]}}), ("POST", path + "/disable", None),
        ("DELETE", path, None), ("DELETE", f"{path}/subjects/{link['id']}", None),
    ]  # fmt: skip
    for method, address, body in calls:
        answer = await provider.api_call(token, method, address, body)
        assert answer.status == 403, (method, address, answer.body)
    assert (await manage(provider, "DELETE", f"{path}/subjects/{link['id']}")).status == 204
    assert (await provider.api_call(token, "PATCH", path, {"name": "y"})).status == 200


async def test_an_issuer_outlives_its_clients(provider: Provider) -> None:
    """A link to a client that was deleted speaks for nobody, and is mended."""
    client = await provider.client("m2m", auth_method="federated_jwt")
    idp = ForeignIssuer(provider)
    await idp.trust(links=[{"client": str(client.id), "conditions": [CONDITION]}])
    await manage(provider, "DELETE", f"/api/v1/clients/{client.id}")
    assert (await idp.change(name="x")).status == 422
    assert (await idp.change(links=[])).status == 200


async def test_a_stronger_person_is_not_linked(provider: Provider) -> None:
    """R120: by somebody who may otherwise change people."""
    token = await manager(provider, "issuers:read", "issuers:write", "users:write", "users:read")
    idp = ForeignIssuer(provider)
    await idp.trust()
    admin = await provider.users.find_by_email(provider.store, "issuers@example.com")
    ada = await provider.person()
    path = f"{PATH}/{idp.id}/subjects"
    refused = await provider.api_call(token, "POST", path, {"subject": "x", "user": str(admin.id)})
    assert refused.status == 403
    made = await provider.api_call(token, "POST", path, {"subject": "x", "user": str(ada.id)})
    assert made.status == 201
    again = await provider.api_call(token, "POST", path, {"subject": "x", "user": str(ada.id)})
    assert again.status == 409
    wrong = await provider.api_call(token, "POST", path, {"subject": "", "user": str(ada.id)})
    assert wrong.status == 422


async def test_another_tenant_s_issuer_is_not_there(provider: Provider) -> None:
    """R114: 404 for each operation."""
    idp = ForeignIssuer(provider)
    await idp.trust()
    link = await idp.link(await provider.person())
    acme = provider.in_tenant(await provider.tenants.create("acme", "Acme", CAUSE))
    await provider.snapshots.poll()
    path = f"{PATH}/{idp.id}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", path, None), ("PATCH", path, {"name": "x"}), ("DELETE", path, None),
        ("POST", path + "/enable", None), ("POST", path + "/disable", None),
        ("GET", path + "/subjects", None),
        ("DELETE", f"{path}/subjects/{link['id']}", None),
    ]  # fmt: skip
    for method, address, body in calls:
        assert (await manage(acme, method, address, body)).status == 404, (method, address)
    assert (await manage(acme, "GET", PATH)).json["data"] == []
