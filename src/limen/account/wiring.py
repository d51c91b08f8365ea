"""How the account pages are put together."""

from dataclasses import dataclass

from limen.account.pages.applications import ApplicationPages
from limen.account.pages.emails import EmailPages
from limen.account.pages.overview import OverviewPages
from limen.account.pages.profile import ProfilePages
from limen.account.pages.security import SecurityPages
from limen.account.pages.sessions import SessionPages
from limen.account.person import Shell
from limen.account.routes import ROUTES
from limen.account.usecases.add_address import Ports
from limen.authentication.api import Authentication
from limen.identity.api import Users
from limen.oauth.api import Grants
from limen.platform.http.faces import Faces
from limen.platform.services import Platform
from limen.sessions.api import Sessions


@dataclass(frozen=True, slots=True)
class AccountWired:
    faces: Faces


def wire(
    platform: Platform,
    *,
    authentication: Authentication,
    users: Users,
    sessions: Sessions,
    grants: Grants,
) -> AccountWired:
    shell = Shell(platform.pages, users)
    overview = OverviewPages(shell, sessions, grants, platform.clock)
    profile = ProfilePages(shell)
    adding = Ports(users, platform.one_time, platform.mailer, platform.limiter)
    emails = EmailPages(shell, authentication, adding)
    security = SecurityPages(shell, authentication)
    own_sessions = SessionPages(shell, sessions, platform.clock)
    applications = ApplicationPages(shell, grants)
    handlers = {
        "my_account.show": overview.show,
        "my_profile.show": profile.show,
        "my_profile.save": profile.save,
        "my_emails.show": emails.show,
        "my_emails.add": emails.add,
        "my_emails.resend": emails.resend,
        "my_emails.link": emails.link,
        "my_emails.show_confirm": emails.show_confirm,
        "my_emails.confirm": emails.confirm,
        "my_emails.make_primary": emails.make_primary,
        "my_emails.remove": emails.remove,
        "my_emails.change": emails.change,
        "my_security.show": security.show,
        "my_security.change_password": security.change_password,
        "my_sessions.show": own_sessions.show,
        "my_sessions.end": own_sessions.end,
        "my_sessions.end_others": own_sessions.end_others,
        "my_applications.show": applications.show,
        "my_applications.revoke": applications.revoke,
    }
    return AccountWired(Faces(ROUTES, handlers))
