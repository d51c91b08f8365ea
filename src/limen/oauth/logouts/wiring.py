"""Logouts, put together."""

from datetime import timedelta

from limen.oauth.feature import Feature
from limen.oauth.logouts.http import LogoutsApi
from limen.oauth.logouts.model import KIND
from limen.oauth.logouts.posts import LogoutPosts
from limen.oauth.logouts.routes import ROUTES
from limen.oauth.logouts.settings import LogoutSettings
from limen.oauth.logouts.states import PAGE, CheckSession
from limen.oauth.logouts.tasks import Expiry
from limen.oauth.parts import Parts
from limen.platform.http.faces import Faces, Task

__all__ = ["ROUTES", "wire"]


def wire(parts: Parts) -> Feature:
    platform = parts.platform
    posts = LogoutPosts(
        directory=parts.directory,
        tenants=parts.tenants,
        keys=parts.keys,
        subjects=parts.subjects,
        recorder=platform.recorder,
        clock=platform.clock,
    )
    platform.deliveries.register(KIND, posts.render, posts.settled)
    expiry = Expiry(
        database=platform.database,
        tenants=parts.tenants,
        sessions=parts.sessions,
        participants=parts.participants,
        told=parts.sessions_told,
        settings=platform.settings("oauth.logouts", LogoutSettings),
    )
    api = LogoutsApi(platform.deliveries, parts.roll, parts.sessions, parts.listings)
    check = CheckSession(parts.client_store, platform.snapshots, platform.pages)
    handlers = {**api.handlers(), "session.check": check}
    tasks = (
        Task("logouts.expiry", timedelta(minutes=2), expiry.run),
        Task("logouts.forget", timedelta(hours=1), expiry.forget),
    )
    return Feature(faces=Faces(ROUTES, handlers, tasks), announce=announce)


def announce(issuer: str) -> dict[str, object]:
    """Return what discovery says (Back-Channel Logout §2.1, Front-Channel Logout §3)."""
    return {
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "check_session_iframe": f"{issuer}{PAGE}",
    }
