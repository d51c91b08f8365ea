"""Gives authentication's ports their implementations."""

from dataclasses import dataclass

from limen.authentication.api import Authentication
from limen.authentication.http import CredentialsApi
from limen.authentication.methods.password.breached import NoLookup, RangeLookup
from limen.authentication.methods.password.chosen import ChosenPasswords
from limen.authentication.methods.password.hashing import Hasher
from limen.authentication.methods.password.pepper import PepperedHasher
from limen.authentication.methods.password.pool import HashingPool
from limen.authentication.methods.password.settings import PasswordSettings
from limen.authentication.methods.password.store import SqlPasswords
from limen.authentication.ports import Ports
from limen.authentication.routes import ROUTES
from limen.authentication.service import PasswordAuthentication
from limen.authentication.settings import AuthenticationSettings
from limen.authentication.store import SqlAddressChanges
from limen.identity.api import Users
from limen.platform.http.faces import Faces
from limen.platform.services import Platform
from limen.risk.api import Attempts, Devices
from limen.sessions.api import Sessions


@dataclass(frozen=True, slots=True)
class AuthenticationWired:
    """`pool` is closed when the process ends."""

    authentication: Authentication
    pool: HashingPool
    faces: Faces


def wire(
    platform: Platform, *, users: Users, sessions: Sessions, attempts: Attempts, devices: Devices
) -> AuthenticationWired:
    chosen = platform.settings("authentication.password", PasswordSettings)
    pool = HashingPool(threads=chosen.hash_threads, queue=chosen.hash_queue)
    breached = (
        RangeLookup(platform.fetcher, chosen.breached_url, chosen.breached_timeout)
        if chosen.breached_url
        else NoLookup()
    )
    ports = Ports(
        users=users,
        sessions=sessions,
        gate=platform.gate,
        attempts=attempts,
        devices=devices,
        passwords=SqlPasswords(),
        hasher=PepperedHasher(Hasher(pool, chosen), platform.vault, enabled=chosen.pepper),
        rules=ChosenPasswords(pool, breached, chosen),
        changes=SqlAddressChanges(),
        one_time=platform.one_time,
        mailer=platform.mailer,
        recorder=platform.recorder,
        settings=platform.settings("authentication", AuthenticationSettings),
    )
    authentication = PasswordAuthentication(ports)
    api = CredentialsApi(authentication, users)
    return AuthenticationWired(authentication, pool, Faces(ROUTES, api.handlers()))
