"""What one resource server gets to hear: the facts that end tokens which are for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from limen.kernel.clock import Clock
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Reader
from limen.oauth.api import Client
from limen.oauth.directory import Directory
from limen.oauth.feed.model import FACTS, Entry, Fact, Server, before_of, unique
from limen.oauth.feed.store import MOST, SqlFeed
from limen.oauth.ports import ClientStore
from limen.oauth.subjects import Subjects

AGE: Final = timedelta(days=1)
"""What is older concerns no token any more: none lives longer."""
STEP: Final = 20_000
BACK: Final = 100_000
_MANY_CLIENTS: Final = 5_000
_UNASKED: Final = frozenset(
    (
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    )
)
_REMEMBERED: Final = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries up to the place `seq` of the log; `is_complete` where that is its end.

    `as_of` (Unix seconds) is until when the log was sealed, so that nothing earlier is missing.
    """

    entries: list[Entry]
    seq: int
    is_complete: bool
    as_of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    facts: SqlFeed
    clients: ClientStore
    directory: Directory
    subjects: Subjects
    clock: Clock
    known: dict[UUID, tuple[float, tuple[Client, ...]]] = field(
        default_factory=dict[UUID, tuple[float, tuple[Client, ...]]]
    )

    async def server(self, reader: Reader, tenant: Tenant, client: Client) -> Server:
        """Return the resource server with all that decides what concerns it."""
        catalog = await self.directory.catalog(reader)
        known = Server(client, tenant.issuer, catalog)
        exchanging = tuple(c for c in await self._exchanging(reader) if known.serves(c))
        return replace(known, exchanging=exchanging)

    async def _exchanging(self, reader: Reader) -> tuple[Client, ...]:
        """Return the clients that get tokens for people without a grant of theirs.

        They bring other clients' tokens, or other issuers'; as they were a moment ago.
        """
        known = self.known.get(reader.tenant)
        now = self.clock.monotonic()
        if known is not None and now - known[0] < _REMEMBERED:
            return known[1]
        every = await self.clients.list_after(reader, None, _MANY_CLIENTS)
        found = tuple(c for c in every if not _UNASKED.isdisjoint(c.grant_types))
        self.known[reader.tenant] = (now, found)
        return found

    async def is_news(self, reader: Reader, after: int) -> bool:
        return (await self.facts.end(reader)).head > after

    async def read(self, reader: Reader, server: Server, after: int | None) -> Batch:
        """Return what came after a place of the log; without one, what may still matter."""
        end = await self.facts.end(reader)
        start = max(0, end.head - BACK) if after is None else after
        until = end.head if after is None else min(end.head, start + STEP)
        found = await self.facts.between(reader, start, until, age=AGE)
        seq = found[-1].seq if len(found) == MOST else until
        entries = [entry for fact in found async for entry in self._entries(reader, server, fact)]
        as_of = end.waiting_since or self.clock.now()
        return Batch(unique(entries), max(seq, start), seq >= end.head, int(as_of.timestamp()))

    async def _entries(self, reader: Reader, server: Server, fact: Fact) -> AsyncIterator[Entry]:
        before, about = before_of(fact), FACTS[fact.name]
        if about == "key":
            yield Entry(kid=fact.target, before=before)
            return
        if about == "client" or (fact.target_kind == "client" and about == "family"):
            if await self._serves(reader, server, fact):
                yield Entry(client_id=await self._client_id(reader, fact), before=before)
            return
        if fact.person is None:
            if await self._serves(reader, server, fact):
                yield Entry(jti=fact.says["token"], before=before)
            return
        for entry in await self._of_person(reader, server, fact, fact.person):
            yield entry

    async def _of_person(
        self, reader: Reader, server: Server, fact: Fact, person: UUID
    ) -> list[Entry]:
        """Return what is said of a person's token: by the names that its clients know."""
        before, about = before_of(fact), FACTS[fact.name]
        known = await self._known(reader, server, person, fact.client)
        if not known:
            return []
        match about:
            case "token":
                return [Entry(jti=fact.says["token"], before=before)]
            case "family":
                return [Entry(fid=fact.target, before=before)]
            case "grant":
                return [Entry(gid=fact.target, before=before)]
            case "session":
                session = UUID(fact.target or "")
                sids = [await self.subjects.session(reader, c, session) for c in known]
                return [Entry(sid=str(sid), before=before) for sid in sids]
            case _:
                subs = [await self.subjects.of(reader, client, person) for client in known]
                return [Entry(sub=sub, before=before) for sub in subs]

    async def _known(
        self, reader: Reader, server: Server, person: UUID, client: UUID | None
    ) -> list[Client]:
        """Return the clients that may hold the person's tokens for this server.

        Where the fact is about one client's tokens, that one, or those that exchange them.
        """
        found = list(server.exchanging)
        for granted in await self.facts.granted(reader, person):
            if client is not None and granted.client_id != client:
                continue
            if server.takes(granted.resources):
                record = await self.directory.client_by_id(reader, granted.client_id)
                found += [record.client] if record else []
        return found

    async def _serves(self, reader: Reader, server: Server, fact: Fact) -> bool:
        """True where the client of the fact may get tokens for the server, or could."""
        told = fact.says.get("audiences")
        if told is not None:
            return not server.audiences.isdisjoint(told)
        client = fact.client
        record = await self.directory.client_by_id(reader, client) if client else None
        return record is not None and server.serves(record.client)

    async def _client_id(self, reader: Reader, fact: Fact) -> str:
        named = fact.says.get("client_id")
        client = fact.client
        record = await self.directory.client_by_id(reader, client) if client else None
        return str(named or (record.client.client_id if record else client))
