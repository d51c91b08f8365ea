"""The wrapped keys: tenants' under the master key, persons' under their tenant's."""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.platform.db import Id, Instant, Query, insert, mine, store_now, tenant_table

tenant_keys = tenant_table(
    "tenant_keys",
    sa.Column("id", Id, nullable=False),
    sa.Column("commitment", sa.LargeBinary, nullable=False),
    sa.Column("master", sa.LargeBinary, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("wrapped_at", Instant, nullable=False),
    sa.UniqueConstraint("tenant", "commitment", name="tenant_keys_commitment_key"),
)
"""`commitment` is the check value of the key, `master` that of the master key around it."""

person_keys = tenant_table(
    "person_keys",
    sa.Column("id", Id, nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

destroyed_persons = tenant_table(
    "destroyed_persons",
    sa.Column("id", Id, nullable=False),
    sa.Column("destroyed_at", Instant, nullable=False),
)
"""Whose keys are gone for good: a restore from a backup destroys them again."""


class WrappedKey(msgspec.Struct, frozen=True):
    """A tenant's key as it is stored."""

    id: UUID
    commitment: bytes
    master: bytes
    wrapped: bytes


class Destroyed(msgspec.Struct, frozen=True):
    id: UUID
    destroyed_at: datetime


class Queries:
    of_tenant = Query(
        sa.select(
            tenant_keys.c.id,
            tenant_keys.c.commitment,
            tenant_keys.c.master,
            tenant_keys.c.wrapped,
        )
        .where(mine(tenant_keys))
        .order_by(tenant_keys.c.created_at.desc(), tenant_keys.c.id.desc()),
        WrappedKey,
    )
    add_tenant = Query(
        insert(tenant_keys, "id", "commitment", "master", "wrapped").values(
            created_at=store_now(), wrapped_at=store_now()
        ),
        None,
        "id",
        "commitment",
        "master",
        "wrapped",
    )
    rewrap = Query(
        sa.update(tenant_keys)
        .where(
            mine(tenant_keys), tenant_keys.c.id == b("id"), tenant_keys.c.master == b("previous")
        )
        .values(master=b("master"), wrapped=b("wrapped"), wrapped_at=store_now()),
        None,
        "id",
        "previous",
        "master",
        "wrapped",
    )
    of_person = Query(
        sa.select(person_keys.c.wrapped).where(mine(person_keys), person_keys.c.id == b("id")),
        bytes,
        "id",
    )
    add_person = Query(
        insert(person_keys, "id", "wrapped")
        .values(created_at=store_now())
        .on_conflict_do_nothing(index_elements=["tenant", "id"]),
        None,
        "id",
        "wrapped",
    )
    remove_person = Query(
        sa.delete(person_keys).where(mine(person_keys), person_keys.c.id == b("id")), None, "id"
    )
    note_destroyed = Query(
        insert(destroyed_persons, "id")
        .values(destroyed_at=store_now())
        .on_conflict_do_nothing(index_elements=["tenant", "id"]),
        None,
        "id",
    )
    is_destroyed = Query(
        sa.select(destroyed_persons.c.id).where(
            mine(destroyed_persons), destroyed_persons.c.id == b("id")
        ),
        UUID,
        "id",
    )
    destroyed = Query(
        sa.select(destroyed_persons.c.id, destroyed_persons.c.destroyed_at)
        .where(mine(destroyed_persons))
        .order_by(destroyed_persons.c.id),
        Destroyed,
    )
