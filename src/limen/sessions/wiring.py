"""Sessions, put together."""

from dataclasses import dataclass

from limen.kernel.authn import SessionAuthenticator
from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces
from limen.platform.services import Platform
from limen.sessions.api import RefreshTokens, Sessions
from limen.sessions.authenticator import BrowserAuthenticator
from limen.sessions.commands import StoredRefreshTokens, StoredSessions
from limen.sessions.http import SessionsApi
from limen.sessions.routes import ROUTES
from limen.sessions.settings import SessionSettings
from limen.sessions.store import SqlFamilies, SqlSessions
from limen.sessions.tasks import retention
from limen.tenancy.api import Tenants


@dataclass(frozen=True, slots=True)
class SessionsWired:
    sessions: Sessions
    refresh_tokens: RefreshTokens
    authenticator: SessionAuthenticator
    faces: Faces


def wire(platform: Platform, *, tenants: Tenants) -> SessionsWired:
    settings = platform.settings("sessions", SessionSettings)
    rows, families = SqlSessions(), SqlFamilies()
    sessions = StoredSessions(rows, families, platform.recorder, platform.clock, settings)
    refresh_tokens = StoredRefreshTokens(
        rows, families, platform.recorder, platform.vault, settings
    )
    authenticator = BrowserAuthenticator(sessions, platform.gate, platform.database)
    api = SessionsApi(
        sessions, refresh_tokens, rows, families, platform.gate, Listings(platform.vault)
    )
    task = retention(platform.database, tenants, rows, families, settings)
    faces = Faces(ROUTES, api.handlers(), (task,), api.owners())
    return SessionsWired(sessions, refresh_tokens, authenticator, faces)
