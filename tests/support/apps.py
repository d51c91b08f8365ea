"""The composed application in the test's own process: real store, real contexts, no socket."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from limen.access.api import ADMINISTRATOR, Subject
from limen.app import App, compose
from limen.identity.api import NewUser, User
from limen.kernel.clock import Clock
from limen.kernel.request import LOCAL_CLI, Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.oauth.api import Client, NewClient
from limen.platform.config import load
from limen.platform.db import OpenDatabase

ISSUER = "http://localhost:8400"
MASTER = base64.b64encode(bytes(range(32))).decode()
CAUSE = Cause(LOCAL_CLI)


def compose_test_app(
    database: OpenDatabase, clock: Clock, folder: Path, settings: Mapping[str, str] | None = None
) -> App:
    """Compose over an open database, in dev mode (the inbox keeps mail)."""
    environment = {
        "LIMEN_MASTER_KEY": MASTER,
        "LIMEN_DEV": "true",
        **(settings or {}),
    }
    known = {k: v for k, v in environment.items() if v}
    return compose(load(None, known, folder), database, clock)


@dataclass
class Running:
    """An app with an HTTP client, and shortcuts to make people, clients and tokens."""

    app: App
    tenant: Tenant
    http: httpx.AsyncClient
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.app.database.tenant(self.tenant.id)

    async def person(self, email: str, *, admin: bool = False) -> User:
        users, roles = self.app.contexts.identity.users, self.app.contexts.access.roles

        async def work(tx: Any) -> User:
            new = NewUser(email=email, email_verified=True, status="active")
            user = await users.create(tx, new, CAUSE)
            if admin:
                await roles.assign(tx, Subject("user", user.id), ADMINISTRATOR, CAUSE, by=None)
            return user

        return await self.store.transact(work)

    async def client(self, **values: Any) -> tuple[Client, str | None]:
        clients = self.app.contexts.oauth.clients
        new = NewClient(**{"name": "App", "type": "web", **values})
        return await self.store.transact(lambda tx: clients.create(tx, new, CAUSE))

    async def token(self, user: User, *scopes: str) -> str:
        """Return a management token for the user."""
        return await self.app.contexts.oauth.admin_tokens.mint(
            self.store, self.tenant, user=user, client=None, scopes=scopes, cause=CAUSE
        )

    async def api(
        self, method: str, path: str, token: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await self.http.request(method, path, headers=headers, **options)


def http_client(app: App, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app.door, raise_app_exceptions=True, **options)
    return httpx.AsyncClient(transport=transport, base_url=ISSUER, follow_redirects=False)
