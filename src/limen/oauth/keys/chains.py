"""The tenants' chains of keys: what `api.SigningKeys` promises."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from limen.kernel.clock import Clock
from limen.kernel.errors import FieldError, Invalid, NotFound, Stale
from limen.kernel.ids import TenantId
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.uow import Database, Reader, Store, Tx, UniqueConflict
from limen.kernel.vault import Vault
from limen.oauth.keys.api import KeyInfo, KeySet
from limen.oauth.keys.keyset import KeySnapshot
from limen.oauth.keys.model import FEDERATION, Draft, Key, waiting
from limen.oauth.keys.ports import Means
from limen.oauth.keys.usecases.begin_chain import begin_chain
from limen.oauth.keys.usecases.draft_key import draft_key, seal_key
from limen.oauth.keys.usecases.revoke_key import revoke_key
from limen.oauth.keys.usecases.rotate_keys import rotate_keys
from limen.oauth.keys.usecases.tend_chains import tend_chains
from limen.oauth.keys.usecases.write_chain import KIND
from limen.platform.cache import Snapshots
from limen.platform.jose.algorithms import ALGS, Alg, parse_alg
from limen.platform.jose.encryption import FAMILIES, DecryptionKey, Family, family_of
from limen.platform.jose.keys import SigningKey

AnyAlg = Alg | Family | Literal["federation"]
_EVERY: tuple[AnyAlg, ...] = (*ALGS, *FAMILIES, FEDERATION)
FIRST: Alg = "ES256"
"""What every tenant signs with from the beginning; others begin when they are asked for."""


class KeyChains:
    """`SigningKeys` over a KeyStore.  `due` are tenants whose chains somebody must tend."""

    def __init__(self, means: Means, snapshots: Snapshots, vault: Vault, clock: Clock) -> None:
        self._means, self._snapshots = means, snapshots
        self._vault, self._clock = vault, clock
        self._due: set[TenantId] = set()

    async def signing(self, reader: Reader, alg: str) -> SigningKey:
        snapshot = await self._snapshot(reader)
        return snapshot.signing(alg, self._clock.now())

    async def published(self, reader: Reader) -> KeySet:
        snapshot = await self._snapshot(reader)
        return snapshot.published(self._clock.now())

    async def federation(self, reader: Reader) -> KeySet:
        snapshot = await self._snapshot(reader)
        return snapshot.federation(self._clock.now())

    async def decrypting(self, reader: Reader) -> Mapping[str, DecryptionKey]:
        snapshot = await self._snapshot(reader)
        return snapshot.decrypting(self._clock.now())

    async def create(self, tx: Tx, cause: Cause) -> None:
        keyring = await self._vault.keyring(tx)
        drafts = [seal_key(SigningKey.generate(FIRST), keyring) for _ in range(2)]
        await begin_chain(tx, drafts, means=self._means, cause=cause)

    async def ensure(self, store: Store, alg: str, cause: Cause) -> None:
        known = _known(alg)
        if known in await self._algs(store):
            return
        drafts = await self._drafts(store, [known, known])
        try:
            await store.transact(lambda tx: begin_chain(tx, drafts, means=self._means, cause=cause))
        except UniqueConflict:
            return  # somebody else began at the same time

    async def rotate(
        self, store: Store, cause: Cause, *, alg: str | None = None, at_once: bool = False
    ) -> list[KeyInfo]:
        if alg is not None:
            await self.ensure(store, alg, cause)
        algs: Sequence[AnyAlg] = await self._algs(store) if alg is None else (_known(alg),)
        drafts = await self._drafts(store, algs)

        async def work(tx: Tx) -> list[KeyInfo]:
            keys = await rotate_keys(tx, drafts, at_once=at_once, means=self._means, cause=cause)
            now = await tx.now()
            return [_info(key, now) for key in keys]

        return await store.transact(work)

    async def revoke(
        self, store: Store, kid: str, cause: Cause, *, reason: str | None = None
    ) -> KeyInfo:
        found = [stored.key for stored in await self._means.keys.all(store)]
        alg = next((key.alg for key in found if key.kid == kid), None)
        if alg is None:
            raise NotFound(f"signing key {kid!r}")
        [draft] = await self._drafts(store, [_known(alg)])

        async def work(tx: Tx) -> KeyInfo:
            key = await revoke_key(tx, kid, draft, means=self._means, cause=cause, reason=reason)
            return _info(key, await tx.now())

        return await store.transact(work)

    async def list_(self, reader: Reader) -> list[KeyInfo]:
        now = self._clock.now()
        return [_info(stored.key, now) for stored in await self._means.keys.all(reader)]

    async def tend(self, store: Store) -> None:
        """Publish next keys where they are missing, and drop what is over.

        Where another process does so at the same time, one of the two has done it.
        """
        keys, now = [stored.key for stored in await self._means.keys.all(store)], self._clock.now()
        algs: list[AnyAlg] = [alg for alg in _EVERY if any(key.alg == alg for key in keys)]
        bare: list[AnyAlg] = [
            alg for alg in algs if not waiting((k for k in keys if k.alg == alg), now)
        ]
        drafts = {draft.alg: draft for draft in await self._drafts(store, bare)}
        cause = Cause(SYSTEM)
        try:
            await store.transact(
                lambda tx: tend_chains(tx, algs, drafts, means=self._means, cause=cause)
            )
        except (Stale, UniqueConflict):
            return

    async def tend_due(self, database: Database) -> None:
        """Tend the chains that were seen to need it, of the tenants in use here.

        A tenant that nobody uses needs none: time alone moves its chains along.
        """
        while self._due:
            await self.tend(database.tenant(self._due.pop()))

    async def _snapshot(self, reader: Reader) -> KeySnapshot:
        snapshot = await self._snapshots.get(reader, KIND, "", partial(self._load, reader))
        if snapshot.is_due(self._clock.now()):
            self._due.add(reader.tenant)
        return snapshot

    async def _load(self, reader: Reader) -> KeySnapshot:
        keyring = await self._vault.keyring(reader)
        return KeySnapshot(await self._means.keys.all(reader), keyring)

    async def _algs(self, reader: Reader) -> list[AnyAlg]:
        found = {stored.key.alg for stored in await self._means.keys.all(reader)}
        return [alg for alg in _EVERY if alg in found]

    async def _drafts(self, reader: Reader, algs: Sequence[AnyAlg]) -> list[Draft]:
        keyring = await self._vault.keyring(reader)
        return [await draft_key(alg, keyring) for alg in algs]


def _known(alg: str) -> AnyAlg:
    if alg == FEDERATION:
        return FEDERATION
    known = parse_alg(alg) or family_of(alg)
    if known is None:
        raise Invalid(FieldError("alg", "unknown", f"must be one of {', '.join(_EVERY)}"))
    return known


def _info(key: Key, now: datetime) -> KeyInfo:
    return KeyInfo(
        id=key.id,
        kid=key.kid,
        alg=key.alg,
        status=key.status(now),
        jwk=key.jwk,
        created_at=key.created_at,
        active_from=key.active_at,
        retires_at=key.retires_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
    )
