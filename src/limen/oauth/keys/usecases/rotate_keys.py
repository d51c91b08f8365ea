"""Let the next keys sign (R050)."""

from collections.abc import Sequence

from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.oauth.api import KEY_ROTATED
from limen.oauth.keys.model import Draft, Key, advance
from limen.oauth.keys.ports import Means
from limen.oauth.keys.usecases.write_chain import write_chain


async def rotate_keys(
    tx: Tx,
    drafts: Sequence[Draft],
    *,
    at_once: bool,
    means: Means,
    cause: Cause,
) -> list[Key]:
    """Return the keys that take over, one for each draft's algorithm.

    Raises TooManyKeys, and Stale or UniqueConflict where two rotate at once.
    """
    taking_over: list[Key] = []
    for draft in drafts:
        before = await means.keys.of(tx, draft.alg)
        now = await tx.now()
        changed = advance(before, draft, means.settings, now=now, at_once=at_once)
        await write_chain(tx, changed, [draft], means=means, cause=cause)
        key = _taking_over(before, changed)
        data = {"alg": key.alg, "active_from": key.active_at}
        await means.recorder.record(tx, KEY_ROTATED(("key", key.kid), data=data), cause)
        taking_over.append(key)
    return taking_over


def _taking_over(before: Sequence[Key], changed: Sequence[Key]) -> Key:
    """Return the one whose beginning moved; the new one where none did."""
    began = {key.id: key.active_at for key in before}
    moved = [key for key in changed if began.get(key.id, key.active_at) != key.active_at]
    return moved[0] if moved else changed[-1]
