"""A process that sends, over each store."""

import pytest
from tests.fakes.clock import FrozenClock
from tests.support.deliveries import Posting, Receivers

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase
from limen.platform.deliveries.settings import DeliverySettings


@pytest.fixture
def receivers() -> Receivers:
    return Receivers()


@pytest.fixture
async def posting(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant, receivers: Receivers
) -> Posting:
    vault = KeyVault([MasterKey(bytes(range(32)))], clock)
    await store.transact(vault.create)
    return Posting(database, store, clock, vault, receivers, DeliverySettings())
