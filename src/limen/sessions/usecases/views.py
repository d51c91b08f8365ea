"""From what the store has to what other contexts see."""

from limen.kernel.ids import GrantId, SessionId, UserId
from limen.sessions.api import Family
from limen.sessions.model import FamilyState


def family_of(state: FamilyState) -> Family:
    session = state.session_id
    return Family(
        id=state.id,
        user=UserId(state.user_id),
        client=state.client_id,
        session=None if session is None else SessionId(session),
        grant=GrantId(state.grant_id),
        scope=tuple(state.scope.split()),
        resources=tuple(state.resources.split()),
        offline=state.offline,
        generation=state.generation,
        started_at=state.started_at,
        used_at=state.used_at,
        expires_at=state.expires_at,
        idle_expires_at=state.idle_expires_at,
        authenticated_at=state.authenticated_at,
        acr=state.acr,
        amr=tuple(state.amr.split()),
        key_binding=state.key_binding,
        nonce=state.nonce,
        claims=tuple(state.claims.split()),
        authorization_details=tuple(state.authorization_details or ()),
    )
