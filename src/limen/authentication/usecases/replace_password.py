"""What every new password brings: old links die, old sessions end, its owner is told."""

from limen.authentication.api import PASSWORD_SET
from limen.authentication.ports import Ports
from limen.identity.api import User
from limen.kernel.ids import SessionId, UserId
from limen.kernel.mail import Mail
from limen.kernel.request import Cause
from limen.kernel.tenant import Tenant
from limen.kernel.uow import Tx


async def withdraw_all(tx: Tx, user: UserId, *, ports: Ports) -> None:
    """Withdraw every pending link and change of address of a person (A061)."""
    await ports.one_time.withdraw(tx, user)
    await ports.changes.end(tx, user)


async def settle(
    tx: Tx,
    user: User,
    cause: Cause,
    *,
    how: str,
    notice: Mail | None,
    keep: SessionId | None = None,
    ports: Ports,
) -> None:
    """Do what follows a new password, in the unit that set it.

    Ends every session and family but `keep`, forgets the failures against the old password,
    withdraws links, records it and queues the notice.
    """
    await withdraw_all(tx, user.id, ports=ports)
    await ports.sessions.end_all(tx, user.id, cause, reason=how, keep=keep)
    accounts = [ports.users.fold(email.address) for email in user.emails]
    if user.username is not None:
        accounts.append(ports.users.fold(user.username))
    await ports.attempts.forget(tx, accounts=accounts, user=user.id)
    fact = PASSWORD_SET(("user", user.id), data={"how": how}, person=user.id)
    await ports.recorder.record(tx, fact, cause)
    if notice is not None:
        await ports.mailer.queue(tx, notice)


def compose_notice(tenant: Tenant, user: User, *, ports: Ports) -> Mail | None:
    """Return the mail that tells of a new password, or None where nobody can be told (R082)."""
    email = user.primary_email
    if email is None or not ports.mailer.ready():
        return None
    return ports.mailer.compose(
        tenant,
        "password_changed",
        to=email.address,
        locale=user.profile.locale,
        name=user.display_name,
        link=f"{tenant.issuer}/recover",
    )
