"""The demo's two applications: made once, remembered beside the store (0600), for dev only."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from limen.access.api import AUDITOR, Subject
from limen.demo.relying_party import DemoClient
from limen.kernel.request import LOCAL_CLI, Cause
from limen.kernel.uow import Tx
from limen.oauth.api import NewClient
from limen.platform.http.messages import Request

if TYPE_CHECKING:
    from limen.app import App

FILE = "demo.json"
_MACHINE_SCOPES = ("users:read", "sessions:read", "clients:read", "audit:read")


class Registered(msgspec.Struct, frozen=True):
    """The ids and secrets of the demo application and of the demo machine."""

    issuer: str
    app_id: str
    app_secret: str
    machine_id: str
    machine_secret: str


class DemoRegistration:
    """What `welcome` registered, read once it is there."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def read(self) -> Registered | None:
        if not self._file.is_file():
            return None
        return msgspec.json.decode(self._file.read_bytes(), type=Registered)

    def write(self, registered: Registered) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(self._file, flags, 0o600), "wb") as file:
            file.write(msgspec.json.encode(registered))

    async def find(self, request: Request) -> DemoClient | None:
        """Return the demo's client: the default tenant's, none for others."""
        found = self.read() if request.tenant.is_default else None
        return None if found is None else DemoClient(found.app_id, found.app_secret)


async def ensure(app: "App") -> Registered:
    """Return the demo's applications; register them where they are missing or elsewhere's."""
    registration = DemoRegistration(app.config.data_dir)
    found = registration.read()
    tenant = await app.tenant("default")
    store = app.database.tenant(tenant.id)
    clients = app.contexts.oauth.clients
    if found is not None and found.issuer == tenant.issuer:
        known = await clients.find(store, found.app_id), await clients.find(store, found.machine_id)
        if None not in known:
            return found
    cause = Cause(LOCAL_CLI)
    base = tenant.issuer
    demo = NewClient(
        name="Demo", type="web", redirect_uris=(f"{base}/demo/callback",),
        post_logout_redirect_uris=(f"{base}/demo",),
    )  # fmt: skip
    machine = NewClient(name="Demo machine", type="m2m", scopes=_MACHINE_SCOPES)

    async def register(tx: Tx) -> Registered:
        one, one_secret = await clients.create(tx, demo, cause)
        two, two_secret = await clients.create(tx, machine, cause)
        roles = app.contexts.access.roles
        await roles.assign(tx, Subject("client", two.id), AUDITOR, cause, by=None)
        return Registered(base, one.client_id, one_secret or "", two.client_id, two_secret or "")

    registered = await store.transact(register)
    registration.write(registered)
    return registered
