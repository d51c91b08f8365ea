"""The management API's questions about profiles: both change nothing."""

from limen.kernel.errors import NotFound
from limen.kernel.routes import Route, permission
from limen.oauth.profiles.views import ProfileCheckView, ProfileQuery, TenantCheckView

ROUTES = (
    Route(
        method="GET", path="/api/v1/clients/{id}/profile-check", operation="clients.check_profile",
        summary="Say what an application lacks for a profile, with each section.",
        access=permission("clients:read"), answer="api", rate="read", csrf="none",
        cache="no-store", query=ProfileQuery, returns=ProfileCheckView, refusals=(NotFound,),
    ),
    Route(
        method="GET", path="/api/v1/oauth-policy/profile-check",
        operation="oauth_policy.check_profile",
        summary="List the applications that would stop if the tenant had a profile.",
        access=permission("clients:read"), answer="api", rate="read", csrf="none",
        cache="no-store", query=ProfileQuery, returns=TenantCheckView,
    ),
)  # fmt: skip
