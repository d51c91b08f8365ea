"""The log of facts becomes backlogs: the cursor moves in the unit that adds what it passed.

Everything is read before the unit; the unit compares and sets the cursor, so that of several
processes exactly one adds the events of a piece of the log.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from limen.kernel.clock import Clock
from limen.kernel.errors import Refusal
from limen.kernel.events import Recorder
from limen.kernel.ids import TenantId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Database, Store, Tx
from limen.oauth.api import Client
from limen.oauth.directory import Directory
from limen.oauth.model.claims import claims_of
from limen.oauth.signals.api import STREAM_PAUSED
from limen.oauth.signals.model.events import UPDATED, LoggedFact, Signal, signals_of
from limen.oauth.signals.model.streams import Stream
from limen.oauth.signals.pushing import Pushing
from limen.oauth.signals.settings import SignalSettings
from limen.oauth.signals.store import SqlBacklog, SqlFacts, SqlStreams
from limen.oauth.signals.store.backlog import Waiting
from limen.tenancy.api import Tenants

_log = logging.getLogger("limen.signals")
BATCH: Final = 200
LOOK_AT_ALL: Final = 60.0  # seconds: for tenants without recent facts, whose backlogs wait
SCOPES: Final = frozenset(("ssf.read", "ssf.manage"))
EVERYBODY: Final = "ssf.all"
_SIGN_INS: Final = ("session.started", "session.renewed")
_LEVEL: Final = "caep:assurance-level-change"
_CLAIMS: Final = "caep:token-claims-change"
_ADDRESS: Final = "risc:identifier-changed"


@dataclass(frozen=True, slots=True)
class _Audience:
    """What is known of the streams and people of one piece of the log."""

    streams: Sequence[tuple[Stream, Client]]
    scopes: dict[tuple[UUID, UUID], list[Any]]
    named: dict[tuple[UUID, UUID], bool]


@dataclass(slots=True, kw_only=True)
class Follower:
    database: Database
    tenants: Tenants
    streams: SqlStreams
    backlog: SqlBacklog
    facts: SqlFacts
    directory: Directory
    pushing: Pushing
    recorder: Recorder
    settings: SignalSettings
    clock: Clock
    _look_at: float = field(default=0.0)

    async def run(self) -> None:
        """Follow the logs of tenants with recent facts; once a minute those of all."""
        found = await self.facts.busy(self.database.system)
        if self.clock.monotonic() >= self._look_at:
            self._look_at = self.clock.monotonic() + LOOK_AT_ALL
            found = list(await self.tenants.ids())
        for tenant in found:
            try:
                await self.turn(self.database.tenant(TenantId(tenant)))
            except Exception:  # noqa: BLE001 - logged; the cursor stays, and no other tenant waits
                _log.exception("cannot follow the log now", extra={"tenant": str(tenant)})

    async def turn(self, store: Store) -> None:
        """Bring one tenant's backlogs up to date, and push what can be pushed."""
        place = await self.facts.place(store)
        if place is None:
            return
        cursor = place.cursor
        while cursor < place.head:
            passed = await self._pass(store, cursor)
            if passed is None:
                break
            cursor = passed
        for stream in await self.streams.running(store):
            await self.pushing.dispatch(store, stream)

    async def forget(self) -> None:
        """Delete what nobody took for long."""

        async def chunk(tx: Tx) -> int:
            return await self.backlog.purge(tx, self.settings.retention)

        for tenant in await self.tenants.ids():
            while await self.database.tenant(tenant).transact(chunk):
                pass

    async def _pass(self, store: Store, cursor: int) -> int | None:
        """Pass some facts; return the new cursor, None where another process was first."""
        facts = await self.facts.after(store, cursor, BATCH)
        if not facts:
            return None
        rows = await self._rows(store, facts)
        to = facts[-1].seq

        async def work(tx: Tx) -> bool:
            if not await self.facts.move(tx, cursor, to):
                return False
            for stream, events in rows.values():
                await self._add(tx, stream, events)
            return True

        try:
            return to if await store.transact(work) else None
        except Refusal:  # a stream went meanwhile: next time without it
            return None

    async def _add(self, tx: Tx, stream: Stream, events: list[Waiting]) -> None:
        """Add what there is room for; where there is none, the stream stops, visibly."""
        most = self.settings.max_backlog
        room = max(0, most - await self.backlog.count(tx, stream.id, most))
        await self.backlog.add(tx, events[:room])
        left = len(events) - room
        if left <= 0:
            return
        await self.streams.drop(tx, stream.id, left)
        if not await self.streams.move(tx, stream.id, ("enabled",), "paused", "backlog_full"):
            return
        details = {"status": "paused", "reason": "backlog_full"}
        now = await tx.now()
        await self.backlog.add(
            tx, [Waiting(new_id(), stream.id, UPDATED, None, None, None, 0, now, details)]
        )
        fact = STREAM_PAUSED(("signal_stream", stream.id), reason="backlog_full")
        await self.recorder.record(tx, fact, Cause())

    async def _rows(
        self, store: Store, facts: Sequence[LoggedFact]
    ) -> dict[UUID, tuple[Stream, list[Waiting]]]:
        """Return what each stream is to tell."""
        derived = [(fact, signal) for fact in facts for signal in signals_of(fact)]
        rows: dict[UUID, tuple[Stream, list[Waiting]]] = {}
        if not derived:
            return rows
        audience = await self._audience(store, [fact for fact, _ in derived])
        for fact, signal in derived:
            known = await self._completed(store, fact, signal) if audience.streams else None
            for stream, client in audience.streams if known else ():
                told = self._told(audience, stream, client, fact, known or signal)
                if told is not None:
                    rows.setdefault(stream.id, (stream, []))[1].append(told)
        return rows

    async def _audience(self, store: Store, facts: Sequence[LoggedFact]) -> _Audience:
        found: list[tuple[Stream, Client]] = []
        for stream in await self.streams.running(store):
            record = await self.directory.client_by_id(store, stream.client_id)
            if record and record.client.enabled and not SCOPES.isdisjoint(record.client.scopes):
                found.append((stream, record.client))
        if not found:
            return _Audience((), {}, {})
        users = list({fact.person for fact in facts if fact.person is not None})
        scopes: dict[tuple[UUID, UUID], list[Any]] = {}
        for known in await self.facts.known(store, users, list({c.id for _, c in found})):
            scopes.setdefault((known.client_id, known.user_id), []).append(known)
        return _Audience(found, scopes, await self.streams.named(store, users))

    async def _completed(self, store: Store, fact: LoggedFact, signal: Signal) -> Signal | None:
        """Say from which level a sign-in was raised; None where the level is the same."""
        if signal.kind != _LEVEL:
            return signal
        before = await self.facts.before(store, fact, _SIGN_INS)
        was = msgspec.json.decode(before).get("acr") if before else None
        if was is None or was == signal.details["current_level"]:
            return None
        return msgspec.structs.replace(
            signal, details={**signal.details, "previous_level": str(was)}
        )

    def _told(
        self,
        audience: _Audience,
        stream: Stream,
        client: Client,
        fact: LoggedFact,
        signal: Signal,
    ) -> Waiting | None:
        """Return what `stream` tells of a signal; None where it is none of its business."""
        person = fact.person
        if person is None or signal.kind not in stream.events or fact.at < stream.created_at:
            return None
        if not audience.named.get((stream.id, person), self.settings.default_subjects == "ALL"):
            return None
        grants = audience.scopes.get((client.id, person), ())
        live = [g for g in grants if g.revoked_at is None or g.revoked_at >= fact.at]
        if not live and EVERYBODY not in client.scopes:
            return None
        scopes = frozenset(scope for grant in live for scope in grant.scope)
        details = _narrowed(signal, scopes)
        if details is None:
            return None
        return Waiting(
            new_id(), stream.id, signal.kind, fact.event_id, person, signal.session,
            fact.seq, fact.at, details,
        )  # fmt: skip


def _narrowed(signal: Signal, scopes: frozenset[str]) -> dict[str, Any] | None:
    """Return the details that a client may know: no claim beyond what the person released."""
    if signal.kind == _ADDRESS and "email" not in scopes:
        return None
    if signal.kind != _CLAIMS:
        return signal.details
    released = claims_of(scopes)
    claims = [name for name in signal.details["claims"] if name in released]
    return {**signal.details, "claims": claims} if claims else None
