"""End sessions, with the refresh-token families that live no longer than they do (A035)."""

from collections.abc import Sequence
from uuid import UUID

from limen.kernel.events import Fact, Recorder
from limen.kernel.ids import SessionId, UserId
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.sessions.api import FAMILY_REVOKED, SESSION_ENDED, Session, SessionEnding
from limen.sessions.ports import FamilyRows, Revoked, SessionRows


async def end_session(
    tx: Tx,
    session: UUID,
    cause: Cause,
    *,
    reason: str,
    rows: SessionRows,
    families: FamilyRows,
    recorder: Recorder,
    endings: Sequence[SessionEnding] = (),
) -> bool:
    """End one session and its families, but offline ones.  False if it was not live."""
    ended = await rows.end(tx, session, reason)
    if ended is None:
        return False
    revoked = await families.revoke_session(tx, session, "session_ended")
    await after_end(tx, ended, revoked, cause, reason=reason, recorder=recorder, endings=endings)
    return True


async def end_sessions_of(
    tx: Tx,
    user: UserId,
    cause: Cause,
    *,
    reason: str,
    keep: SessionId | None,
    rows: SessionRows,
    families: FamilyRows,
    recorder: Recorder,
    endings: Sequence[SessionEnding] = (),
) -> int:
    """End all of a person's sessions and families, offline ones too, but `keep` and its own.

    The sessions come first: whoever is about to start a family holds its session's row, so
    that it is either seen here or refused there.
    """
    ended = await rows.end_of_user(tx, user, keep=keep, reason=reason)
    revoked = await families.revoke_user(tx, user, keep=keep, reason=reason)
    for session in ended:
        await recorder.record(tx, _ended(session, reason), cause)
    await record_revoked(tx, revoked, cause, reason=reason, recorder=recorder)
    await _tell(tx, ended, cause, reason, endings)
    return len(ended)


async def after_end(
    tx: Tx,
    session: Session,
    revoked: Sequence[Revoked],
    cause: Cause,
    *,
    reason: str,
    recorder: Recorder,
    endings: Sequence[SessionEnding] = (),
) -> None:
    """Record what ending one session did, and tell whoever wants to hear of it."""
    await recorder.record(tx, _ended(session, reason), cause)
    await record_revoked(tx, revoked, cause, reason="session_ended", recorder=recorder)
    await _tell(tx, [session], cause, reason, endings)


async def _tell(
    tx: Tx,
    sessions: Sequence[Session],
    cause: Cause,
    reason: str,
    endings: Sequence[SessionEnding],
) -> None:
    if sessions:
        for ending in endings:
            await ending.ended(tx, sessions, cause, reason=reason)


async def record_revoked(
    tx: Tx, revoked: Sequence[Revoked], cause: Cause, *, reason: str, recorder: Recorder
) -> None:
    for family in revoked:
        data = {"reason": reason, "client": str(family.client)}
        fact = FAMILY_REVOKED(("token_family", family.family), data=data, person=family.user)
        await recorder.record(tx, fact, cause)


def _ended(session: Session, reason: str) -> Fact:
    return SESSION_ENDED(("session", session.id), data={"reason": reason}, person=session.user)
