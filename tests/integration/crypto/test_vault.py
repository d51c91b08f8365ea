"""The vault over a real store: keys are made once, unwrapped, destroyed, wrapped anew."""

import asyncio
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import bindparam as b
from tests.fakes.clock import FrozenClock

from limen.kernel.ids import TenantId, new_id
from limen.kernel.uow import Database, Store, Tx
from limen.kernel.vault import CannotOpen, Place
from limen.platform.crypto.keyring import OnePersonKey
from limen.platform.crypto.master import MasterKey, MasterKeyError
from limen.platform.crypto.store import Queries, person_keys
from limen.platform.crypto.vault import KeyVault, wrapped_keys_exist
from limen.platform.db import Query, insert, mine, store_now
from limen.tenancy.store import tenants

MASTER = MasterKey(b"m" * 32)
OTHER = MasterKey(b"o" * 32)
PLACE = Place("users", "phone", UUID(int=7))
ADA = UUID(int=0xADA)


class Ways:
    """Ways around the vault: what somebody with the store in hands could do."""

    move_person = Query(
        sa.update(person_keys).where(mine(person_keys), person_keys.c.id == b("id")).values(id=b("to")),
        None, "id", "to",
    )  # fmt: skip
    add_tenant = Query(
        insert(tenants, "id", "slug", "name", "status", "settings").values(
            created_at=store_now(), updated_at=store_now(), version=1
        ),
        None, "id", "slug", "name", "status", "settings",
    )  # fmt: skip


@pytest.fixture
def vault(clock: FrozenClock) -> KeyVault:
    return KeyVault([MASTER], clock)


@pytest.fixture
async def ready(store: Store, vault: KeyVault) -> Store:
    await store.transact(vault.create)
    return store


async def another_tenant(database: Database, slug: str = "acme") -> Store:
    identifier = TenantId(new_id())

    async def work(tx: Tx) -> None:
        await tx.run(Ways.add_tenant, identifier, slug, slug, "active", {})

    await database.system.transact(work)
    return database.tenant(identifier)


async def make(store: Store, vault: KeyVault, user: UUID = ADA) -> OnePersonKey:
    return await store.transact(lambda tx: vault.create_person(tx, user))


async def test_what_one_process_seals_another_opens(ready: Store, clock: FrozenClock) -> None:
    """R141"""
    sealed = (await KeyVault([MASTER], clock).keyring(ready)).seal(PLACE, b"+49")
    assert (await KeyVault([MASTER], clock).keyring(ready)).open(PLACE, sealed) == b"+49"


async def test_a_keyring_is_kept(ready: Store, vault: KeyVault) -> None:
    assert await vault.keyring(ready) is await vault.keyring(ready)


async def test_the_key_of_a_new_tenant_serves_in_its_own_unit(
    store: Store, vault: KeyVault
) -> None:
    async def work(tx: Tx) -> bytes:
        await vault.create(tx)
        return (await vault.keyring(tx)).seal(PLACE, b"x")

    sealed = await store.transact(work)
    assert (await vault.keyring(store)).open(PLACE, sealed) == b"x"


