"""Verifying a tenant's log where it is stored, while it grows."""

import struct
from collections.abc import Collection, Sequence
from uuid import UUID

from limen.audit.errors import LogDamaged
from limen.audit.model.check import Checker, Notary, Report, Witness
from limen.audit.model.keys import LogKey, faults, trusted_of
from limen.audit.model.leaves import Sealed
from limen.audit.model.notes import VerifyKey
from limen.audit.model.tree import Head
from limen.audit.ports import Log, Persons, StoredHead, StoredKey
from limen.audit.usecases.checkpoint import open_key
from limen.audit.usecases.seal import check_head
from limen.kernel.uow import Store
from limen.kernel.vault import CannotOpen, Keyring

PAGE = 200


async def verify(
    store: Store,
    *,
    keyring: Keyring,
    log: Log,
    persons: Persons,
    known_keys: Collection[str] = (),
    notes: Sequence[str] = (),
) -> Report:
    """Recompute the whole log and report what is not as it was sealed.

    `notes` are signed heads from outside the store (the checkpoint file): only they show a
    tail that was cut off with its head, or an older copy put in the store's place.
    `known_keys` are the log's public keys from elsewhere.  Changes nothing.
    """
    return await _Verification(store, keyring, log, persons).run(known_keys, notes)


class _Verification:
    def __init__(self, store: Store, keyring: Keyring, log: Log, persons: Persons) -> None:
        self._store, self._keyring, self._log, self._persons = store, keyring, log, persons
        self._checker = Checker(store.tenant, [])
        self._commitments: dict[UUID, bytes | None] = {}
        self._destroyed: frozenset[UUID] = frozenset()

    async def run(self, known_keys: Collection[str], notes: Sequence[str]) -> Report:
        log, store = self._log, self._store
        self._checker = Checker(store.tenant, await log.beginnings(store))
        self._destroyed = frozenset(gone.id for gone in await self._persons.destroyed(store))
        history = await log.keys(store)
        notary = self._notary(history, known_keys)
        outside = [witness for note in notes for witness in notary.read(note, "file")]
        head = await self._walk(notary, sorted(outside, key=_position))
        self._checker.finish(self._checked(head))
        return Report(
            tenant=store.tenant,
            facts=self._checker.facts,
            seq=self._checker.head.seq,
            epoch=self._checker.head.epoch,
            signed_seq=self._checker.signed_seq,
            unsealed=await log.count_unsealed(store),
            keys=[stored.entry.key.text() for stored in history],
            findings=self._checker.findings,
        )

    def _notary(self, history: Sequence[StoredKey], known: Collection[str]) -> Notary:
        for stored in history:
            self._check_key(stored)
        entries = [stored.entry for stored in history]
        trusted = trust(self._checker, entries, known) if history or known else []
        return Notary(self._checker, [entry.key for entry in entries], trusted)

    def _check_key(self, stored: StoredKey) -> None:
        """The private key, which only we can open, must belong to the public one."""
        version = stored.entry.version
        try:
            public = open_key(stored, self._keyring).public_key().public_bytes_raw()
        except (CannotOpen, ValueError):
            self._checker.find("key_swapped", None, f"the private key {version} is not ours")
            return
        if public != stored.entry.key.public:
            self._checker.find("key_swapped", None, f"the public key {version} is not ours")

    async def _walk(self, notary: Notary, outside: list[Witness]) -> StoredHead | None:
        """Feed the checker and return the head, read before the last, empty page."""
        after, noted = -(2**63), (0, -1)
        while True:
            last = await self._log.last_checkpoint(self._store)
            head = await self._log.head(self._store)
            try:
                facts = await self._log.sealed(self._store, after, PAGE)
            except (ValueError, TypeError) as error:  # SQLite keeps any type in any column
                self._checker.find("unreadable", None, f"a fact after {after}: {error}")
                break
            if not facts:
                break
            after = facts[-1].seq
            found = await self._log.checkpoints(self._store, noted, after)
            inside = [w for stored in found for w in notary.read(stored.note, "store")]
            noted = (found[-1].epoch, found[-1].seq) if found else noted
            due = [witness for witness in outside if witness.checkpoint.seq <= after]
            outside = [witness for witness in outside if witness.checkpoint.seq > after]
            self._checker.expect(sorted([*inside, *due], key=_position))
            for fact in facts:
                await self._take(fact)
        if last is not None and (last.epoch, last.seq) > noted:
            outside = sorted([*notary.read(last.note, "store"), *outside], key=_position)
        self._checker.expect(outside)
        return head

    async def _take(self, fact: Sealed) -> None:
        try:
            self._checker.take(fact)
        except (AttributeError, TypeError, struct.error) as error:
            self._checker.find("unreadable", None, f"a fact holds what none can: {error}")
        else:
            await self._check_person(fact)

    async def _check_person(self, fact: Sealed) -> None:
        if fact.key_commitment is None or fact.person is None:
            return
        if fact.person not in self._commitments:
            key = await self._persons.person(self._store, fact.person)
            self._commitments[fact.person] = None if key is None else key.commitment
        commitment = self._commitments[fact.person]
        if commitment is None:
            if fact.person not in self._destroyed:
                says = "a person's key is gone, and nobody destroyed it"
                self._checker.find("key_missing", fact.seq, says)
        elif commitment != fact.key_commitment:
            says = "the person's key is not the one that sealed this fact"
            self._checker.find("key_swapped", fact.seq, says)

    def _checked(self, head: StoredHead | None) -> Head | None:
        if head is None:
            return None
        try:
            check_head(self._store.tenant, head, self._keyring)
        except LogDamaged as error:
            self._checker.find("head_changed", head.head.seq, error.detail)
        return head.head


def trust(checker: Checker, history: Sequence[LogKey], known: Collection[str]) -> list[VerifyKey]:
    """Return the keys to believe; a broken history, or none that is known, is a finding."""
    for fault in faults(history):
        checker.find("key_swapped", None, fault)
    trusted = trusted_of(history, known)
    if known and not trusted:
        checker.find("key_swapped", None, "the log's keys do not come from a known one")
    return trusted


def _position(witness: Witness) -> tuple[int, int]:
    return witness.checkpoint.epoch, witness.checkpoint.seq
