"""The revocation feed, put together."""

from limen.oauth.feature import Feature
from limen.oauth.feed.http import RevocationsEndpoint
from limen.oauth.feed.reading import Feed
from limen.oauth.feed.routes import ROUTES
from limen.oauth.feed.settings import FeedSettings
from limen.oauth.feed.store import SqlFeed
from limen.oauth.parts import Parts
from limen.platform.http.faces import Faces

__all__ = ["ROUTES", "wire"]


def wire(parts: Parts) -> Feature:
    feed = Feed(
        facts=SqlFeed(),
        clients=parts.client_store,
        directory=parts.directory,
        subjects=parts.subjects,
        clock=parts.platform.clock,
    )
    endpoint = RevocationsEndpoint(
        authenticator=parts.authenticator,
        feed=feed,
        keys=parts.keys,
        clock=parts.platform.clock,
        settings=parts.platform.settings("oauth.feed", FeedSettings),
    )
    handlers = {"revocations.get": endpoint, "revocations.post": endpoint}
    return Feature(faces=Faces(ROUTES, handlers, ()), announce=announce)


def announce(issuer: str) -> dict[str, object]:
    """Return what discovery says."""
    return {"revocation_feed_endpoint": f"{issuer}/oauth2/revocations"}
