"""The management API's accounts, handlers called as the guard would."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from tests.support.people import ANOTHER, CAUSE, EMAIL, PASSWORD, People, people

from limen.authentication.errors import PasswordPresent, WrongCredentials
from limen.authentication.http import CredentialsApi
from limen.authentication.routes import ROUTES as CREDENTIAL_ROUTES
from limen.identity.errors import IllegalTransition
from limen.identity.http import UsersApi
from limen.identity.routes import ROUTES
from limen.kernel.errors import Invalid, Malformed, NotFound, Stale
from limen.kernel.ids import new_id
from limen.kernel.routes import Caller, Route
from limen.kernel.uow import UniqueConflict
from limen.platform.http.api import Listings
from limen.platform.http.messages import Request

__all__ = ["people"]
BY_NAME: Mapping[str, Route] = {r.operation: r for r in (*ROUTES, *CREDENTIAL_ROUTES)}


class Api:
    """Calls the handlers as the guard would."""

    def __init__(self, people: People) -> None:
        self.people = people
        users = UsersApi(people.accounts, Listings(people.vault)).handlers()
        credentials = CredentialsApi(people.authentication, people.accounts).handlers()
        self.handlers = {**users, **credentials}
        self.caller: Caller | None = None
        self.headers: dict[str, str] = {}
        self.status = 0

    async def call(
        self,
        operation: str,
        body: object = None,
        *,
        query: Any = (),
        match: str = "",
        **params: str,
    ) -> Any:
        route = BY_NAME[operation]
        raw = b"" if body is None else json.dumps(body).encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw}

        headers = [(b"content-type", b"application/json")]
        if match:
            headers.append((b"if-match", match.encode()))
        scope = {
            "method": route.method, "path": route.path, "scheme": "https",
            "query_string": urlencode(query).encode(), "headers": headers,
        }  # fmt: skip
        request = Request(scope, receive)
        request.tenant, request.store, request.route = (
            self.people.tenant, self.people.store, route,
        )  # fmt: skip
        request.cause, request.params, request.caller = CAUSE, params, self.caller
        response = await self.handlers[operation](request)
        assert response.status == route.success
        self.headers = {k.decode(): v.decode() for k, v in response.headers}
        return json.loads(response.body)["data"] if response.body else None

    async def page(self, **query: Any) -> tuple[list[str], str | None]:
        route = BY_NAME["users.list"]
        scope = {
            "method": "GET", "path": route.path, "scheme": "https", "headers": [],
            "query_string": urlencode(query).encode(),
        }  # fmt: skip
        request = Request(scope, None)  # type: ignore[arg-type]
        request.tenant, request.store, request.route = (
            self.people.tenant, self.people.store, route,
        )  # fmt: skip
        request.cause = CAUSE
        response = await self.handlers["users.list"](request)
        answer = json.loads(response.body)
        return [u["id"] for u in answer["data"]], answer["pagination"]["next_cursor"]


@pytest.fixture
def api(people: People) -> Api:
    return Api(people)


def test_every_route_has_a_handler_and_declares_who_may_come() -> None:
    """R113: reading needs users:read, changing users:write; one's own needs one's own token."""
    for route in BY_NAME.values():
        if route.path.startswith("/api/v1/me"):
            assert route.access.kind == "bearer"
            continue
        expected = "users:read" if route.method == "GET" else "users:write"
        assert route.access.permission == expected
        assert route.csrf == ("none" if route.method == "GET" else "json")
    assert BY_NAME["users.set_password"].local
    assert BY_NAME["users.import_password"].local
    assert sum(route.local for route in BY_NAME.values()) == 2


async def test_an_account_from_its_creation_to_its_end(api: Api) -> None:
    made = await api.call(
        "users.create",
        {"email": EMAIL, "username": "ada", "profile": {"name": "Ada"}, "status": "active"},
    )
    assert api.headers["location"] == f"http://localhost:8400/api/v1/users/{made['id']}"
    assert (made["email"], made["username"], made["status"]) == (EMAIL, "ada", "active")
    assert made["emails"][0]["verified"] is False
    read = await api.call("users.get", id=made["id"])
    assert read == made
    etag = api.headers["etag"]
    changed = await api.call(
        "users.update", {"profile": {"nickname": "A"}}, match=etag, id=made["id"]
    )
    assert (changed["profile"]["name"], changed["profile"]["nickname"]) == ("Ada", "A")
    with pytest.raises(Stale):
        await api.call("users.update", {"profile": {"nickname": "B"}}, match=etag, id=made["id"])
    suspended = await api.call("users.suspend", {"reason": "lost laptop"}, id=made["id"])
    assert (suspended["status"], suspended["status_reason"]) == ("suspended", "lost laptop")
    with pytest.raises(IllegalTransition):
        await api.call("users.deactivate", id=made["id"])
    assert (await api.call("users.activate", id=made["id"]))["status"] == "active"
    assert (await api.call("users.deactivate", id=made["id"]))["status"] == "inactive"
    await api.call("users.delete", id=made["id"])
    with pytest.raises(NotFound):
        await api.call("users.get", id=made["id"])


async def test_a_move_can_be_tied_to_a_version_too(api: Api) -> None:
    made = await api.call("users.create", {"email": EMAIL, "status": "active"})
    with pytest.raises(Stale):
        await api.call("users.delete", match='"7"', id=made["id"])
    await api.call("users.delete", match='"1"', id=made["id"])


async def test_addresses_are_added_proven_chosen_and_removed(api: Api) -> None:
    made = await api.call("users.create", {"email": EMAIL})
    user = made["id"]
    first = made["emails"][0]["id"]
    second = (await api.call("users.emails.add", {"address": "B@Example.com"}, id=user))["id"]
    shown = await api.call("users.emails.verify", id=user, email=second)
    assert shown["status"] == "active"
    shown = await api.call("users.emails.make_primary", id=user, email=second)
    assert shown["email"] == "B@example.com"
    await api.call("users.emails.remove", id=user, email=first)
    assert [e["id"] for e in (await api.call("users.get", id=user))["emails"]] == [second]
    with pytest.raises(NotFound):
        await api.call("users.emails.remove", id=user, email=first)


@pytest.mark.parametrize(
    "unknown", ["x", "", "018cc251-f400-7000-8000-000000000001", str(UUID(int=0)), "1' OR '1'='1"]
)
async def test_ids_that_are_nobodys_answer_alike(api: Api, unknown: str) -> None:
    """R114, A077, A123: missing, malformed and other tenants' ids are one answer."""
    for operation, body in (
        ("users.get", None), ("users.update", {}), ("users.activate", None),
        ("users.delete", None), ("users.suspend", {"reason": "x"}),
        ("users.emails.add", {"address": EMAIL}), ("users.reset_password", None),
    ):  # fmt: skip
        with pytest.raises(NotFound) as refused:
            await api.call(operation, body, id=unknown)
        assert refused.value.shown == NotFound.hint


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("users.create", {"email": EMAIL, "password": PASSWORD}),
        ("users.create", {"email": EMAIL, "id": str(new_id())}),
        ("users.create", {"email": EMAIL, "tenant": str(new_id())}),
        ("users.create", {"email": [EMAIL, "b@example.com"]}),
        ("users.create", {"email": EMAIL, "status": "deleted"}),
        ("users.create", {"email": EMAIL, "profile": {"is_admin": True}}),
        ("users.create", {}),
        ("users.update", {"email": EMAIL}),
        ("users.update", {"status": "active"}),
        ("users.update", {"profile": {"email_verified": True}}),
        ("users.suspend", {}),
        ("users.suspend", {"reason": ""}),
        ("me.update", {"email": "eve@example.com", "email_verified": True}),
        ("me.update", {"username": "root"}),
        ("me.update", {"profile": {"phone_number_verified": True}}),
        ("me.update", {"status": "active"}),
    ],
)
async def test_fields_that_nobody_may_send_are_refused(
    api: Api, people: People, operation: str, body: object
) -> None:
    """A083, A061, R115, R076: unknown fields, passwords, lists, proofs by one's own word."""
    user = await people.person("someone@example.com")
    api.caller = Caller(people.tenant.id, user=user.id)
    with pytest.raises(Invalid):
        await api.call(operation, body, id=str(user.id))
    assert await people.find(user.id) == user


