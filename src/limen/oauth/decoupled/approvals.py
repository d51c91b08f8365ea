"""Who decides, and what their yes becomes: a grant, as if they had consented in a redirect."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from limen.kernel.ids import SessionId
from limen.kernel.request import Actor, Cause
from limen.kernel.standing import Gate, Principal
from limen.kernel.uow import Reader, Tx
from limen.oauth.decoupled.model import Approval, Wish
from limen.oauth.errors import AccessDenied
from limen.oauth.issuing import Entitled
from limen.oauth.ports import GrantStore
from limen.oauth.tokens import Person
from limen.oauth.usecases.allow import allow
from limen.sessions.api import Session, Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    sessions: Sessions
    grants: GrantStore
    gate: Gate

    async def decider(self, reader: Reader, browser: str | None) -> Session | None:
        """Return the current session of the browser, of a person who may act; else None."""
        if browser is None:
            return None
        found = await self.sessions.browser(reader, browser)
        session = found.current if found else None
        if session is None:
            return None
        principal = Principal(user=session.user, session=session.id)
        return None if await self.gate.refusal(reader, principal) else session

    async def approve(self, tx: Tx, wish: Wish, session: Session) -> Approval:
        """Let the person's grant cover `wish`.  Raises AccessDenied where somebody may not act.

        Raises UniqueConflict where another unit made the grant first: repeat the unit.
        """
        principal = Principal(user=session.user, session=session.id, client=wish.client)
        refusal = await self.gate.refusal(tx, principal)
        if refusal is not None:
            raise AccessDenied(refusal, reason=refusal)
        grant = await allow(
            tx, wish.as_request(), user=session.user, client=wish.client, grants=self.grants
        )
        return Approval(
            user=session.user,
            session=session.id,
            grant=grant,
            auth_time=int(session.authenticated_at.timestamp()),
            acr=session.acr,
            amr=session.amr,
        )


def entitled(wish: Wish, approval: Approval) -> Entitled:
    """Return what the approval gives the client; its tokens rest on the session that gave it."""
    return Entitled(
        person=Person(
            user=approval.user,
            grant=approval.grant,
            auth_time=approval.auth_time,
            acr=approval.acr,
            amr=approval.amr,
            session=SessionId(approval.session),
        ),
        scope=wish.scope,
        resources=wish.resources,
        authorization_details=wish.authorization_details,
    )


def as_person(cause: Cause, session: Session) -> Cause:
    """Return the cause with the person who decides as its actor."""
    return replace(cause, actor=Actor("user", session.user), session_id=session.id)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits, for the eyes of whoever decides."""

    client: UUID
    wish: Wish
    ip: str | None
    user_agent: str | None
    asked_at: datetime
    expires_at: datetime
