"""How the hosted pages are put together."""

from collections.abc import Mapping
from dataclasses import dataclass

from limen.authentication.api import Authentication
from limen.identity.api import Users
from limen.oauth.api import Interactions, Logout
from limen.platform.http.faces import Faces
from limen.platform.http.messages import Handler
from limen.platform.mail.inbox import Inbox
from limen.platform.services import Platform
from limen.portal.destinations import Destinations
from limen.portal.pages.consent import ConsentPages
from limen.portal.pages.dev import DevPages
from limen.portal.pages.home import HomePages
from limen.portal.pages.recover import RecoverPages
from limen.portal.pages.select import SelectPages
from limen.portal.pages.setup import SetupPages
from limen.portal.pages.signin import SignInPages
from limen.portal.pages.signout import SignOutPages
from limen.portal.pages.signup import SignUpPages
from limen.portal.pages.verify import VerifyPages
from limen.portal.routes import ROUTES
from limen.portal.settings import PortalSettings
from limen.portal.setup import CreateAdministrator, SetupLinks
from limen.risk.api import Devices
from limen.sessions.api import Sessions


@dataclass(frozen=True, slots=True)
class PortalWired:
    """`setup_links.issue(store, tenant)` gives the link that `limen setup-link` prints."""

    setup_links: SetupLinks
    faces: Faces


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the pages use of other contexts; `inbox` where mail stays here."""

    authentication: Authentication
    users: Users
    sessions: Sessions
    devices: Devices
    interactions: Interactions
    logout: Logout
    create_administrator: CreateAdministrator
    inbox: Inbox | None


def wire(platform: Platform, needs: Needs) -> PortalWired:
    links = SetupLinks(platform.one_time)
    handlers = {
        **_sign_in(platform, needs),
        **_mailed(platform, needs),
        **_leaving(platform, needs),
        **_others(platform, needs, links),
    }
    return PortalWired(links, Faces(ROUTES, handlers))


def _sign_in(platform: Platform, needs: Needs) -> Mapping[str, Handler]:
    to = Destinations(needs.interactions)
    users, sessions = needs.users, needs.sessions
    sign_in = SignInPages(platform.pages, to, needs.authentication, users, sessions, needs.devices)
    select = SelectPages(platform.pages, to, needs.interactions, users, sessions, needs.logout)
    consent = ConsentPages(platform.pages, to, needs.interactions, users, sessions)
    return {
        "sign_in.show": sign_in.show,
        "sign_in.submit": sign_in.submit,
        "account.select": select.show,
        "account.choose": select.choose,
        "account.sign_out": select.sign_out,
        "consent.show": consent.show,
        "consent.submit": consent.submit,
    }


def _mailed(platform: Platform, needs: Needs) -> Mapping[str, Handler]:
    pages, authentication = platform.pages, needs.authentication
    to = Destinations(needs.interactions)
    sign_up = SignUpPages(pages, to, authentication)
    verify = VerifyPages(pages, to, authentication)
    recover = RecoverPages(pages, to, authentication)
    return {
        "sign_up.show": sign_up.show,
        "sign_up.submit": sign_up.submit,
        "verification.show": verify.show,
        "verification.submit": verify.submit,
        "verification.resend": verify.resend,
        "email_change.show": verify.show_change,
        "email_change.confirm": verify.confirm_change,
        "recovery.show": recover.show,
        "recovery.submit": recover.submit,
        "recovery.show_reset": recover.show_reset,
        "recovery.reset": recover.reset,
    }


def _leaving(platform: Platform, needs: Needs) -> Mapping[str, Handler]:
    sign_out = SignOutPages(platform.pages, needs.logout, needs.sessions)
    return {
        "sign_out.show": sign_out.show,
        "sign_out.submit": sign_out.submit,
        "sign_out.done": sign_out.done,
    }


def _others(platform: Platform, needs: Needs, links: SetupLinks) -> Mapping[str, Handler]:
    pages = platform.pages
    settings = platform.settings("portal", PortalSettings)
    home = HomePages(pages, needs.sessions, platform.clock, settings)
    setup = SetupPages(pages, links, needs.create_administrator)
    dev = DevPages(pages, needs.inbox)
    return {
        "home.show": home.show,
        "setup.show": setup.show,
        "setup.submit": setup.submit,
        "preferences.set": home.prefer,
        "well_known.change_password": home.change_password,
        "well_known.security_txt": home.security_txt,
        "dev_mail.list": dev.mail,
        "dev_mail.show": dev.message,
        "dev_mail.json": dev.mail_json,
        "dev_components.show": dev.components,
        "static.get": pages.assets.serve,
    }
