"""Previews, put together."""

from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.oauth.previews.http import PreviewsApi
from limen.oauth.previews.routes import ROUTES
from limen.platform.http.faces import Faces

__all__ = ["ROUTES", "wire"]


def wire(parts: Parts) -> Feature:
    api = PreviewsApi(
        clients=parts.clients,
        users=parts.users,
        grants=parts.grant_store,
        directory=parts.directory,
        subjects=parts.subjects,
        values=parts.claim_values,
        recorder=parts.platform.recorder,
    )
    return Feature(faces=Faces(ROUTES, api.handlers(), ()))
