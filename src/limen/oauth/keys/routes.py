"""The management API's signing keys."""

from limen.kernel.errors import Invalid, Malformed, NotFound, Stale
from limen.kernel.routes import NOBODY, Route, permission
from limen.oauth.keys.errors import TooManyKeys
from limen.oauth.keys.views import KeysQuery, KeyView, RevokeBody, RotateBody, Rotation

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/api/v1/keys",
        operation="keys.list",
        summary="List the signing keys: those that will sign, sign, still verify, or were revoked.",
        access=permission("keys:read"),
        answer="api",
        rate="read",
        csrf="none",
        cache="no-store",
        query=KeysQuery,
        returns=KeyView,
        is_list=True,
        refusals=(Malformed, Invalid),
    ),
    Route(
        method="POST",
        path="/api/v1/keys/rotate",
        operation="keys.rotate",
        summary="Let the next keys sign; tokens of the keys before stay valid.",
        access=permission("keys:rotate"),
        answer="api",
        rate="write",
        csrf="json",
        cache="no-store",
        body=RotateBody,
        body_optional=True,
        returns=Rotation,
        refusals=(Malformed, Invalid, Stale, TooManyKeys),
        example={"alg": "ES256", "now": False},
    ),
    Route(
        method="POST",
        path="/api/v1/keys/{kid}/revoke",
        operation="keys.revoke",
        manages=NOBODY,
        summary="Refuse everything that a key signed, at once.",
        access=permission("keys:write"),
        answer="api",
        rate="write",
        csrf="json",
        cache="no-store",
        body=RevokeBody,
        body_optional=True,
        returns=KeyView,
        refusals=(NotFound, Stale),
        example={"reason": "its disk was stolen"},
    ),
)
