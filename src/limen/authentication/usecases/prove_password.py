"""The proof by password, counted before it is looked at."""

from dataclasses import dataclass

from limen.authentication.api import SIGN_IN_REFUSED
from limen.authentication.errors import WrongCredentials
from limen.authentication.pacing import paced
from limen.authentication.ports import Ports, StoredPassword, Verdict
from limen.identity.api import User
from limen.kernel.errors import Unavailable
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Store, Tx
from limen.risk.api import Purpose


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says to be `account` (folded, as typed); `user` is who that is, if anybody."""

    account: str
    user: User | None
    purpose: Purpose = "sign_in"
    device: str | None = None


async def prove_password(
    store: Store, tenant: Tenant, claim: Claim, password: str, cause: Cause, *, ports: Ports
) -> tuple[StoredPassword, Verdict]:
    """Return the stored password that `password` matches.

    Whoever the claim is about, known or not, it costs one reservation, one read and one
    hash.  The caller ends the attempt with `succeed` or `refuse`.
    Raises WrongCredentials (kept as a failure), TooMany, Unavailable (not counted).
    """
    user = claim.user and claim.user.id
    await ports.attempts.admit(
        store,
        purpose=claim.purpose,
        account=claim.account,
        cause=cause,
        device=claim.device,
        user=user,
    )
    try:
        stored = await ports.passwords.find(store, user)
        verdict = await ports.hasher.verify(password, stored and stored.hash)
    except Unavailable:
        await ports.attempts.give_back(
            store,
            purpose=claim.purpose,
            account=claim.account,
            cause=cause,
            device=claim.device,
            user=user,
        )
        raise
    if stored is None or not verdict.ok:
        reason = "wrong_password" if stored else "no_password" if user else "unknown_user"
        raise await refuse(store, tenant, claim, reason, cause, ports=ports)
    return stored, verdict


async def refuse(
    store: Store, tenant: Tenant, claim: Claim, reason: str, cause: Cause, *, ports: Ports
) -> WrongCredentials:
    """Keep the attempt as a failure and return the one refusal that all reasons have."""
    user = claim.user
    async with paced(ports.settings.answer_floor):
        mail = None
        locked = await ports.attempts.failed(
            store,
            purpose=claim.purpose,
            account=claim.account,
            cause=cause,
            user=user and user.id,
            device=claim.device,
        )
        email = user and user.primary_email
        if locked and user and email and email.verified_at and ports.mailer.ready():
            mail = ports.mailer.compose(
                tenant,
                "account_locked",
                to=email.address,
                locale=user.profile.locale,
                name=user.display_name,
                link=f"{tenant.issuer}/recover",
            )
        target = ("user", user.id) if user else None
        fact = SIGN_IN_REFUSED(
            target,
            data={"purpose": claim.purpose},
            person=user and user.id,
            personal={} if user else {"identifier": claim.account},
            reason=reason,
        )

        async def work(tx: Tx) -> None:
            await ports.recorder.record(tx, fact, cause)
            if mail is not None:
                await ports.mailer.queue(tx, mail)

        await store.transact(work)
    return WrongCredentials(f"{claim.purpose}: {reason}")


async def succeed(store: Store, claim: Claim, cause: Cause, *, ports: Ports) -> None:
    """Give the attempt back and forget the failures before it."""
    await ports.attempts.succeeded(
        store,
        purpose=claim.purpose,
        account=claim.account,
        cause=cause,
        device=claim.device,
        user=claim.user and claim.user.id,
    )
