"""Write the moves along a chain, and make every process read the keys anew."""

from collections.abc import Sequence

from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import KEY_CREATED
from limen.oauth.keys.model import Draft, Key
from limen.oauth.keys.ports import Means

KIND = "keys"


async def write_chain(
    tx: Tx,
    changed: Sequence[Key],
    drafts: Sequence[Draft],
    *,
    means: Means,
    cause: Cause,
) -> None:
    """Save what moved, in the order of the chain, and add what is new.

    Raises Stale or UniqueConflict where another unit moved the chain.
    """
    new = {draft.id: draft for draft in drafts}
    for key in sorted(changed, key=lambda key: key.number):
        draft = new.get(key.id)
        if draft is None:
            await means.keys.save(tx, key)
            continue
        await means.keys.add(tx, key, draft)
        fact = KEY_CREATED(("key", key.kid), data={"alg": key.alg, "active_from": key.active_at})
        await means.recorder.record(tx, fact, cause)
    await means.snapshots.invalidate(tx, KIND, "")
