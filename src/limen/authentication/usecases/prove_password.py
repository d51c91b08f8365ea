"""The proof by password, counted before it is looked at."""

from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

from limen.authentication.api import SIGN_IN_REFUSED
from limen.authentication.errors import WrongCredentials
from limen.authentication.pacing import paced
from limen.authentication.ports import Ports, StoredPassword, Verdict
from limen.identity.api import User
from limen.kernel.errors import Unavailable
from limen.kernel.mail import Mail
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.risk.api import Purpose


class _Counted(TypedDict):
    purpose: Purpose
    account: str
    device: str | None
    user: UUID | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says to be `account` (folded, as typed); `user` is who that is, if anybody."""

    account: str
    user: User | None
    purpose: Purpose = "sign_in"
    device: str | None = None

    @property
    def counted(self) -> _Counted:
        """Return under what the attempt is counted."""
        user = self.user.id if self.user else None
        return {
            "purpose": self.purpose, "account": self.account, "device": self.device, "user": user,
        }  # fmt: skip


async def prove_password(
    store: Store, tenant: Tenant, claim: Claim, password: str, *, cause: Cause, ports: Ports
) -> tuple[StoredPassword, Verdict]:
    """Return the stored password that `password` matches.

    Whoever the claim is about, known or not, it costs one reservation, one read and one
    hash.  The caller ends the attempt with `succeed` or `refuse`.
    Raises WrongCredentials (kept as a failure), TooMany, Unavailable (not counted).
    """
    user = claim.user and claim.user.id
    await ports.attempts.admit(store, cause=cause, **claim.counted)
    try:
        stored = await ports.passwords.find(store, user)
        verdict = await ports.hasher.verify(store, password, stored and stored.hash)
    except Unavailable:
        await ports.attempts.give_back(store, cause=cause, **claim.counted)
        raise
    if stored is None or not verdict.ok:
        reason = "wrong_password" if stored else "no_password" if user else "unknown_user"
        raise await refuse(store, tenant, claim, reason, cause=cause, ports=ports)
    return stored, verdict


async def refuse(
    store: Store, tenant: Tenant, claim: Claim, reason: str, *, cause: Cause, ports: Ports
) -> WrongCredentials:
    """Keep the attempt as a failure and return the one refusal that all reasons have.

    Whoever reaches the limit of an account has its owner told, once.
    """
    user = claim.user
    fact = SIGN_IN_REFUSED(
        ("user", user.id) if user else None,
        data={"purpose": claim.purpose},
        person=user and user.id,
        personal={} if user else {"identifier": claim.account},
        reason=reason,
    )
    async with paced(ports.settings.answer_floor):
        locked = await ports.attempts.failed(store, cause=cause, **claim.counted)
        warning = _warning(tenant, user, ports) if locked and user else None

        async def work(tx: Tx) -> None:
            await ports.recorder.record(tx, fact, cause)
            if warning is not None:
                await ports.mailer.queue(tx, warning)

        await store.transact(work)
    return WrongCredentials(f"{claim.purpose}: {reason}")


async def succeed(store: Store, claim: Claim, *, cause: Cause, ports: Ports) -> None:
    """Give the attempt back and forget the failures before it."""
    await ports.attempts.succeeded(store, cause=cause, **claim.counted)


def _warning(tenant: Tenant, user: User, ports: Ports) -> Mail | None:
    """Return the mail about many wrong passwords, to a proven address only (R082)."""
    email = user.primary_email
    if email is None or email.verified_at is None or not ports.mailer.ready():
        return None
    return ports.mailer.compose(
        tenant,
        "account_locked",
        to=email.address,
        locale=user.profile.locale,
        name=user.display_name,
        link=f"{tenant.issuer}/recover",
    )
