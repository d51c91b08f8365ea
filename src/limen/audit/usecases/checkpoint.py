"""Checkpoints: committed heads, signed with the log's own Ed25519 key."""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from limen.audit.api import LOG_KEY_CREATED
from limen.audit.model.keys import LogKey, endorsed_text
from limen.audit.model.notes import VerifyKey, body_of, sign
from limen.audit.ports import Log, StoredCheckpoint, StoredHead, StoredKey
from limen.audit.usecases.seal import check_head
from limen.kernel.clock import Clock
from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx
from limen.kernel.vault import Keyring, Place


async def checkpoint(
    store: Store, *, keyring: Keyring, log: Log, recorder: Recorder, clock: Clock
) -> StoredCheckpoint | None:
    """Sign the log's head, if that was not done, and return its checkpoint; None without a log.

    The head is read committed and signed outside any unit: what was rolled back is never
    signed.  Raises LogDamaged where the head is not one that we wrote.
    """
    stored = await log.head(store)
    if stored is None:
        return None
    last = await log.last_checkpoint(store)
    if last is not None and (last.epoch, last.seq) == (stored.head.epoch, stored.head.seq):
        return last
    check_head(store.tenant, stored, keyring)
    key, private = await signing_key(store, keyring=keyring, log=log, recorder=recorder)
    return await keep(store, stored, key, private.sign, log=log, clock=clock)


async def keep(
    store: Store,
    stored: StoredHead,
    key: VerifyKey,
    signer: Callable[[bytes], bytes],
    *,
    log: Log,
    clock: Clock,
) -> StoredCheckpoint:
    """Sign `stored` and keep the note."""
    head = stored.head
    note = sign(body_of(store.tenant, head, clock.now()), key, signer)
    made = StoredCheckpoint(head.epoch, head.seq, head.size, note, head.packed_frontier())

    async def work(tx: Tx) -> None:
        await log.add_checkpoint(tx, made)

    await store.transact(work)
    return made


async def signing_key(
    store: Store, *, keyring: Keyring, log: Log, recorder: Recorder
) -> tuple[VerifyKey, Ed25519PrivateKey]:
    """Return the log's newest key, making the first one where there is none."""
    history = await log.keys(store)
    if not history:
        await add_key(store, None, keyring=keyring, log=log, recorder=recorder)
        history = await log.keys(store)
    return history[-1].entry.key, open_key(history[-1], keyring)


async def rotate_key(store: Store, *, keyring: Keyring, log: Log, recorder: Recorder) -> VerifyKey:
    """Make the log's next key, endorsed by the one before it."""
    await signing_key(store, keyring=keyring, log=log, recorder=recorder)
    last = (await log.keys(store))[-1]
    await add_key(store, last, keyring=keyring, log=log, recorder=recorder)
    return (await log.keys(store))[-1].entry.key


async def add_key(
    store: Store, previous: StoredKey | None, *, keyring: Keyring, log: Log, recorder: Recorder
) -> None:
    """Add a key; where another process added one first, that one stays."""
    private = Ed25519PrivateKey.generate()
    version = 1 if previous is None else previous.entry.version + 1
    key = VerifyKey(store.tenant, private.public_key().public_bytes_raw())
    endorsement = None
    if previous is not None:
        endorsement = open_key(previous, keyring).sign(endorsed_text(version, key))
    sealed = keyring.seal(_place_of(version), private.private_bytes_raw())
    made = StoredKey(LogKey(version, key, endorsement), sealed)

    async def work(tx: Tx) -> None:
        if await log.add_key(tx, made):
            fact = LOG_KEY_CREATED(("log_key", str(version)), data={"key": key.text()})
            await recorder.record(tx, fact, Cause())

    await store.transact(work)


def open_key(stored: StoredKey, keyring: Keyring) -> Ed25519PrivateKey:
    """Raises CannotOpen for a private key that was changed."""
    sealed = keyring.open(_place_of(stored.entry.version), stored.private_sealed)
    return Ed25519PrivateKey.from_private_bytes(sealed)


def _place_of(version: int) -> Place:
    return Place("log_keys", "private", str(version))
