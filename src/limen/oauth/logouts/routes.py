"""The routes of logouts."""

from typing import Final

from limen.kernel.errors import NotFound
from limen.kernel.routes import NOBODY, PUBLIC, Route, permission
from limen.oauth.logouts.errors import NotFailed
from limen.oauth.logouts.views import ApplicationView, LogoutsQuery, LogoutView
from limen.platform.http.api import Paging

_READ = permission("sessions:read")

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        method="GET", path="/oauth2/session", operation="session.check",
        summary="The frame that says whether the person is still the same.", access=PUBLIC,
        answer="page", rate="read", csrf="none", cache="no-store",
    ),
    Route(
        method="GET", path="/api/v1/logouts", operation="logouts.list",
        summary="List which applications were told of which sessions' end.", access=_READ,
        answer="api", rate="read", csrf="none", cache="no-store", query=LogoutsQuery,
        returns=LogoutView, is_list=True,
    ),
    Route(
        method="GET", path="/api/v1/logouts/{id}", operation="logouts.get",
        summary="Show whether an application was told.", access=_READ, answer="api", rate="read",
        csrf="none", cache="no-store", returns=LogoutView, refusals=(NotFound,),
    ),
    Route(
        method="POST", path="/api/v1/logouts/{id}/retry", operation="logouts.retry",
        manages=NOBODY,
        summary="Tell an application again after that was given up.",
        access=permission("sessions:write"), answer="api", rate="write", csrf="json",
        cache="no-store", returns=LogoutView, refusals=(NotFound, NotFailed),
    ),
    Route(
        method="GET", path="/api/v1/sessions/{id}/applications",
        operation="sessions.applications",
        summary="List the applications of a session, and whether each knows that it ended.",
        access=_READ, answer="api", rate="read", csrf="none", cache="no-store", query=Paging,
        returns=ApplicationView, is_list=True, refusals=(NotFound,),
    ),
)  # fmt: skip
