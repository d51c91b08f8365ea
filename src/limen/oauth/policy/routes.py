"""The management API's policy."""

from limen.kernel.errors import Invalid, Stale
from limen.kernel.routes import Route, permission
from limen.oauth.policy.views import PolicyChanges, PolicyView

ROUTES = (
    Route(
        method="GET", path="/api/v1/oauth-policy", operation="oauth_policy.get",
        summary="Show what the tenant asks of all its applications.",
        access=permission("settings:read"), answer="api", rate="read", csrf="none",
        cache="no-store", returns=PolicyView,
    ),
    Route(
        method="PATCH", path="/api/v1/oauth-policy", operation="oauth_policy.update",
        summary="Change what the tenant asks of all its applications; null is the default.",
        access=permission("settings:write"), answer="api", rate="write", csrf="json",
        cache="no-store", body=PolicyChanges, returns=PolicyView, refusals=(Invalid, Stale),
        example={"registration": "open", "registration_redirect_hosts": ["*.example.com"]},
    ),
)  # fmt: skip
