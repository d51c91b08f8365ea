"""The routes of sessions and refresh-token families (R035, R105)."""

from limen.kernel.routes import OWN_READ, OWN_WRITE, Route, permission
from limen.sessions.views import Ended, FamiliesQuery, FamilyView, SessionsQuery, SessionView

_READ = permission("sessions:read")
_WRITE = permission("sessions:write")

ROUTES = (
    Route(
        method="GET", path="/api/v1/sessions", operation="sessions.list",
        summary="List live sessions, of everybody or of one person.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", query=SessionsQuery, returns=SessionView,
        is_list=True,
    ),
    Route(
        method="GET", path="/api/v1/sessions/{id}", operation="sessions.get",
        summary="Show a live session.", access=_READ, answer="api", rate="read", csrf="none",
        cache="no-store", returns=SessionView,
    ),
    Route(
        method="DELETE", path="/api/v1/sessions/{id}", operation="sessions.revoke",
        manages="id", owner="session",
        summary="End a session with the tokens that rest on it.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", success=204,
    ),
    Route(
        method="POST", path="/api/v1/users/{user}/sessions/revoke",
        operation="sessions.revoke_all", manages="user",
        summary="End all sessions and refresh tokens of a person.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", returns=Ended,
    ),
    Route(
        method="GET", path="/api/v1/token-families", operation="token_families.list",
        summary="List live refresh-token families: of a person, application, session or grant.",
        access=permission("tokens:read"), answer="api", rate="read", csrf="none",
        cache="no-store", query=FamiliesQuery, returns=FamilyView, is_list=True,
    ),
    Route(
        method="DELETE", path="/api/v1/token-families/{id}", operation="token_families.revoke",
        manages="id", owner="token_family",
        summary="Revoke a family of refresh tokens with the access tokens of it.",
        access=permission("tokens:write"), answer="api", rate="write", csrf="json",
        cache="no-store", success=204,
    ),
    Route(
        method="GET", path="/api/v1/me/sessions", operation="me.sessions.list",
        summary="List your own live sessions, the one active last first.", access=OWN_READ,
        answer="api", rate="read", csrf="none", cache="no-store", returns=SessionView,
        is_list=True,
    ),
    Route(
        method="DELETE", path="/api/v1/me/sessions/{id}", operation="me.sessions.revoke",
        summary="End one of your own sessions.", access=OWN_WRITE, answer="api", rate="write",
        csrf="json", cache="no-store", success=204,
    ),
    Route(
        method="POST", path="/api/v1/me/sessions/revoke-others",
        operation="me.sessions.revoke_others",
        summary="End all of your own sessions but the one of this token.", access=OWN_WRITE,
        answer="api", rate="write", csrf="json", cache="no-store", returns=Ended,
    ),
)  # fmt: skip
