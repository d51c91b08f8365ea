"""The vault: wrapped keys read from the store, unwrapped in memory, kept for a while.

A keyring is kept until it is crowded out: a tenant's key never changes, only its wrapping.
A person's key is kept for 30 s at most, so that destroying it here destroys it everywhere
within that time.  Nothing read inside a unit is kept before the unit has committed.
"""

from collections.abc import Callable, Sequence
from secrets import token_bytes
from typing import Protocol, cast
from uuid import UUID

from limen.kernel.clock import Clock
from limen.kernel.ids import new_id
from limen.kernel.uow import Reader, Store, Tx
from limen.kernel.vault import CannotOpen, Place
from limen.platform.crypto.bounded import Bounded
from limen.platform.crypto.envelope import KEY_SIZE, associated
from limen.platform.crypto.keyring import OnePersonKey, TenantKeyring
from limen.platform.crypto.master import MasterKey, MasterKeyError
from limen.platform.crypto.store import Destroyed, Queries, WrappedKey

_MAX_TENANTS = 512
_MAX_PERSONS = 4096
_PERSON_SECONDS = 30.0


class KeyVault:
    """Implements `kernel.vault.Vault`.  The first master key wraps; any of them unwraps."""

    def __init__(self, masters: Sequence[MasterKey], clock: Clock) -> None:
        self._masters = {master.commitment: master for master in masters}
        self._master = masters[0]
        self._keyrings: Bounded[UUID, TenantKeyring] = Bounded(_MAX_TENANTS)
        self._persons: Bounded[tuple[UUID, UUID], tuple[float, OnePersonKey]] = Bounded(
            _MAX_PERSONS
        )
        self._clock = clock

    async def keyring(self, reader: Reader) -> TenantKeyring:
        """Raises MasterKeyError for a tenant without keys, and for the wrong master key."""
        tenant = reader.tenant
        keyring = self._keyrings.get(tenant)
        if keyring is None:
            rows = await reader.all(Queries.of_tenant)
            if not rows:
                raise MasterKeyError(f"The tenant {tenant} has no keys; it was never finished.")
            keyring = TenantKeyring(tenant, [self._unwrap(tenant, row) for row in rows])
            self._keep(reader, lambda: self._keyrings.put(tenant, keyring))
        return keyring

    async def create(self, tx: Tx) -> None:
        key, row = token_bytes(KEY_SIZE), new_id()
        commitment = OnePersonKey(tx.tenant, key).commitment
        wrapped = self._wrap(tx.tenant, row, key)
        await tx.run(Queries.add_tenant, row, commitment, self._master.commitment, wrapped)

    async def person(self, tx: Reader, user: UUID) -> OnePersonKey | None:
        place = (tx.tenant, user)
        known = self._persons.get(place)
        if known is not None and self._clock.monotonic() - known[0] < _PERSON_SECONDS:
            return known[1]
        began = self._clock.monotonic()
        wrapped = await tx.one(Queries.of_person, user)
        if wrapped is None:
            self._persons.drop(place)
            return None
        keyring = await self.keyring(tx)
        key = OnePersonKey(tx.tenant, keyring.open(_of_person(user), wrapped))
        self._keep(tx, lambda: self._persons.put(place, (began, key)))
        return key

    async def create_person(self, tx: Tx, user: UUID) -> OnePersonKey:
        """Make the key, or return the one that a racing unit made.

        Raises CannotOpen for somebody whose key was destroyed: that is for good.
        """
        if await tx.one(Queries.is_destroyed, user) is not None:
            raise CannotOpen("this person's key was destroyed")
        key = token_bytes(KEY_SIZE)
        keyring = await self.keyring(tx)
        await tx.run(Queries.add_person, user, keyring.seal(_of_person(user), key))
        made = await self.person(tx, user)
        if made is None:
            raise CannotOpen("this person's key was destroyed just now")
        return made

    async def destroy_person(self, tx: Tx, user: UUID) -> None:
        await tx.run(Queries.remove_person, user)
        await tx.run(Queries.note_destroyed, user)
        place = (tx.tenant, user)
        self._persons.drop(place)
        tx.after_commit(lambda: self._persons.drop(place))

    async def destroyed(self, reader: Reader) -> list[Destroyed]:
        """Return whose keys were destroyed, for the list outside the store."""
        return await reader.all(Queries.destroyed)

    async def wrapped_keys_exist(self, reader: Reader) -> bool:
        return await wrapped_keys_exist(reader)

    async def rewrap(self, store: Store) -> int:
        """Wrap the tenant's keys under the first master key; return how many were not yet.

        It may stop anywhere and begin again: each key is under one of the two masters.
        """

        async def work(tx: Tx) -> int:
            done = 0
            for row in await tx.all(Queries.of_tenant):
                if row.master != self._master.commitment:
                    key = self._unwrap(tx.tenant, row)
                    wrapped = self._wrap(tx.tenant, row.id, key)
                    master = self._master.commitment
                    done += await tx.run(Queries.rewrap, row.id, row.master, master, wrapped)
            return done

        return await store.transact(work)

    def _wrap(self, tenant: UUID, row: UUID, key: bytes) -> bytes:
        return self._master.seal(associated(tenant, _of_tenant(row)), key)

    def _unwrap(self, tenant: UUID, row: WrappedKey) -> bytes:
        master = self._masters.get(row.master)
        if master is None:
            raise MasterKeyError(
                f"Wrong master key: the store's keys are wrapped by {row.master[:4].hex()},"
                f" the one given is {self._master.name}."
                " Set the key that this store was made with."
            )
        key = master.open(associated(tenant, _of_tenant(row.id)), row.wrapped)
        if OnePersonKey(tenant, key).commitment != row.commitment:
            raise CannotOpen("the tenant's key is not the one it was")
        return key

    def _keep(self, reader: Reader, effect: Callable[[], None]) -> None:
        """Do `effect` now, or once the unit that `reader` is has committed."""
        if hasattr(reader, "after_commit"):
            cast("_Unit", reader).after_commit(effect)
        else:
            effect()


class _Unit(Protocol):
    def after_commit(self, effect: Callable[[], None]) -> None: ...


async def wrapped_keys_exist(reader: Reader) -> bool:
    """Say whether the tenant has keys, under whichever master: then none may be made anew."""
    return bool(await reader.all(Queries.of_tenant))


def _of_tenant(row: UUID) -> Place:
    return Place("tenant_keys", "wrapped", row)


def _of_person(user: UUID) -> Place:
    return Place("person_keys", "wrapped", user)
