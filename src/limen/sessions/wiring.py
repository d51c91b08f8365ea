"""Sessions, put together."""

from dataclasses import dataclass

from limen.access.api import Promotion, Roles, Subject
from limen.kernel.authn import SessionAuthenticator
from limen.kernel.ids import UserId
from limen.kernel.uow import Reader
from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces
from limen.platform.services import Platform
from limen.sessions.api import RefreshTokens, SessionEnding, Sessions
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
    """`promoted` is for access: told who administers from now on.

    `endings` hear of each session that ends; contexts further up are added once they are wired.
    """

    sessions: Sessions
    refresh_tokens: RefreshTokens
    authenticator: SessionAuthenticator
    promoted: Promotion
    endings: list[SessionEnding]
    faces: Faces


def wire(platform: Platform, *, tenants: Tenants, roles: Roles) -> SessionsWired:
    async def manages(reader: Reader, user: UserId) -> bool:
        return bool(await roles.permissions_of(reader, Subject("user", user)))

    settings = platform.settings("sessions", SessionSettings)
    rows, families = SqlSessions(), SqlFamilies()
    sessions = StoredSessions(
        rows, families, platform.recorder, platform.clock, settings, manages=manages
    )
    refresh_tokens = StoredRefreshTokens(
        rows, families, platform.recorder, platform.vault, settings
    )
    authenticator = BrowserAuthenticator(sessions, platform.gate, platform.database)
    api = SessionsApi(
        sessions, refresh_tokens, rows, families, platform.gate, Listings(platform.vault)
    )
    task = retention(platform.database, tenants, rows, families, settings)
    faces = Faces(ROUTES, api.handlers(), (task,), api.owners())
    return SessionsWired(
        sessions, refresh_tokens, authenticator, sessions.promoted, sessions.endings, faces
    )
