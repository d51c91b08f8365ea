"""A person has proved who they are: start or renew their session in this browser."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from limen.kernel.events import Recorder
from limen.kernel.ids import SessionId, UserId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.platform.crypto import digest_of, new_secret
from limen.sessions.api import SESSION_RENEWED, SESSION_STARTED, Browser, Session, SessionEnding
from limen.sessions.model import may_be_remembered
from limen.sessions.ports import FamilyRows, NewSession, SessionRows
from limen.sessions.settings import SessionSettings
from limen.sessions.usecases.end_sessions import after_end


@dataclass(frozen=True, slots=True)
class Profile:
    """How long a session may last; `remembered` is None where nobody stays signed in."""

    lifetime: timedelta
    idle: timedelta
    remembered: timedelta | None


def profile_of(settings: SessionSettings, *, manages: bool) -> Profile:
    """Return the profile of a person, who `manages` or not (R119)."""
    if manages:
        lifetime = settings.administrator_session_lifetime
        return Profile(lifetime, settings.administrator_session_idle_timeout, None)
    return Profile(
        settings.session_lifetime, settings.session_idle_timeout, settings.remembered_lifetime
    )


async def start_session(
    tx: Tx,
    user: UserId,
    cause: Cause,
    *,
    browser: str | None,
    amr: Sequence[str],
    acr: str,
    remember: bool,
    profile: Profile,
    rows: SessionRows,
    families: FamilyRows,
    recorder: Recorder,
    settings: SessionSettings,
    endings: Sequence[SessionEnding] = (),
) -> Browser:
    """Return the browser with a new secret; the old one, and what came with it, is dead (R099).

    The browser's other people stay signed in.  The person's sessions beyond their limit end in
    the same unit (R108); sign-ins at the same instant may pass it until the next one.
    """
    secret = new_secret()
    digest = digest_of(secret)
    others = await rows.move(tx, digest_of(browser), digest) if browser else []
    mine = next((session for session in others if session.user == user), None)
    new = _new_session(user, digest, cause, amr, acr, remember=remember, profile=profile)
    if mine is not None:
        session = mine.id
        await rows.renew(tx, session, new)
    else:
        session = SessionId(new_id())
        await rows.add(tx, session, new)
        await _make_room(
            tx, user, cause, session, rows=rows, families=families, recorder=recorder,
            limit=settings.sessions_per_user, endings=endings,
        )  # fmt: skip
    fact = SESSION_STARTED if mine is None else SESSION_RENEWED
    data = {"amr": list(new.amr), "acr": acr, "remembered": new.remembered}
    await recorder.record(
        tx,
        fact(("session", session), data=data, person=user),
        replace(cause, session_id=cause.session_id or session),
    )
    return Browser(secret, tuple(await rows.of_browser(tx, digest)))


def _new_session(
    user: UserId,
    digest: bytes,
    cause: Cause,
    amr: Sequence[str],
    acr: str,
    *,
    remember: bool,
    profile: Profile,
) -> NewSession:
    long = profile.remembered if remember and may_be_remembered(amr) else None
    return NewSession(
        user=user,
        browser_digest=digest,
        amr=tuple(amr),
        acr=acr,
        ip=cause.ip,
        user_agent=cause.user_agent,
        remembered=long is not None,
        lifetime=long or profile.lifetime,
        idle=long or profile.idle,
    )


async def _make_room(
    tx: Tx,
    user: UserId,
    cause: Cause,
    keep: SessionId,
    *,
    rows: SessionRows,
    families: FamilyRows,
    recorder: Recorder,
    limit: int,
    endings: Sequence[SessionEnding],
) -> None:
    beyond: list[Session] = await rows.end_beyond(tx, user, limit, keep=keep, reason="too_many")
    for session in beyond:
        revoked = await families.revoke_session(tx, session.id, "session_ended")
        await after_end(
            tx, session, revoked, cause, reason="too_many", recorder=recorder, endings=endings
        )
