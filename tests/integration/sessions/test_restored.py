"""A restored copy lets go of every sign-in (F36)."""

from tests.support.sessions import USER, Desk, desk

from limen.sessions.api import Refused
from limen.sessions.store.restored import SessionEffects

__all__ = ["desk"]


async def test_no_token_of_the_copy_lives(desk: Desk) -> None:
    """F36, I2: one that was rotated since must not look like a replay, nor one revoked live."""
    _, first = await desk.issue()
    await desk.store.transact(SessionEffects().after_restore)
    assert await desk.tokens.find(desk.store, first) is None
    outcome = await desk.rotate(first)
    assert isinstance(outcome, Refused)
    assert await desk.tokens.list_of(desk.store, USER) == []


async def test_nobody_is_signed_in_any_more(desk: Desk) -> None:
    """F36, R102: and after a crash it may run again."""
    await desk.sign_in()
    for _ in range(2):
        await desk.store.transact(SessionEffects().after_restore)
        assert await desk.sessions.list_of(desk.store, USER) == []
