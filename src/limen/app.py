"""The composition root: the only module that imports every context.

`compose` puts the contexts together over an open store; `open_app` does so for a command,
without listening; `server.py` serves the result.  A new context adds its `wire` to
`_contexts`, and nothing else here.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from limen import __version__
from limen.composition.calls import call
from limen.composition.contexts import Contexts, wire_contexts
from limen.composition.platform import Base, wire_base
from limen.kernel.clock import Clock, SystemClock
from limen.kernel.errors import StartRefused
from limen.kernel.request import LOCAL_CLI, Cause
from limen.kernel.routes import Route
from limen.kernel.tenant import DEFAULT_SLUG, Tenant
from limen.platform.config import Config
from limen.platform.db import OpenDatabase, open_database
from limen.platform.db.pending import pending
from limen.platform.http import docs, health
from limen.platform.http.cors import Cors
from limen.platform.http.door import Door
from limen.platform.http.faces import Faces, Task
from limen.platform.http.guard import Guard
from limen.platform.http.idempotency import Idempotency
from limen.platform.http.origin import Proxies
from limen.platform.http.registry import Registry
from limen.platform.mtls.certificates import Certificates
from limen.platform.mtls.settings import MtlsSettings
from limen.platform.telemetry.checks import Check


class SchemaOutdated(StartRefused):
    """The store lacks migrations of this release."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything composed: `door` serves, `tasks` work behind it, `call` is for commands."""

    config: Config
    base: Base
    contexts: Contexts
    registry: Registry
    door: Door
    tasks: tuple[Task, ...]
    checks: tuple[Check, ...]

    @property
    def database(self) -> OpenDatabase:
        return self.base.database

    async def begin(self) -> None:
        """Make ready to serve.

        Raises MasterKeyError for another master key than the store's, and OlderCopy where
        the store is a restored older copy.
        """
        await self.contexts.audit.begin()
        default = await self.tenant(DEFAULT_SLUG)
        await self.base.platform.vault.keyring(self.database.tenant(default.id))
        await self.base.begin()

    async def end(self) -> None:
        """Finish what is only in memory, before the store is closed."""
        await self.base.summarise()
        await self.contexts.audit.end()
        self.contexts.authentication.pool.close()

    async def call(
        self,
        operation: str,
        *,
        tenant: str = DEFAULT_SLUG,
        params: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> tuple[int, Any]:
        """Run an API operation as the local administrator; return status and decoded answer."""
        found = await self.tenant(tenant)
        return await call(self, found, operation, params or {}, query or {}, body)

    async def tenant(self, slug: str) -> Tenant:
        """Return the tenant, creating the default one in a new store.  Raises NotFound."""
        tenants = self.contexts.tenancy.tenants
        found = await tenants.by_slug(slug)
        if found is None and slug == DEFAULT_SLUG:
            found = await tenants.create(DEFAULT_SLUG, "Limen", Cause(LOCAL_CLI))
        if found is None:
            raise _no_tenant(slug)
        return found


def _no_tenant(slug: str) -> Exception:
    from limen.kernel.errors import NotFound

    return NotFound(f"tenant {slug}", hint=f"There is no tenant {slug!r}.")


def compose(
    config: Config,
    database: OpenDatabase,
    clock: Clock | None = None,
    *,
    only: frozenset[str] | None = None,
) -> App:
    """Put everything together; nothing is read from the store yet.

    `only` names the contexts whose routes are served here; all are wired.
    Raises RegistryError, and ValueError for a context that does not exist.
    """
    base = wire_base(config, database, clock or SystemClock())
    contexts = wire_contexts(base)
    every = [*contexts.faces_of(only), *base.faces]
    registry: Registry

    def routes() -> Sequence[Route]:
        return registry.routes

    if config.core.api_docs:
        every.append(docs.wire(base.platform.pages, routes, __version__))
    registry = Registry(every, dev=base.platform.dev)
    checks = (*base.checks, *contexts.audit.checks)
    contexts.audit.add_metrics(base.metrics)
    return App(
        config, base, contexts, registry, _door(base, contexts, registry, checks),
        tuple(task for face in every for task in face.tasks), checks,
    )  # fmt: skip


def _door(base: Base, contexts: Contexts, registry: Registry, checks: Sequence[Check]) -> Door:
    platform = base.platform
    proxies = Proxies([str(network) for network in base.config.core.trusted_proxies])
    mtls = base.config.section("mtls", MtlsSettings)
    guard = Guard(
        bearer=contexts.oauth.bearer,
        session=contexts.sessions.authenticator,
        authorizer=contexts.access.authorizer,
        limiter=platform.limiter,
        clock=platform.clock,
        owners=registry.owners,
    )
    return Door(
        issuer=platform.issuer,
        registry=registry,
        guard=guard,
        tenants=contexts.tenancy.tenants,
        database=base.database,
        vault=platform.vault,
        pages=platform.pages,
        proxies=proxies,
        cors=Cors(contexts.oauth.origin_allowed),
        observer=base.observer,
        refusals=base.refusals,
        idempotency=Idempotency(base.idempotency),
        bare=health.handlers(checks, base.metrics),
        certificates=Certificates(proxies, mtls) if mtls.is_on else None,
        alias=mtls.url,
    )


async def open_store(config: Config, *, patience: float = 5.0) -> OpenDatabase:
    """Open the configured store.  Raises SchemaOutdated where migrations are pending."""
    waiting = await pending(config.database_url)
    if waiting:
        raise SchemaOutdated(f"{len(waiting)} migrations are pending; run `limen migrate`.")
    if config.is_sqlite:
        return await open_database(config.database_url, SystemClock(), patience=patience)
    return await open_database(config.database_url, SystemClock())


@asynccontextmanager
async def open_app(config: Config) -> AsyncGenerator[App]:
    """Open the store and compose, for as long as a command runs."""
    database = await open_store(config, patience=10.0)
    try:
        app = compose(config, database)
        await app.begin()
        yield app
        await app.end()
    finally:
        await database.aclose()


def all_routes() -> Sequence[Route]:
    """Return every route of the product, without a store: for documents and remote commands."""
    from limen.composition.contexts import declared_routes

    return [*declared_routes(), *docs.ROUTES]


__all__ = ["App", "Faces", "all_routes", "compose", "open_app"]