async def test_no_answer_holds_a_secret(api: Api, people: People) -> None:
    """A085: not in a list, an account, or one's own."""
    user = await people.person(username="ada")
    api.caller = Caller(people.tenant.id, user=user.id)
    shown = json.dumps(
        [await api.call("users.get", id=str(user.id)), await api.call("me.get"),
         await api.call("users.list")]
    )  # fmt: skip
    for secret in (PASSWORD, "hash", "password", "digest", "folded", "tenant", "binding"):
        assert secret not in shown


async def test_lists_are_paged_by_cursors_bound_to_their_filter(api: Api, people: People) -> None:
    """R137, A087"""
    users = sorted([str((await people.person(f"u{n}@example.com")).id) for n in range(5)])
    first, cursor = await api.page(limit=2)
    second, cursor2 = await api.page(limit=2, cursor=cursor)
    third, end = await api.page(limit=2, cursor=cursor2)
    assert [*first, *second, *third] == users
    assert end is None
    for wrong in (
        {"cursor": cursor, "status": "active"},
        {"cursor": "x"},
        {"cursor": cursor + "A"},
    ):
        with pytest.raises(Malformed):
            await api.page(**wrong)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0}, {"limit": 201}, {"limit": "x"}, {"status": "deleted!"}, {"sort": "password"},
        {"q": "a", "email": "b"}, {"q": "a\0"}, {"email": "\n"}, {"hash": "x"}, {"password": "x"},
    ],
)  # fmt: skip
async def test_a_list_takes_known_filters_only(api: Api, query: dict[str, Any]) -> None:
    """A085: no filter or order on what is secret."""
    with pytest.raises(Invalid):
        await api.page(**query)


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "_", "\\", "a%' ESCAPE 'x"])
async def test_filters_are_no_sql(api: Api, people: People, text: str) -> None:
    """A123"""
    await people.person(username="ada")
    for name in ("q", "email", "username"):
        assert await api.page(**{name: text}) == ([], None)


