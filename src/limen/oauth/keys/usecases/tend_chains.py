"""What time leaves to do: publish the next key once one has taken over, drop what is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import KEY_RETIRED, KEY_ROTATED
from limen.oauth.keys.model import Draft, Key, is_over, prolong, signing, waiting
from limen.oauth.keys.ports import Means
from limen.oauth.keys.usecases.write_chain import KIND, write_chain


async def tend_chains(
    tx: Tx, algs: Sequence[str], drafts: Mapping[str, Draft], *, means: Means, cause: Cause
) -> None:
    """`drafts` are for the algorithms that had no next key; one that has one now is dropped.

    Raises Stale or UniqueConflict where another process tends the same chain.
    """
    for alg in algs:
        now = await tx.now()
        before = await means.keys.of(tx, alg)
        draft = drafts.get(alg)
        if draft is not None and not waiting(before, now):
            changed = prolong(before, draft, means.settings, now=now)
            await write_chain(tx, changed, [draft], means=means, cause=cause)
            await _note_rotation(tx, before, now, means=means, cause=cause)
        for key in before:
            if is_over(key, now) and await means.keys.remove(tx, key.id):
                fact = KEY_RETIRED(("key", key.kid), data={"alg": key.alg})
                await means.recorder.record(tx, fact, cause)
                await means.snapshots.invalidate(tx, KIND, "")


async def _note_rotation(
    tx: Tx, keys: Sequence[Key], now: datetime, *, means: Means, cause: Cause
) -> None:
    """Record that the last key began to sign by itself; the first of all began otherwise."""
    current = signing(keys, now)
    if current is not None and current.number > 1:
        data = {"alg": current.alg, "active_from": current.active_at}
        await means.recorder.record(tx, KEY_ROTATED(("key", current.kid), data=data), cause)
