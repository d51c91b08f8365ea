"""What authentication needs from its store, its methods and its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from limen.authentication.settings import AuthenticationSettings
from limen.identity.api import Users
from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.mail import Mailer
from limen.kernel.one_time import OneTime
from limen.kernel.standing import Gate
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader, Tx
from limen.risk.api import Attempts, Devices
from limen.sessions.api import Sessions


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """`version` counts its changes.  `binding` is the 32-byte SHA-256 of the secret of the
    browser that chose it at sign-up, while the address is not confirmed."""

    hash: str
    version: int
    must_change: bool
    binding: bytes | None


class Passwords(Protocol):
    """Hashes of passwords, at most one a person."""

    async def find(self, reader: Reader, user: UUID | None) -> StoredPassword | None:
        """Return it; for nobody (None) it reads just the same and finds nothing."""
        ...

    async def put(
        self,
        tx: Tx,
        user: UserId,
        hashed: str,
        *,
        must_change: bool = False,
        binding: bytes | None = None,
    ) -> None:
        """Set it, whatever was there."""
        ...

    async def change(self, tx: Tx, user: UserId, version: int, hashed: str) -> bool:
        """Replace the one of this version.  True for exactly one caller."""
        ...

    async def demand_change(self, tx: Tx, user: UserId) -> bool:
        """Let the password open nothing but its own replacement.  False where there is none."""
        ...

    async def use(self, tx: Tx, user: UserId, version: int) -> bool:
        """Note a use and keep changes away until the end.  False if it changed meanwhile."""
        ...

    async def rehash(self, tx: Tx, user: UserId, version: int, hashed: str) -> bool:
        """Keep the same password under another hash.  False if it changed meanwhile."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and whether its hash should be renewed."""

    ok: bool
    outdated: bool


class PasswordHasher(Protocol):
    """Hashes in threads.  Raises HashingOverloaded when too many wait."""

    async def hash(self, reader: Reader, password: str) -> str: ...

    async def verify(self, reader: Reader, password: str, hashed: str | None) -> Verdict:
        """Compare; without a hash the same work is done and the answer is no."""
        ...

    def accepts(self, hashed: str) -> bool:
        """Say whether a foreign hash is of a kind we verify, at a cost that we bear."""
        ...


class PasswordRules(Protocol):
    async def check(
        self, tenant: Tenant, password: str, names: Sequence[str | None], *, with_mfa: bool = False
    ) -> None:
        """Raise Invalid saying why it may not be chosen; `names` are the person's own."""
        ...


class BreachedPasswords(Protocol):
    async def has(self, password: str) -> bool:
        """Say whether a breach held it; no when nobody could be asked."""
        ...


@dataclass(frozen=True, slots=True)
class AddressChange:
    """A change of the primary address that waits for its sides."""

    id: UUID
    user: UserId
    address: str
    old_address: str | None
    new_at: datetime | None
    old_at: datetime | None

    @property
    def is_agreed(self) -> bool:
        """Say whether every side that is asked has confirmed."""
        return self.new_at is not None and (self.old_address is None or self.old_at is not None)


class AddressChanges(Protocol):
    """Changes of addresses that were asked for: at most one a person."""

    async def start(
        self, tx: Tx, change: UUID, user: UserId, *, address: str, old_address: str | None
    ) -> None:
        """Begin a change; an earlier one of the person is gone."""
        ...

    async def confirm(self, tx: Tx, change: UUID, *, new_side: bool) -> AddressChange | None:
        """Note that a side confirmed and return the change, kept from others until the end."""
        ...

    async def end(self, tx: Tx, user: UserId) -> None:
        """Forget the person's change."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything that the use cases work with, none of it their own."""

    users: Users
    sessions: Sessions
    gate: Gate
    attempts: Attempts
    devices: Devices
    passwords: Passwords
    hasher: PasswordHasher
    rules: PasswordRules
    changes: AddressChanges
    one_time: OneTime
    mailer: Mailer
    recorder: Recorder
    settings: AuthenticationSettings
