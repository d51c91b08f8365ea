"""The management API of tenancy, access and sessions behind the real door."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from tests.fakes.bearers import KnownBearers
from tests.support.facts import CAUSE
from tests.support.oauth import Answer, Dispatch, NoObserver, NoRefusals
from tests.support.sessions import Desk
from tests.support.tenancy import ISSUER, Office, office

from limen.access.api import ADMINISTRATOR, Subject
from limen.access.http import RolesApi
from limen.access.routes import ROUTES as ACCESS
from limen.kernel.ids import new_id
from limen.kernel.tenant import Tenant
from limen.platform.db.idempotency import SqlIdempotencyKeys
from limen.platform.http.api import Listings
from limen.platform.http.cors import Cors
from limen.platform.http.door import Door
from limen.platform.http.faces import Faces
from limen.platform.http.guard import Guard
from limen.platform.http.idempotency import Idempotency
from limen.platform.http.origin import Proxies
from limen.platform.http.registry import Registry
from limen.platform.limits import Limiter
from limen.platform.templating import Pages
from limen.sessions.authenticator import BrowserAuthenticator
from limen.sessions.http import SessionsApi
from limen.sessions.routes import ROUTES as SESSIONS
from limen.tenancy.http import TenantsApi
from limen.tenancy.routes import ROUTES as TENANCY

__all__ = ["Api", "api", "office"]


@dataclass
class Api:
    """Calls operations with the tokens of `bearers`; `admin` is an administrator's."""

    office: Office
    tenant: Tenant
    bearers: KnownBearers = field(default_factory=KnownBearers)
    admin: str = ""

    def __post_init__(self) -> None:
        office, rig = self.office, self.office.rig
        self.desk = Desk(rig)
        listings = Listings(rig.vault)
        sessions = self._sessions(listings)
        faces = [
            Faces(TENANCY, TenantsApi(office.tenants, listings, ISSUER).handlers()),
            Faces(ACCESS, RolesApi(office.roles, listings).handlers()),
            Faces(SESSIONS, sessions.handlers(), (), sessions.owners()),
        ]
        guard = Guard(
            self.bearers,
            BrowserAuthenticator(self.desk.sessions, office.gate, rig.database),
            office.roles,
            Limiter(rig.clock),
            rig.clock,
            owners=sessions.owners(),
        )
        pages: Any = Pages(dev=True)
        no_origin: Any = None
        self._send = Dispatch(
            Door(
                issuer=ISSUER, registry=Registry(faces, dev=True), guard=guard,
                tenants=office.tenants, database=rig.database, vault=rig.vault, pages=pages,
                proxies=Proxies([]), cors=Cors(no_origin), observer=NoObserver(),
                refusals=NoRefusals(), idempotency=Idempotency(SqlIdempotencyKeys(rig.vault)),
                bare={},
            ),
            prefix="",
        )  # fmt: skip

    def _sessions(self, listings: Listings) -> SessionsApi:
        desk = self.desk
        gate = self.office.gate
        return SessionsApi(desk.sessions, desk.tokens, desk.rows, desk.families, gate, listings)

    async def person(
        self, role: str | None = None, *, tenant: Tenant | None = None, **caller: Any
    ) -> tuple[UUID, str]:
        """Return a person, with a role where one is named, and their token."""
        user, where = new_id(), tenant or self.tenant
        if role is not None:
            subject = Subject("user", user)
            await self.office.of(where.id).transact(
                lambda tx: self.office.roles.assign(tx, subject, role, CAUSE, by=None)
            )
        return user, self.bearers.admit(where, user=user, **caller)

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        version: int | None = None,
    ) -> Answer:
        headers = [("authorization", f"Bearer {self.admin if token is None else token}")]
        if version is not None:
            headers.append(("if-match", f'"{version}"'))
        if body is not None:
            headers.append(("content-type", "application/json"))
        path, _, query = path.partition("?")
        raw = b"" if body is None else json.dumps(body).encode()
        return await self._send(method, path, query=query, body=raw, headers=headers)


@pytest.fixture
async def api(office: Office, tenant: Tenant) -> AsyncIterator[Api]:
    """The API with an administrator of the default tenant."""
    made = Api(office, tenant)
    _, made.admin = await made.person(ADMINISTRATOR)
    yield made
