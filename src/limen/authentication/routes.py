"""The API's few operations on credentials; signing in happens on pages alone."""

from datetime import timedelta

import msgspec

from limen.authentication.errors import (
    MailUnavailable,
    NoPassword,
    PasswordPresent,
    WrongCredentials,
)
from limen.kernel.errors import Invalid, Malformed, NotFound, TooMany, Unavailable
from limen.kernel.routes import OWN_WRITE, Route, permission

_FRESH = timedelta(minutes=15)


class ChangePasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    current: str
    new: str


class SetPasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: str


class ImportPasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hash: str


class ChangeEmailBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    address: str


ROUTES: tuple[Route, ...] = (
    Route(
        method="POST",
        path="/api/v1/users/{id}/reset-password",
        manages="id",
        operation="users.reset_password",
        summary="Mail a person a link that sets a new password.",
        access=permission("users:write"),
        answer="api",
        rate="write",
        csrf="json",
        cache="no-store",
        success=204,
        refusals=(NotFound, Invalid, TooMany, MailUnavailable),
    ),
    Route(
        method="POST",
        path="/api/v1/users/{id}/require-new-password",
        manages="id",
        operation="users.require_new_password",
        summary="Sign a person out everywhere and let only a new password in.",
        access=permission("users:write"),
        answer="api",
        rate="write",
        csrf="json",
        cache="no-store",
        success=204,
        refusals=(NotFound, NoPassword, MailUnavailable),
    ),
    Route(
        method="PUT",
        path="/api/v1/users/{id}/password",
        operation="users.set_password",
        summary="Set a password: from this machine alone, never over the network (R076).",
        access=permission("users:write"),
        answer="api",
        rate="write",
        csrf="json",
        cache="no-store",
        local=True,
        body=SetPasswordBody,
        success=204,
        refusals=(NotFound, Invalid, Unavailable),
    ),
    Route(
        method="PUT",
        path="/api/v1/users/{id}/password-hash",
        operation="users.import_password",
        summary="Keep a hash from another system: from this machine alone.",
        access=permission("users:write"),
        answer="api",
        rate="write",
        csrf="json",
        cache="no-store",
        local=True,
        body=ImportPasswordBody,
        success=204,
        refusals=(NotFound, Invalid, PasswordPresent),
    ),
    Route(
        method="POST",
        path="/api/v1/me/password",
        operation="me.change_password",
        summary="Change one's own password, knowing the current one.",
        access=OWN_WRITE,
        answer="api",
        rate="credential",
        csrf="json",
        cache="no-store",
        body=ChangePasswordBody,
        success=204,
        refusals=(Malformed, Invalid, NotFound, WrongCredentials, NoPassword, TooMany, Unavailable),
    ),
    Route(
        method="POST",
        path="/api/v1/me/email",
        operation="me.change_email",
        summary="Ask to change one's address; it changes when both sides confirmed.",
        access=OWN_WRITE,
        answer="api",
        rate="credential",
        csrf="json",
        cache="no-store",
        freshness=_FRESH,
        body=ChangeEmailBody,
        success=204,
        refusals=(Malformed, Invalid, NotFound, TooMany, MailUnavailable),
        example={"address": "ada@example.org"},
    ),
)
