"""Issue the first refresh token of a sign-in."""

from limen.kernel.events import Recorder
from limen.kernel.ids import FamilyId, new_id
from limen.kernel.request import Cause
from limen.kernel.uow import Tx
from limen.kernel.vault import Keyring
from limen.sessions.api import FAMILY_STARTED, Family, NewFamily
from limen.sessions.errors import SessionOver
from limen.sessions.model import first_token
from limen.sessions.ports import FamilyRows, Lifetime, SessionRows
from limen.sessions.settings import SessionSettings
from limen.sessions.usecases.views import family_of


async def start_family(
    tx: Tx,
    new: NewFamily,
    cause: Cause,
    *,
    keyring: Keyring,
    families: FamilyRows,
    sessions: SessionRows,
    recorder: Recorder,
    settings: SessionSettings,
) -> tuple[Family, str]:
    """Return the family and its first token.

    The session that it rests on is held until the unit ends: who ends the person's sessions
    meanwhile waits, and then finds this family too (R034).  Without `offline` the family ends
    with the session at the latest.  Raises SessionOver.
    """
    cap = None
    if new.session is not None:
        session = await sessions.hold(tx, new.session)
        if session is None or session.user != new.user:
            raise SessionOver(f"session {new.session}")
        cap = None if new.offline else session.expires_at
    lifetime = Lifetime(
        new.lifetime or settings.refresh_token_lifetime,
        new.idle_lifetime or settings.refresh_token_idle_timeout,
        cap,
    )
    first = first_token(FamilyId(new_id()))
    state = await families.add(tx, first, new, lifetime)
    data = {"client": str(new.client), "scope": list(new.scope), "offline": new.offline}
    fact = FAMILY_STARTED(("token_family", state.id), data=data, person=new.user)
    await recorder.record(tx, fact, cause)
    return family_of(state), first.written(keyring, tx.tenant)
