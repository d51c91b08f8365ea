"""What other contexts and the hosted pages may use of authentication."""

from dataclasses import dataclass
from typing import Protocol

from limen.identity.api import Profile, User
from limen.kernel.events import EventType
from limen.kernel.ids import SessionId, UserId
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.sessions.api import Browser

SIGN_IN_SUCCEEDED = EventType("sign_in.succeeded", "A person proved who they are.")
SIGN_IN_REFUSED = EventType("sign_in.refused", "A sign-in was refused; the reason says why.")
SIGN_UP_REFUSED = EventType("sign_up.refused", "A sign-up was refused; the reason says why.")
PASSWORD_SET = EventType("password.set", "A password was set or changed.")
PASSWORD_CHANGE_DEMANDED = EventType(
    "password.change_demanded", "A person was told to replace the password they have."
)
PASSWORD_REHASHED = EventType("password.rehashed", "A password's hash was renewed at sign-in.")
RESET_REQUESTED = EventType("password_reset.requested", "A reset link was asked for.")
RESET_COMPLETED = EventType("password_reset.completed", "A password was reset by its link.")
CONFIRMATION_SENT = EventType("confirmation.sent", "A confirmation link was sent.")

EMAIL_CHANGE_REQUESTED = EventType("email_change.requested", "A change of address was asked for.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    user: User
    browser: Browser


@dataclass(frozen=True, slots=True)
class AddressUnconfirmed:
    """Right credentials of a pending account: it may only confirm, or have it sent again."""

    user: User


@dataclass(frozen=True, slots=True)
class Confirmed:
    user: User
    continue_to: str | None


class Authentication(Protocol):
    """Every method takes a store, since hashing and counting happen around the unit."""

    async def sign_in_with_password(
        self,
        store: Store,
        tenant: Tenant,
        *,
        identifier: str,
        password: str,
        browser: str | None,
        device: str | None,
        remember: bool,
        cause: Cause,
    ) -> SignedIn | AddressUnconfirmed:
        """Raises WrongCredentials (the same for all reasons), PasswordMustChange, TooMany,
        Unavailable."""
        ...

    async def sign_up(
        self,
        store: Store,
        tenant: Tenant,
        *,
        email: str,
        password: str,
        profile: Profile,
        browser_binding: str,
        continue_to: str | None,
        cause: Cause,
    ) -> None:
        """Create a pending account and mail its link, or mail the owner of a known address.

        The caller cannot tell which (R078).  `browser_binding` is a random secret of this
        browser's cookie: only there does the link work without the password.
        Raises Invalid (password rules, bad address), SignUpClosed, TooMany, Unavailable.
        """
        ...

    async def send_confirmation(
        self,
        store: Store,
        tenant: Tenant,
        *,
        email: str,
        browser_binding: str,
        continue_to: str | None,
        cause: Cause,
    ) -> None:
        """Send the link again, or nothing: the caller cannot tell.

        It stays bound to the browser that signed up: `browser_binding` is no proof here.
        Raises Invalid, TooMany, MailUnavailable.
        """
        ...

    async def confirm_address(
        self,
        store: Store,
        tenant: Tenant,
        *,
        secret: str,
        browser_binding: str | None,
        password: str | None,
        cause: Cause,
    ) -> Confirmed:
        """Use a confirmation link.  Raises LinkUnusable, or ProofNeeded in another browser."""
        ...

    async def request_reset(
        self, store: Store, tenant: Tenant, *, email: str, cause: Cause
    ) -> None:
        """Mail a reset link if there is such an account: same answer, same time (R078)."""
        ...

    async def check_reset(self, store: Store, secret: str) -> User:
        """Return whose password a link would reset.  Raises LinkUnusable; uses nothing."""
        ...

    async def complete_reset(
        self, store: Store, tenant: Tenant, *, secret: str, password: str, cause: Cause
    ) -> None:
        """Set the password, end every session and family, notify (R080).

        Raises LinkUnusable, Invalid.
        """
        ...

    async def change_password(
        self,
        store: Store,
        tenant: Tenant,
        *,
        user: UserId,
        current: str,
        new: str,
        session: SessionId | None,
        cause: Cause,
    ) -> None:
        """Set a new password, knowing the current one (R071); every session but `session` ends.

        Raises WrongCredentials, NoPassword, Invalid, TooMany, Unavailable.
        """
        ...

    async def set_password(
        self, store: Store, tenant: Tenant, *, user: UserId, password: str, cause: Cause
    ) -> None:
        """Set without the old one: the CLI and the set-up page.  Raises Invalid."""
        ...

    async def import_password(
        self, store: Store, *, user: UserId, hashed: str, cause: Cause
    ) -> None:
        """Keep a hash from elsewhere (Argon2, bcrypt); it is renewed at sign-in.

        Only for an account without a password.  Raises NotFound, Invalid, Conflict.
        """
        ...

    async def demand_change(self, store: Store, *, user: UserId, cause: Cause) -> None:
        """Let the password open nothing but its replacement; every session ends (R075).

        Raises NotFound, Conflict for an account without one, Unavailable without mail.
        """
        ...

    async def request_email_change(
        self, store: Store, tenant: Tenant, *, user: UserId, address: str, cause: Cause
    ) -> None:
        """Mail links to the new and the old address; both must be used, unless it is unverified.

        Raises Invalid, TooMany, MailUnavailable.
        """
        ...

    async def confirm_email_change(
        self, store: Store, tenant: Tenant, *, secret: str, cause: Cause
    ) -> str:
        """Use one side's link.  Returns `waiting` or `changed`.  Raises LinkUnusable."""
        ...

    async def withdraw_all(self, tx: Tx, user: UserId) -> None:
        """Withdraw every pending link of a person (after any change of credentials, A061)."""
        ...
