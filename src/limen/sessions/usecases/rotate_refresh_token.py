"""Exchange a refresh token for its successor (RFC 6749 §6, RFC 9700 §4.14.2)."""

from datetime import timedelta
from uuid import UUID

from limen.kernel.events import EventType, Fact, Recorder
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.kernel.vault import Keyring
from limen.sessions.api import (
    FAMILY_RENEWED,
    FAMILY_REPEATED,
    FAMILY_ROTATED,
    Family,
    Issue,
    Refused,
    Rotated,
)
from limen.sessions.model import (
    ENDS_THE_FAMILY,
    TOUCH_EVERY,
    FamilyState,
    Verdict,
    is_due,
    judge,
    read_token,
)
from limen.sessions.ports import FamilyRows, SessionRows
from limen.sessions.usecases.end_sessions import record_revoked
from limen.sessions.usecases.views import family_of


async def rotate_refresh_token(
    tx: Tx,
    presented: str,
    *,
    client: UUID,
    key_binding: str | None,
    cause: Cause,
    leeway: timedelta,
    keyring: Keyring,
    families: FamilyRows,
    sessions: SessionRows,
    recorder: Recorder,
    issue: Issue | None = None,
    rotates: bool = True,
) -> Rotated | Refused:
    """Return the successor, the token itself where it does not rotate, or why there is none.

    One statement decides the race.  A replay is returned, not raised: its revocation must be
    committed.  A token with a wrong MAC, another client's or with another key changes nothing.
    Using a family is using the session that it depends on: its idle limit moves.
    """
    token = read_token(presented, keyring, tx.tenant)
    if token is None:
        return Refused("refresh_token_unknown", revoked=False)
    successor = token.successor(keyring) if rotates else token
    if rotates:
        state = await families.rotate(tx, token, successor, client=client, key_binding=key_binding)
    else:
        state = await families.renew(tx, token, client=client, key_binding=key_binding)
    repeated = state is None
    if state is None:
        state = await families.find(tx, token.family)
        if state is None:
            return Refused("refresh_token_unknown", revoked=False)
        verdict = judge(token, state, client=client, key_binding=key_binding, leeway=leeway)
        if verdict != "repeat":
            return await _refuse(tx, state, verdict, cause, families, recorder)
        successor = token.successor(keyring)
    await _keep_session_alive(tx, state, sessions)
    family = family_of(state)
    usual = FAMILY_ROTATED if rotates else FAMILY_RENEWED
    fact = _fact(FAMILY_REPEATED if repeated else usual, family, issue)
    await recorder.record(tx, fact, cause)
    return Rotated(family, successor.written(keyring, tx.tenant), repeated)


async def _refuse(
    tx: Tx,
    state: FamilyState,
    verdict: Verdict,
    cause: Cause,
    families: FamilyRows,
    recorder: Recorder,
) -> Refused:
    """Refuse, and end the family where the verdict says that its token was copied."""
    if verdict not in ENDS_THE_FAMILY:
        return Refused(verdict, revoked=False)
    revoked = await families.revoke(tx, state.id, verdict)
    if not revoked:
        return Refused("family_revoked", revoked=False)  # somebody else's replay came first
    await record_revoked(tx, revoked, cause, reason=verdict, recorder=recorder)
    return Refused(verdict, revoked=True)


async def _keep_session_alive(tx: Tx, state: FamilyState, sessions: SessionRows) -> None:
    """Move the idle limit of the session that the family ends with, once a minute at most."""
    if state.session_id is None or state.session_active_at is None or state.offline:
        return
    if is_due(state.session_active_at, state.now):
        await sessions.touch(tx, state.session_id, TOUCH_EVERY)


def _fact(kind: EventType, family: Family, issue: Issue | None) -> Fact:
    data: dict[str, object] = {"client": str(family.client), "generation": family.generation}
    if issue is not None:
        data.update(issue(family))
    return kind(("token_family", family.id), data=data, person=family.user)
