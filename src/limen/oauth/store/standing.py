"""What the gate asks of clients, grants and access tokens; the rows are read every time."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.sql.elements import ColumnElement

from limen.oauth.assertions.store import STANDING as OF_ISSUER
from limen.oauth.federation.store import federation_clients
from limen.oauth.store.clients import clients
from limen.oauth.store.grants import grants
from limen.oauth.store.tokens import revoked_tokens
from limen.platform.db import Id, StandingPart, mine, store_now

_FINE = ""


def _of_client() -> ColumnElement[Any]:
    chain = sa.select(federation_clients.c.client_id).where(
        mine(federation_clients),
        federation_clients.c.client_id == clients.c.id,
        federation_clients.c.expires_at > store_now(),
    )
    without = sa.and_(clients.c.registered == "federation", ~chain.exists())
    reason = sa.case(
        (~clients.c.enabled, "client_disabled"), (without, "client_chain_ended"), else_=_FINE
    )
    found = sa.select(reason).where(mine(clients), clients.c.id == b("client", type_=Id()))
    return _absent_is(found, "client_unknown")


def _of_grant() -> ColumnElement[Any]:
    reason = sa.case((grants.c.revoked_at.is_not(None), "grant_revoked"), else_=_FINE)
    found = sa.select(reason).where(mine(grants), grants.c.id == b("grant", type_=Id()))
    return _absent_is(found, "grant_unknown")


def _of_token() -> ColumnElement[Any]:
    """A list of what is denied: absent is fine here, since the signature was believed first."""
    t = revoked_tokens
    denied = sa.select(sa.literal("token_revoked")).where(mine(t), t.c.id == b("token", type_=Id()))
    return denied.scalar_subquery()


def _absent_is(found: "sa.Select[tuple[str]]", code: str) -> ColumnElement[Any]:
    return sa.func.nullif(sa.func.coalesce(found.scalar_subquery(), code), _FINE)


STANDING = (
    StandingPart("client", _of_client()),
    StandingPart("grant", _of_grant()),
    StandingPart("token", _of_token()),
    OF_ISSUER,
)