async def test_a_taken_address_is_a_conflict(api: Api) -> None:
    await api.call("users.create", {"email": EMAIL})
    with pytest.raises(UniqueConflict):
        await api.call("users.create", {"email": EMAIL.upper()})


async def test_ones_own_account(api: Api, people: People) -> None:
    user = await people.person(username="ada")
    api.caller = Caller(people.tenant.id, user=user.id)
    assert (await api.call("me.get"))["id"] == str(user.id)
    changed = await api.call("me.update", {"profile": {"name": "Ada", "zoneinfo": "UTC"}})
    assert changed["profile"]["zoneinfo"] == "UTC"
    with pytest.raises(WrongCredentials):
        await api.call("me.change_password", {"current": ANOTHER, "new": ANOTHER})
    await api.call("me.change_password", {"current": PASSWORD, "new": ANOTHER})
    await people.sign_in(password=ANOTHER)
    await api.call("me.change_email", {"address": "new@example.com"})
    assert people.mailer.names()[-2:] == ["address_change_new", "address_change_old"]


async def test_a_machine_has_no_own_account(api: Api, people: People) -> None:
    api.caller = Caller(people.tenant.id, client=new_id())
    for operation, body in (("me.get", None), ("me.update", {}),
                            ("me.change_email", {"address": EMAIL})):  # fmt: skip
        with pytest.raises(NotFound):
            await api.call(operation, body)


async def test_an_administrator_starts_a_reset_and_sees_nothing_of_it(
    api: Api, people: People
) -> None:
    """R076"""
    user = await people.person()
    assert await api.call("users.reset_password", id=str(user.id)) is None
    assert people.mailer.newest("reset_password").to == EMAIL
    nameless = await people.person(None, username="ada")
    with pytest.raises(Invalid):
        await api.call("users.reset_password", id=str(nameless.id))


async def test_the_local_command_sets_a_password(api: Api, people: People) -> None:
    user = await people.person(password=None)
    with pytest.raises(Invalid):
        await api.call("users.set_password", {"password": "short"}, id=str(user.id))
    await api.call("users.set_password", {"password": PASSWORD}, id=str(user.id))
    await people.sign_in()


async def test_the_local_command_imports_a_hash_once(api: Api, people: People) -> None:
    """R072: bcrypt and Argon2 from elsewhere, renewed at the first sign-in."""
    user = await people.person(password=None)
    with pytest.raises(Invalid):
        await api.call("users.import_password", {"hash": "md5"}, id=str(user.id))
    await api.call("users.import_password", {"hash": f"old:{PASSWORD}"}, id=str(user.id))
    with pytest.raises(PasswordPresent):
        await api.call("users.import_password", {"hash": "old:other"}, id=str(user.id))
    await people.sign_in()
    stored = await people.ports.passwords.find(people.store, user.id)
    assert stored is not None
    assert stored.hash == f"now:{PASSWORD}"
