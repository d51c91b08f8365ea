"""The routes of resource metadata."""

from limen.kernel.routes import PUBLIC, Route
from limen.oauth.resource_metadata.model import WELL_KNOWN

ROUTES = (
    Route(
        method="GET", path=WELL_KNOWN, operation="resource_metadata.issuer",
        summary="What the issuer takes tokens for (RFC 9728).", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="public", cors="any",
    ),
    Route(
        method="GET", path=f"{WELL_KNOWN}/api/v1", operation="resource_metadata.management",
        summary="What the management API takes tokens for (RFC 9728).", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="public", cors="any",
    ),
    Route(
        method="GET", path="/oauth2/resources/{id}", operation="resource_metadata.api",
        summary="What a registered API takes tokens for (RFC 9728).", access=PUBLIC,
        answer="protocol", rate="read", csrf="none", cache="public", cors="any",
    ),
)  # fmt: skip
