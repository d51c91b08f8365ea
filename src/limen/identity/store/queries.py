"""The statements of identity.

An account and its addresses come in one: a row for each address, or one without.
"""

from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as b
from sqlalchemy.sql.base import Executable

from limen.identity.api import Status
from limen.identity.store.tables import emails, users
from limen.platform.db import Query, insert, mine, one_of, store_now


class UserRow(msgspec.Struct, frozen=True):
    """An account beside one of its addresses, or beside none."""

    id: UUID
    username: str | None
    status: Status
    status_reason: str | None
    profile: object
    created_at: datetime
    updated_at: datetime
    last_sign_in_at: datetime | None
    version: int
    email_id: UUID | None
    address: str | None
    verified_at: datetime | None
    is_primary: bool | None


class HoldRow(msgspec.Struct, frozen=True):
    user_id: UUID
    id: UUID
    status: Status
    verified_at: datetime | None
    is_primary: bool


_COLUMNS = (
    users.c.id,
    users.c.username,
    users.c.status,
    users.c.status_reason,
    users.c.profile,
    users.c.created_at,
    users.c.updated_at,
    users.c.last_sign_in_at,
    users.c.version,
    emails.c.id.label("email_id"),
    emails.c.address,
    emails.c.verified_at,
    emails.c.is_primary,
)
_WITH_EMAILS = users.outerjoin(
    emails, sa.and_(emails.c.tenant == users.c.tenant, emails.c.user_id == users.c.id)
)
_LIVE = sa.and_(mine(users), users.c.status != "deleted")


def _accounts(*conditions: sa.ColumnElement[bool], newest_first: bool = False) -> Executable:
    found = sa.select(*_COLUMNS).select_from(_WITH_EMAILS).where(_LIVE, *conditions)
    order = users.c.id.desc() if newest_first else users.c.id
    return found.order_by(order, emails.c.id)


def _page(*conditions: sa.ColumnElement[bool], newest_first: bool) -> Executable:
    """Return a page in the order of the ids, which is that of creation."""
    beyond = users.c.id < b("after") if newest_first else users.c.id > b("after")
    order = users.c.id.desc() if newest_first else users.c.id
    ids = sa.select(users.c.id).where(
        _LIVE, beyond, one_of(users.c.status, "statuses"), *conditions
    )
    page = users.c.id.in_(ids.order_by(order).limit(b("limit")))
    return _accounts(page, newest_first=newest_first)


class Lists:
    """The pages of accounts, by their filter, in one order."""

    def __init__(self, *, newest_first: bool) -> None:
        def page(*conditions: sa.ColumnElement[bool]) -> Executable:
            return _page(*conditions, newest_first=newest_first)

        self.every = Query(page(), UserRow, *_LIST)
        self.by_email = Query(page(_BY_EMAIL), UserRow, *_LIST, "folded")
        self.by_username = Query(page(_BY_NAME), UserRow, *_LIST, "folded")
        self.by_prefix = Query(page(_BY_PREFIX), UserRow, *_LIST, "prefix", "prefix_too")


def _owner_of(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    owner = sa.select(emails.c.user_id).where(mine(emails), condition)
    return users.c.id.in_(owner)


_BY_EMAIL = _owner_of(emails.c.address_folded == b("folded"))
_BY_NAME = users.c.username_folded == b("folded")
_BY_PREFIX = sa.or_(
    users.c.username_folded.like(b("prefix"), escape="\\"),
    _owner_of(emails.c.address_folded.like(b("prefix_too"), escape="\\")),
)
_LIST = ("after", "statuses", "limit")


class Queries:
    find = Query(_accounts(users.c.id == b("id")), UserRow, "id")
    find_by_username = Query(_accounts(_BY_NAME), UserRow, "folded")
    find_by_email = Query(_accounts(_BY_EMAIL), UserRow, "folded")
    oldest_first, newest_first = Lists(newest_first=False), Lists(newest_first=True)
    add = Query(
        insert(users, "id", "username", "username_folded", "status", "profile", "version").values(
            created_at=store_now(), updated_at=store_now()
        ),
        None,
        "id",
        "username",
        "username_folded",
        "status",
        "profile",
        "version",
    )
    change = Query(
        sa.update(users)
        .where(_LIVE, users.c.id == b("id_"), users.c.version == b("expected"))
        .values(
            username=b("username"),
            username_folded=b("username_folded"),
            profile=b("profile"),
            version=users.c.version + 1,
            updated_at=store_now(),
        ),
        None,
        "id_",
        "expected",
        "username",
        "username_folded",
        "profile",
    )
    move = Query(
        sa.update(users)
        .where(_LIVE, users.c.id == b("id_"), users.c.status == b("was"))
        .values(
            status=b("to"),
            status_reason=b("reason"),
            version=users.c.version + 1,
            updated_at=store_now(),
        ),
        None,
        "id_",
        "was",
        "to",
        "reason",
    )
    delete = Query(
        sa.update(users)
        .where(_LIVE, users.c.id == b("id_"), users.c.status == b("was"))
        .values(
            status="deleted",
            status_reason=None,
            username=None,
            username_folded=None,
            version=users.c.version + 1,
            updated_at=store_now(),
            deleted_at=store_now(),
        ),
        None,
        "id_",
        "was",
    )
    note_sign_in = Query(
        sa.update(users)
        .where(mine(users), users.c.id == b("id_"))
        .values(last_sign_in_at=store_now()),
        None,
        "id_",
    )
    touch = Query(
        sa.update(users)
        .where(mine(users), users.c.id == b("id_"))
        .values(version=users.c.version + 1, updated_at=store_now()),
        None,
        "id_",
    )
    holder = Query(
        sa.select(
            emails.c.user_id, emails.c.id, users.c.status, emails.c.verified_at, emails.c.is_primary
        )
        .join_from(
            emails,
            users,
            sa.and_(users.c.tenant == emails.c.tenant, users.c.id == emails.c.user_id),
        )
        .where(mine(emails), emails.c.address_folded == b("folded")),
        HoldRow,
        "folded",
    )
    add_unverified = Query(
        insert(emails, "id", "user_id", "address", "address_folded", "is_primary").values(
            created_at=store_now()
        ),
        None,
        "id",
        "user_id",
        "address",
        "address_folded",
        "is_primary",
    )
    add_verified = Query(
        insert(emails, "id", "user_id", "address", "address_folded", "is_primary").values(
            created_at=store_now(), verified_at=store_now()
        ),
        None,
        "id",
        "user_id",
        "address",
        "address_folded",
        "is_primary",
    )
    verify_email = Query(
        sa.update(emails)
        .where(mine(emails), emails.c.id == b("id_"), emails.c.verified_at.is_(None))
        .values(verified_at=store_now()),
        None,
        "id_",
    )
    remove_email = Query(sa.delete(emails).where(mine(emails), emails.c.id == b("id")), None, "id")
    remove_emails = Query(
        sa.delete(emails).where(mine(emails), emails.c.user_id == b("user_id")), None, "user_id"
    )
    clear_primary = Query(
        sa.update(emails)
        .where(mine(emails), emails.c.user_id == b("user"), emails.c.is_primary.is_(sa.true()))
        .values(is_primary=sa.false()),
        None,
        "user",
    )
    set_primary = Query(
        sa.update(emails)
        .where(mine(emails), emails.c.user_id == b("user"), emails.c.id == b("id_"))
        .values(is_primary=sa.true()),
        None,
        "user",
        "id_",
    )
