"""The management API of tenants and settings, behind the real door."""

from tests.support.facts import CAUSE
from tests.support.management import Api, api, office

from limen.kernel.ids import new_id

__all__ = ["api", "office"]


async def test_a_tenant_is_created_shown_renamed_and_suspended(api: Api) -> None:
    """R113: with its version as ETag, and its place in Location."""
    made = await api("POST", "/api/v1/tenants", {"slug": "acme", "name": "Acme"})
    assert made.status == 201
    tenant = made.json["data"]
    assert made.headers["location"].endswith(f"/api/v1/tenants/{tenant['id']}")
    assert tenant["issuer"] == "http://localhost:8400/t/acme"
    path = f"/api/v1/tenants/{tenant['id']}"
    renamed = await api("PATCH", path, {"name": "Acme Inc."}, version=1)
    assert renamed.headers["etag"] == '"2"'
    stale = await api("PATCH", path, {"name": "No"}, version=1)
    assert (stale.status, stale.json["code"]) == (412, "stale")
    assert (await api("POST", f"{path}/suspend")).json["data"]["status"] == "suspended"
    assert (await api("GET", "/t/acme/api/v1/settings")).status == 404
    assert (await api("POST", f"{path}/activate")).json["data"]["status"] == "active"
    listed = await api("GET", "/api/v1/tenants?slug=acme")
    assert [one["name"] for one in listed.json["data"]] == ["Acme Inc."]


async def test_wrong_tenants_are_refused(api: Api) -> None:
    """R115: unknown fields too."""
    for body, code in (
        ({"slug": "API", "name": "x"}, 422),
        ({"slug": "admin", "name": "x"}, 422),
        ({"slug": "acme", "name": "x", "id": str(new_id())}, 422),
        ({"slug": "default", "name": "x"}, 409),
    ):
        assert (await api("POST", "/api/v1/tenants", body)).status == code
    assert (await api("GET", f"/api/v1/tenants/{new_id()}")).status == 404
    assert (await api("GET", "/api/v1/tenants/no-id")).status == 404


async def test_only_the_default_tenants_administrators_see_tenants(api: Api) -> None:
    """A077, R120: another tenant's administrator cannot, neither there nor here."""
    acme = await api.office.tenants.create("acme", "Acme", CAUSE)
    _, token = await api.person("administrator", tenant=acme)
    assert (await api("GET", "/t/acme/api/v1/roles", token=token)).status == 200
    assert (await api("GET", "/t/acme/api/v1/tenants", token=token)).status == 404
    assert (await api("GET", "/api/v1/tenants", token=token)).status == 401
    _, reader = await api.person("auditor")
    assert (await api("GET", "/api/v1/tenants", token=reader)).status == 200
    body = {"slug": "bb", "name": "b"}
    assert (await api("POST", "/api/v1/tenants", body, token=reader)).status == 403


async def test_settings_are_changed_and_go_back_to_their_default(api: Api) -> None:
    """Unknown ones come with a suggestion."""
    assert (await api("GET", "/api/v1/settings")).json["data"] == {}
    change = {"sign_up_mode": "closed", "support_url": "https://acme.example"}
    changed = await api("PATCH", "/api/v1/settings", change)
    assert changed.json["data"] == change
    back = await api("PATCH", "/api/v1/settings", {"support_url": None})
    assert back.json["data"] == {"sign_up_mode": "closed"}
    wrong = await api("PATCH", "/api/v1/settings", {"sign_up": "closed"})
    assert wrong.status == 422
    assert "sign_up_mode" in wrong.json["errors"][0]["message"]
    _, reader = await api.person("auditor")
    assert (await api("PATCH", "/api/v1/settings", change, token=reader)).status == 403
    other = await api.office.tenants.create("acme", "Acme", CAUSE)
    path = f"/api/v1/tenants/{other.id}/settings"
    assert (await api("PATCH", path, {"password_block_list": ["acme"]})).json["data"] == {
        "password_block_list": ["acme"]
    }


async def test_ten_thousand_words_fit_into_a_block_list(api: Api) -> None:
    """R070: and are kept whole."""
    words = [f"word-{number:05}" + "x" * 40 for number in range(10_000)]
    changed = await api("PATCH", "/api/v1/settings", {"password_block_list": words})
    assert changed.status == 200
    assert (await api("GET", "/api/v1/settings")).json["data"]["password_block_list"] == words
