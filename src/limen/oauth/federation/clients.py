"""Clients by their trust chain (§12): found when first seen, looked at again, ended with it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from limen.kernel.clock import Clock
from limen.kernel.errors import Invalid, Stale
from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId
from limen.kernel.request import SYSTEM, Cause
from limen.kernel.uow import Reader, Store, Tx, UniqueConflict
from limen.oauth.api import Client
from limen.oauth.clients import StoredClients
from limen.oauth.directory import Documents
from limen.oauth.errors import OAuthRefusal
from limen.oauth.federation.api import CLIENT_DISTRUSTED
from limen.oauth.federation.chains import Chains
from limen.oauth.federation.errors import NoTrust
from limen.oauth.federation.model.chains import Chain
from limen.oauth.federation.model.clients import read_metadata, relying_party
from limen.oauth.federation.model.entities import is_entity
from limen.oauth.federation.ports import How, Trusted, TrustedStore
from limen.oauth.federation.usecases.keep_client import keep_client
from limen.oauth.keys.api import SigningKeys
from limen.oauth.model.client_ids import id_of_url
from limen.oauth.model.registration import ALGORITHMS
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.api import Policies
from limen.oauth.registration.ports import RegistrationStore
from limen.oauth.registration.sectors import Sectors
from limen.platform.jose.encryption import KEY_ALGS
from limen.platform.limits import Limit, Limiter

_MOST: Final = 2000
_FAILED_FOR: Final = 30.0
_Key = tuple[TenantId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationClients:
    """`oauth.directory.Documents` of relying parties in a federation."""

    chains: Chains
    trusted: TrustedStore
    clients: StoredClients
    registrations: RegistrationStore
    policies: Policies
    keys: SigningKeys
    sectors: Sectors
    recorder: Recorder
    limiter: Limiter
    clock: Clock
    lifetime: timedelta
    limit: Limit
    dev: bool
    _failed: "OrderedDict[_Key, float]" = field(default_factory=OrderedDict["_Key", float])
    _running: "dict[_Key, asyncio.Task[bool]]" = field(
        default_factory=dict["_Key", "asyncio.Task[bool]"]
    )

    async def renew(self, reader: Reader, url: str) -> bool:
        """Let the stored client be what its chain says; False where it must not be used.

        Inside a unit nothing is asked: what is stored counts, to its end.
        """
        policy = await self.policies.of(reader)
        if not policy.federation or not is_entity(url, dev=self.dev):
            return False
        known = await self.trusted.find(reader, id_of_url(url))
        now = self.clock.now()
        holds = known is not None and now < known.expires_at
        if not hasattr(reader, "transact"):
            return holds
        store = cast("Store", reader)
        if known is not None and not await self.chains.trusts(store, policy, known.anchor):
            await self._end(store, known, "anchor_distrusted")
            known, holds = None, False
        if known is not None and holds and (known.how == "explicit" or now < known.renew_at):
            return True
        if "automatic" not in policy.federation_registration:
            return False
        return await self._flight(store, url, policy, known)

    async def _flight(
        self, store: Store, url: str, policy: OAuthPolicy, known: Trusted | None
    ) -> bool:
        """Look for a chain, one caller for all."""
        key = (store.tenant, url)
        holds = known is not None and self.clock.now() < known.expires_at
        if self.clock.monotonic() < self._failed.get(key, 0.0):
            return holds
        task = self._running.get(key)
        if task is None:
            if known is None and self.limiter.take(f"federation:{store.tenant}", self.limit):
                return False
            task = asyncio.create_task(self._renewed(store, url, policy, known))
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def _renewed(
        self, store: Store, url: str, policy: OAuthPolicy, known: Trusted | None
    ) -> bool:
        reason, is_final = "", True
        try:
            chain = await self.chains.find(store, url, policy)
            await self.keep(store, url, chain, policy, "automatic")
        except NoTrust as error:
            reason, is_final = error.reason, error.is_final
        except OAuthRefusal as refusal:
            reason = refusal.reason
        except Invalid:
            reason = "metadata"
        else:
            return True
        self._note_failure((store.tenant, url))
        if known is not None and is_final:
            await self._end(store, known, reason)
        return known is not None and not is_final and self.clock.now() < known.expires_at

    async def keep(
        self, store: Store, url: str, chain: Chain, policy: OAuthPolicy, how: How
    ) -> Client:
        """Return the client that the chain makes.  Raises OAuthRefusal, Invalid."""
        found = relying_party(chain.metadata, how)
        catalog = await self.clients.directory.catalog(store)
        new = read_metadata(url, found, policy, how, tuple(catalog.scopes))
        await self.sectors.check(new)
        for alg in (new.id_token_alg, *new.options.keys_needed):
            if alg in (*ALGORITHMS, *KEY_ALGS):
                await self.keys.ensure(store, alg, Cause(SYSTEM))
        trusted = self._trusted(url, chain, how)

        async def work(tx: Tx) -> Client:
            return await keep_client(
                tx, new, await self.clients.clients.find(tx, trusted.client_id), trusted,
                most=policy.registration_max_clients, clients=self.clients,
                registrations=self.registrations, chains=self.trusted, recorder=self.recorder,
            )  # fmt: skip

        self._failed.pop((store.tenant, url), None)
        return await _again(store, work)

    def _trusted(self, url: str, chain: Chain, how: How) -> Trusted:
        now = self.clock.now()
        left = timedelta(seconds=max(1.0, chain.expires_at - now.timestamp()))
        lifetime = min(left, self.lifetime)
        return Trusted(
            client_id=id_of_url(url),
            how=how,
            anchor=chain.anchor.says.iss,
            superiors=list(chain.names[1:]),
            renew_at=now + lifetime / 2,
            expires_at=now + lifetime,
        )

    async def ends_at(self, reader: Reader, client: Client) -> datetime | None:
        found = await self.trusted.find(reader, client.id)
        return found.expires_at if found else None

    async def _end(self, store: Store, known: Trusted, reason: str) -> None:
        """Let nothing rest on the chain any more: the gate refuses what did."""
        fact = CLIENT_DISTRUSTED(("client", known.client_id), reason=reason.partition(":")[0])

        async def work(tx: Tx) -> None:
            if await self.trusted.end(tx, known.client_id, self.clock.now()):
                await self.recorder.record(tx, fact, Cause(SYSTEM))

        await store.transact(work)

    def _note_failure(self, key: _Key) -> None:
        self._failed[key] = self.clock.monotonic() + _FAILED_FOR
        while len(self._failed) > _MOST:
            self._failed.popitem(last=False)


async def _again(store: Store, work: Callable[[Tx], Awaitable[Client]]) -> Client:
    """Run it once more where another request stored the same meanwhile."""
    try:
        return await store.transact(work)
    except (UniqueConflict, Stale):
        return await store.transact(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownByUrl:
    """`oauth.directory.Documents`: whoever is called by a URL, by a chain or by a document."""

    federation: FederationClients
    documents: Documents | None

    async def renew(self, reader: Reader, url: str) -> bool:
        """Ask the one by which the client is known; of a new one, the federation first."""
        known = await self.federation.clients.clients.find(reader, id_of_url(url))
        registered = known.registered if known is not None else None
        if registered in ("federation", None) and await self.federation.renew(reader, url):
            return True
        if registered == "federation" or self.documents is None:
            return False
        return await self.documents.renew(reader, url)
