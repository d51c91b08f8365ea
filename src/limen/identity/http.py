"""The API's handlers for accounts."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from msgspec import UNSET, UnsetType

from limen.identity.accounts import Accounts
from limen.identity.api import NewUser, Status, User
from limen.identity.errors import wrong_field
from limen.identity.model.folding import has_control
from limen.identity.model.identifiers import fold_identifier
from limen.identity.model.status import STATUSES
from limen.identity.ports import UserFilter
from limen.identity.views import (
    EmailView,
    NewEmailBody,
    NewUserBody,
    OwnPatch,
    OwnProfilePatch,
    ReasonBody,
    UserPatch,
    UsersQuery,
    patched,
    view,
)
from limen.kernel.errors import NotFound
from limen.kernel.ids import EmailId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.platform.http.api import (
    Listings,
    answer,
    created,
    expected_version,
    no_content,
    path_id,
    read_query,
)
from limen.platform.http.messages import Handler, Request, Response

_OnEmail = Callable[[Tx, UserId, EmailId, Cause], Awaitable[None]]
_TEXTS: tuple[Literal["email", "username", "q"], ...] = ("email", "username", "q")
_LIVE: tuple[Status, ...] = tuple(status for status in STATUSES if status != "deleted")


class UsersApi:
    """Handlers by operation; the guard has asked for permission before."""

    def __init__(self, accounts: Accounts, listings: Listings) -> None:
        self._accounts = accounts
        self._listings = listings

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "users.list": self.list_,
            "users.create": self.create,
            "users.get": self.get,
            "users.update": self.update,
            "users.suspend": self.suspend,
            "users.activate": self.activate,
            "users.deactivate": self.deactivate,
            "users.delete": self.delete,
            "users.emails.add": self.add_email,
            "users.emails.remove": self.remove_email,
            "users.emails.verify": self.verify_email,
            "users.emails.make_primary": self.make_primary,
            "me.get": self.own,
            "me.update": self.update_own,
        }

    async def list_(self, request: Request) -> Response:
        query = read_query(request, UsersQuery)
        after = await self._listings.after(request, query)
        found = await self._accounts.list_(
            request.store, _filter(query), after=after, limit=query.limit + 1
        )
        page = found[: query.limit]
        last = page[-1].id if len(found) > query.limit else None
        return await self._listings.answer(request, query, [view(user) for user in page], last)

    async def create(self, request: Request) -> Response:
        body = await request.json(NewUserBody)
        new = NewUser(
            email=body.email,
            email_verified=body.email_verified,
            username=body.username,
            profile=body.profile,
            status=body.status,
        )
        user = await request.store.transact(
            lambda tx: self._accounts.create(tx, new, request.cause)
        )
        return created(request, view(user), f"/api/v1/users/{user.id}", version=user.version)

    async def get(self, request: Request) -> Response:
        return _answer(request, await self._accounts.get(request.store, _user_id(request)))

    async def update(self, request: Request) -> Response:
        body = await request.json(UserPatch)
        return await self._change(request, _user_id(request), body.profile, username=body.username)

    async def suspend(self, request: Request) -> Response:
        body = await request.json(ReasonBody)
        return _answer(request, await self._move(request, "suspended", body.reason))

    async def activate(self, request: Request) -> Response:
        return _answer(request, await self._move(request, "active"))

    async def deactivate(self, request: Request) -> Response:
        return _answer(request, await self._move(request, "inactive"))

    async def delete(self, request: Request) -> Response:
        await self._move(request, "deleted")
        return no_content()

    async def add_email(self, request: Request) -> Response:
        body, user = await request.json(NewEmailBody), _user_id(request)
        email = await request.store.transact(
            lambda tx: self._accounts.add_email(
                tx, user, body.address, request.cause, verified=body.verified
            )
        )
        shown = EmailView(str(email.id), email.address, body.verified, email.is_primary)
        return created(request, shown, f"/api/v1/users/{user}")

    async def remove_email(self, request: Request) -> Response:
        await self._on_email(request, self._accounts.remove_email)
        return no_content()

    async def verify_email(self, request: Request) -> Response:
        await self._on_email(request, self._accounts.verify_email_id)
        return await self.get(request)

    async def make_primary(self, request: Request) -> Response:
        await self._on_email(request, self._accounts.make_primary)
        return await self.get(request)

    async def own(self, request: Request) -> Response:
        return _answer(request, await self._accounts.get(request.store, _own_id(request)))

    async def update_own(self, request: Request) -> Response:
        body = await request.json(OwnPatch)
        return await self._change(request, _own_id(request), body.profile)

    async def _change(
        self,
        request: Request,
        user: UserId,
        patch: OwnProfilePatch | UnsetType,
        *,
        username: str | UnsetType | None = UNSET,
    ) -> Response:
        version = expected_version(request)

        async def work(tx: Tx) -> User:
            was = await self._accounts.get(tx, user)
            return await self._accounts.change(
                tx,
                user,
                request.cause,
                profile=patched(was.profile, patch),
                username=username,
                version=version,
            )

        return _answer(request, await request.store.transact(work))

    async def _move(self, request: Request, to: Status, reason: str | None = None) -> User:
        user, version = _user_id(request), expected_version(request)
        return await request.store.transact(
            lambda tx: self._accounts.change_status(
                tx, user, to, request.cause, reason=reason, version=version
            )
        )

    async def _on_email(self, request: Request, act: _OnEmail) -> None:
        user, email = _user_id(request), EmailId(path_id(request, "email"))
        await request.store.transact(lambda tx: act(tx, user, email, request.cause))


def _answer(request: Request, user: User) -> Response:
    return answer(request, view(user), version=user.version)


def _user_id(request: Request) -> UserId:
    return UserId(path_id(request))


def _own_id(request: Request) -> UserId:
    """Return the person whose token it is.  Raises NotFound for a machine's token."""
    if request.caller is None or request.caller.user is None:
        raise NotFound("this token is nobody's own")
    return UserId(request.caller.user)


def _filter(query: UsersQuery) -> UserFilter:
    statuses = _LIVE if query.status is None else (query.status,)
    newest_first = query.sort == "-created_at"
    given = [name for name in _TEXTS if getattr(query, name) is not None]
    if len(given) > 1:
        raise wrong_field(given[1], "filters_exclusive", f"Not together with {given[0]}.")
    for field in _TEXTS:
        text = getattr(query, field)
        if text is not None:
            return UserFilter(statuses, field, _folded(field, text), newest_first)
    return UserFilter(statuses, newest_first=newest_first)


def _folded(field: str, text: str) -> str:
    """Return what is compared.  Raises Invalid for what the store could not compare with."""
    if has_control(text):
        raise wrong_field(field, "text_invalid", "Control characters cannot be searched for.")
    return fold_identifier(text)
