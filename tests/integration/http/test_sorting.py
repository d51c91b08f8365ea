"""Lists in the order that was asked for, page by page."""

import re

import pytest
from tests.support.apps import Running


async def walk(limen: Running, token: str, path: str, query: str) -> list[str]:
    """Return the ids of a list, following its links."""
    found: list[str] = []
    answer = await limen.api("GET", f"{path}?limit=2&{query}", token)
    while True:
        assert answer.status_code == 200, answer.text
        found += [item["id"] for item in answer.json()["data"]]
        link = answer.headers.get("link")
        if link is None:
            return found
        address = re.fullmatch(r'<([^>]*)>; rel="next"', link)
        assert address is not None
        answer = await limen.api("GET", address[1], token)


async def test_people_and_applications_are_listed_newest_first(limen: Running) -> None:
    """R137: each exactly once, in either order, also filtered; the links are whole."""
    admin = await limen.person("admin@example.org", admin=True)
    others = [await limen.person(f"p{number}@example.org") for number in range(6)]
    people = [str(admin.id), *(str(user.id) for user in others)]
    uris = ("https://a.example/",)
    made = [await limen.client(name=f"App {number}", redirect_uris=uris) for number in range(5)]
    clients = [str(client.id) for client, _ in made]
    token = await limen.token(admin, "users:read", "clients:read")
    for path, ids in (("/api/v1/users", people), ("/api/v1/clients", clients)):
        assert await walk(limen, token, path, "sort=created_at") == sorted(ids)
        assert await walk(limen, token, path, "sort=-created_at") == sorted(ids, reverse=True)
    filtered = await walk(limen, token, "/api/v1/users", "sort=-created_at&q=p&status=active")
    assert filtered == sorted(people[1:], reverse=True)


@pytest.mark.parametrize("sort", ["name", "created_at,id", "-", "", "CREATED_AT"])
async def test_an_order_that_a_list_does_not_declare_is_refused(limen: Running, sort: str) -> None:
    """R137: 422, as for any parameter that is wrong; lists that declare none take none."""
    admin = await limen.person("admin@example.org", admin=True)
    token = await limen.token(admin, "users:read", "roles:read")
    assert (await limen.api("GET", f"/api/v1/users?sort={sort}", token)).status_code == 422
    assert (await limen.api("GET", "/api/v1/roles?sort=created_at", token)).status_code == 422


async def test_a_cursor_is_of_one_order(limen: Running) -> None:
    """R137, A087: a cursor of one order is none of the other."""
    admin = await limen.person("admin@example.org", admin=True)
    await limen.person("other@example.org")
    token = await limen.token(admin, "users:read")
    page = await limen.api("GET", "/api/v1/users?limit=1&sort=-created_at", token)
    cursor = page.json()["pagination"]["next_cursor"]
    wrong = await limen.api("GET", f"/api/v1/users?limit=1&cursor={cursor}", token)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_cursor")
