"""Two tenants of one installation, each with one of everything, and callers of every kind."""

import contextlib
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.fakes.clock import FrozenClock
from tests.support import databases
from tests.support.apps import Running
from tests.support.oauth import API, CAUSE, Answer, Provider
from tests.support.postgres import cluster
from tests.support.schema import all_tables

from limen.access.api import PERMISSIONS, Subject
from limen.identity.api import User
from limen.kernel.routes import Route
from limen.kernel.tenant import Tenant
from limen.oauth.api import Client
from limen.oauth.options import ClientOptions
from limen.platform.db import OpenDatabase

EVERYTHING = (*PERMISSIONS, "account:read", "account:write")
PASSWORD = "a long enough pass phrase 71"
NOWHERE = "019a0000-0000-7000-8000-00000000dead"
_LISTS = (
    "users", "clients", "apis", "roles", "grants", "sessions", "token-families", "audit/facts",
    "registration-tokens",
)  # fmt: skip
PUBLIC_KEY = {
    "kty": "OKP", "crv": "Ed25519", "kid": "1",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}  # fmt: skip
_COUNTERS = {
    "events", "seal_queue", "alembic_version", "attempts", "idempotency_keys", "event_chain",
    "audit_checkpoints", "audit_keys", "decoupled_counts",
}  # fmt: skip