async def test_what_a_failed_unit_made_is_not_kept(store: Store, vault: KeyVault) -> None:
    """The keyring of a rolled back unit would seal what nobody could ever open."""

    async def work(tx: Tx) -> None:
        await vault.create(tx)
        await vault.keyring(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.transact(work)
    with pytest.raises(MasterKeyError, match="has no keys"):
        await vault.keyring(store)


async def test_a_wrong_master_key_is_refused_in_clear_words(
    ready: Store, clock: FrozenClock
) -> None:
    """R141: with the names of both, and without showing either."""
    with pytest.raises(MasterKeyError) as caught:
        await KeyVault([OTHER], clock).keyring(ready)
    said = str(caught.value)
    assert said.startswith("Wrong master key")
    assert MASTER.name in said
    assert OTHER.name in said
    assert (b"m" * 32).hex() not in said


async def test_whether_wrapped_keys_exist_needs_no_master_key(
    store: Store, vault: KeyVault
) -> None:
    assert not await wrapped_keys_exist(store)
    await store.transact(vault.create)
    assert await wrapped_keys_exist(store)


async def test_a_tenants_key_moved_to_another_tenant_does_not_open(
    database: Database, ready: Store, vault: KeyVault
) -> None:
    """R141, R118: the wrapped key names its tenant."""
    acme = await another_tenant(database)
    [row] = await ready.all(Queries.of_tenant)

    async def smuggle(tx: Tx) -> None:
        await tx.run(Queries.add_tenant, row.id, row.commitment, row.master, row.wrapped)

    await acme.transact(smuggle)
    with pytest.raises(CannotOpen):
        await vault.keyring(acme)


async def test_tenants_have_different_keys(
    database: Database, ready: Store, vault: KeyVault
) -> None:
    """R141"""
    acme = await another_tenant(database)
    await acme.transact(vault.create)
    sealed = (await vault.keyring(ready)).seal(PLACE, b"x")
    with pytest.raises(CannotOpen):
        (await vault.keyring(acme)).open(PLACE, sealed)
    assert (await vault.keyring(ready)).mac("csrf", b"m") != (await vault.keyring(acme)).mac(
        "csrf", b"m"
    )


async def test_a_person_has_one_key(ready: Store, vault: KeyVault, clock: FrozenClock) -> None:
    """G03"""
    assert await vault.person(ready, ADA) is None
    made = await make(ready, vault)
    found = await KeyVault([MASTER], clock).person(ready, ADA)
    assert found is not None
    assert found.open(PLACE, made.seal(PLACE, b"x")) == b"x"
    assert found.commitment == made.commitment
    assert (await make(ready, vault)).commitment == made.commitment
    assert (await make(ready, vault, UUID(int=2))).commitment != made.commitment


async def test_racing_units_make_one_key(ready: Store, clock: FrozenClock) -> None:
    vaults = [KeyVault([MASTER], clock) for _ in range(8)]
    made = await asyncio.gather(*(make(ready, vault) for vault in vaults))
    assert len({key.commitment for key in made}) == 1


async def test_a_key_made_in_a_failed_unit_is_not_kept(ready: Store, vault: KeyVault) -> None:
    async def work(tx: Tx) -> None:
        await vault.create_person(tx, ADA)
        assert await vault.person(tx, ADA) is not None
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ready.transact(work)
    assert await vault.person(ready, ADA) is None


async def test_a_destroyed_key_is_gone_for_good(
    ready: Store, vault: KeyVault, clock: FrozenClock
) -> None:
    """G03: at once here, within 30 s in other processes, and it is never made again."""
    elsewhere = KeyVault([MASTER], clock)
    sealed = (await make(ready, vault)).seal(PLACE, b"x")
    assert await elsewhere.person(ready, ADA) is not None

    await ready.transact(lambda tx: vault.destroy_person(tx, ADA))
    assert await vault.person(ready, ADA) is None
    clock.advance(30)
    assert await elsewhere.person(ready, ADA) is None
    with pytest.raises(CannotOpen, match="destroyed"):
        await make(ready, vault)
    with pytest.raises(CannotOpen):
        (await vault.keyring(ready)).open(PLACE, sealed)
    assert [gone.id for gone in await vault.destroyed(ready)] == [ADA]


async def test_a_key_that_was_read_during_its_destruction_is_not_kept(
    ready: Store, vault: KeyVault, clock: FrozenClock
) -> None:
    """G03: whoever still reads the old row before the commit does not bring the key back."""
    await make(ready, vault)
    key = await vault.person(ready, ADA)
    assert key is not None

    async def work(tx: Tx) -> None:
        await vault.destroy_person(tx, ADA)
        vault._persons.put((tx.tenant, ADA), (clock.monotonic(), key))

    await ready.transact(work)
    assert await vault.person(ready, ADA) is None


async def test_destroying_twice_or_without_a_key_is_fine(ready: Store, vault: KeyVault) -> None:
    """A restore applies the list again, whatever is there."""
    for _ in range(2):
        await ready.transact(lambda tx: vault.destroy_person(tx, ADA))
    assert len(await vault.destroyed(ready)) == 1


async def test_a_destruction_that_fails_destroys_nothing(ready: Store, vault: KeyVault) -> None:
    await make(ready, vault)

    async def work(tx: Tx) -> None:
        await vault.destroy_person(tx, ADA)
        assert await vault.person(tx, ADA) is None
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ready.transact(work)
    assert await vault.person(ready, ADA) is not None


async def test_a_persons_key_moved_to_another_person_does_not_open(
    ready: Store, clock: FrozenClock, vault: KeyVault
) -> None:
    """R141: the wrapped key names its person."""
    await make(ready, vault)
    eve = UUID(int=0xE7E)

    async def smuggle(tx: Tx) -> None:
        await tx.run(Ways.move_person, ADA, eve)

    await ready.transact(smuggle)
    with pytest.raises(CannotOpen):
        await KeyVault([MASTER], clock).person(ready, eve)


async def test_a_new_master_key_takes_over_tenant_by_tenant(
    database: Database, ready: Store, clock: FrozenClock
) -> None:
    """R141: rewrapping may stop anywhere and begin again; nothing sealed is touched."""
    acme = await another_tenant(database)
    old = KeyVault([MASTER], clock)
    await acme.transact(old.create)
    sealed = {store: (await old.keyring(store)).seal(PLACE, b"x") for store in (ready, acme)}

    both = KeyVault([OTHER, MASTER], clock)
    assert await both.rewrap(ready) == 1
    for store in (ready, acme):  # half done: whoever has both keys opens both
        assert (await KeyVault([OTHER, MASTER], clock).keyring(store)).open(PLACE, sealed[store])
    with pytest.raises(MasterKeyError):
        await KeyVault([OTHER], clock).keyring(acme)

    assert await both.rewrap(ready) == 0
    assert await both.rewrap(acme) == 1
    for store in (ready, acme):
        assert (await KeyVault([OTHER], clock).keyring(store)).open(PLACE, sealed[store]) == b"x"
        with pytest.raises(MasterKeyError):
            await KeyVault([MASTER], clock).keyring(store)


async def test_rewrapping_without_the_old_master_key_changes_nothing(
    ready: Store, clock: FrozenClock
) -> None:
    with pytest.raises(MasterKeyError):
        await KeyVault([OTHER], clock).rewrap(ready)
    await KeyVault([MASTER], clock).keyring(ready)


async def test_the_store_holds_no_key_in_the_clear(
    ready: Store, vault: KeyVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R141"""
    from limen.platform.crypto import vault as module

    monkeypatch.setattr(module, "token_bytes", lambda size: b"P" * size)
    await make(ready, vault)
    wrapped = await ready.one(Queries.of_person, ADA)
    assert wrapped is not None
    assert b"PPPP" not in wrapped


async def test_persons_in_memory_are_bounded(ready: Store, vault: KeyVault) -> None:
    """A135"""
    vault._persons._limit = 3

    async def work(tx: Tx) -> None:
        for number in range(6):
            await vault.create_person(tx, UUID(int=number + 1))

    await ready.transact(work)
    assert len(vault._persons) == 3
