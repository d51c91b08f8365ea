"""Trusted issuers' faces, and the grant that takes their tokens."""

from limen.oauth.assertions.directory import TrustedIssuers
from limen.oauth.assertions.http import IssuersApi
from limen.oauth.assertions.routes import ROUTES
from limen.oauth.assertions.store import SqlIssuers, SqlSubjects
from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.platform.http.faces import Faces


def wire(parts: Parts) -> Feature:
    issuers, subjects = SqlIssuers(), SqlSubjects()
    directory = TrustedIssuers(issuers, parts.platform.snapshots)
    api = IssuersApi(
        issuers=issuers,
        subjects=subjects,
        directory=directory,
        clients=parts.clients,
        users=parts.users,
        roles=parts.roles,
        recorder=parts.platform.recorder,
        listings=parts.listings,
    )
    return Feature(faces=Faces(ROUTES, api.handlers()))
