"""Take a key out in an emergency: every token that it signed is refused from now on."""

from limen.kernel.errors import NotFound
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.keys.api import KEY_REVOKED
from limen.oauth.keys.model import Draft, Key, withdraw
from limen.oauth.keys.ports import Means
from limen.oauth.keys.usecases.write_chain import write_chain


async def revoke_key(
    tx: Tx,
    kid: str,
    draft: Draft,
    *,
    means: Means,
    cause: Cause,
    reason: str | None = None,
) -> Key:
    """Return the key; one that was revoked before stays as it is.

    `draft` takes the last place of the chain where the key was part of it.  Raises NotFound.
    """
    before = await means.keys.of(tx, draft.alg)
    key = next((key for key in before if key.kid == kid), None)
    if key is None:
        raise NotFound(f"signing key {kid!r}")
    if key.revoked_at is not None:
        return key
    changed = withdraw(before, key, draft, means.settings, now=await tx.now())
    await write_chain(tx, changed, [draft], means=means, cause=cause)
    data = {"alg": key.alg} if reason is None else {"alg": key.alg, "reason": reason}
    fact = KEY_REVOKED(("key", kid), data=data)
    await means.recorder.record(tx, fact, cause)
    return next(other for other in changed if other.id == key.id)
