"""What every test may ask for: a clock, a database of either store, a tenant."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from tests.fakes.clock import FrozenClock
from tests.support import databases
from tests.support.postgres import run_folder, stop_all

from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store
from limen.platform.db import OpenDatabase

pytest_plugins = ["tests.support.loop"]


def pytest_configure(config: pytest.Config) -> None:
    run_folder()  # made here, so that all workers inherit it


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        stop_all()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where LIMEN_TEST_STORES leaves PostgreSQL out, deselect what is about it alone."""
    if "postgresql" in databases.chosen():
        return
    left_out = [item for item in items if item.get_closest_marker("postgres")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `database`, or for what rests on it, runs on each store."""
    if "store_kind" in metafunc.fixturenames:
        metafunc.parametrize("store_kind", databases.stores(), indirect=True)


@pytest.fixture
def store_kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def tenant() -> Tenant:
    """The default tenant, whose row every test's database holds."""
    return databases.DEFAULT


@pytest.fixture
async def database(store_kind: str, clock: FrozenClock) -> AsyncIterator[OpenDatabase]:
    """A migrated database with the default tenant and nothing else."""
    async with databases.fresh(store_kind, clock) as opened:
        yield opened


@pytest.fixture
def store(database: OpenDatabase, tenant: Tenant) -> Store:
    """The default tenant's door to `database`."""
    return database.tenant(tenant.id)


@pytest.fixture
async def open_second(
    clock: FrozenClock,
) -> AsyncIterator[Callable[[OpenDatabase], Awaitable[OpenDatabase]]]:
    """Open the store of a database once more, as a second process would."""
    opened: list[OpenDatabase] = []

    async def again(database: OpenDatabase) -> OpenDatabase:
        opened.append(await databases.second(database, clock))
        return opened[-1]

    yield again
    for another in opened:
        await another.aclose()
