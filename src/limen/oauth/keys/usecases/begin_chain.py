"""The first keys of an algorithm: one that signs at once, and the next one, published."""

from collections.abc import Sequence

from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.keys.model import Draft, begin
from limen.oauth.keys.ports import Means
from limen.oauth.keys.usecases.write_chain import write_chain


async def begin_chain(
    tx: Tx,
    drafts: Sequence[Draft],
    *,
    means: Means,
    cause: Cause,
) -> None:
    """Nothing where the algorithm has keys.  Raises UniqueConflict where two begin at once."""
    if await means.keys.of(tx, drafts[0].alg):
        return
    chain = begin(drafts, means.settings, now=await tx.now())
    await write_chain(tx, chain, drafts, means=means, cause=cause)
