"""Resource servers: the APIs that access tokens are for (RFC 8707)."""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.api import ScopeText
from limen.oauth.model.resources import Api, ApiSettings
from limen.oauth.options import ApiOptions
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

apis = tenant_table(
    "apis",
    sa.Column("id", Id, nullable=False),
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", Json, nullable=False),
    sa.Column("access_token_lifetime", sa.Integer),
    sa.Column("access_token_alg", sa.Text),
    sa.Column("options", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("tenant", "identifier", name="apis_identifier_key"),
)


class ApiRow(msgspec.Struct, frozen=True):
    id: UUID
    identifier: str
    name: str
    scopes: list[dict[str, str]]
    access_token_lifetime: int | None
    access_token_alg: str | None
    options: dict[str, object]
    created_at: datetime
    updated_at: datetime
    version: int

    def api(self) -> Api:
        return Api(
            id=self.id,
            identifier=self.identifier,
            name=self.name,
            scopes=tuple(ScopeText(**text) for text in self.scopes),
            access_token_lifetime=self.access_token_lifetime,
            access_token_alg=self.access_token_alg,
            options=msgspec.convert(self.options, ApiOptions),
            created_at=self.created_at,
            updated_at=self.updated_at,
            version=self.version,
        )


_ROW = tuple(apis.c[name] for name in ApiRow.__struct_fields__)


class Queries:
    find = Query(sa.select(*_ROW).where(mine(apis), apis.c.id == b("id")), ApiRow, "id")
    all = Query(sa.select(*_ROW).where(mine(apis)).order_by(apis.c.id).limit(1000), ApiRow)
    page = Query(
        sa.select(*_ROW)
        .where(mine(apis), apis.c.id > b("after"))
        .order_by(apis.c.id)
        .limit(b("count", type_=sa.Integer)),
        ApiRow,
        "after",
        "count",
    )
    add = Query(
        insert(
            apis,
            "id",
            "identifier",
            "name",
            "scopes",
            "access_token_lifetime",
            "access_token_alg",
            "options",
        ).values(created_at=store_now(), updated_at=store_now(), version=1),
        None,
        "id",
        "identifier",
        "name",
        "scopes",
        "access_token_lifetime",
        "access_token_alg",
        "options",
    )
    change = Query(
        sa.update(apis)
        .where(mine(apis), apis.c.id == b("id"), apis.c.version == b("expected"))
        .values(
            name=b("name"),
            scopes=b("scopes"),
            access_token_lifetime=b("access_token_lifetime"),
            access_token_alg=b("access_token_alg"),
            options=b("options"),
            updated_at=store_now(),
            version=apis.c.version + 1,
        ),
        None,
        "id",
        "expected",
        "name",
        "scopes",
        "access_token_lifetime",
        "access_token_alg",
        "options",
    )
    remove = Query(sa.delete(apis).where(mine(apis), apis.c.id == b("id")), None, "id")


class SqlApis:
    """Resource servers of the reader's tenant."""

    async def find(self, reader: Reader, api: UUID) -> Api | None:
        row = await reader.one(Queries.find, api)
        return row.api() if row else None

    async def all(self, reader: Reader) -> list[Api]:
        return [row.api() for row in await reader.all(Queries.all)]

    async def list_after(self, reader: Reader, after: UUID | None, count: int) -> list[Api]:
        """Return at most `count`, by id, after the given one."""
        rows = await reader.all(Queries.page, after or NIL, count)
        return [row.api() for row in rows]

    async def add(self, tx: Tx, api: UUID, identifier: str, chosen: ApiSettings) -> None:
        """Raises UniqueConflict for an identifier that is taken."""
        await tx.run(Queries.add, api, identifier, *_values(chosen))

    async def change(self, tx: Tx, api: UUID, version: int, chosen: ApiSettings) -> bool:
        """Change it if `version` is still its version."""
        return await tx.run(Queries.change, api, version, *_values(chosen)) == 1

    async def remove(self, tx: Tx, api: UUID) -> bool:
        return await tx.run(Queries.remove, api) == 1


def _values(chosen: ApiSettings) -> tuple[object, ...]:
    return (
        chosen.name,
        chosen.scopes,
        chosen.access_token_lifetime,
        chosen.access_token_alg,
        chosen.options,
    )
