"""Judge what an authorization request still needs, from the store as it is now."""

from dataclasses import dataclass

from limen.kernel.clock import Clock
from limen.kernel.standing import Gate, Principal
from limen.kernel.uow import Reader
from limen.oauth.api import Client
from limen.oauth.model.interaction import Allowed, Need, Pending, next_need, session_for
from limen.oauth.model.request import AuthorizationRequest
from limen.oauth.ports import GrantStore
from limen.sessions.api import Session, Sessions


@dataclass(frozen=True, slots=True)
class Judgement:
    """The first need, the live session of a person in good standing, and their grant."""

    need: Need
    session: Session | None
    allowed: Allowed | None


async def judge_request(
    reader: Reader,
    request: AuthorizationRequest,
    *,
    client: Client,
    browser: str | None,
    pending: Pending | None,
    sessions: Sessions,
    grants: GrantStore,
    gate: Gate,
    clock: Clock,
) -> Judgement:
    """Return what is missing.  A person or client that may not act counts as not signed in.

    Raises UnmetAuthenticationRequirements.
    """
    found = await sessions.browser(reader, browser) if browser is not None else None
    session = session_for(request, found)
    allowed = None
    if session is not None:
        principal = Principal(user=session.user, session=session.id, client=client.id)
        if await gate.refusal(reader, principal) is not None:
            session = None
        else:
            allowed = await grants.find(reader, session.user, client.id)
    need = next_need(
        request, client=client, session=session, allowed=allowed, pending=pending, now=clock.now()
    )
    return Judgement(need, session, allowed)
