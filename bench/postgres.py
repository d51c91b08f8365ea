"""A PostgreSQL of its own for a run: the tests' cluster.

It does not wait for the disk; what is measured is our process, whose CPU time is the same.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from tests.support.postgres import APP, OWNER, cluster, stop_all

_NAME = "limen_bench"


@contextmanager
def database() -> Iterator[dict[str, str]]:
    """Give the settings that name a new, empty database.  Raises RuntimeError without a server."""
    server = cluster()
    try:
        asyncio.run(_create(server.admin()))
        yield {
            "LIMEN_DATABASE_URL": server.url(_NAME),
            "LIMEN_DATABASE__MIGRATE_URL": server.url(_NAME, OWNER),
        }
    finally:
        stop_all()


async def _create(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for role in (OWNER, APP):
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(f'CREATE ROLE "{role}" LOGIN')
        await connection.execute(f'CREATE DATABASE "{_NAME}" OWNER "{OWNER}"')
    finally:
        await connection.close()