@dataclass
class Realm:
    """One tenant, filled; `ids` has the id of one thing of each kind, by the word in the path."""

    provider: Provider
    ids: dict[str, str] = field(default_factory=dict)
    admin: Any = None
    admin_token: str = ""
    person: Any = None
    browser: str = ""
    app: Any = None
    asker: Any = None
    tokens: dict[str, Any] = field(default_factory=dict)

    async def mint(self, user: User | None = None, *scopes: str, client: Any = None) -> str:
        provider = self.provider
        return await provider.oauth.admin_tokens.mint(
            provider.store, provider.tenant, user=user, client=client, scopes=scopes, cause=CAUSE
        )

    async def with_role(self, role: str, email: str) -> User:
        user = await self.provider.person(email)
        await self.give(user.id, role)
        return user

    async def give(self, user: UUID, role: str) -> None:
        roles = self.provider.roles
        await self.provider.store.transact(
            lambda tx: roles.assign(tx, Subject("user", user), role, CAUSE, by=None)
        )

    async def move(self, user: UUID, status: Any) -> None:
        users = self.provider.users
        await self.provider.store.transact(
            lambda tx: users.change_status(tx, user, status, CAUSE, reason="test")
        )

    async def end(self, session: Any) -> None:
        sessions = self.provider.sessions
        await self.provider.store.transact(
            lambda tx: sessions.end(tx, session.id, CAUSE, reason="test")
        )

    async def take(self, user: UUID, role: str) -> None:
        roles = self.provider.roles
        await self.provider.store.transact(
            lambda tx: roles.unassign(tx, Subject("user", user), role, CAUSE, by=None)
        )

    async def manager(self, name: str) -> Client:
        """Return an application that may ask people for everything, and does not ask them."""
        return await self.provider.client(
            "web", name=name, skip_consent=True, scopes=["openid", "offline_access", *EVERYTHING]
        )

    async def issued(self, client: Client, secret: str, *more: str) -> dict[str, Any]:
        """Return tokens for everything; not offline, so that they end with the session."""
        scope = " ".join(("openid", *more, *EVERYTHING))
        return await self.provider.tokens(client, secret, scope=scope)

    async def call(
        self, route: Route, token: str | None, ids: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        """Call the route with a right path and body, as `token`, with these ids."""
        found = self.ids | dict(ids or {})
        body = more.pop("body", example(route, found))
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        if body is not None:
            headers.setdefault("content-type", "application/json")
        raw = b"" if body is None else body if isinstance(body, bytes) else encode(body)
        return await self.provider.send(
            route.method, path_of(route, found), body=raw, headers=list(headers.items()), **more
        )


@dataclass
class World:
    """`home` is the default tenant, `away` the second."""

    running: Running
    clock: FrozenClock
    home: Realm
    away: Realm

    @property
    def routes(self) -> list[Route]:
        return self.running.app.registry.routes

    @property
    def api_routes(self) -> list[Route]:
        return [route for route in self.routes if route.answer == "api"]

    async def dump(self, *also: str) -> dict[str, list[Any]]:
        """Return every row of every table but events and counters."""
        return await dump(self.running.app.database, {*_COUNTERS, *also})


def encode(body: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(body)


def path_of(route: Route, ids: Mapping[str, str]) -> str:
    parts = route.path.split("/")
    return "/".join(
        ids[_kind(parts, index)] if part.startswith("{") else part
        for index, part in enumerate(parts)
    )


def kinds_of(route: Route) -> list[str]:
    """Return the kinds of the ids in the route's path."""
    parts = route.path.split("/")
    return [_kind(parts, index) for index, part in enumerate(parts) if part.startswith("{")]


def _kind(parts: list[str], index: int) -> str:
    before = parts[index - 1]
    return "audit/facts" if before == "facts" else before


def example(route: Route, ids: Mapping[str, str]) -> Any:
    """Return a body that the route takes, None where it takes none."""
    if route.body is None:
        return None
    if route.operation in ("roles.assign", "roles.unassign"):
        return {"kind": "user", "id": ids["users"]}
    given = {
        "me.change_password": {"current": PASSWORD, "new": PASSWORD + " new"},
        "clients.preview_claims": {"user": ids["users"]},
        "clients.resolve_subject": {"subject": ids["users"]},
        "issuers.link_subject": {"subject": "another", "user": ids["users"]},
    }
    return given.get(route.operation) or dict(route.example)


def provider_of(running: Running, clock: FrozenClock, tenant: Tenant) -> Provider:
    """Return the whole application, seen by people and clients of one tenant."""
    app = running.app
    contexts = app.contexts
    return Provider(
        app.database, app.database.tenant(tenant.id), clock, tenant, app.base.platform.vault,
        app.door, contexts.oauth, contexts.identity.users, contexts.sessions.sessions,
        contexts.sessions.refresh_tokens, contexts.access.roles, contexts.keys.api,
        app.base.platform.snapshots, contexts.tenancy.tenants, app.tasks,
    )  # fmt: skip


async def fill(provider: Provider) -> Realm:
    """Make one of everything in a tenant."""
    realm = Realm(provider)
    realm.admin = await realm.with_role("administrator", "root@example.com")
    realm.person = await provider.person()
    await provider.api()
    realm.app = await provider.client(
        "web", scopes=["openid", "email", "offline_access", "orders:read"], audiences=[API]
    )
    realm.browser, _ = await provider.sign_in(realm.person)
    realm.tokens = await provider.tokens(
        realm.app, realm.browser, scope="openid email offline_access"
    )
    realm.admin_token = await realm.mint(realm.admin)
    made = await provider.api_call(
        realm.admin_token, "POST", "/api/v1/roles",
        {"name": "helpdesk", "says": "x", "permissions": ["users:read"]},
    )  # fmt: skip
    assert made.status == 201, made.body
    token = await provider.api_call(
        realm.admin_token, "POST", "/api/v1/registration-tokens", {"name": "x"}
    )
    assert token.status == 201, token.body
    for kind in _LISTS:
        listed = await provider.api_call(realm.admin_token, "GET", f"/api/v1/{kind}")
        assert listed.status == 200, (kind, listed.body)
        realm.ids[kind] = listed.json["data"][0]["id"]
    keys = await provider.api_call(realm.admin_token, "GET", "/api/v1/keys")
    email = realm.person.primary_email
    realm.ids |= {
        "keys": keys.json["data"][0]["kid"],
        "users": str(realm.person.id),
        "clients": str(realm.app.id),
        "roles": made.json["data"]["id"],
        "emails": str(email.id),
        "tenants": str(provider.tenant.id),
        "logouts": await told(realm),
        "register": NOWHERE,
        "resources": NOWHERE,
        "status-lists": NOWHERE,
    }
    realm.ids |= await trusted(realm)
    realm.ids |= await signals(realm)
    realm.ids |= await vouched(realm)
    return realm


async def vouched(realm: Realm) -> dict[str, str]:
    """Vouch for an entity of a federation; return its id."""
    path = "/api/v1/federation-subordinates"
    body = {"entity_id": "https://entity.example.org", "jwks": {"keys": [PUBLIC_KEY]}}
    made = await realm.provider.api_call(realm.admin_token, "POST", path, body)
    return {"federation-subordinates": made.json["data"]["id"]}


async def trusted(realm: Realm) -> dict[str, str]:
    """Trust an issuer, and link one of its subjects to the person; return both ids."""
    call, token, path = realm.provider.api_call, realm.admin_token, "/api/v1/trusted-issuers"
    uri = "https://idp.example.org/jwks"
    body = {"name": "x", "issuer": "https://idp.example.org", "jwks_uri": uri}
    issuer = (await call(token, "POST", path, body)).json["data"]["id"]
    subject = {"subject": "x", "user": str(realm.person.id)}
    link = (await call(token, "POST", f"{path}/{issuer}/subjects", subject)).json["data"]["id"]
    return {"trusted-issuers": issuer, "subjects": link}


async def signals(realm: Realm) -> dict[str, str]:
    """Listen to a source, and have an application listen to us; return both ids."""
    provider, token = realm.provider, realm.admin_token
    body = {"name": "x", "issuer": "https://signals.example.org"}
    source = await provider.api_call(token, "POST", "/api/v1/signal-sources", body)
    monitor = await provider.client("m2m", name="Monitor", scopes=["ssf.manage"])
    own = (await provider.machine_token(monitor))["access_token"]
    stream = await provider.api_call(own, "POST", "/ssf/streams", {})
    return {
        "signal-sources": source.json["data"]["id"],
        "signal-streams": stream.json["stream_id"],
        "sources": NOWHERE,
        "streams": NOWHERE,
    }


async def told(realm: Realm) -> str:
    """End a session whose application is to be told; return the id of that."""
    provider = realm.provider
    options = ClientOptions(backchannel_logout_uri="https://told.example/logout")
    app = await provider.client("web", name="Told", skip_consent=True, options=options)
    secret, session = await provider.sign_in(realm.person)
    await provider.tokens(app, secret)
    await provider.store.transact(
        lambda tx: provider.sessions.end(tx, session.id, CAUSE, reason="test")
    )
    listed = await provider.api_call(realm.admin_token, "GET", "/api/v1/logouts")
    return listed.json["data"][0]["id"]


async def dump(database: OpenDatabase, without: Iterable[str]) -> dict[str, list[Any]]:
    names = sorted(set(all_tables().tables) - set(without))
    if database.dialect == "sqlite":
        with contextlib.closing(sqlite3.connect(str(database.path))) as connection:
            return {n: sorted(map(repr, connection.execute(f'SELECT * FROM "{n}"'))) for n in names}
    connection = await asyncpg.connect(cluster().admin(databases.worker_database()))
    try:
        return {
            n: sorted(repr(tuple(row)) for row in await connection.fetch(f'SELECT * FROM "{n}"'))
            for n in names
        }
    finally:
        await connection.close()


@pytest.fixture
async def world(limen: Running, clock: FrozenClock) -> AsyncIterator[World]:
    """The whole application with two tenants, both filled."""
    acme = await limen.app.contexts.tenancy.tenants.create("acme", "Acme", CAUSE)
    await limen.app.base.platform.snapshots.poll()
    home = await fill(provider_of(limen, clock, limen.tenant))
    away = await fill(provider_of(limen, clock, acme))
    yield World(limen, clock, home, away)


def outcome(answer: Answer) -> tuple[int, str]:
    """Return the status and the problem's code, where it is one."""
    problem = answer.headers.get("content-type") == "application/problem+json"
    return answer.status, answer.json["code"] if problem else ""


@dataclass
class Visitor:
    """One browser, signed in where it has a session's `secret`."""

    provider: Provider
    secret: str | None = None
    binding: str = "the-random-secret-of-one-browser"

    async def csrf(self) -> str:
        """Return what our own pages put into this browser's forms."""
        keyring = await self.provider.vault.keyring(self.provider.store)
        return urlsafe_b64encode(keyring.mac("csrf", self.binding.encode())).decode().rstrip("=")

    async def get(self, path: str, query: str = "", **headers: str) -> Answer:
        cookies = await self.provider.cookies(self.secret, self.binding)
        more = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return await self.provider.send("GET", path, query=query, headers=[cookies, *more])

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        cookies = await self.provider.cookies(self.secret, self.binding)
        more = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return await self.provider.form(path, fields, cookies, *more)
