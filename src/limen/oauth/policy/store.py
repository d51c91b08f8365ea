"""The table of policies: one row a tenant, kept whole."""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b

from limen.kernel.uow import Reader, Tx, UniqueConflict
from limen.oauth.options import OAuthPolicy
from limen.oauth.policy.ports import StoredPolicy
from limen.platform.db import Instant, Json, Query, insert, mine, store_now, tenant_table

oauth_policies = tenant_table(
    "oauth_policies",
    sa.Column("policy", Json, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    key=(),
)

_t = oauth_policies.c


class Row(msgspec.Struct, frozen=True):
    policy: dict[str, Any]
    version: int


class Queries:
    find = Query(sa.select(_t.policy, _t.version).where(mine(oauth_policies)), Row)
    add = Query(
        insert(oauth_policies, "policy").values(updated_at=store_now(), version=1), None, "policy"
    )
    change = Query(
        sa.update(oauth_policies)
        .where(mine(oauth_policies), _t.version == b("expected"))
        .values(policy=b("policy"), updated_at=store_now(), version=_t.version + 1),
        None,
        "expected",
        "policy",
    )


class SqlPolicies:
    async def find(self, reader: Reader) -> StoredPolicy:
        row = await reader.one(Queries.find)
        if row is None:
            return StoredPolicy(OAuthPolicy(), 0)
        return StoredPolicy(msgspec.convert(row.policy, OAuthPolicy), row.version)

    async def save(self, tx: Tx, policy: OAuthPolicy, *, version: int) -> bool:
        """Write it if `version` is still the stored one.  True for exactly one caller."""
        if version:
            return await tx.run(Queries.change, version, policy) == 1
        try:
            return await tx.run(Queries.add, policy) == 1
        except UniqueConflict:
            return False
