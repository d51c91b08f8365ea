"""The set-up link: for thirty minutes and once, whoever holds it becomes administrator."""

from datetime import timedelta
from typing import Final, Protocol

import msgspec

from limen.kernel.one_time import OneTime
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.platform.crypto import new_secret

LIFETIME: Final = timedelta(minutes=30)
_KIND = "setup"


class CreateAdministrator(Protocol):
    async def __call__(
        self, store: Store, tenant: Tenant, *, email: str, password: str, cause: Cause
    ) -> None:
        """Create an active, verified person with the administrator's role.

        Raises Invalid, UniqueConflict, having created nothing.
        """
        ...


class Nothing(msgspec.Struct, frozen=True):
    """A set-up link carries nothing but itself."""


class SetupLinks:
    """Set-up links of a tenant; the newest one alone works."""

    def __init__(self, one_time: OneTime) -> None:
        self._one_time = one_time

    async def issue(self, store: Store, tenant: Tenant) -> str:
        """Return the address of a new link; earlier ones stop working."""
        secret = await self._renew(store, tenant)
        return f"{tenant.issuer}/setup?token={secret}"

    async def is_usable(self, store: Store, secret: str) -> bool:
        """Return whether the link still works; use nothing."""
        return await self._one_time.find(store, _KIND, secret, Nothing) is not None

    async def use(self, store: Store, secret: str) -> bool:
        """Use it.  True for exactly one caller."""

        async def work(tx: Tx) -> bool:
            entry = await self._one_time.consume(tx, _KIND, secret, Nothing)
            return entry is not None and entry.consumed_at is None

        return await store.transact(work)

    async def reopen(self, store: Store, tenant: Tenant) -> str:
        """Return a fresh secret for one who used the link and was then refused a detail."""
        return await self._renew(store, tenant)

    async def _renew(self, store: Store, tenant: Tenant) -> str:
        secret = new_secret()

        async def work(tx: Tx) -> None:
            await self._one_time.withdraw(tx, tenant.id, _KIND)
            await self._one_time.issue(
                tx, _KIND, Nothing(), lifetime=LIFETIME, secret=secret, subject=tenant.id
            )

        await store.transact(work)
        return secret
