"""Asking transmitters for events (RFC 8936): a few rounds, each acknowledging the one before."""

import logging
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import quote, urlencode
from uuid import UUID

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.errors import NotFound, TooMany, Unavailable
from limen.kernel.ids import TenantId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Database, Store, Tx
from limen.kernel.vault import Place, Vault
from limen.oauth.signal_sources.errors import SetRefused
from limen.oauth.signal_sources.model import Source
from limen.oauth.signal_sources.store import SqlSources
from limen.oauth.signal_sources.taking import Taking
from limen.platform.fetch import Fetched, Fetcher, FetchFailed
from limen.tenancy.api import Tenants

_log = logging.getLogger("limen.signals")
_ROUNDS: Final = 10
_MOST: Final = 100
_LIMIT: Final = 2 * 1024 * 1024
_LOOK_AT_ALL: Final = 300.0  # seconds, until tenants are looked through for sources to poll


class PollFailed(Exception):  # noqa: N818 - says what happened
    """`args[0]` is a code that administrators see."""


@dataclass(slots=True, kw_only=True)
class Polling:
    database: Database
    tenants: Tenants
    sources: SqlSources
    taking: Taking
    fetcher: Fetcher
    vault: Vault
    clock: Clock
    polled: set[TenantId] = field(default_factory=set[TenantId])
    tokens: dict[UUID, tuple[str, float]] = field(default_factory=dict[UUID, tuple[str, float]])
    _look_at: float = 0.0

    async def run(self) -> None:
        """Ask every source that is polled; one that fails holds up no other."""
        found = self.polled
        if self.clock.monotonic() >= self._look_at:
            self._look_at = self.clock.monotonic() + _LOOK_AT_ALL
            found = set(await self.tenants.ids())
        for tenant in sorted(found):
            await self.turn(tenant)

    async def turn(self, tenant: TenantId) -> None:
        store = self.database.tenant(tenant)
        every = await self.sources.list_after(store, None, 1000)
        polled = [one for one in every if one.enabled and one.settings.poll_url]
        self.polled.discard(tenant)
        if not polled:
            return
        self.polled.add(tenant)
        try:
            of = await self.tenants.get(tenant)
        except NotFound:
            return
        for source in polled:
            await self._try(store, of, source)

    async def _try(self, store: Store, tenant: Tenant, source: Source) -> None:
        error = None
        try:
            await self._poll(store, tenant, source)
        except PollFailed as failure:
            error = str(failure.args[0])
        except FetchFailed as failure:
            error = "no_answer"  # no more on purpose (A117)
            _log.info("a poll failed", extra={"source": str(source.id), "why": failure.reason})
        except Exception:  # noqa: BLE001 - logged; no other source waits for this one
            error = "internal"
            _log.exception("a poll failed", extra={"source": str(source.id)})
        if error != source.poll_error:

            async def work(tx: Tx) -> None:
                await self.sources.note(tx, source.id, error)

            await store.transact(work)

    async def _poll(self, store: Store, tenant: Tenant, source: Source) -> None:
        settled: dict[str, Any] = {}
        for _ in range(_ROUNDS):
            answer = await self._ask(store, source, {**settled, "maxEvents": _MOST})
            sets: Any = answer.get("sets") or {}
            if not isinstance(sets, dict):
                raise PollFailed("malformed")
            settled = await self._taken(store, tenant, source, cast("dict[str, Any]", sets))
            if not answer.get("moreAvailable") or not settled:
                break
        if settled:
            await self._ask(store, source, {**settled, "maxEvents": 0})

    async def _taken(
        self, store: Store, tenant: Tenant, source: Source, sets: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Take each event; return what to tell of those that need not come again."""
        taken: list[str] = []
        refused: dict[str, Any] = {}
        for jti, token in list(sets.items())[:_MOST]:
            try:
                await self.taking.take(store, tenant, source, str(token), Cause())
                taken.append(jti)
            except SetRefused as refusal:
                refused[jti] = {"err": refusal.err, "description": refusal.shown}
            except (Unavailable, TooMany):
                continue  # it comes again
        found = {"ack": taken, "setErrs": refused}
        return {name: value for name, value in found.items() if value}

    async def _ask(
        self, store: Store, source: Source, body: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Raises PollFailed, FetchFailed."""
        headers = [
            ("content-type", "application/json"),
            ("accept", "application/json"),
            ("authorization", f"Bearer {await self._token(store, source)}"),
        ]
        raw = msgspec.json.encode({**body, "returnImmediately": True})
        url = source.settings.poll_url or ""
        answer = await self.fetcher.post(url, raw, headers, limit_bytes=_LIMIT)
        if answer.status == 401:
            self.tokens.pop(source.id, None)
        return _object(answer)

    async def _token(self, store: Store, source: Source) -> str:
        """Return the bearer token: the secret itself, or one that it is exchanged for."""
        secret = await self._secret(store, source)
        settings = source.settings
        if settings.token_url is None or settings.client_id is None:
            return secret
        known = self.tokens.get(source.id)
        if known is not None and self.clock.monotonic() < known[1]:
            return known[0]
        pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"
        form = {"grant_type": "client_credentials"}
        form |= {"scope": settings.scope} if settings.scope else {}
        headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("authorization", "Basic " + b64encode(pair.encode()).decode()),
        ]
        answer = await self.fetcher.post(settings.token_url, urlencode(form).encode(), headers)
        issued = _object(answer)
        token, lifetime = issued.get("access_token"), issued.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise PollFailed("no_token")
        seconds = lifetime if isinstance(lifetime, int) else 60
        self.tokens[source.id] = (token, self.clock.monotonic() + max(0, seconds - 30))
        return token

    async def _secret(self, store: Store, source: Source) -> str:
        if source.secret_sealed is None:
            raise PollFailed("no_secret")
        keyring = await self.vault.keyring(store)
        return keyring.open(place_of_secret(source.id), source.secret_sealed).decode()


def place_of_secret(source: UUID) -> Place:
    return Place("signal_sources", "secret_sealed", source)


def _object(answer: Fetched) -> Mapping[str, Any]:
    """Raises PollFailed."""
    if answer.status != 200:
        raise PollFailed(f"refused_{answer.status}")
    try:
        found: Any = msgspec.json.decode(answer.body or b"{}")
    except (msgspec.DecodeError, RecursionError) as error:
        raise PollFailed("malformed") from error
    if not isinstance(found, dict):
        raise PollFailed("malformed")
    return cast("dict[str, Any]", found)
