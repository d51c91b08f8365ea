"""Families and sessions as tests need them: over fakes, and over a test's database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.fakes.clock import FrozenClock
from tests.fakes.families import MemoryFamilies, MemorySessions
from tests.fakes.keyring import MacKeyring
from tests.fakes.units import FakeTx, ListRecorder
from tests.support.facts import CAUSE, Rig

from limen.kernel.ids import SessionId, UserId, new_id
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Store, Tx
from limen.platform.db import OpenDatabase
from limen.sessions.api import Family, NewFamily, Refused, Rotated, Session
from limen.sessions.commands import StoredRefreshTokens, StoredSessions
from limen.sessions.settings import SessionSettings
from limen.sessions.store import SqlFamilies, SqlSessions
from limen.sessions.usecases.rotate_refresh_token import rotate_refresh_token
from limen.sessions.usecases.start_family import start_family

CLIENT = UUID("0198c1f0-0000-7000-8000-0000000000c1")
GRANT = UUID("0198c1f0-0000-7000-8000-0000000000a1")
USER = UserId(UUID("0198c1f0-0000-7000-8000-000000000001"))
LEEWAY = timedelta(seconds=10)
PUBLIC = NewFamily(
    user=USER, client=CLIENT, session=None, grant=GRANT, scope=("openid", "offline_access"),
    resources=("https://api.example.org",), offline=True, confidential=False,
)  # fmt: skip


def a_session(clock: FrozenClock, **changes: Any) -> Session:
    now = clock.now()
    session = Session(
        id=SessionId(new_id()), user=USER, started_at=now, authenticated_at=now,
        last_active_at=now, idle_expires_at=now + timedelta(hours=1),
        expires_at=now + timedelta(hours=24), amr=("pwd",), acr="1", ip=None, user_agent=None,
        remembered=False,
    )  # fmt: skip
    return replace(session, **changes)


@dataclass
class Memory:
    """The use cases of families over fakes."""

    clock: FrozenClock = field(default_factory=FrozenClock)

    def __post_init__(self) -> None:
        self.keyring = MacKeyring()
        self.recorder = ListRecorder()
        self.sessions = MemorySessions(self.clock)
        self.families = MemoryFamilies(self.clock, self.sessions)
        self.tx: Any = FakeTx(self.clock)

    async def start(self, new: NewFamily = PUBLIC) -> tuple[Family, str]:
        return await start_family(
            self.tx, new, CAUSE, keyring=self.keyring, families=self.families,
            sessions=self.sessions, recorder=self.recorder, settings=SessionSettings(),
        )  # fmt: skip

    async def rotate(
        self, token: str, *, client: UUID = CLIENT, key: str | None = None
    ) -> Rotated | Refused:
        return await rotate_refresh_token(
            self.tx, token, client=client, key_binding=key, cause=CAUSE, leeway=LEEWAY,
            keyring=self.keyring, families=self.families, sessions=self.sessions,
            recorder=self.recorder,
        )  # fmt: skip


@dataclass
class Desk:
    """Sessions and refresh tokens of the default tenant, over a test's database."""

    rig: Rig
    settings: SessionSettings = field(default_factory=SessionSettings)
    administrators: set[UserId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.store: Store = self.rig.store
        self.rows, self.families = SqlSessions(), SqlFamilies()
        recorder, vault = self.rig.recorder, self.rig.vault
        self.sessions = StoredSessions(
            self.rows, self.families, recorder, self.rig.clock, self.settings,
            manages=self._manages,
        )  # fmt: skip
        self.tokens = StoredRefreshTokens(self.rows, self.families, recorder, vault, self.settings)

    async def _manages(self, _: Reader, user: UserId) -> bool:
        return user in self.administrators

    async def sign_in(
        self, *, user: UserId = USER, browser: str | None = None, **options: Any
    ) -> Any:
        proof = {"amr": ("pwd",), "acr": "1"} | options
        return await self.store.transact(
            lambda tx: self.sessions.start(tx, user, CAUSE, browser=browser, **proof)
        )

    async def issue(self, new: NewFamily = PUBLIC) -> tuple[Family, str]:
        return await self.store.transact(lambda tx: self.tokens.start(tx, new, CAUSE))

    async def rotate(
        self, token: str, *, client: UUID = CLIENT, key: str | None = None
    ) -> Rotated | Refused:
        async def work(tx: Tx) -> Rotated | Refused:
            return await self.tokens.rotate(tx, token, client=client, key_binding=key, cause=CAUSE)

        return await self.store.transact(work)


@pytest.fixture
async def desk(
    database: OpenDatabase, store: Store, clock: FrozenClock, tenant: Tenant
) -> AsyncIterator[Desk]:
    """A desk whose tenant has its keys."""
    rig = Rig(database, store, clock)
    await store.transact(rig.vault.create)
    yield Desk(rig)
