"""The routes of federation: the protocol's, and the management API of subordinates."""

from limen.kernel.errors import Invalid, NotFound, Stale
from limen.kernel.routes import NOBODY, PUBLIC, Route, permission
from limen.kernel.uow import UniqueConflict
from limen.oauth.federation.views import (
    NewSubordinateBody,
    SubordinateChanges,
    SubordinatesQuery,
    SubordinateView,
)

_READ, _WRITE = permission("settings:read"), permission("settings:write")
_PATH, _FEDERATION = "/api/v1/federation-subordinates", "/oauth2/federation"
_KEY = {
    "kty": "OKP", "crv": "Ed25519", "kid": "1",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}  # fmt: skip

ROUTES = (
    Route(
        method="GET", path="/.well-known/openid-federation", operation="federation.configuration",
        summary="What this server says of itself in a federation.", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="public", cors="any",
    ),
    Route(
        method="GET", path=f"{_FEDERATION}/fetch", operation="federation.fetch",
        summary="What this server says of one of its subordinates in a federation.",
        access=PUBLIC, answer="protocol", rate="none", csrf="none", cache="no-store", cors="any",
    ),
    Route(
        method="GET", path=f"{_FEDERATION}/list", operation="federation.list",
        summary="The subordinates of this server in a federation.", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="no-store", cors="any",
    ),
    Route(
        method="GET", path=f"{_FEDERATION}/resolve", operation="federation.resolve",
        summary="The metadata of an entity as its trust chain leaves it.", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="no-store", cors="any",
    ),
    Route(
        method="GET", path=f"{_FEDERATION}/historical-keys",
        operation="federation.historical_keys",
        summary="The federation keys that sign no more.", access=PUBLIC, answer="protocol",
        rate="none", csrf="none", cache="public", cors="any",
    ),
    Route(
        method="POST", path=f"{_FEDERATION}/register", operation="federation.register",
        summary="Let an application of a federation register itself.", access=PUBLIC,
        answer="protocol", rate="none", csrf="none", cache="no-store",
    ),
    Route(
        method="GET", path=_PATH, operation="federation_subordinates.list",
        summary="List our subordinates in a federation.", access=_READ, answer="api",
        rate="read", csrf="none", cache="no-store", query=SubordinatesQuery,
        returns=SubordinateView, is_list=True,
    ),
    Route(
        method="POST", path=_PATH, operation="federation_subordinates.create",
        summary="Vouch for an entity in a federation.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", body=NewSubordinateBody,
        returns=SubordinateView, success=201, refusals=(Invalid, UniqueConflict),
        example={"entity_id": "https://app.example.com", "jwks": {"keys": [_KEY]}},
    ),
    Route(
        method="GET", path=_PATH + "/{id}", operation="federation_subordinates.get",
        summary="Show a subordinate.", access=_READ, answer="api", rate="read", csrf="none",
        cache="no-store", returns=SubordinateView, refusals=(NotFound,),
    ),
    Route(
        method="PATCH", path=_PATH + "/{id}", operation="federation_subordinates.update",
        manages=NOBODY,
        summary="Change what we say of a subordinate.", access=_WRITE, answer="api",
        rate="write", csrf="json", cache="no-store", body=SubordinateChanges,
        returns=SubordinateView, refusals=(NotFound, Stale, Invalid),
        example={"name": "Shop"},
    ),
    Route(
        method="DELETE", path=_PATH + "/{id}", operation="federation_subordinates.delete",
        manages=NOBODY,
        summary="Vouch for an entity no more.", access=_WRITE, answer="api", rate="write",
        csrf="json", cache="no-store", success=204, refusals=(NotFound,),
    ),
)  # fmt: skip
