"""The tables of trusted issuers and of the people for whom their subjects speak."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import NIL, Reader, Tx
from limen.oauth.assertions.model.issuers import IssuerSettings, TrustedIssuer
from limen.oauth.assertions.ports import SubjectLink
from limen.platform.db import (
    Id,
    Instant,
    Json,
    Query,
    StandingPart,
    insert,
    mine,
    store_now,
    tenant_table,
)

trusted_issuers = tenant_table(
    "trusted_issuers",
    sa.Column("id", Id, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("tenant", "issuer", name="trusted_issuers_issuer_key"),
)

issuer_subjects = tenant_table(
    "issuer_subjects",
    sa.Column("id", Id, nullable=False),
    sa.Column("issuer_id", Id, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("user_id", Id, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.ForeignKeyConstraint(
        ["tenant", "issuer_id"],
        ["trusted_issuers.tenant", "trusted_issuers.id"],
        name="issuer_subjects_issuer_fkey",
        ondelete="CASCADE",
    ),
    sa.UniqueConstraint("tenant", "issuer_id", "subject", name="issuer_subjects_subject_key"),
)


class IssuerRow(msgspec.Struct, frozen=True):
    id: UUID
    issuer: str
    enabled: bool
    settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    version: int

    def trusted(self) -> TrustedIssuer:
        return TrustedIssuer(
            id=self.id,
            issuer=self.issuer,
            enabled=self.enabled,
            settings=msgspec.convert(self.settings, IssuerSettings),
            created_at=self.created_at,
            updated_at=self.updated_at,
            version=self.version,
        )


_i, _s = trusted_issuers.c, issuer_subjects.c
_ROW = tuple(_i[name] for name in IssuerRow.__struct_fields__)
_LINK = tuple(_s[name] for name in SubjectLink.__struct_fields__)
_COUNT = b("count", type_=sa.Integer)
_THIS = sa.and_(mine(trusted_issuers), _i.id == b("id"))
_OF_ISSUER = sa.and_(mine(issuer_subjects), _s.issuer_id == b("issuer"))


class Queries:
    find = Query(sa.select(*_ROW).where(_THIS), IssuerRow, "id")
    by_name = Query(
        sa.select(*_ROW).where(mine(trusted_issuers), _i.issuer == b("issuer")),
        IssuerRow,
        "issuer",
    )
    page = Query(
        sa.select(*_ROW)
        .where(mine(trusted_issuers), _i.id > b("after"))
        .order_by(_i.id)
        .limit(_COUNT),
        IssuerRow,
        "after",
        "count",
    )
    add = Query(
        insert(trusted_issuers, "id", "issuer", "settings").values(
            enabled=sa.true(), created_at=store_now(), updated_at=store_now(), version=1
        ),
        None,
        "id",
        "issuer",
        "settings",
    )
    change = Query(
        sa.update(trusted_issuers)
        .where(_THIS, _i.version == b("expected"))
        .values(settings=b("settings"), updated_at=store_now(), version=_i.version + 1),
        None,
        "id",
        "expected",
        "settings",
    )
    enable = Query(
        sa.update(trusted_issuers)
        .where(_THIS, _i.enabled != b("enabled"))
        .values(enabled=b("enabled"), updated_at=store_now(), version=_i.version + 1),
        None,
        "id",
        "enabled",
    )
    remove = Query(sa.delete(trusted_issuers).where(_THIS), None, "id")
    subject = Query(
        sa.select(*_LINK).where(_OF_ISSUER, _s.subject == b("subject")),
        SubjectLink,
        "issuer",
        "subject",
    )
    link = Query(sa.select(*_LINK).where(_OF_ISSUER, _s.id == b("id")), SubjectLink, "issuer", "id")
    links = Query(
        sa.select(*_LINK).where(_OF_ISSUER, _s.id > b("after")).order_by(_s.id).limit(_COUNT),
        SubjectLink,
        "issuer",
        "after",
        "count",
    )
    link_of_user = Query(
        sa.select(*_LINK).where(_OF_ISSUER, _s.user_id == b("user")).limit(1),
        SubjectLink,
        "issuer",
        "user",
    )
    add_link = Query(
        insert(issuer_subjects, "id", "issuer_id", "subject", "user_id").values(
            created_at=store_now()
        ),
        None,
        "id",
        "issuer_id",
        "subject",
        "user_id",
    )
    remove_link = Query(
        sa.delete(issuer_subjects).where(_OF_ISSUER, _s.id == b("id")), None, "issuer", "id"
    )


class SqlIssuers:
    """Trusted issuers of the reader's tenant."""

    async def find(self, reader: Reader, issuer: UUID) -> TrustedIssuer | None:
        row = await reader.one(Queries.find, issuer)
        return row.trusted() if row else None

    async def find_by_name(self, reader: Reader, issuer: str) -> TrustedIssuer | None:
        """Return the one whose tokens have exactly this `iss`."""
        row = await reader.one(Queries.by_name, issuer)
        return row.trusted() if row else None

    async def list_after(
        self, reader: Reader, after: UUID | None, count: int
    ) -> list[TrustedIssuer]:
        """Return at most `count`, by id, after the given one."""
        return [row.trusted() for row in await reader.all(Queries.page, after or NIL, count)]

    async def add(self, tx: Tx, issuer: UUID, name: str, settings: IssuerSettings) -> None:
        """Raises UniqueConflict for an issuer that is there already."""
        await tx.run(Queries.add, issuer, name, settings)

    async def change(self, tx: Tx, issuer: UUID, version: int, settings: IssuerSettings) -> bool:
        """Change it if `version` is still its version."""
        return await tx.run(Queries.change, issuer, version, settings) == 1

    async def enable(self, tx: Tx, issuer: UUID, *, enabled: bool) -> bool:
        """Return False where it was so already."""
        return await tx.run(Queries.enable, issuer, enabled) == 1

    async def remove(self, tx: Tx, issuer: UUID) -> bool:
        return await tx.run(Queries.remove, issuer) == 1


class SqlSubjects:
    """Whom the subjects of issuers speak for."""

    async def find(self, reader: Reader, issuer: UUID, subject: str) -> SubjectLink | None:
        return await reader.one(Queries.subject, issuer, subject)

    async def get(self, reader: Reader, issuer: UUID, link: UUID) -> SubjectLink | None:
        return await reader.one(Queries.link, issuer, link)

    async def list_after(
        self, reader: Reader, issuer: UUID, after: UUID | None, count: int
    ) -> list[SubjectLink]:
        """Return at most `count` of an issuer, by id, after the given one."""
        return await reader.all(Queries.links, issuer, after or NIL, count)

    async def speaks_for(self, reader: Reader, issuer: UUID, user: UUID) -> bool:
        """Return whether any subject of the issuer is linked to the person."""
        return await reader.one(Queries.link_of_user, issuer, user) is not None

    async def add(self, tx: Tx, link: UUID, issuer: UUID, subject: str, user: UUID) -> None:
        """Raises UniqueConflict for a subject that speaks for somebody already."""
        await tx.run(Queries.add_link, link, issuer, subject, user)

    async def remove(self, tx: Tx, issuer: UUID, link: UUID) -> bool:
        return await tx.run(Queries.remove_link, issuer, link) == 1


_reason = sa.case((_i.enabled, ""), else_="issuer_disabled")
_standing = (
    sa.select(_reason)
    .where(mine(trusted_issuers), _i.id == b("issuer", type_=Id()))
    .scalar_subquery()
)
STANDING = StandingPart("issuer", sa.func.nullif(sa.func.coalesce(_standing, "issuer_unknown"), ""))
