"""People, passwords and sessions over a test's database, with hashing and mail in memory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.fakes.administrators import Administrators
from tests.fakes.clock import FrozenClock
from tests.fakes.mailer import MemoryMailer
from tests.fakes.passwords import CountingHasher, LengthRules

from limen.authentication.api import AddressUnconfirmed, SignedIn
from limen.authentication.methods.password.store import SqlPasswords
from limen.authentication.ports import Ports
from limen.authentication.service import PasswordAuthentication
from limen.authentication.settings import AuthenticationSettings
from limen.authentication.store import SqlAddressChanges
from limen.identity.accounts import Accounts
from limen.identity.api import NewUser, Profile, User
from limen.identity.store import STANDING, SqlUsers
from limen.kernel.ids import UserId
from limen.kernel.request import ANONYMOUS, Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault
from limen.platform.db import OpenDatabase, compose
from limen.platform.db.one_time import SqlOneTime
from limen.platform.facts.queue import SealQueue
from limen.platform.facts.recorder import FactRecorder
from limen.platform.limits import Limiter
from limen.risk.attempts import CountedAttempts
from limen.risk.devices import SealedDevices
from limen.risk.settings import RiskSettings
from limen.risk.store import SqlCounts
from limen.sessions.commands import StoredSessions
from limen.sessions.settings import SessionSettings
from limen.sessions.store import SqlFamilies, SqlSessions

PASSWORD = "correct horse battery staple"
ANOTHER = "paper lantern under water"
EMAIL = "ada@example.com"
BROWSER = "the-secret-of-a-browser"
CAUSE = Cause(ANONYMOUS, "req-1", "7F3K-21", "192.0.2.7", "Browser/1.0")


@dataclass
class People:
    """Identity, risk and authentication wired to one tenant of a test's database."""

    database: OpenDatabase
    store: Store
    tenant: Tenant
    clock: FrozenClock
    settings: AuthenticationSettings = field(
        default_factory=lambda: AuthenticationSettings(answer_floor=timedelta(0))
    )
    risk: RiskSettings = field(default_factory=RiskSettings)

    def __post_init__(self) -> None:
        self.vault = KeyVault([MasterKey(bytes(range(32)))], self.clock)
        self.recorder = FactRecorder(self.vault, self.clock, SealQueue(self.clock))
        self.administrators = Administrators()
        self.accounts = Accounts(SqlUsers(), self.recorder, self.administrators)
        self.mailer = MemoryMailer()
        self.hasher = CountingHasher()
        self.rules = LengthRules()
        self.limiter = Limiter(self.clock)
        self.attempts = self.new_attempts()
        self.sessions = StoredSessions(
            SqlSessions(), SqlFamilies(), self.recorder, self.clock, SessionSettings(),
            manages=_nobody_manages,
        )  # fmt: skip
        self.gate = compose([STANDING])
        self.ports = Ports(
            users=self.accounts,
            sessions=self.sessions,
            gate=self.gate,
            attempts=self.attempts,
            devices=SealedDevices(self.vault),
            passwords=SqlPasswords(),
            hasher=self.hasher,
            rules=self.rules,
            changes=SqlAddressChanges(),
            one_time=SqlOneTime(),
            mailer=self.mailer,
            recorder=self.recorder,
            settings=self.settings,
        )
        self.authentication = PasswordAuthentication(self.ports)

    def new_attempts(self, *, dev: bool = False) -> CountedAttempts:
        return CountedAttempts(
            SqlCounts(), self.limiter, self.vault, self.recorder, settings=self.risk, dev=dev
        )

    def use(self, **changes: Any) -> None:
        """Replace some of the ports."""
        self.ports = replace(self.ports, **changes)
        self.authentication = PasswordAuthentication(self.ports)

    async def person(
        self,
        email: str | None = EMAIL,
        *,
        password: str | None = PASSWORD,
        username: str | None = None,
        active: bool = True,
        profile: Profile | None = None,
    ) -> User:
        """Make an account, active with a proven address, or pending without."""
        new = NewUser(
            email=email,
            email_verified=active and email is not None,
            username=username,
            status="active" if active else "pending",
            profile=profile or Profile(),
        )

        async def work(tx: Tx) -> User:
            user = await self.accounts.create(tx, new, CAUSE)
            if password is not None:
                await self.ports.passwords.put(tx, user.id, f"{self.hasher.parameters}:{password}")
            return user

        return await self.store.transact(work)

    async def sign_in(
        self, identifier: str = EMAIL, password: str = PASSWORD, **changes: Any
    ) -> SignedIn | AddressUnconfirmed:
        values: dict[str, Any] = {
            "browser": None, "device": None, "remember": False, "cause": CAUSE,
            "store": self.store,
        }  # fmt: skip
        values |= changes
        store = values.pop("store")
        return await self.authentication.sign_in_with_password(
            store, self.tenant, identifier=identifier, password=password, **values
        )

    async def sign_up(self, email: str = EMAIL, password: str = PASSWORD, **changes: Any) -> None:
        values: dict[str, Any] = {
            "profile": Profile(name="Ada"), "browser_binding": BROWSER,
            "continue_to": "/account", "cause": CAUSE, "store": self.store,
        }  # fmt: skip
        values |= changes
        store = values.pop("store")
        await self.authentication.sign_up(
            store, self.tenant, email=email, password=password, **values
        )

    async def confirm(self, secret: str, **changes: Any) -> Any:
        values: dict[str, Any] = {"browser_binding": BROWSER, "password": None, "cause": CAUSE}
        return await self.authentication.confirm_address(
            self.store, self.tenant, secret=secret, **(values | changes)
        )

    async def ask_reset(self, email: str = EMAIL) -> None:
        await self.authentication.request_reset(self.store, self.tenant, email=email, cause=CAUSE)

    async def reset(self, secret: str, password: str = ANOTHER) -> None:
        await self.authentication.complete_reset(
            self.store, self.tenant, secret=secret, password=password, cause=CAUSE
        )

    async def find(self, user: UserId) -> User | None:
        return await self.accounts.find(self.store, user)

    async def move(self, user: UserId, to: Any, reason: str | None = None) -> User:
        return await self.store.transact(
            lambda tx: self.accounts.change_status(tx, user, to, CAUSE, reason=reason)
        )

    async def facts(self, *names: str) -> "list[FactRow]":
        """Return what was recorded, oldest first; of these names or all."""
        rows = await self.store.all(_FACTS)
        return [row for row in rows if not names or row.name in names]


class FactRow(msgspec.Struct, frozen=True):
    name: str
    result: str
    reason: str | None
    target: str | None
    data: str
    personal: bytes | None


def _facts() -> Any:
    import sqlalchemy as sa

    from limen.platform.db import Query, metadata, mine

    events = metadata.tables["events"]
    c = events.c
    chosen = sa.select(c.name, c.result, c.reason, c.target, c.data, c.personal_sealed)
    return Query(chosen.where(mine(events)).order_by(c.id), FactRow)


_FACTS = _facts()


@pytest.fixture
async def people(
    database: OpenDatabase, store: Store, tenant: Tenant, clock: FrozenClock
) -> AsyncIterator[People]:
    made = People(database, store, tenant, clock)
    await store.transact(made.vault.create)
    yield made


async def _nobody_manages(_reader: object, _user: object) -> bool:
    return False
