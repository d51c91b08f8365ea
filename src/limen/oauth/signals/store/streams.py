"""Streams and the subjects that were named for them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.signals.model.streams import Status, Stream, Wish
from limen.oauth.signals.store.tables import streams, subjects
from limen.platform.db import Query, insert, mine, one_of, store_now

_s, _n = streams.c, subjects.c
_ROW: Final = tuple(_s[name] for name in Stream.__struct_fields__)
_COUNT: Final = b("count", type_=sa.Integer)
_THIS: Final = sa.and_(mine(streams), _s.id == b("id"))
_WISH: Final = ("method", "endpoint_url", "header_sealed", "events", "requested", "description")


class Named(msgspec.Struct, frozen=True):
    stream_id: UUID
    user_id: UUID
    wanted: bool


class Queries:
    find = Query(sa.select(*_ROW).where(_THIS), Stream, "id")
    of_client = Query(
        sa.select(*_ROW).where(mine(streams), _s.client_id == b("client")).order_by(_s.id),
        Stream,
        "client",
    )
    page = Query(
        sa.select(*_ROW).where(mine(streams), _s.id > b("after")).order_by(_s.id).limit(_COUNT),
        Stream,
        "after",
        "count",
    )
    running = Query(
        sa.select(*_ROW).where(mine(streams), _s.status != "disabled").order_by(_s.id), Stream
    )
    add = Query(
        insert(streams, "id", "client_id", *_WISH).values(
            status="enabled", dropped=0, created_at=store_now(), updated_at=store_now()
        ),
        None,
        "id",
        "client_id",
        *_WISH,
    )
    change = Query(
        sa.update(streams)
        .where(_THIS)
        .values(
            {name: b(name, type_=_s[name].type) for name in _WISH} | {"updated_at": store_now()}
        ),
        None,
        "id",
        *_WISH,
    )
    move = Query(
        sa.update(streams)
        .where(_THIS, one_of(_s.status, "was"))
        .values(status=b("to"), reason=b("reason"), updated_at=store_now()),
        None,
        "id",
        "was",
        "to",
        "reason",
    )
    drop = Query(
        sa.update(streams).where(_THIS).values(dropped=_s.dropped + b("more", type_=sa.BigInteger)),
        None,
        "id",
        "more",
    )
    verify = Query(
        sa.update(streams)
        .where(
            _THIS,
            sa.or_(_s.verified_at.is_(None), _s.verified_at <= store_now("since")),
        )
        .values(verified_at=store_now()),
        None,
        "id",
        "since",
    )
    remove = Query(sa.delete(streams).where(_THIS), None, "id")
    name = Query(
        (
            _name := insert(subjects, "stream_id", "digest", "user_id", "wanted").values(
                created_at=store_now()
            )
        ).on_conflict_do_update(
            index_elements=["tenant", "stream_id", "digest"],
            set_={"wanted": _name.excluded.wanted, "user_id": _name.excluded.user_id},
        ),
        None,
        "stream_id",
        "digest",
        "user_id",
        "wanted",
    )
    count_named = Query(
        sa.select(sa.func.count())
        .select_from(subjects)
        .where(mine(subjects), _n.stream_id == b("stream")),
        int,
        "stream",
    )
    named = Query(
        sa.select(_n.stream_id, _n.user_id, _n.wanted)
        .where(mine(subjects), one_of(_n.user_id, "users"))
        .order_by(_n.created_at),
        Named,
        "users",
    )


class SqlStreams:
    """Streams of the reader's tenant."""

    async def find(self, reader: Reader, stream: UUID) -> Stream | None:
        return await reader.one(Queries.find, stream)

    async def of_client(self, reader: Reader, client: UUID) -> list[Stream]:
        return await reader.all(Queries.of_client, client)

    async def list_after(self, reader: Reader, after: UUID | None, count: int) -> list[Stream]:
        return await reader.all(Queries.page, after or NIL, count)

    async def running(self, reader: Reader) -> list[Stream]:
        """Return those that are not disabled."""
        return await reader.all(Queries.running)

    async def add(
        self, tx: Tx, stream: UUID, client: UUID, wish: Wish, header: bytes | None
    ) -> None:
        await tx.run(Queries.add, stream, client, *_columns(wish, header))

    async def change(self, tx: Tx, stream: UUID, wish: Wish, header: bytes | None) -> None:
        await tx.run(Queries.change, stream, *_columns(wish, header))

    async def move(
        self, tx: Tx, stream: UUID, was: tuple[Status, ...], to: Status, reason: str | None
    ) -> bool:
        """Change the status; False where it was none of `was` any more."""
        return await tx.run(Queries.move, stream, list(was), to, reason) == 1

    async def drop(self, tx: Tx, stream: UUID, more: int) -> None:
        """Count events that found no room."""
        await tx.run(Queries.drop, stream, more)

    async def verify(self, tx: Tx, stream: UUID, interval: timedelta) -> bool:
        """Note a verification; False where the last one is younger than `interval`."""
        return await tx.run(Queries.verify, stream, -interval) == 1

    async def remove(self, tx: Tx, stream: UUID) -> None:
        await tx.run(Queries.remove, stream)

    async def name(
        self, tx: Tx, stream: UUID, digest: bytes, user: UUID | None, *, wanted: bool
    ) -> None:
        """Remember that a subject was added, or removed."""
        await tx.run(Queries.name, stream, digest, user, wanted)

    async def count_named(self, reader: Reader, stream: UUID) -> int:
        return await reader.one(Queries.count_named, stream) or 0

    async def named(self, reader: Reader, users: list[UUID]) -> dict[tuple[UUID, UUID], bool]:
        """Return, by stream and person, whether somebody was added or removed."""
        rows = await reader.all(Queries.named, users)
        return {(row.stream_id, row.user_id): row.wanted for row in rows}


def _columns(wish: Wish, header: bytes | None) -> tuple[object, ...]:
    endpoint = (wish.method, wish.endpoint_url, header)
    return (*endpoint, wish.events, wish.requested, wish.description)
