"""The policy's faces; `parts.policies` is what everybody reads."""

from limen.oauth.feature import Feature
from limen.oauth.parts import Parts
from limen.oauth.policy.http import PolicyApi
from limen.oauth.policy.routes import ROUTES
from limen.platform.http.faces import Faces


def wire(parts: Parts) -> Feature:
    handlers = PolicyApi(parts.policies, parts.platform.recorder).handlers()
    return Feature(faces=Faces(ROUTES, handlers))
