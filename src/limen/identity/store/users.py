"""Accounts and their addresses in the store."""

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

import msgspec

from limen.identity.api import Email, EmailAddress, Profile, Status, User
from limen.identity.model.usernames import Username
from limen.identity.ports import Hold, UserFilter
from limen.identity.store.queries import Queries, UserRow
from limen.kernel.ids import EmailId, UserId
from limen.kernel.uow import NIL, Reader, Tx

_AFTER_ALL = UUID(int=(1 << 128) - 1)


class SqlUsers:
    """UserStore over SQL."""

    async def find(self, reader: Reader, user: UserId) -> User | None:
        return _only(await reader.all(Queries.find, user))

    async def find_by_username(self, reader: Reader, folded: str) -> User | None:
        return _only(await reader.all(Queries.find_by_username, folded))

    async def find_by_email(self, reader: Reader, folded: str) -> User | None:
        return _only(await reader.all(Queries.find_by_email, folded))

    async def list_(
        self, reader: Reader, which: UserFilter, *, after: UUID | None, limit: int
    ) -> list[User]:
        lists = Queries.newest_first if which.newest_first else Queries.oldest_first
        start = after or (_AFTER_ALL if which.newest_first else NIL)
        page = (start, list(which.statuses), limit)
        match which.field:
            case None:
                rows = await reader.all(lists.every, *page)
            case "email":
                rows = await reader.all(lists.by_email, *page, which.folded)
            case "username":
                rows = await reader.all(lists.by_username, *page, which.folded)
            case "q":
                prefix = _escaped(which.folded) + "%"
                rows = await reader.all(lists.by_prefix, *page, prefix, prefix)
        return _users(rows)

    async def add(
        self, tx: Tx, user: UserId, username: Username | None, *, status: Status, profile: Profile
    ) -> None:
        text, folded = (username.text, username.folded) if username else (None, None)
        await tx.run(Queries.add, user, text, folded, status, _kept(profile), 1)

    async def change(
        self, tx: Tx, user: UserId, version: int, *, username: Username | None, profile: Profile
    ) -> bool:
        text, folded = (username.text, username.folded) if username else (None, None)
        kept = _kept(profile)
        return await tx.run(Queries.change, user, version, text, folded, kept) == 1

    async def move(
        self, tx: Tx, user: UserId, was: Status, to: Status, *, reason: str | None
    ) -> bool:
        if to == "deleted":
            return await tx.run(Queries.delete, user, was) == 1
        return await tx.run(Queries.move, user, was, to, reason) == 1

    async def note_sign_in(self, tx: Tx, user: UserId) -> None:
        await tx.run(Queries.note_sign_in, user)

    async def touch(self, tx: Tx, user: UserId) -> None:
        await tx.run(Queries.touch, user)

    async def holder(self, reader: Reader, folded: str) -> Hold | None:
        row = await reader.one(Queries.holder, folded)
        if row is None:
            return None
        verified = row.verified_at is not None
        return Hold(UserId(row.user_id), EmailId(row.id), row.status, verified, row.is_primary)

    async def add_email(
        self,
        tx: Tx,
        user: UserId,
        email: EmailId,
        address: EmailAddress,
        *,
        verified: bool,
        primary: bool,
    ) -> None:
        query = Queries.add_verified if verified else Queries.add_unverified
        await tx.run(query, email, user, address.text, address.folded, primary)

    async def verify_email(self, tx: Tx, email: EmailId) -> bool:
        return await tx.run(Queries.verify_email, email) == 1

    async def remove_email(self, tx: Tx, email: EmailId) -> bool:
        return await tx.run(Queries.remove_email, email) == 1

    async def remove_emails(self, tx: Tx, user: UserId) -> None:
        await tx.run(Queries.remove_emails, user)

    async def make_primary(self, tx: Tx, user: UserId, email: EmailId) -> None:
        await tx.run(Queries.clear_primary, user)
        await tx.run(Queries.set_primary, user, email)


def _only(rows: list[UserRow]) -> User | None:
    return _user(rows) if rows else None


def _users(rows: Iterable[UserRow]) -> list[User]:
    return [_user(list(own)) for _, own in groupby(rows, key=lambda row: row.id)]


def _user(rows: list[UserRow]) -> User:
    row = rows[0]
    return User(
        UserId(row.id),
        row.username,
        row.status,
        row.status_reason,
        msgspec.convert(row.profile, Profile),
        tuple(email for each in rows if (email := _email(each)) is not None),
        row.created_at,
        row.updated_at,
        row.last_sign_in_at,
        row.version,
    )


def _email(row: UserRow) -> Email | None:
    if row.email_id is None or row.address is None:
        return None
    return Email(EmailId(row.email_id), row.address, row.verified_at, bool(row.is_primary))


def _kept(profile: Profile) -> dict[str, object]:
    """Return what was told, without what was not: rows stay small."""
    told = msgspec.to_builtins(profile)
    return {name: value for name, value in told.items() if value not in (None, False)}


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
