"""The API of profiles; what enforces them is asked where requests are read."""

from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.oauth.profiles.http import ProfilesApi
from limen.oauth.profiles.routes import ROUTES
from limen.platform.http.faces import Faces


def wire(parts: Parts) -> Feature:
    return Feature(faces=Faces(ROUTES, ProfilesApi(parts.clients).handlers()))
