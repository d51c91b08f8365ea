"""Withdraw what a person allowed a client, with every token that rests on it."""

from uuid import UUID

from limen.kernel.events import Recorder
from limen.kernel.ids import UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import GRANT_REVOKED
from limen.oauth.ports import GrantStore
from limen.sessions.api import RefreshTokens


async def revoke_grant(
    tx: Tx,
    grant: UUID,
    cause: Cause,
    *,
    user: UserId,
    reason: str,
    grants: GrantStore,
    refresh_tokens: RefreshTokens,
    recorder: Recorder,
) -> bool:
    """Return False, having changed nothing, where it is not a live grant of `user`.

    Access tokens carry the grant's id, and the gate refuses them from then on.
    """
    client = await grants.revoke(tx, grant, user, reason)
    if client is None:
        return False
    await refresh_tokens.revoke_grant(tx, grant, cause, reason=reason)
    fact = GRANT_REVOKED(("grant", grant), data={"client": str(client), "why": reason}, person=user)
    await recorder.record(tx, fact, cause)
    return True
