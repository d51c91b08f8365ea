"""Trusted issuers' faces, and the grant that takes their tokens."""

from limen.oauth.assertions.grant import JwtBearerGrant
from limen.oauth.assertions.http import IssuersApi
from limen.oauth.assertions.people import People
from limen.oauth.assertions.routes import ROUTES
from limen.oauth.assertions.store import SqlIssuers, SqlSubjects
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.platform.http.faces import Faces

_METADATA = {
    "authorization_grant_profiles_supported": ["urn:ietf:params:oauth:grant-profile:id-jag"]
}


def wire(parts: Parts) -> Feature:
    platform, issuers, subjects = parts.platform, SqlIssuers(), SqlSubjects()
    people = People(subjects, parts.users, parts.roles, platform.recorder)
    grant = JwtBearerGrant(parts.services, parts.believing, people, platform.replays)
    api = IssuersApi(
        issuers=issuers,
        subjects=subjects,
        directory=parts.trusted_issuers,
        clients=parts.clients,
        users=parts.users,
        roles=parts.roles,
        recorder=platform.recorder,
        listings=parts.listings,
    )
    return Feature(
        faces=Faces(ROUTES, api.handlers()), grants=(grant,), announce=lambda _: _METADATA
    )
