"""Resource metadata, put together."""

from limen.oauth.feature import Feature, Realm
from limen.oauth.model.resources import MANAGEMENT_PATH
from limen.oauth.parts import Parts
from limen.oauth.resource_metadata.http import ResourceMetadata
from limen.oauth.resource_metadata.routes import ROUTES
from limen.platform.http.faces import Faces


def wire(parts: Parts) -> Feature:
    documents = ResourceMetadata(parts.directory, parts.keys, parts.platform.clock)
    return Feature(faces=Faces(ROUTES, documents.handlers()), announce_realm=announce)


def announce(realm: Realm) -> dict[str, object]:
    """Return the resources that discovery names (RFC 9728 §4)."""
    apis = realm.catalog.by_identifier.values()
    published = sorted(api.identifier for api in apis if api.options.published)
    return {"protected_resources": [realm.issuer + MANAGEMENT_PATH, *published]}
