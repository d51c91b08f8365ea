"""Sessions and families as the API shows them: never a secret, never a digest (A043, A085)."""

from datetime import datetime
from uuid import UUID

import msgspec

from limen.platform.http.api import Paging
from limen.sessions.api import Family, Session


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    user: UUID
    started_at: datetime
    authenticated_at: datetime
    last_active_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    amr: tuple[str, ...]
    acr: str
    ip: str | None
    user_agent: str | None
    remembered: bool
    current: bool


class SessionsQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    user: UUID | None = None


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    ended: int


class FamilyView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    user: UUID
    client: UUID
    session: UUID | None
    grant: UUID
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    offline: bool
    generation: int
    started_at: datetime
    used_at: datetime
    expires_at: datetime
    idle_expires_at: datetime


class FamiliesQuery(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each narrows the list: to a person, an application, a session, a grant."""

    user: UUID | None = None
    client: UUID | None = None
    session: UUID | None = None
    grant: UUID | None = None


def session_view(session: Session, current: UUID | None) -> SessionView:
    return SessionView(
        id=session.id,
        user=session.user,
        started_at=session.started_at,
        authenticated_at=session.authenticated_at,
        last_active_at=session.last_active_at,
        idle_expires_at=session.idle_expires_at,
        expires_at=session.expires_at,
        amr=session.amr,
        acr=session.acr,
        ip=session.ip,
        user_agent=session.user_agent,
        remembered=session.remembered,
        current=session.id == current,
    )


def family_view(family: Family) -> FamilyView:
    return FamilyView(
        id=family.id,
        user=family.user,
        client=family.client,
        session=family.session,
        grant=family.grant,
        scope=family.scope,
        resources=family.resources,
        offline=family.offline,
        generation=family.generation,
        started_at=family.started_at,
        used_at=family.used_at,
        expires_at=family.expires_at,
        idle_expires_at=family.idle_expires_at,
    )
