"""A provider that trusts one anchor, with an intermediate and an application below it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.certificates import authority, server_context
from tests.support.federation import Entity, federate
from tests.support.oauth import Provider, build
from tests.support.websites import Website, website

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.platform.db import OpenDatabase
from limen.platform.fetch import FetchSettings


@dataclass
class World:
    provider: Provider
    site: Website
    anchor: Entity
    middle: Entity
    app: Entity

    def entity(self, path: str) -> Entity:
        return Entity(self.provider, self.site, path)


@pytest.fixture
async def world(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant, tmp_path: Path
) -> AsyncIterator[World]:
    root = authority()
    (tmp_path / "root.pem").write_bytes(root.pem)
    fetching = FetchSettings(ca_file=tmp_path / "root.pem")
    provider = await build(database, store, clock, tenant, fetching)
    async with website(server_context(root, tmp_path)) as site:
        anchor = Entity(provider, site, "/anchor")
        middle = Entity(provider, site, "/middle").under(anchor)
        app = Entity(provider, site, "/app").is_app().under(middle)
        await federate(provider, anchor, federation_registration=["automatic", "explicit"])
        yield World(provider, site, anchor, middle, app)
