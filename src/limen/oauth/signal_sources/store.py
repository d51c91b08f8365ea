"""The table of sources."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.signal_sources.model import Source, SourceSettings
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

sources = tenant_table(
    "signal_sources",
    sa.Column("id", Id, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("reach", Json, nullable=False),
    sa.Column("push_digest", sa.LargeBinary, nullable=False),
    sa.Column("secret_sealed", sa.LargeBinary),
    sa.Column("poll_error", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("tenant", "issuer", name="signal_sources_issuer_key"),
)


class SourceRow(msgspec.Struct, frozen=True):
    id: UUID
    issuer: str
    enabled: bool
    settings: dict[str, Any]
    reach: list[str]
    push_digest: bytes
    secret_sealed: bytes | None
    poll_error: str | None
    created_at: datetime
    updated_at: datetime
    version: int

    def source(self) -> Source:
        values: dict[str, Any] = {n: getattr(self, n) for n in self.__struct_fields__}
        values["settings"] = msgspec.convert(self.settings, SourceSettings)
        return Source(**values)


_s = sources.c
_ROW: Final = tuple(_s[name] for name in SourceRow.__struct_fields__)
_COUNT: Final = b("count", type_=sa.Integer)
_THIS: Final = sa.and_(mine(sources), _s.id == b("id"))
_NEW: Final = ("id", "issuer", "settings", "reach", "push_digest", "secret_sealed")
_CHANGED: Final = ("enabled", "settings", "reach", "secret_sealed")


class Queries:
    find = Query(sa.select(*_ROW).where(_THIS), SourceRow, "id")
    page = Query(
        sa.select(*_ROW).where(mine(sources), _s.id > b("after")).order_by(_s.id).limit(_COUNT),
        SourceRow,
        "after",
        "count",
    )
    add = Query(
        insert(sources, *_NEW).values(
            enabled=sa.true(), created_at=store_now(), updated_at=store_now(), version=1
        ),
        None,
        *_NEW,
    )
    change = Query(
        sa.update(sources)
        .where(_THIS, _s.version == b("expected"))
        .values({name: b(name, type_=_s[name].type) for name in _CHANGED})
        .values(updated_at=store_now(), version=_s.version + 1),
        None,
        "id",
        "expected",
        *_CHANGED,
    )
    note = Query(sa.update(sources).where(_THIS).values(poll_error=b("error")), None, "id", "error")
    remove = Query(sa.delete(sources).where(_THIS), None, "id")


class SqlSources:
    """Sources of the reader's tenant."""

    async def find(self, reader: Reader, source: UUID) -> Source | None:
        row = await reader.one(Queries.find, source)
        return row.source() if row else None

    async def list_after(self, reader: Reader, after: UUID | None, count: int) -> list[Source]:
        return [row.source() for row in await reader.all(Queries.page, after or NIL, count)]

    async def add(
        self, tx: Tx, source: UUID, issuer: str, settings: SourceSettings, **secret: Any
    ) -> None:
        """Raises UniqueConflict for an issuer that is listened to already."""
        rest = secret["reach"], secret["push_digest"], secret["secret_sealed"]
        await tx.run(Queries.add, source, issuer, settings, *rest)

    async def change(
        self, tx: Tx, source: UUID, version: int, settings: SourceSettings, **rest: Any
    ) -> bool:
        """Change it if `version` is still its version."""
        columns = rest["enabled"], settings, rest["reach"], rest["secret_sealed"]
        return await tx.run(Queries.change, source, version, *columns) == 1

    async def note(self, tx: Tx, source: UUID, error: str | None) -> None:
        """Remember what went wrong with the last poll."""
        await tx.run(Queries.note, source, error)

    async def remove(self, tx: Tx, source: UUID) -> None:
        await tx.run(Queries.remove, source)
