"""Where events are pushed to, and the management API's sources."""

from limen.kernel.errors import NotFound, Stale
from limen.kernel.routes import NOBODY, PUBLIC, Route, permission
from limen.kernel.uow import UniqueConflict
from limen.oauth.signal_sources.errors import BeyondReach
from limen.oauth.signal_sources.views import (
    NewSourceBody,
    SourceChanges,
    SourcesQuery,
    SourceView,
)

_READ, _WRITE = permission("signals:read"), permission("signals:write")
_PATH = "/api/v1/signal-sources"
_EXAMPLE = {
    "name": "Company sign-in",
    "issuer": "https://idp.example.com",
    "jwks_uri": "https://idp.example.com/jwks",
    "actions": {"caep:session-revoked": ["end_sessions"]},
}

ROUTES: tuple[Route, ...] = (
    Route(
        method="POST", path="/ssf/sources/{id}/events", operation="signals.push",
        summary="Take a security event of a source (RFC 8935).", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="no-store",
    ),
    Route(
        method="GET", path=_PATH, operation="signal_sources.list",
        summary="List whose security events are listened to.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", query=SourcesQuery, returns=SourceView,
        is_list=True,
    ),
    Route(
        method="POST", path=_PATH, operation="signal_sources.create",
        summary="Listen to somebody's security events; the secret for pushes is shown once.",
        access=_WRITE, answer="api", rate="write", csrf="json", cache="no-store",
        body=NewSourceBody, returns=SourceView, success=201,
        refusals=(UniqueConflict, BeyondReach), example=_EXAMPLE,
    ),
    Route(
        method="GET", path=_PATH + "/{id}", operation="signal_sources.get",
        summary="Show a source of security events.", access=_READ, answer="api", rate="read",
        csrf="none", cache="no-store", returns=SourceView, refusals=(NotFound,),
    ),
    Route(
        method="PATCH", path=_PATH + "/{id}", operation="signal_sources.update",
        manages=NOBODY, summary="Change what a source's events do, or switch it off or on.",
        access=_WRITE, answer="api", rate="write", csrf="json", cache="no-store",
        body=SourceChanges, returns=SourceView, refusals=(NotFound, Stale, BeyondReach),
        example={"name": "Company sign-in"},
    ),
    Route(
        method="DELETE", path=_PATH + "/{id}", operation="signal_sources.delete",
        manages=NOBODY, summary="Listen to a source no more.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", success=204, refusals=(NotFound,),
    ),
)  # fmt: skip
