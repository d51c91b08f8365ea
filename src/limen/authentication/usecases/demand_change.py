"""Demand a new password of a person: the one they have is known to others (R075)."""

from limen.authentication.api import PASSWORD_CHANGE_DEMANDED
from limen.authentication.errors import NoPassword
from limen.authentication.ports import Ports
from limen.authentication.usecases.replace_password import withdraw_all
from limen.authentication.usecases.send_link import require_mail
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Store, Tx


async def demand_change(store: Store, *, user: UserId, cause: Cause, ports: Ports) -> None:
    """Let the password open nothing any more but its replacement by a mailed link (R076).

    Whoever used it meanwhile is signed out: every session and family of the person ends, links
    that wait die, and a sign-in that was under way fails.
    Raises NotFound, NoPassword, and MailUnavailable where no link could reach the person.
    """
    require_mail(ports)

    async def work(tx: Tx) -> None:
        await ports.users.get(tx, user)
        if not await ports.passwords.demand_change(tx, user):
            raise NoPassword(f"user {user}")
        await withdraw_all(tx, user, ports=ports)
        await ports.sessions.end_all(tx, user, cause, reason="password_must_change")
        fact = PASSWORD_CHANGE_DEMANDED(("user", user), person=user)
        await ports.recorder.record(tx, fact, cause)

    await store.transact(work)
