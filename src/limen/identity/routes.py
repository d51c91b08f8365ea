"""The management API's accounts, and one's own."""

from functools import partial

from limen.identity.errors import (
    AddressUnverified,
    IllegalTransition,
    PrimaryAddress,
    TooManyAddresses,
)
from limen.identity.views import (
    EmailView,
    NewEmailBody,
    NewUserBody,
    OwnPatch,
    ReasonBody,
    UserPatch,
    UsersQuery,
    UserView,
)
from limen.kernel.errors import Invalid, Malformed, NotFound, Stale
from limen.kernel.routes import OWN_READ, OWN_WRITE, Route, permission
from limen.kernel.uow import UniqueConflict

_read = partial(Route, method="GET", answer="api", rate="read", csrf="none", cache="no-store")
_write = partial(Route, answer="api", rate="write", csrf="json", cache="no-store")
_READ, _WRITE = permission("users:read"), permission("users:write")
_USER, _EMAIL = "/api/v1/users/{id}", "/api/v1/users/{id}/emails/{email}"
_CHANGE = (Malformed, Invalid, NotFound, Stale)


ROUTES: tuple[Route, ...] = (
    _read(
        path="/api/v1/users",
        operation="users.list",
        summary="List accounts.",
        access=_READ,
        query=UsersQuery,
        returns=UserView,
        is_list=True,
        refusals=(Malformed, Invalid),
    ),
    _write(
        method="POST",
        path="/api/v1/users",
        operation="users.create",
        summary="Create an account.",
        access=_WRITE,
        body=NewUserBody,
        returns=UserView,
        success=201,
        refusals=(Malformed, Invalid, UniqueConflict),
        example={"email": "ada@example.com", "profile": {"name": "Ada Lovelace"}},
    ),
    _read(
        path=_USER,
        operation="users.get",
        summary="Read an account.",
        access=_READ,
        returns=UserView,
        refusals=(NotFound,),
    ),
    _write(
        method="PATCH",
        path=_USER,
        manages="id",
        operation="users.update",
        summary="Change a username or a profile.",
        access=_WRITE,
        body=UserPatch,
        returns=UserView,
        refusals=(*_CHANGE, UniqueConflict),
        example={"profile": {"locale": "de-CH"}},
    ),
    _write(
        method="POST",
        path=f"{_USER}/suspend",
        manages="id",
        operation="users.suspend",
        summary="Suspend an account: sessions and tokens stop at once.",
        access=_WRITE,
        body=ReasonBody,
        returns=UserView,
        refusals=(*_CHANGE, IllegalTransition),
        example={"reason": "reported by the owner"},
    ),
    _write(
        method="POST",
        path=f"{_USER}/activate",
        manages="id",
        operation="users.activate",
        summary="Make an account active, or active again.",
        access=_WRITE,
        returns=UserView,
        refusals=(*_CHANGE, IllegalTransition),
    ),
    _write(
        method="POST",
        path=f"{_USER}/deactivate",
        manages="id",
        operation="users.deactivate",
        summary="Make an account inactive.",
        access=_WRITE,
        returns=UserView,
        refusals=(*_CHANGE, IllegalTransition),
    ),
    _write(
        method="DELETE",
        path=_USER,
        manages="id",
        operation="users.delete",
        summary="Delete an account; its names are free again.",
        access=_WRITE,
        success=204,
        refusals=(*_CHANGE, IllegalTransition),
    ),
    _write(
        method="POST",
        path=f"{_USER}/emails",
        manages="id",
        operation="users.emails.add",
        summary="Add an address to an account.",
        access=_WRITE,
        body=NewEmailBody,
        returns=EmailView,
        success=201,
        refusals=(*_CHANGE, UniqueConflict, TooManyAddresses),
        example={"address": "ada@example.org"},
    ),
    _write(
        method="DELETE",
        path=_EMAIL,
        manages="id",
        operation="users.emails.remove",
        summary="Remove an address that is not the primary one.",
        access=_WRITE,
        success=204,
        refusals=(NotFound, PrimaryAddress),
    ),
    _write(
        method="POST",
        path=f"{_EMAIL}/verify",
        manages="id",
        operation="users.emails.verify",
        summary="Vouch for an address; a pending account becomes active.",
        access=_WRITE,
        returns=UserView,
        refusals=(NotFound,),
    ),
    _write(
        method="POST",
        path=f"{_EMAIL}/make-primary",
        manages="id",
        operation="users.emails.make_primary",
        summary="Choose the address that is written to.",
        access=_WRITE,
        returns=UserView,
        refusals=(NotFound, AddressUnverified),
    ),
    _read(
        path="/api/v1/me",
        operation="me.get",
        summary="Read one's own account.",
        access=OWN_READ,
        returns=UserView,
        refusals=(NotFound,),
    ),
    _write(
        method="PATCH",
        path="/api/v1/me",
        operation="me.update",
        summary="Change one's own profile.",
        access=OWN_WRITE,
        body=OwnPatch,
        returns=UserView,
        refusals=_CHANGE,
        example={"profile": {"nickname": "Ada"}},
    ),
)
