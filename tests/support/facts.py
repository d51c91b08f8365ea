"""A recorder, a vault and a log over a test's database, and ways to change it from outside."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.fakes.clock import FrozenClock
from tests.support import databases
from tests.support.postgres import cluster

from limen.audit.store import SqlLog
from limen.audit.usecases.checkpoint import checkpoint
from limen.audit.usecases.seal import seal
from limen.kernel.events import Fact
from limen.kernel.request import Actor, Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase
from limen.platform.facts.queue import SealQueue
from limen.platform.facts.recorder import FactRecorder

PERSON = UUID("0198c1f0-0000-7000-8000-000000000001")
CAUSE = Cause(Actor("user", PERSON), "req-1", "7F3K-21", "192.0.2.7", "Browser/1.0")
MASTER = bytes(range(32))


@dataclass
class Rig:
    """Everything that writes and reads a log, for the default tenant."""

    database: OpenDatabase
    store: Store
    clock: FrozenClock
    limit: int = 600
    vault: KeyVault = field(init=False)
    queue: SealQueue = field(init=False)
    recorder: FactRecorder = field(init=False)
    log: SqlLog = field(default_factory=SqlLog)

    def __post_init__(self) -> None:
        self.vault = KeyVault([MasterKey(MASTER)], self.clock)
        self.queue = SealQueue(self.clock)
        self.recorder = FactRecorder(
            self.vault, self.clock, self.queue, refusals_per_minute=self.limit
        )

    async def record(self, *facts: Fact, cause: Cause = CAUSE) -> None:
        async def work(tx: Tx) -> None:
            for fact in facts:
                await self.recorder.record(tx, fact, cause)

        await self.store.transact(work)

    async def record_many(self, count: int, *, start: int = 0) -> None:
        for number in range(start, start + count):
            await self.record(a_fact(number))

    async def seal(self, batch: int = 100) -> int:
        keyring = await self.vault.keyring(self.store)
        return await seal(self.store, keyring=keyring, log=self.log, batch=batch)

    async def checkpoint(self) -> Any:
        keyring = await self.vault.keyring(self.store)
        return await checkpoint(
            self.store, keyring=keyring, log=self.log, recorder=self.recorder, clock=self.clock
        )

    async def grow(self, count: int, *, start: int = 0) -> None:
        """Record facts, seal them and sign the head."""
        await self.record_many(count, start=start)
        while await self.seal():
            pass
        await self.checkpoint()

    async def tamper(self, statement: str) -> int:
        """Run SQL past everything that guards the store; return how many rows it changed."""
        return await tamper(self.database, statement)


def a_fact(number: int = 0, **changes: Any) -> Fact:
    values: dict[str, Any] = {
        "name": "user.changed",
        "target": ("user", PERSON),
        "data": {"number": number, "fields": ["name", "locale"]},
        "person": PERSON,
        "personal": {"email": "ada@example.org"},
    }
    return Fact(**(values | changes))


async def tamper(database: OpenDatabase, statement: str) -> int:
    if database.dialect == "sqlite":
        with contextlib.closing(sqlite3.connect(database.path)) as connection, connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            return connection.execute(statement.replace("'\\x", "x'")).rowcount
    connection = await asyncpg.connect(cluster().admin(databases.worker_database()))
    try:
        await connection.execute("SET session_replication_role = replica")
        status = (await connection.execute(statement)).rpartition(" ")[2]
        return int(status) if status.isdigit() else 0
    finally:
        await connection.close()


@pytest.fixture
async def rig(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> AsyncIterator[Rig]:
    """A rig whose tenant has its keys."""
    made = Rig(database, store, clock)
    await store.transact(made.vault.create)
    yield made
