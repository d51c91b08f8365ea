"""The profile: what a person tells of themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from limen.account.person import Shell, user_of
from limen.identity.api import Profile, User
from limen.kernel.errors import FieldError, Invalid, Refusal
from limen.kernel.uow import Tx
from limen.platform.http.messages import Request, Response
from limen.platform.templating.forms import Form

FIELDS: Final = (
    "name", "given_name", "family_name", "nickname", "website", "phone_number", "birthdate",
    "zoneinfo", "locale",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProfilePages:
    shell: Shell

    async def show(self, request: Request) -> Response:
        """GET /account/profile"""
        user = await self.shell.person(request)
        return self._page(request, user, Form(_values(user)))

    async def save(self, request: Request) -> Response:
        """POST /account/profile: refused where somebody else changed it since it was shown."""
        fields = await request.form()
        user = await self.shell.person(request)
        profile = _changed(user.profile, fields)
        person, cause = user_of(request), request.cause

        async def work(tx: Tx) -> None:
            await self.shell.users.change_profile(
                tx, person, profile, cause, version=_version(fields)
            )

        try:
            await request.store.transact(work)
        except Refusal as refusal:
            return self._page(request, user, Form.refused(fields, refusal))
        return self.shell.back(request, "profile", "saved")

    def _page(self, request: Request, user: User, form: Form) -> Response:
        return self.shell.page(request, "profile", user, status=form.status, form=form)


def _values(user: User) -> dict[str, str]:
    return {name: getattr(user.profile, name) or "" for name in FIELDS}


def _changed(profile: Profile, fields: Mapping[str, str]) -> Profile:
    """Return the profile with the fields of the form; a new number is not a verified one."""
    changes: dict[str, object] = {name: fields.get(name) for name in FIELDS}
    if changes["phone_number"] != profile.phone_number:
        changes["phone_number_verified"] = False
    return msgspec.structs.replace(profile, **changes)


def _version(fields: Mapping[str, str]) -> int:
    text = fields.get("version", "")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid(FieldError("version", "invalid", "Reload the page and try again."))
    return int(text)
