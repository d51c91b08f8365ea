"""The API's handlers for credentials."""

from collections.abc import Mapping

from limen.authentication.api import Authentication
from limen.authentication.routes import (
    ChangeEmailBody,
    ChangePasswordBody,
    ImportPasswordBody,
    SetPasswordBody,
)
from limen.identity.api import Users
from limen.kernel.errors import FieldError, Invalid, NotFound
from limen.kernel.ids import SessionId, UserId
from limen.platform.http.api import no_content, path_id
from limen.platform.http.messages import Handler, Request, Response


class CredentialsApi:
    """Handlers by operation; the guard has asked for permission before."""

    def __init__(self, authentication: Authentication, users: Users) -> None:
        self._authentication = authentication
        self._users = users

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "users.reset_password": self.reset_password,
            "users.require_new_password": self.require_new_password,
            "users.set_password": self.set_password,
            "users.import_password": self.import_password,
            "me.change_password": self.change_password,
            "me.change_email": self.change_email,
        }

    async def reset_password(self, request: Request) -> Response:
        """Start what the person could start alone; nobody learns or chooses it (R076)."""
        user = await self._users.get(request.store, UserId(path_id(request)))
        email = user.primary_email
        if email is None:
            raise Invalid(FieldError("id", "email_missing", "This account has no address."))
        await self._authentication.request_reset(
            request.store, request.tenant, email=email.address, cause=request.cause
        )
        return no_content()

    async def require_new_password(self, request: Request) -> Response:
        user = UserId(path_id(request))
        await self._authentication.demand_change(request.store, user=user, cause=request.cause)
        return no_content()

    async def set_password(self, request: Request) -> Response:
        body = await request.json(SetPasswordBody)
        await self._authentication.set_password(
            request.store,
            request.tenant,
            user=UserId(path_id(request)),
            password=body.password,
            cause=request.cause,
        )
        return no_content()

    async def import_password(self, request: Request) -> Response:
        body = await request.json(ImportPasswordBody)
        await self._authentication.import_password(
            request.store,
            user=UserId(path_id(request)),
            hashed=body.hash,
            cause=request.cause,
        )
        return no_content()

    async def change_password(self, request: Request) -> Response:
        body = await request.json(ChangePasswordBody)
        session = request.caller.session if request.caller else None
        await self._authentication.change_password(
            request.store,
            request.tenant,
            user=_own_id(request),
            current=body.current,
            new=body.new,
            session=None if session is None else SessionId(session),
            cause=request.cause,
        )
        return no_content()

    async def change_email(self, request: Request) -> Response:
        body = await request.json(ChangeEmailBody)
        await self._authentication.request_email_change(
            request.store,
            request.tenant,
            user=_own_id(request),
            address=body.address,
            cause=request.cause,
        )
        return no_content()


def _own_id(request: Request) -> UserId:
    """Return the person whose token it is.  Raises NotFound for a machine's token."""
    if request.caller is None or request.caller.user is None:
        raise NotFound("this token is nobody's own")
    return UserId(request.caller.user)
