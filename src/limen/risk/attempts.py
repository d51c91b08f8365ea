"""Risk's `Attempts`: addresses are counted here in memory, accounts in the store.

A password attempt takes a place in two counts: that of the identifier as typed, which makes
callers wait, and that of the person behind it (or of the identifier, if nobody is), which
ends at the hard limit.  A browser that the person signed in with before takes one in its
own count instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from limen.kernel.errors import TooMany
from limen.kernel.events import Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Store, Tx
from limen.kernel.vault import Vault
from limen.platform.limits import Limit, Limiter
from limen.risk.api import ACCOUNT_LOCKED, ADDRESS_LIMITED, Purpose
from limen.risk.model import Policy, is_loopback, joined, network_of, reserve, seconds
from limen.risk.ports import Counts
from limen.risk.settings import RiskSettings

_PASSWORD: frozenset[Purpose] = frozenset({"sign_in", "confirm"})
_MINUTE = 60.0
_TELL_ONCE = Limit(1, _MINUTE)
_LOOPBACK_FACTOR = 100


@dataclass(frozen=True, slots=True)
class _Place:
    """A count that an attempt takes a place in; `subject` finds all of a person's."""

    key: bytes
    subject: bytes
    policy: Policy


class CountedAttempts:
    """`Attempts` over Counts and the process's Limiter."""

    def __init__(
        self,
        counts: Counts,
        limiter: Limiter,
        vault: Vault,
        recorder: Recorder,
        *,
        settings: RiskSettings,
        dev: bool,
    ) -> None:
        self._counts = counts
        self._limiter = limiter
        self._vault = vault
        self._recorder = recorder
        self._dev = dev
        self._limit = Limit(settings.failures_per_address, _MINUTE)
        self._relaxed = Limit(settings.failures_per_address * _LOOPBACK_FACTOR, _MINUTE)
        self._waits = Policy(
            settings.failures_before_delay,
            settings.failure_window,
            settings.first_delay,
            settings.longest_delay,
        )
        self._ends = replace(self._waits, free=10**9, cap=settings.failures_before_reset)
        self._both = replace(self._waits, cap=settings.failures_before_reset)
        hour = timedelta(hours=1)
        self._mails = Policy(settings.mails_per_address, hour, hour, hour)

    async def admit(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        device: str | None = None,
        user: UUID | None = None,
    ) -> None:
        await self._admit_address(store, purpose, account, cause)
        places = await self._places(store, purpose, account, device=device, user=user)
        if places:
            await store.transact(lambda tx: self._reserve(tx, places))

    async def succeeded(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        device: str | None = None,
        user: UUID | None = None,
    ) -> None:
        self._give_back_address(purpose, account, cause)
        places = await self._places(store, purpose, account, device=device, user=user)

        async def work(tx: Tx) -> None:
            for place in places:
                await self._counts.forget(tx, place.key)

        if places:
            await store.transact(work)

    async def failed(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        user: UUID | None,
        device: str | None = None,
    ) -> bool:
        places = await self._places(store, purpose, account, device=device, user=user)
        if not places:
            return False
        first = places[0]

        async def work(tx: Tx) -> bool:
            if not await self._counts.tell(tx, first.key, first.policy.free):
                return False
            target = None if user is None else ("user", user)
            data = {"purpose": purpose, "device": device is not None}
            fact = ACCOUNT_LOCKED(target, data=data, reason="too_many_failures")
            await self._recorder.record(tx, fact, cause)
            return True

        return await store.transact(work)

    async def give_back(
        self,
        store: Store,
        *,
        purpose: Purpose,
        account: str,
        cause: Cause,
        device: str | None = None,
        user: UUID | None = None,
    ) -> None:
        self._give_back_address(purpose, account, cause)
        places = await self._places(store, purpose, account, device=device, user=user)

        async def work(tx: Tx) -> None:
            for place in places:
                await self._counts.give_back(tx, place.key)

        if places:
            await store.transact(work)

    async def forget(self, tx: Tx, *, accounts: Sequence[str], user: UUID) -> None:
        for subject in (str(user), *accounts):
            await self._counts.forget_all(tx, await self._mac(tx, "subject", subject))

    async def may_mail(self, store: Store, address: str) -> bool:
        key = await self._mac(store, "mail", address)
        place = _Place(key, key, self._mails)
        try:
            await store.transact(lambda tx: self._reserve(tx, [place]))
        except TooMany:
            return False
        return True

    async def _reserve(self, tx: Tx, places: Sequence[_Place]) -> None:
        now = await tx.now()
        for place in places:
            count = await self._counts.take(tx, place.key, place.subject)
            after = reserve(count, place.policy, now)
            if isinstance(after, timedelta):
                raise TooMany("account waits", retry_after=seconds(after))
            await self._counts.put(tx, place.key, after)

    async def _places(
        self,
        reader: Reader,
        purpose: Purpose,
        account: str,
        *,
        device: str | None,
        user: UUID | None,
    ) -> list[_Place]:
        if purpose not in _PASSWORD:
            return []
        person = account if user is None else str(user)
        whole = await self._mac(reader, "subject", person)
        if device is not None:
            key = await self._mac(reader, "device", device)
            return [_Place(key, whole, self._both)]
        typed = await self._mac(reader, "account", account)
        owner = await self._mac(reader, "person", person)
        return [
            _Place(typed, await self._mac(reader, "subject", account), self._waits),
            _Place(owner, whole, self._ends),
        ]

    async def _mac(self, reader: Reader, *fields: str) -> bytes:
        keyring = await self._vault.keyring(reader)
        return keyring.mac("attempts", joined(fields))

    async def _admit_address(
        self, store: Store, purpose: Purpose, account: str, cause: Cause
    ) -> None:
        if cause.ip is None:
            return
        key = self._address_key(purpose, account, cause.ip)
        wait = self._limiter.take(key, self._limit_of(cause.ip))
        if not wait:
            return
        if not self._limiter.take(f"told:{key}", _TELL_ONCE):
            fact = ADDRESS_LIMITED(data={"purpose": purpose}, reason="too_many_failures")
            await store.transact(lambda tx: self._recorder.record(tx, fact, cause))
        raise TooMany(f"{purpose}: address limited", retry_after=seconds(timedelta(seconds=wait)))

    def _give_back_address(self, purpose: Purpose, account: str, cause: Cause) -> None:
        if cause.ip is not None:
            key = self._address_key(purpose, account, cause.ip)
            self._limiter.give_back(key, self._limit_of(cause.ip))

    def _limit_of(self, ip: str) -> Limit:
        return self._relaxed if self._dev and is_loopback(ip) else self._limit

    def _address_key(self, purpose: Purpose, account: str, ip: str) -> str:
        kind = "password" if purpose in _PASSWORD else purpose
        whose = f":{account}" if purpose == "client_secret" else ""
        return f"risk:{kind}:{network_of(ip)}{whose}"
