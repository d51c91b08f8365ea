"""Clients and their secrets."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.api import Client, ClientType, NewClient, Registered
from limen.oauth.model.registration import Configuration
from limen.oauth.ports import ActiveSecret
from limen.platform.db import Id, Instant, Json, Query, insert, mine, store_now, tenant_table

clients = tenant_table(
    "clients",
    sa.Column("id", Id, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("registered", sa.Text, nullable=False),
    sa.Column("metadata_url", sa.Text),
    sa.Column("configuration", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)

client_secrets = tenant_table(
    "client_secrets",
    sa.Column("id", Id, nullable=False),
    sa.Column("client_id", Id, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary),  # for client_secret_jwt alone
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.ForeignKeyConstraint(
        ["tenant", "client_id"],
        ["clients.tenant", "clients.id"],
        name="client_secrets_client_fkey",
        ondelete="CASCADE",
    ),
    sa.Index("client_secrets_client_idx", "tenant", "client_id"),
)


class ClientRow(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    type: ClientType
    enabled: bool
    registered: Registered
    metadata_url: str | None
    configuration: dict[str, object]
    created_at: datetime
    updated_at: datetime
    version: int

    def client(self) -> Client:
        chosen = msgspec.convert(self.configuration, Configuration)
        return Client(
            id=self.id,
            name=self.name,
            type=self.type,
            enabled=self.enabled,
            registered=self.registered,
            metadata_url=self.metadata_url,
            created_at=self.created_at,
            updated_at=self.updated_at,
            version=self.version,
            **msgspec.structs.asdict(chosen),
        )


class Origins(msgspec.Struct, frozen=True):
    configuration: dict[str, object]

    def origins(self) -> tuple[str, ...]:
        return msgspec.convert(self.configuration, Configuration).origins


_ROW = tuple(clients.c[name] for name in ClientRow.__struct_fields__)
_LIVE = sa.or_(client_secrets.c.expires_at.is_(None), client_secrets.c.expires_at > store_now())

_AFTER_ALL = UUID(int=(1 << 128) - 1)


class Queries:
    find = Query(sa.select(*_ROW).where(mine(clients), clients.c.id == b("id")), ClientRow, "id")
    page = Query(
        sa.select(*_ROW)
        .where(mine(clients), clients.c.id > b("after"))
        .order_by(clients.c.id)
        .limit(b("count", type_=sa.Integer)),
        ClientRow,
        "after",
        "count",
    )
    page_back = Query(
        sa.select(*_ROW)
        .where(mine(clients), clients.c.id < b("after"))
        .order_by(clients.c.id.desc())
        .limit(b("count", type_=sa.Integer)),
        ClientRow, "after", "count",
    )  # fmt: skip
    configurations = Query(
        sa.select(clients.c.configuration).where(mine(clients), clients.c.enabled.is_(sa.true())),
        Origins,
    )
    add = Query(
        insert(clients, "id", "name", "type", "registered", "metadata_url", "configuration").values(
            enabled=sa.true(), created_at=store_now(), updated_at=store_now(), version=1
        ),
        None,
        "id",
        "name",
        "type",
        "registered",
        "metadata_url",
        "configuration",
    )
    change = Query(
        sa.update(clients)
        .where(mine(clients), clients.c.id == b("id"), clients.c.version == b("expected"))
        .values(
            name=b("name"),
            configuration=b("configuration"),
            updated_at=store_now(),
            version=clients.c.version + 1,
        ),
        None,
        "id",
        "expected",
        "name",
        "configuration",
    )
    enable = Query(
        sa.update(clients)
        .where(mine(clients), clients.c.id == b("id"), clients.c.enabled != b("enabled"))
        .values(enabled=b("enabled"), updated_at=store_now(), version=clients.c.version + 1),
        None,
        "id",
        "enabled",
    )
    remove = Query(sa.delete(clients).where(mine(clients), clients.c.id == b("id")), None, "id")
    secrets = Query(
        sa.select(*(client_secrets.c[name] for name in ActiveSecret.__struct_fields__))
        .where(mine(client_secrets), client_secrets.c.client_id == b("client"), _LIVE)
        .order_by(client_secrets.c.created_at.desc(), client_secrets.c.id.desc()),
        ActiveSecret,
        "client",
    )
    add_secret = Query(
        insert(client_secrets, "id", "client_id", "digest", "sealed").values(
            created_at=store_now()
        ),
        None,
        "id",
        "client_id",
        "digest",
        "sealed",
    )
    forget_sealed = Query(
        sa.update(client_secrets)
        .where(mine(client_secrets), client_secrets.c.client_id == b("client"))
        .values(sealed=None),
        None,
        "client",
    )
    retire_others = Query(
        sa.update(client_secrets)
        .where(
            mine(client_secrets),
            client_secrets.c.client_id == b("client"),
            client_secrets.c.id != b("keep"),
            client_secrets.c.expires_at.is_(None),
        )
        .values(expires_at=store_now("overlap")),
        None,
        "client",
        "keep",
        "overlap",
    )
    forget_secrets = Query(
        sa.delete(client_secrets).where(
            mine(client_secrets),
            client_secrets.c.client_id == b("client"),
            client_secrets.c.expires_at.is_not(None),
        ),
        None,
        "client",
    )


class SqlClients:
    """Clients of the reader's tenant."""

    async def find(self, reader: Reader, client: UUID) -> Client | None:
        row = await reader.one(Queries.find, client)
        return row.client() if row else None

    async def list_after(
        self, reader: Reader, after: UUID | None, count: int, *, newest_first: bool = False
    ) -> list[Client]:
        """Return at most `count` clients, by id (or against it), after the given one."""
        if newest_first:
            rows = await reader.all(Queries.page_back, after or _AFTER_ALL, count)
        else:
            rows = await reader.all(Queries.page, after or NIL, count)
        return [row.client() for row in rows]

    async def add(self, tx: Tx, client: UUID, new: NewClient, configuration: Configuration) -> None:
        await tx.run(
            Queries.add, client, new.name, new.type, new.registered, new.metadata_url, configuration
        )

    async def change(
        self, tx: Tx, client: UUID, *, version: int, name: str, configuration: Configuration
    ) -> bool:
        """Change it if `version` is still its version."""
        return await tx.run(Queries.change, client, version, name, configuration) == 1

    async def enable(self, tx: Tx, client: UUID, *, enabled: bool) -> bool:
        """Return False where it was so already."""
        return await tx.run(Queries.enable, client, enabled) == 1

    async def remove(self, tx: Tx, client: UUID) -> bool:
        return await tx.run(Queries.remove, client) == 1

    async def origins(self, reader: Reader) -> list[str]:
        """Return the origins that enabled clients registered for CORS."""
        rows = await reader.all(Queries.configurations)
        return [origin for row in rows for origin in row.origins()]

    async def secrets(self, reader: Reader, client: UUID) -> list[ActiveSecret]:
        """Return the secrets that work now, the newest first."""
        return await reader.all(Queries.secrets, client)

    async def add_secret(
        self, tx: Tx, client: UUID, secret: UUID, digest: bytes, sealed: bytes | None
    ) -> None:
        await tx.run(Queries.add_secret, secret, client, digest, sealed)

    async def forget_sealed(self, tx: Tx, client: UUID) -> None:
        await tx.run(Queries.forget_sealed, client)

    async def retire_secrets(self, tx: Tx, client: UUID, *, keep: UUID, overlap: timedelta) -> None:
        """Let the current secret work for `overlap` beside `keep`; older ones end now."""
        await tx.run(Queries.forget_secrets, client)
        await tx.run(Queries.retire_others, client, keep, overlap)
