"""The management API of roles, behind the real door."""

from typing import Any

import pytest
from tests.support.facts import CAUSE
from tests.support.management import Api, api, office

from limen.kernel.ids import new_id

__all__ = ["api", "office"]

DESK = {"name": "desk", "says": "Ends sessions.", "permissions": ["sessions:*"]}


async def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = await api("POST", "/api/v1/roles", DESK | changes)
    assert answer.status == 201, answer.body
    return answer.json["data"]


async def test_a_role_is_made_changed_given_taken_and_deleted(api: Api) -> None:
    """R113, R116: what it allows follows at once."""
    role = await make(api)
    path = f"/api/v1/roles/{role['id']}"
    user, token = await api.person()
    subject = {"kind": "user", "id": str(user)}
    assert (await api("GET", "/api/v1/sessions", token=token)).status == 403
    assert (await api("POST", f"{path}/assign", subject)).status == 204
    assert (await api("GET", "/api/v1/sessions", token=token)).status == 200
    assert (await api("GET", f"{path}/subjects")).json["data"] == [subject]
    assert [one["name"] for one in (await api("GET", f"/api/v1/users/{user}/roles")).json["data"]
            ] == ["desk"]  # fmt: skip
    changed = await api("PATCH", path, {"permissions": ["users:read"]}, version=1)
    assert (changed.json["data"]["permissions"], changed.headers["etag"]) == (["users:read"], '"2"')
    assert (await api("GET", "/api/v1/sessions", token=token)).status == 403
    assert (await api("PATCH", path, {"says": "x"}, version=1)).status == 412
    assert (await api("POST", f"{path}/unassign", subject)).status == 204
    assert (await api("DELETE", path)).status == 204
    assert (await api("GET", path)).status == 404
    assert (await api("DELETE", path)).status == 404


async def test_the_catalogue_and_the_list_are_readable(api: Api) -> None:
    listed = await api("GET", "/api/v1/permissions")
    assert "users:read" in {one["name"] for one in listed.json["data"]}
    first = await api("GET", "/api/v1/roles?limit=2")
    page = first.json["pagination"]
    rest = await api("GET", f"/api/v1/roles?limit=2&cursor={page['next_cursor']}")
    names = {one["name"] for one in [*first.json["data"], *rest.json["data"]]}
    assert names == {"administrator", "auditor", "user_manager"}
    assert (await api("GET", "/api/v1/roles?name=auditor")).json["data"][0]["built_in"]
    assert (await api("GET", f"/api/v1/clients/{new_id()}/roles")).json["data"] == []


async def test_a_helper_cannot_rise(api: Api) -> None:
    """R120, A081: over the API; nor can a narrow token do what its owner may."""
    helper = await make(api, name="helper", permissions=["roles:*", "users:read"])
    user, token = await api.person("helper")
    admin = (await api("GET", "/api/v1/roles?name=administrator")).json["data"][0]
    mine = {"kind": "user", "id": str(user)}
    tries: list[tuple[str, str, Any]] = [
        ("POST", f"/api/v1/roles/{admin['id']}/assign", mine),
        ("POST", f"/api/v1/roles/{admin['id']}/unassign", mine),
        ("POST", "/api/v1/roles", DESK),
        ("PATCH", f"/api/v1/roles/{helper['id']}", {"permissions": ["*"]}),
    ]
    for method, path, body in tries:
        answer = await api(method, path, body, token=token)
        assert (answer.status, answer.json["code"]) == (403, "beyond_own_permissions")
    owner, _ = await api.person("administrator")
    narrow = api.bearers.admit(api.tenant, user=owner, scopes=frozenset({"roles:write"}))
    refused = await api("POST", f"/api/v1/roles/{admin['id']}/assign", mine, token=narrow)
    assert refused.status == 403


async def test_the_last_administrator_stays(api: Api) -> None:
    """A081"""
    admin = (await api("GET", "/api/v1/roles?name=administrator")).json["data"][0]
    path = f"/api/v1/roles/{admin['id']}/unassign"
    refused = await api("POST", path, {"kind": "user", "id": api.admin})
    assert (refused.status, refused.json["code"]) == (409, "last_administrator")
    assert (await api("DELETE", f"/api/v1/roles/{admin['id']}")).json["code"] == "built_in_role"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "permissions": []},
        {"name": "desk", "permissions": ["users:fly"]},
        {"name": "desk", "permissions": "users:read"},
        {"name": "desk", "permissions": [], "built_in": True},
        {"name": "Desk", "permissions": []},
        {"name": "desk"},
    ],
)
async def test_wrong_roles_are_refused(api: Api, body: dict[str, Any]) -> None:
    """R115"""
    assert (await api("POST", "/api/v1/roles", body)).status == 422


async def test_another_tenants_roles_do_not_exist(api: Api) -> None:
    """A077, R114: the same answer as for what never existed."""
    acme = await api.office.tenants.create("acme", "Acme", CAUSE)
    _, token = await api.person("administrator", tenant=acme)
    role = await make(api)
    subject = {"kind": "user", "id": str(new_id())}
    for method, rest, body in (
        ("GET", "", None),
        ("PATCH", "", {"says": "x"}),
        ("DELETE", "", None),
        ("GET", "/subjects", None),
        ("POST", "/assign", subject),
        ("POST", "/unassign", subject),
    ):
        known = await api(method, f"/t/acme/api/v1/roles/{role['id']}{rest}", body, token=token)
        unknown = await api(method, f"/t/acme/api/v1/roles/{new_id()}{rest}", body, token=token)
        assert (known.status, known.json["code"]) == (404, "not_found")
        assert known.json["detail"] == unknown.json["detail"]
