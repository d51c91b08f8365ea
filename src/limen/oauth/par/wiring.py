"""Pushed authorization requests, put together."""

from collections.abc import Mapping

from limen.oauth.feature import Feature, Realm
from limen.oauth.par.http import ParEndpoint
from limen.oauth.par.routes import ROUTES
from limen.oauth.parts import Parts
from limen.platform.http.faces import Faces
from limen.platform.limits import Limit


def wire(parts: Parts) -> Feature:
    endpoint = ParEndpoint(
        authenticator=parts.authenticator,
        reader=parts.reader,
        pushed=parts.pushed,
        bindings=parts.bindings,
        refusals=parts.refusals,
        limiter=parts.platform.limiter,
        limit=Limit(parts.settings.token_requests_per_minute, 60),
    )
    return Feature(faces=Faces(ROUTES, {"par.push": endpoint}), announce_realm=announce)


def announce(realm: Realm) -> Mapping[str, object]:
    """RFC 9126 §5, and the types that can be pushed (RFC 9396 §10)."""
    must_push = realm.policy.require_pushed_authorization_requests
    return {
        "pushed_authorization_request_endpoint": f"{realm.issuer}/oauth2/par",
        "require_pushed_authorization_requests": must_push,
        "authorization_details_types_supported": realm.catalog.detail_type_names,
    }
