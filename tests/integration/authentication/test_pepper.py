"""The optional pepper of passwords, over the real vault."""

from collections.abc import Iterator

import pytest
from tests.fakes.clock import FrozenClock

from limen.authentication.methods.password.hashing import Hasher
from limen.authentication.methods.password.pepper import PREFIX, PepperedHasher
from limen.authentication.methods.password.pool import HashingPool
from limen.authentication.methods.password.settings import PasswordSettings
from limen.kernel.uow import Store
from limen.platform.crypto.master import MasterKey
from limen.platform.crypto.vault import KeyVault

OLD, NEW = MasterKey(bytes(range(32))), MasterKey(bytes(range(32, 64)))
PASSWORD = "correct horse battery staple"


@pytest.fixture
def hasher() -> Iterator[Hasher]:
    pool = HashingPool(threads=1, queue=10)
    yield Hasher(pool, PasswordSettings(argon2_memory=7_168, argon2_time=1))
    pool.close()


async def test_a_copied_store_alone_verifies_nothing(
    store: Store, clock: FrozenClock, hasher: Hasher
) -> None:
    """R073: the keyed step comes first; without it the right password is wrong."""
    vault = KeyVault([OLD], clock)
    await store.transact(vault.create)
    peppered = PepperedHasher(hasher, vault, enabled=True)
    hashed = await peppered.hash(store, PASSWORD)
    assert hashed.startswith(PREFIX + "$argon2id$")
    verdict = await peppered.verify(store, PASSWORD, hashed)
    assert (verdict.ok, verdict.outdated) == (True, False)
    assert not (await peppered.verify(store, PASSWORD + "!", hashed)).ok
    assert not (await hasher.verify(PASSWORD, hashed.removeprefix(PREFIX))).ok
    assert not (await hasher.verify(PASSWORD, hashed)).ok
    assert not (await peppered.verify(store, PASSWORD, None)).ok
    assert not peppered.accepts(hashed)
    with pytest.raises(ValueError, match="nobody"):
        await peppered.hash(store, "x" * 2000)
    assert not (await peppered.verify(store, "x" * 2000, hashed)).ok


async def test_it_can_be_switched_on_and_off(
    store: Store, clock: FrozenClock, hasher: Hasher
) -> None:
    """R073, R072: either kind is verified, the other one is outdated."""
    vault = KeyVault([OLD], clock)
    await store.transact(vault.create)
    on = PepperedHasher(hasher, vault, enabled=True)
    off = PepperedHasher(hasher, vault, enabled=False)
    for made, read in ((on, off), (off, on)):
        verdict = await read.verify(store, PASSWORD, await made.hash(store, PASSWORD))
        assert (verdict.ok, verdict.outdated) == (True, True)
        assert not (await read.verify(store, "x", await made.hash(store, PASSWORD))).outdated


async def test_another_master_key_changes_no_password(
    store: Store, clock: FrozenClock, hasher: Hasher
) -> None:
    """R073, R141: rotating the master key keeps every password."""
    await store.transact(KeyVault([OLD], clock).create)
    hashed = await PepperedHasher(hasher, KeyVault([OLD], clock), enabled=True).hash(
        store, PASSWORD
    )
    assert await KeyVault([NEW, OLD], clock).rewrap(store) == 1
    after = PepperedHasher(hasher, KeyVault([NEW], clock), enabled=True)
    assert (await after.verify(store, PASSWORD, hashed)).ok
