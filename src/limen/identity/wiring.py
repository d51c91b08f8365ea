"""Gives identity's ports their implementations."""

from dataclasses import dataclass

from limen.identity.accounts import Accounts
from limen.identity.api import Users
from limen.identity.http import UsersApi
from limen.identity.ports import AdministratorGuard, Departures
from limen.identity.routes import ROUTES
from limen.identity.store import STANDING, SqlUsers
from limen.platform.db import StandingPart
from limen.platform.http.api import Listings
from limen.platform.http.faces import Faces
from limen.platform.services import Platform


@dataclass(frozen=True, slots=True)
class IdentityWired:
    users: Users
    faces: Faces
    standing: StandingPart = STANDING


def wire(
    platform: Platform, *, administrators: AdministratorGuard, departures: Departures
) -> IdentityWired:
    accounts = Accounts(SqlUsers(), platform.recorder, administrators, departures)
    api = UsersApi(accounts, Listings(platform.vault))
    return IdentityWired(accounts, Faces(ROUTES, api.handlers()))
