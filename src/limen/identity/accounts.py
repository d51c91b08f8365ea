"""Identity's `Users`: each method is one use case with its dependencies."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from limen.identity.api import Email, EmailAddress, NewUser, Profile, Status, User
from limen.identity.model.addresses import find_address, parse_address
from limen.identity.model.identifiers import fold_identifier, read_identifier
from limen.identity.ports import AdministratorGuard, Departures, UserFilter, UserStore
from limen.identity.usecases.add_email import add_email
from limen.identity.usecases.change_status import change_status
from limen.identity.usecases.change_user import change_user
from limen.identity.usecases.create_user import create_user
from limen.identity.usecases.make_primary import make_primary
from limen.identity.usecases.read_user import get_user
from limen.identity.usecases.remove_email import remove_email
from limen.identity.usecases.verify_email import verify, verify_email
from limen.kernel.errors import NotFound
from limen.kernel.events import Recorder
from limen.kernel.ids import EmailId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Reader, Tx


class Accounts:
    """`Users` over a UserStore, with what only identity's own faces use."""

    def __init__(
        self,
        users: UserStore,
        recorder: Recorder,
        administrators: AdministratorGuard,
        departures: Departures | None = None,
    ) -> None:
        self._users = users
        self._recorder = recorder
        self._administrators = administrators
        self._departures = departures

    def parse_email(self, raw: str) -> EmailAddress:
        return parse_address(raw)

    def fold(self, identifier: str) -> str:
        return fold_identifier(identifier)

    async def find(self, reader: Reader, user: UserId) -> User | None:
        return await self._users.find(reader, user)

    async def get(self, reader: Reader, user: UserId) -> User:
        return await get_user(reader, user, users=self._users)

    async def find_by_identifier(self, reader: Reader, identifier: str) -> User | None:
        kind, folded = read_identifier(identifier)
        if kind == "email":
            return await self._users.find_by_email(reader, folded)
        return await self._users.find_by_username(reader, folded)

    async def find_by_email(self, reader: Reader, address: str) -> User | None:
        found = find_address(address)
        return await self._users.find_by_email(reader, found.folded if found else "")

    async def list_(
        self, reader: Reader, which: UserFilter, *, after: UUID | None, limit: int
    ) -> Sequence[User]:
        return await self._users.list_(reader, which, after=after, limit=limit)

    async def create(self, tx: Tx, new: NewUser, cause: Cause) -> User:
        return await create_user(tx, new, cause, users=self._users, recorder=self._recorder)

    async def change_profile(
        self, tx: Tx, user: UserId, profile: Profile, cause: Cause, *, version: int | None = None
    ) -> User:
        return await self.change(tx, user, cause, profile=profile, version=version)

    async def change(
        self,
        tx: Tx,
        user: UserId,
        cause: Cause,
        *,
        profile: Profile | None = None,
        username: str | msgspec.UnsetType | None = msgspec.UNSET,
        version: int | None = None,
    ) -> User:
        """Replace the profile, the username or both.  Raises as `change_user` does."""
        return await change_user(
            tx,
            user,
            cause,
            profile=profile,
            username=username,
            version=version,
            users=self._users,
            recorder=self._recorder,
        )

    async def change_status(
        self,
        tx: Tx,
        user: UserId,
        to: Status,
        cause: Cause,
        *,
        reason: str | None = None,
        version: int | None = None,
    ) -> User:
        changed = await change_status(
            tx,
            user,
            to,
            cause,
            reason=reason,
            version=version,
            users=self._users,
            administrators=self._administrators,
            recorder=self._recorder,
        )
        if to != "active" and self._departures is not None:
            await self._departures.left(tx, user, cause, reason=f"user_{to}")
        return changed

    async def add_email(
        self, tx: Tx, user: UserId, address: str, cause: Cause, *, verified: bool
    ) -> Email:
        return await add_email(
            tx,
            user,
            address,
            cause,
            verified=verified,
            users=self._users,
            recorder=self._recorder,
        )

    async def verify_email(self, tx: Tx, user: UserId, address: str, cause: Cause) -> bool:
        return await verify_email(
            tx, user, address, cause, users=self._users, recorder=self._recorder
        )

    async def verify_email_id(self, tx: Tx, user: UserId, email: EmailId, cause: Cause) -> None:
        """Mark one of the account's addresses verified.  Raises NotFound."""
        account = await get_user(tx, user, users=self._users)
        if not await verify(tx, account, email, cause, users=self._users, recorder=self._recorder):
            raise NotFound(f"email {email} of user {user}")

    async def remove_email(self, tx: Tx, user: UserId, email: EmailId, cause: Cause) -> None:
        await remove_email(tx, user, email, cause, users=self._users, recorder=self._recorder)

    async def make_primary(self, tx: Tx, user: UserId, email: EmailId, cause: Cause) -> None:
        await make_primary(tx, user, email, cause, users=self._users, recorder=self._recorder)

    async def note_sign_in(self, tx: Tx, user: UserId) -> None:
        await self._users.note_sign_in(tx, user)
