"""The store: one data-access layer over SQLite and PostgreSQL.

Read `types`, `tables`, `scope`, `query`; then `guard`, `sqlite`, `postgres`, `database`; then
`migration`, `revisions`, `migrate`, `pending`; then what is built on them: `shared`, `standing`,
`one_time`, `idempotency`, `sweep`.
"""

from limen.platform.db.database import OpenDatabase, open_database
from limen.platform.db.query import Query
from limen.platform.db.standing import StandingPart, compose
from limen.platform.db.tables import (
    global_table,
    insert,
    metadata,
    mine,
    one_of,
    store_now,
    tenant_table,
    the_tenant,
)
from limen.platform.db.types import Id, Instant, Json

__all__ = [
    "Id",
    "Instant",
    "Json",
    "OpenDatabase",
    "Query",
    "StandingPart",
    "compose",
    "global_table",
    "insert",
    "metadata",
    "mine",
    "one_of",
    "open_database",
    "store_now",
    "tenant_table",
    "the_tenant",
]
