"""The whole application over each store."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.apps import CAUSE, Running, compose_test_app, http_client

from limen.platform.db import OpenDatabase


@pytest.fixture
def settings() -> dict[str, str]:
    """What a module sets otherwise for its application, as environment variables."""
    return {}


@pytest.fixture
async def limen(
    database: OpenDatabase, clock: FrozenClock, tmp_path: Path, settings: dict[str, str]
) -> AsyncIterator[Running]:
    """The composed application with its default tenant equipped, and an HTTP client."""
    app = compose_test_app(database, clock, tmp_path, settings)
    tenant = await app.contexts.tenancy.tenants.by_slug("default")
    assert tenant is not None
    store = database.tenant(tenant.id)

    async def equip(tx: Any) -> None:
        await app.base.platform.vault.create(tx)
        await app.contexts.access.roles.install(tx, tenant)
        await app.contexts.keys.api.create(tx, CAUSE)

    await store.transact(equip)
    await app.begin()
    async with http_client(app) as http:
        yield Running(app, tenant, http)
    await app.end()
